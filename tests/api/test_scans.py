"""Scans: recorded at once, whole or not at all."""

import pytest
from small_world import BRAND, CARRIER, FACTORY, GTIN, ODD_SERIAL, PALLET, PORT, ago, gln, sgtin

from provenance.domain.gs1.convert import urn


def post(client, world, body, organisation=BRAND):
    return client.post("/api/v1/scans", json=body, headers=world.headers(organisation))


def events_of(world, item):
    world.project()
    return [fact.event for fact in world.gateway.readmodel.facts(item)]


def test_one_scan_is_an_observed_object_event(client, world):
    item = sgtin("1100")
    answer = post(client, world, {"code": item, "step": "inspecting", "time": ago(hours=2), "place": FACTORY})
    assert answer.status_code == 201
    assert answer.json["events"][0].startswith("ni:///sha-256;")
    (event,) = events_of(world, item)
    assert (event.type, event.action, event.step, event.read_point) == ("ObjectEvent", "OBSERVE", "inspecting", FACTORY)
    assert world.gateway.ledger.find(answer.json["transaction"]) is not None


def test_time_defaults_to_now_and_keeps_the_zone_that_it_came_with(client, world):
    item = sgtin("1101")
    assert post(client, world, {"code": item, "step": "storing"}).status_code == 201
    stated = ago(hours=5).replace("Z", "+08:00")
    assert post(client, world, {"code": item, "step": "picking", "time": stated}).status_code == 201
    assert {event.step: event.offset for event in events_of(world, item)} == {"storing": "+00:00", "picking": "+08:00"}


def test_codes_may_be_urns_links_of_any_domain_and_odd_serials(client, world):
    odd = sgtin(ODD_SERIAL)
    codes = [odd, urn(odd, prefix_length=7), odd.replace("id.gs1.org", "shop.example.test")]
    answer = post(
        client, world, [{"code": code, "step": "storing", "time": ago(hours=n)} for n, code in enumerate(codes)]
    )
    assert answer.status_code == 201
    assert len(set(answer.json["events"])) == 3
    assert len(events_of(world, odd)) == 3


def test_partner_is_destination_of_departures_and_source_of_arrivals(client, world):
    item = sgtin("1102")
    party = gln("952123400009").replace("/414/", "/417/")
    scans = [
        {"code": item, "step": "shipping", "partner": CARRIER, "time": ago(hours=3)},
        {"code": item, "step": "receiving", "partner": party, "time": ago(hours=2)},
    ]
    assert post(client, world, scans).status_code == 201
    shipped, received = sorted(events_of(world, item), key=lambda event: event.time)
    assert [(each.type, each.id.rpartition("/")[2]) for each in shipped.destinations] == [("possessing_party", CARRIER)]
    assert [(each.type, each.id) for each in received.sources] == [("possessing_party", party)]


def test_units_and_classes_can_be_scanned(client, world):
    lot = f"https://id.gs1.org/01/{GTIN}/10/L1"
    answer = post(client, world, [{"code": PALLET, "step": "loading"}, {"code": lot, "step": "storing"}], CARRIER)
    assert answer.status_code == 201
    (event,) = events_of(world, lot)
    assert event.quantities[0].epc_class == lot


WRONG_DIGIT = f"https://id.gs1.org/01/{GTIN[:-1]}{(int(GTIN[-1]) + 1) % 10}/21/1"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("code", WRONG_DIGIT, "identifier.check_digit"),
        ("code", "no code", "identifier.form"),
        ("place", sgtin("1"), "scan.place"),
        ("place", "urn:epc:id:sgln:9521234.0000.0", "identifier.form"),
        ("time", "2026-01-01 10:00", "time.malformed"),
        ("time", "2026-01-01T10:00:00", "time.malformed"),
        ("time", "2026-01-01T10:00:00 Europe/Nowhere", "time.malformed"),
        ("time", "2026-02-30T10:00:00Z", "time.malformed"),
        ("partner", "Nobody", "scan.partner"),
        ("partner", sgtin("1"), "scan.partner"),
    ],
)
def test_a_wrong_field_is_named_with_its_place_and_nothing_is_recorded(client, world, field, value, code):
    height = world.gateway.ledger.height()
    good = {"code": sgtin("1103"), "step": "shipping"}
    answer = post(client, world, [good, {**good, field: value}])
    assert (answer.status_code, answer.json["code"], answer.json["pointer"]) == (400, code, f"/1/{field}")
    alone = post(client, world, {**good, field: value})
    assert alone.json["pointer"] == f"/{field}"
    assert world.gateway.ledger.height() == height


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"step": "storing"}, "/code"),
        ({"code": "x"}, "/step"),
        ({"code": 1, "step": "storing"}, "/code"),
        ({"code": None, "step": "storing"}, "/code"),
        ({"code": "x", "step": "no_such_step"}, "/step"),
        ({"code": "x", "step": "storing", "colour": "red"}, "/colour"),
        ([{"code": "x", "step": "storing"}, "text"], "/1"),
        ("text", ""),
        ([], ""),
        ([{"code": "x", "step": "storing"}] * 501, ""),
    ],
)
def test_a_wrong_shape_is_named_with_its_place(client, world, body, pointer):
    answer = post(client, world, body)
    assert (answer.status_code, answer.json["pointer"]) == (422, pointer), answer.json


def test_a_partner_needs_a_handover(client, world):
    answer = post(client, world, {"code": sgtin("1104"), "step": "storing", "partner": CARRIER})
    assert (answer.status_code, answer.json["code"]) == (400, "scan.partner")


def test_the_same_scan_again_is_success_and_one_fact(client, world):
    item, scan = sgtin("1105"), {"code": sgtin("1105"), "step": "storing", "time": ago(hours=1), "place": PORT}
    first, second = (post(client, world, scan) for _ in range(2))
    assert first.json["events"] == second.json["events"]
    assert len(events_of(world, item)) == 1
