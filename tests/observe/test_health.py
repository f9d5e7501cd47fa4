"""Health that means something: each part that fails is named, with its reason and 503, and nothing is given away."""

import time
from dataclasses import replace

import pytest
from small_world import CARRIER, ago, epcis, make_app, seen, sgtin

from provenance.database import writing
from provenance.domain.epcis import document
from provenance.observe.health import KEPT_SECONDS, Health


@pytest.fixture
def client(world):
    return make_app(world.gateway).test_client()


def state(world, **settings):
    """Return the parts that are not well, by name, with their reasons, and the status."""
    gateway = replace(world.gateway, settings=replace(world.gateway.settings, **settings))
    content, status = Health(gateway).document()
    assert (content["status"] == "ready") is (status == 200)
    return {check["name"]: check["detail"] for check in content["checks"] if not check["ok"]}, status


def test_all_is_well_without_a_key(world, client):
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json["status"]) == (200, "ready")
    assert [check["name"] for check in answer.json["checks"]] == ["ledger", "readmodel", "operations", "spool"]
    assert answer.json["checks"][0]["measured"] == {"height": world.gateway.ledger.height()}
    assert client.get("/health/live").json == {"status": "live"}


def test_a_read_model_that_follows_is_well_and_one_that_stays_behind_is_not(world):
    event = seen("storing", sgtin("1001"), at=ago(hours=1))
    world.record(CARRIER, event)
    assert state(world, lag_limit=0) == ({}, 200)
    (captured,) = document.read(epcis({**event, "bizStep": "picking"})).events
    world.gateway.record(CARRIER, captured)
    assert state(world, lag_limit=60) == ({}, 200)
    time.sleep(1.1)
    assert state(world, lag_limit=0) == ({"readmodel": "it is more than 0 s behind the ledger"}, 503)


def test_a_ledger_that_cannot_be_read_is_said_by_its_code(world):
    world.gateway.ledger.close()
    reasons, status = state(world)
    assert status == 503
    assert reasons["ledger"] == "the ledger cannot be read (ledger.closed)"


def test_an_operations_store_that_takes_no_writes_is_not_well(world):
    with writing(world.gateway.operations.engine).begin() as connection:
        connection.exec_driver_sql("DROP TABLE api_keys")
    assert state(world) == ({"operations": "the operations store takes no writes"}, 503)


def test_too_little_room_for_bodies_is_not_well(world):
    assert state(world, spool_reserve=1 << 60) == ({"spool": f"less than {1 << 60} bytes are free"}, 503)
    (world.gateway.home / "spool").rename(world.gateway.home / "elsewhere")
    assert state(world) == ({"spool": "there is no folder for accepted bodies"}, 503)


def test_no_reason_names_a_path(world, client):
    world.gateway.ledger.close()
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert str(world.gateway.home) not in answer.text


def test_asking_often_looks_once(world):
    now = [0.0]
    health = Health(world.gateway, clock=lambda: now[0])
    first = health.checks()
    world.gateway.ledger.close()
    assert health.checks() == first
    now[0] += KEPT_SECONDS
    assert not health.checks()[0].ok
