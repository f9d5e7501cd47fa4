"""Whose address it is: what trusted proxies add, read from its end."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.http.forwarded import client, subscriber, within

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd12::/16"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("10.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "203.0.113.9, 192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "192.0.2.1, 10.0.0.2", "192.0.2.1"),
        ("10.0.0.1", "192.0.2.1,10.0.0.2,fd12::1", "192.0.2.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.1, _hidden", "10.0.0.1"),
        ("10.0.0.1", "[2001:db8::1]", "2001:db8::1"),
        ("10.0.0.1", "10.0.0.2", "10.0.0.2"),
        ("198.51.100.7", "192.0.2.1", "198.51.100.7"),
        ("::ffff:10.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("", "192.0.2.1", ""),
    ],
)
def test_the_first_address_from_the_end_that_is_no_proxys(peer, forwarded, expected):
    assert client(peer, forwarded, PROXIES) == expected


@given(st.lists(st.text(max_size=20), max_size=5), st.ip_addresses(v=4))
def test_nothing_that_a_client_writes_changes_what_the_proxy_added(made_up, address):
    honest = client("10.0.0.1", str(address), PROXIES)
    forged = ",".join([*(each.replace(",", "") for each in made_up), str(address)])
    if not within(str(address), PROXIES):
        assert client("10.0.0.1", forged, PROXIES) == honest == str(address)


def test_a_line_of_ipv6_is_its_first_half():
    assert subscriber("2001:db8:1:2:3:4:5:6") == subscriber("2001:db8:1:2::") != subscriber("2001:db8:1:3::")
    assert subscriber("::ffff:192.0.2.1") == subscriber("192.0.2.1") == "192.0.2.1"
    assert subscriber("") == ""
