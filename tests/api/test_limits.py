"""Rates: by key where a key is known, by address otherwise, shared among workers."""

from dataclasses import replace

import pytest
import small_world
from small_world import BRAND, GTIN

from provenance.http import limits
from provenance.operations import Level
from provenance.settings import SettingError, Settings, networks


@pytest.fixture
def limited(world):
    def limited(**rates):
        settings = replace(world.gateway.settings, **rates)
        return small_world.make_app(replace(world.gateway, settings=settings)).test_client()

    return limited


OUTSIDE = {"REMOTE_ADDR": "198.51.100.4"}


def statuses(client, count, path, *, environ_overrides=OUTSIDE, **options):
    return [client.get(path, environ_overrides=environ_overrides, **options).status_code for _ in range(count)]


def test_a_key_has_its_rate_whatever_others_do(limited, world):
    client, path = limited(key_rate=4, workers=2), f"/api/v1/items/01/{GTIN}"
    ours, theirs = world.headers(BRAND, Level.READ), world.headers(BRAND, Level.RECORD)
    assert statuses(client, 3, path, headers=ours) == [200, 200, 429]
    assert statuses(client, 1, path, headers=theirs) == [200]
    answer = client.get(path, headers=ours)
    assert (answer.json["code"], answer.headers["Retry-After"]) == ("request.rate", "60")


def test_pages_and_failed_keys_are_counted_by_address(limited):
    client = limited(page_rate=3, workers=1)
    assert statuses(client, 1, "/api/v1/items/x") == [401]
    assert statuses(client, 3, "/") == [200, 200, 429]
    answer = client.get("/", environ_overrides=OUTSIDE)
    assert "One moment, please" in answer.text
    other = {"REMOTE_ADDR": "192.0.2.7"}
    assert statuses(client, 1, "/", environ_overrides=other) == [200]


def test_a_proxy_is_believed_whom_it_asks_for_and_nobody_else_is(limited):
    client = limited(page_rate=2, workers=1, proxy_networks="10.0.0.0/8")
    proxy, alone = {"REMOTE_ADDR": "10.1.1.1"}, {"REMOTE_ADDR": "198.51.100.9"}
    asked = [
        (proxy, "192.0.2.1", [200, 200, 429]),
        (proxy, "192.0.2.2", [200, 200, 429]),
        (proxy, "203.0.113.5, 192.0.2.2", [429]),  # what the client made up stands before what the proxy added
        (proxy, "192.0.2.2, 10.2.2.2", [429]),  # two proxies, one behind the other
        (proxy, "nonsense", [200] * 4),
        (alone, "192.0.2.3", [200, 200, 429]),
        (alone, "192.0.2.4", [429]),
        (proxy, "2001:db8:1:2::1", [200]),
        (proxy, "2001:db8:1:2:ffff::9", [200, 429]),
        (proxy, "2001:db8:1:3::1", [200]),
    ]
    for peer, stated, expected in asked:
        headers = {"X-Forwarded-For": stated}
        found = statuses(client, len(expected), "/", environ_overrides=peer, headers=headers)
        assert found == expected, (peer, stated)


def test_a_proxy_that_does_not_say_whom_it_asks_for_is_not_limited(limited):
    client = limited(page_rate=2, workers=1)
    assert set(statuses(client, 9, "/", environ_overrides={"REMOTE_ADDR": "127.0.0.1"})) == {200}


def test_there_are_limits_unless_somebody_takes_them_away():
    assert (Settings().key_rate, Settings().page_rate) == (60_000, 600)
    with pytest.raises(SettingError, match="PROVENANCE_PROXY_NETWORKS"):
        networks("PROXY_NETWORKS", "10.0.0.0/33")


def test_no_rate_is_no_limit(limited):
    assert set(statuses(limited(page_rate=0, key_rate=0), 50, "/")) == {200}


def test_a_minute_later_counting_begins_anew_and_what_ended_is_forgotten(monkeypatch):
    now, counts = [1_000.0], limits._Counts()
    monkeypatch.setattr(limits.time, "time", lambda: now[0])
    assert [counts.incr("a", 60) for _ in range(3)] == [1, 2, 3]
    now[0] += 30
    assert (counts.incr("b", 60), counts.incr("a", 60)) == (1, 4)
    now[0] += 31
    assert (counts.incr("a", 60), counts.incr("b", 60)) == (1, 2)
    now[0] += 90
    counts.incr("c", 60)
    assert set(counts.storage) == set(counts.expirations) == {"c"}
