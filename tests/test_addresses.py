"""Deliveries go to the public internet and to networks that the operator names, and nowhere else."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.addresses import Refused, destination, permitted, resolve
from provenance.settings import networks

INSIDE = [
    "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",  # noqa: S104
    "100.64.0.1",
    "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0",
    "fc00::1", "fd12::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
    "2002:7f00:1::", "2002:a00:1::", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2001:0:4136:e378::1",
]  # fmt: skip
OUTSIDE = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", INSIDE)
def test_no_delivery_goes_inside(address):
    assert not permitted(address, (), secure=True)


@pytest.mark.parametrize("address", OUTSIDE)
def test_deliveries_go_outside_over_https_alone(address):
    assert permitted(address, (), secure=True)
    assert not permitted(address, (), secure=False)


def test_networks_that_are_named_are_reached_with_or_without_tls():
    named = networks("WEBHOOK_NETWORKS", "10.1.0.0/16, fd12::/16")
    for secure in (True, False):
        assert permitted("10.1.2.3", named, secure=secure)
        assert permitted("::ffff:10.1.2.3", named, secure=secure)
        assert permitted("fd12::7", named, secure=secure)
        assert not permitted("10.2.0.1", named, secure=secure)
        assert not permitted("169.254.169.254", named, secure=secure)


@given(st.ip_addresses(v=4))
def test_what_is_not_global_is_not_reached_in_any_disguise(address):
    if address.is_global and not address.is_multicast:
        return
    for spelt in (str(address), f"::ffff:{address}", str(ip_address(0x64FF9B << 96 | int(address)))):
        assert not permitted(spelt, (), secure=True)


def test_every_address_of_a_name_is_judged_and_the_public_ones_are_used():
    to = destination("https://subscriber.example/x")
    found = ["10.0.0.1", "8.8.8.8", "::1", "8.8.8.8", "1.1.1.1"]
    assert resolve(to, (), lambda _host, _port: found) == ["8.8.8.8", "1.1.1.1"]
    with pytest.raises(Refused) as caught:
        resolve(to, (), lambda _host, _port: ["10.0.0.1", "::1", "nonsense"])
    assert caught.value.code == "dest.refused"


def test_a_name_that_does_not_resolve_is_told_from_one_that_is_refused():
    def missing(_host, _port):
        raise OSError

    with pytest.raises(Refused) as caught:
        resolve(destination("https://subscriber.example/x"), (), missing)
    assert caught.value.code == "dest.unresolved"


@pytest.mark.parametrize(
    ("url", "host", "port", "target", "authority"),
    [
        ("https://a.example", "a.example", 443, "/", "a.example"),
        ("https://A.example:8443/x?y=1#z", "a.example", 8443, "/x?y=1", "a.example:8443"),
        ("https://[2606:4700::1]/x", "2606:4700::1", 443, "/x", "[2606:4700::1]"),
        ("https://a.example?y", "a.example", 443, "/?y", "a.example"),
    ],
)
def test_a_url_in_its_parts(url, host, port, target, authority):
    to = destination(url)
    assert (to.host, to.port, to.target, to.authority) == (host, port, target, authority)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://a.example/", "dest.scheme"),
        ("ftp://a.example/", "dest.form"),
        ("https:///x", "dest.form"),
        ("https://user@a.example/", "dest.form"),
        ("https://user:secret@a.example/", "dest.form"),
        ("https://a.example:99999/", "dest.form"),
        ("https://a.example/\r\nX: y", "dest.form"),
        ("https://a.example/ x", "dest.form"),
        ("https://a.example\\@b.example/", "dest.form"),
        ("https://\u00e4.example/", "dest.form"),
        ("https://[::1/", "dest.form"),
        ("a.example", "dest.form"),
        ("", "dest.form"),
        ("https://a.example/" + "x" * 2000, "dest.form"),
        ("https://127.0.0.1/", "dest.refused"),
        ("https://[::1]/", "dest.refused"),
        ("https://[::ffff:10.0.0.1]/", "dest.refused"),
        ("https://localhost/", "dest.refused"),
        ("https://x.localhost/", "dest.refused"),
        ("https://169.254.169.254/latest/meta-data", "dest.refused"),
    ],
)
def test_what_can_be_seen_to_be_refused_is_refused_at_once(url, code):
    with pytest.raises(Refused) as caught:
        destination(url)
    assert caught.value.code == code


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1"])
def test_odd_spellings_of_an_address_are_judged_by_what_they_resolve_to(host):
    with pytest.raises(Refused):
        resolve(destination(f"https://{host}/"))
