"""Shipments that are called off: by their sender, before they arrive, with what that changes on record."""

from itertools import count

import pytest
from small_world import BRAND, CARRIER, STRANGER, ago, sgtin, sscc

from provenance.operations import Level

NUMBERS = count(88_000)


@pytest.fixture
def unit():
    return sscc(f"095256780000{next(NUMBERS):05d}")


def digits(unit):
    return unit.rpartition("/")[2]


def scan(client, world, organisation=CARRIER, **fields):
    answer = client.post("/api/v1/scans", json=fields, headers=world.headers(organisation))
    assert answer.status_code == 201, answer.json
    world.project()
    return answer


def ship(client, world, unit, hours=3, **more):
    return scan(client, world, code=unit, step="shipping", partner=BRAND, time=ago(hours=hours), **more)


def cancel(client, world, shipment, organisation=CARRIER, body=None, **headers):
    sent = {} if body is None else {"json": body}
    headers = {**world.headers(organisation), **headers}
    answer = client.post(f"/api/v1/shipments/{shipment}/cancel", headers=headers, **sent)
    world.project()
    return answer


def state(client, world, unit):
    answer = client.get(f"/api/v1/items{unit.removeprefix('https://id.gs1.org')}", headers=world.headers(CARRIER))
    assert answer.status_code == 200
    return answer.json["state"]


def test_what_was_sent_is_called_off_with_the_parties_that_it_was_for(client, world, unit):
    ship(client, world, unit)
    sent = state(client, world, unit)
    answer = cancel(client, world, digits(unit), body={"place": "9525678000011", "time": ago(hours=1)})
    assert answer.status_code == 201, answer.json
    facts = {fact.event.step: fact.event for fact in world.gateway.readmodel.facts(unit)}
    assert facts["void_shipping"].destinations == facts["shipping"].destinations
    assert answer.json["events"][0].startswith("ni:///sha-256;")
    called_off = state(client, world, unit)
    assert (sent["status"], sent["towards"]["id"]) == ("in_transit", BRAND)
    assert (called_off["status"], "towards" in called_off) == ("active", False)
    assert called_off["custodian"]["id"] == CARRIER


def test_transactions_of_the_shipment_are_those_of_its_end(client, world, unit):
    world.record(
        CARRIER,
        {
            "type": "ObjectEvent", "eventTime": ago(hours=3), "eventTimeZoneOffset": "+00:00", "action": "OBSERVE",
            "bizStep": "departing", "epcList": [unit],
            "bizTransactionList": [
                {"type": "po", "bizTransaction": "urn:example:1"}, {"bizTransaction": "urn:example:2"}
            ],
            "sourceList": [{"type": "owning_party", "source": "https://id.gs1.org/417/9525678000011"}],
        },
    )  # fmt: skip
    assert cancel(client, world, digits(unit)).status_code == 201
    facts = {fact.event.step: fact.event for fact in world.gateway.readmodel.facts(unit)}
    assert facts["void_shipping"].transactions == facts["departing"].transactions
    assert facts["void_shipping"].sources == facts["departing"].sources


def test_once_is_enough(client, world, unit):
    ship(client, world, unit)
    first = cancel(client, world, digits(unit), **{"Idempotency-Key": f"cancel-{digits(unit)}"})
    again = cancel(client, world, digits(unit), **{"Idempotency-Key": f"cancel-{digits(unit)}"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json == first.json
    answer = cancel(client, world, digits(unit))
    assert (answer.status_code, answer.json["code"]) == (409, "shipment.cancelled")


def test_what_is_sent_again_can_be_called_off_again(client, world, unit):
    ship(client, world, unit)
    assert cancel(client, world, digits(unit), body={"time": ago(hours=2)}).status_code == 201
    ship(client, world, unit, hours=1)
    assert state(client, world, unit)["status"] == "in_transit"
    assert cancel(client, world, digits(unit)).status_code == 201
    assert state(client, world, unit)["status"] == "active"


def test_what_has_arrived_stays_arrived(client, world, unit):
    ship(client, world, unit)
    scan(client, world, BRAND, code=unit, step="receiving", time=ago(hours=1))
    answer = cancel(client, world, digits(unit))
    assert (answer.status_code, answer.json["code"]) == (409, "shipment.arrived")
    scan(client, world, code=unit, step="void_shipping", partner=BRAND, time=ago())
    assert state(client, world, unit)["custodian"]["id"] == BRAND


@pytest.mark.parametrize("organisation", [BRAND, STRANGER])
def test_others_cancel_nothing(client, world, unit, organisation):
    ship(client, world, unit)
    height = world.gateway.ledger.height()
    answer = cancel(client, world, digits(unit), organisation)
    assert (answer.status_code, answer.json["code"]) == (404, "shipment.unknown")
    assert world.gateway.ledger.height() == height


def test_what_went_inside_a_unit_is_cancelled_with_it(client, world, unit):
    item = sgtin(digits(unit))
    world.record(
        CARRIER,
        {
            "type": "AggregationEvent", "eventTime": ago(hours=5), "eventTimeZoneOffset": "+00:00", "action": "ADD",
            "bizStep": "packing", "parentID": unit, "childEPCs": [item],
        },
    )  # fmt: skip
    ship(client, world, unit)
    answer = cancel(client, world, item.removeprefix("https://id.gs1.org/"))
    assert (answer.status_code, answer.json["code"]) == (409, "shipment.inside")
    assert cancel(client, world, digits(unit)).status_code == 201


def test_a_handover_is_voided_as_one(client, world, unit):
    body = {"handover": f"H-{digits(unit)}", "items": [unit], "receiver": BRAND}
    assert client.post("/api/v1/handovers", json=body, headers=world.headers(CARRIER, Level.DECIDE)).status_code == 201
    world.project()
    answer = cancel(client, world, digits(unit))
    assert (answer.status_code, answer.json["code"]) == (409, "shipment.handover")


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ({"time": "yesterday"}, 400, "time.malformed", "/time"),
        ({"time": "2020-01-01T00:00:00Z"}, 400, "shipment.time", "/time"),
        ({"place": "1"}, 400, "identifier.form", "/place"),
        ({"reason": "none"}, 422, "request.invalid", "/reason"),
    ],
)
def test_a_wrong_field_is_named(client, world, unit, body, status, code, pointer):  # noqa: PLR0917 - a table's columns
    ship(client, world, unit)
    answer = cancel(client, world, digits(unit), body=body)
    assert (answer.status_code, answer.json["code"], answer.json["pointer"]) == (status, code, pointer)


def test_reading_is_not_enough(client, world, unit):
    answer = client.post(f"/api/v1/shipments/{digits(unit)}/cancel", headers=world.headers(CARRIER, Level.READ))
    assert (answer.status_code, answer.json["code"]) == (403, "auth.level")


def test_a_scan_calls_off_by_itself(client, world, unit):
    ship(client, world, unit)
    scan(client, world, code=unit, step="void_shipping", partner=BRAND, disposition="in_progress", time=ago(hours=1))
    assert state(client, world, unit)["status"] == "active"
    void = next(f.event for f in world.gateway.readmodel.facts(unit) if f.event.step == "void_shipping")
    assert ([each.type for each in void.destinations], void.disposition) == (["possessing_party"], "in_progress")
