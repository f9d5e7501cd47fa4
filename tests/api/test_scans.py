"""Scans: recorded at once, whole or not at all."""

from urllib.parse import quote

import pytest
from marshmallow import ValidationError
from small_world import BRAND, CARRIER, FACTORY, GTIN, ODD_SERIAL, PALLET, PORT, ago, gln, sgtin

from provenance.api import scans
from provenance.domain.gs1.convert import urn
from provenance.operations import Level


def post(client, world, body, organisation=BRAND, **headers):
    return client.post("/api/v1/scans", json=body, headers={**world.headers(organisation), **headers})


def keyed(name):
    return {"Idempotency-Key": name}


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
    assert post(client, world, {"code": item, "step": "storing"}, **keyed("k-zone")).status_code == 201
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
    answer = post(
        client, world, [{"code": PALLET, "step": "loading"}, {"code": lot, "step": "storing"}], CARRIER, **keyed("k-u")
    )
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
    good = {"code": sgtin("1103"), "step": "shipping", "time": ago(hours=1)}
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
    answer = post(client, world, {"code": sgtin("1104"), "step": "storing", "partner": CARRIER, "time": ago(hours=1)})
    assert (answer.status_code, answer.json["code"]) == (400, "scan.partner")


def test_the_same_scan_again_is_success_and_one_fact(client, world):
    item, scan = sgtin("1105"), {"code": sgtin("1105"), "step": "storing", "time": ago(hours=1), "place": PORT}
    first, second = (post(client, world, scan) for _ in range(2))
    assert first.json["events"] == second.json["events"]
    assert len(events_of(world, item)) == 1


def test_a_scan_without_a_time_needs_a_key(client, world):
    height = world.gateway.ledger.height()
    scan = {"code": sgtin("1106"), "step": "storing"}
    answer = post(client, world, scan)
    assert (answer.status_code, answer.json["code"], answer.json["pointer"]) == (422, "scan.time", "/time")
    answer = post(client, world, [{**scan, "time": ago(hours=1)}, scan])
    assert (answer.status_code, answer.json["pointer"]) == (422, "/1/time")
    assert world.gateway.ledger.height() == height


def test_the_same_request_under_its_key_is_one_scan_with_one_answer(client, world):
    item, scan = sgtin("1107"), {"code": sgtin("1107"), "step": "storing"}
    first = post(client, world, scan, **keyed("k-1"))
    assert first.status_code == 201
    assert "Idempotency-Replayed" not in first.headers
    for body in (scan, dict(reversed(scan.items()))):
        again = post(client, world, body, **keyed("k-1"))
        assert (again.status_code, again.json) == (201, first.json)
        assert again.headers["Ledger-Position"] == first.headers["Ledger-Position"]
        assert again.headers["Idempotency-Replayed"] == "true"
    (event,) = events_of(world, item)
    kept = world.gateway.operations.answers.find(BRAND, "k-1")
    assert event.time == kept.given


def test_an_answer_that_was_lost_is_made_again_as_of_the_first_time(client, world, monkeypatch):
    answers, item = world.gateway.operations.answers, sgtin("1108")
    with monkeypatch.context() as crash:
        crash.setattr(answers, "answer", lambda *_: 1 / 0)
        assert post(client, world, {"code": item, "step": "storing"}, **keyed("k-2")).status_code == 500
    given = answers.find(BRAND, "k-2").given
    again = post(client, world, {"code": item, "step": "storing"}, **keyed("k-2"))
    assert again.status_code == 201
    (event,) = events_of(world, item)
    assert event.time == given


def test_a_key_is_of_one_request_and_one_organisation(client, world):
    scan = {"code": sgtin("1109"), "step": "storing"}
    first = post(client, world, scan, **keyed("k-3"))
    other = post(client, world, {**scan, "step": "picking"}, **keyed("k-3"))
    assert (other.status_code, other.json["code"]) == (422, "request.idempotency_reuse")
    voided = client.post(
        f"/api/v1/scans/{quote(first.json['events'][0], safe='')}/void",
        headers={**world.headers(BRAND), **keyed("k-3")},
    )
    world.project()
    assert voided.status_code in (404, 422)
    theirs = post(client, world, scan, CARRIER, **keyed("k-3"))
    assert theirs.status_code == 201
    assert theirs.json["transaction"] != first.json["transaction"]


@pytest.mark.parametrize("name", ["", "a b", "ü", "x" * 201])
def test_a_key_has_a_form(client, world, name):
    answer = post(client, world, {"code": sgtin("1110"), "step": "storing"}, **keyed(name))
    assert (answer.status_code, answer.json["code"]) == (400, "request.idempotency_key")


def test_what_is_refused_for_its_form_does_not_use_its_key_up(client, world):
    scan = {"code": sgtin("1111"), "step": "storing", "partner": CARRIER}
    assert post(client, world, scan, **keyed("k-4")).status_code == 400
    assert post(client, world, {**scan, "step": "shipping"}, **keyed("k-4")).status_code == 201


def void(client, world, event_id, organisation=BRAND, **headers):
    path = f"/api/v1/scans/{quote(event_id, safe='')}/void"
    answer = client.post(path, headers={**world.headers(organisation), **headers})
    world.project()
    return answer


