"""Rates: by key where a key is known, by address otherwise, shared among workers."""

from dataclasses import replace

import pytest
import small_world
from small_world import BRAND, GTIN

from provenance.operations import Level


@pytest.fixture
def limited(world):
    def limited(**rates):
        settings = replace(world.gateway.settings, **rates)
        return small_world.make_app(replace(world.gateway, settings=settings)).test_client()

    return limited


def statuses(client, count, path, **options):
    return [client.get(path, **options).status_code for _ in range(count)]


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
    answer = client.get("/")
    assert "One moment, please" in answer.text
    other = {"REMOTE_ADDR": "192.0.2.7"}
    assert statuses(client, 1, "/", environ_overrides=other) == [200]


def test_no_rate_is_no_limit(limited):
    assert set(statuses(limited(page_rate=0, key_rate=0), 50, "/")) == {200}