def test_a_scan_is_taken_back_by_who_made_it(client, world):
    item, scan = sgtin("1112"), {"code": sgtin("1112"), "step": "storing", "time": ago(hours=1), "place": FACTORY}
    event_id = post(client, world, scan).json["events"][0]
    world.project()
    assert void(client, world, event_id, CARRIER).json["code"] == "event.unknown"
    voided = void(client, world, event_id)
    assert (voided.status_code, voided.json["events"]) == (201, [event_id])
    assert world.gateway.ledger.find(voided.json["transaction"]).block == int(voided.headers["Ledger-Position"])
    events = events_of(world, item)
    (error,) = [event.error for event in events if event.error is not None]
    assert error.reason == "did_not_occur"
    assert len(events) == 2
    history = client.get(f"/api/v1/items{item[18:]}/history", headers=world.headers(BRAND)).json["history"]
    assert "withdrawn" in {entry["kind"] for entry in history}
    again = void(client, world, event_id)
    assert (again.status_code, again.json["code"]) == (409, "event.voided")


def test_taking_back_may_be_sent_again_under_its_key(client, world):
    scan = {"code": sgtin("1113"), "step": "storing", "time": ago(hours=1)}
    event_id = post(client, world, scan).json["events"][0]
    world.project()
    first, again = (void(client, world, event_id, **keyed("k-void")) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json == first.json
    assert len([event for event in events_of(world, sgtin("1113")) if event.error]) == 1


def test_nothing_that_is_not_on_record_is_taken_back(client, world):
    for event_id in ("ni:///sha-256;" + "0" * 64 + "?ver=CBV2.0", "none", "%"):
        answer = void(client, world, event_id)
        assert (answer.status_code, answer.json["code"]) == (404, "event.unknown")
    with_body = client.post("/api/v1/scans/none/void", json={"reason": "x"}, headers=world.headers(BRAND))
    assert with_body.status_code == 422


@pytest.mark.parametrize(
    ("code", "form"),
    [
        (f"]d201{GTIN}21HAND-1", "element_string"),
        (f"]d201{GTIN}10L1\x1d21HAND-1", "element_string"),
        (f"]C1\x1d01{GTIN}1726123121HAND-1\x1d", "element_string"),
        (f"]Q1https://id.gs1.org/01/{GTIN}/21/HAND-1?17=261231", "link"),
        (f"]Q3^01{GTIN}21HAND-1", "element_string"),
        (f"(01){GTIN}(21)HAND-1", "bracketed"),
        ("urn:epc:id:sgtin:9521234.000001.HAND-1", "urn"),
    ],
)
def test_a_code_is_taken_as_a_hand_scanner_sends_it(client, world, code, form):
    when = ago(hours=1)
    answer = post(client, world, {"code": code, "step": "storing", "time": when})
    assert answer.status_code == 201
    assert answer.json["scans"] == [{"item": sgtin("HAND-1"), "form": form, "defaults": {}}]
    assert len(events_of(world, sgtin("HAND-1"))) >= 1


def test_digits_name_a_product_and_a_logistic_unit(client, world):
    unit = PALLET.rpartition("/")[2]
    answer = post(client, world, [{"code": code, "step": "storing", "time": ago(hours=1)} for code in (GTIN[1:], unit)])
    assert [each["item"] for each in answer.json["scans"]] == [f"https://id.gs1.org/01/{GTIN}", PALLET]


def test_what_a_scan_does_not_state_is_told(client, world):
    token = world.gateway.operations.keys.create(CARRIER, Level.RECORD, place=PORT)[1]
    headers = {"Authorization": f"Bearer {token}", **keyed("k-place")}
    scans = [{"code": sgtin("1201"), "step": "storing"}, {"code": sgtin("1202"), "step": "storing", "place": FACTORY}]
    answer = client.post("/api/v1/scans", json=scans, headers=headers)
    assert answer.status_code == 201
    first, second = (each["defaults"] for each in answer.json["scans"])
    assert (set(first), first["place"], set(second)) == ({"time", "place"}, PORT, {"time"})
    assert client.post("/api/v1/scans", json=scans, headers=headers).json == answer.json
    for item, place in ((sgtin("1201"), PORT), (sgtin("1202"), FACTORY)):
        (event,) = events_of(world, item)
        assert event.read_point == place


@pytest.mark.parametrize("place", ["https://id.gs1.org/414/{}", "{}", "(414){}", "]C1414{}"])
def test_a_place_is_named_in_any_form(client, world, place):
    item = sgtin(f"PLACE-{len(place)}")
    stated = place.format(FACTORY.rpartition("/")[2])
    assert (
        post(client, world, {"code": item, "step": "storing", "time": ago(hours=1), "place": stated}).status_code == 201
    )
    (event,) = events_of(world, item)
    assert event.read_point == FACTORY


_PLAIN = {"code": "https://id.gs1.org/01/09521234000013/21/1", "step": "storing", "time": "2026-03-01T09:00:00Z"}


@pytest.mark.parametrize(
    "stated",
    [
        _PLAIN,
        {**_PLAIN, "place": "9521234000014", "partner": "Carrier"},
        {**_PLAIN, "code": "1" * scans.LONGEST},
        {**_PLAIN, "disposition": "damaged"},
    ],
)
def test_the_schema_takes_a_scan_as_it_is(stated: dict[str, str]) -> None:
    assert scans.ScanSchema().load(stated) == stated


@pytest.mark.parametrize(
    "stated",
    [
        {**_PLAIN, "code": ""},
        {**_PLAIN, "code": "1" * (scans.LONGEST + 1)},
        {**_PLAIN, "step": "dancing"},
        {**_PLAIN, "disposition": "sad"},
        {**_PLAIN, "place": None},
        {**_PLAIN, "place": 7},
        {**_PLAIN, "other": "x"},
        {"step": "storing"},
        {"code": "1"},
        {},
        [],
        "1",
        None,
    ],
)
def test_the_schema_refuses_what_is_no_scan(stated: object) -> None:
    with pytest.raises(ValidationError):
        scans.ScanSchema().load(stated)
