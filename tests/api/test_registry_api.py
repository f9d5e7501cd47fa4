"""Resources: every act has a door, and reading, listing and refusals are the same everywhere."""

import dataclasses
import hashlib
import inspect
import math
import time

import pytest
from small_world import BRAND, CARRIER, CUSTOMS, FACTORY, GTIN, PALLET, PORT, STRANGER, ago, packed, seen, sgtin, sscc

from provenance.api import derived, issuing
from provenance.api.examples import EXAMPLES
from provenance.api.resources import RESOURCES, WITHOUT_DOOR, doors
from provenance.domain import codec
from provenance.domain.acts import ACTS
from provenance.domain.records import RECORDS, Bar, Batch, Handover
from provenance.http.refusals import status_of
from provenance.operations import Level

LICENCE = {"licence": "L-1", "right": "EX-EU", "licensee": CARRIER, "starts": "2026-01-01"}


def post(client, world, path, body=None, organisation=BRAND, level=Level.DECIDE):  # noqa: PLR0917
    options = {} if body is None else {"json": body}
    answer = client.post(f"/api/v1{path}", headers=world.headers(organisation, level), **options)
    world.project()
    return answer


def get(client, world, path, organisation=BRAND, **headers):
    return client.get(f"/api/v1{path}", headers={**world.headers(organisation, Level.READ), **headers})


def test_every_act_has_a_door_or_a_reason_for_none():
    assert set(ACTS) == set(doors()) | set(WITHOUT_DOOR)
    assert set(WITHOUT_DOOR) == {"registry:found"}
    assert set(EXAMPLES) == set(doors())


def test_every_record_can_be_read_but_what_only_contracts_need():
    assert set(RECORDS.values()) - {each.record for each in RESOURCES} == {Bar}


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: each.name)
def test_bodies_have_the_fields_of_their_acts(resource):
    named = frozenset(resource.arguments_of("x"))
    found = [(resource.create, frozenset())] if resource.create else []
    for door, given in found + [(door, named) for door in resource.verbs.values()]:
        act = ACTS[door.act]
        own = {each.name for each in dataclasses.fields(act.arguments)}
        assert given | door.omits <= own
        schema = door.schema(given)()
        assert set(schema.fields) == own - given - door.omits | set(door.adds)
        for each in dataclasses.fields(act.arguments):
            if each.name in schema.fields:
                assert schema.fields[each.name].required == derived.required(each)


@pytest.mark.parametrize("kind", RECORDS.values(), ids=lambda kind: kind.kind)
def test_answers_have_the_fields_of_their_records(kind):
    assert set(derived.schema_of(kind)().fields) == {each.name for each in dataclasses.fields(kind)}


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: each.name)
def test_examples_are_read_by_schema_and_act(resource):
    if resource.create is not None and not resource.create.omits:
        body = resource.create.schema()().load(EXAMPLES[resource.create.act])
        body = {name: value for name, value in body.items() if name not in resource.create.adds}
        kind = ACTS[resource.create.act].arguments
        codec.decode(kind, {**body, "hashes": ["0" * 64]} if kind is ACTS["products:issue_serials"].arguments else body)
    for door in resource.verbs.values():
        named = resource.arguments_of("9521234/Example" if resource.named else "ID-1")
        body = door.schema(frozenset(named))().load(EXAMPLES[door.act])
        if not door.omits:
            codec.decode(ACTS[door.act].arguments, {**named, **body})


def test_every_act_says_what_it_does():
    assert all(inspect.cleandoc(ACTS[name].doc).endswith(".") for name in doors())


def test_a_record_is_made_acted_on_and_read(client, world):
    made = post(client, world, "/licences", LICENCE)
    assert made.status_code == 201
    assert made.headers["Location"] == "/api/v1/licences/L-1"
    receipt = world.gateway.ledger.find(made.json["transaction"])
    assert made.headers["Ledger-Position"] == str(receipt.block)
    assert made.json["record"]["granted"]["by"] == BRAND
    ended = post(client, world, "/licences/L-1/end")
    assert ended.status_code == 200
    assert ended.json["record"]["terminated"]["by"] == BRAND
    assert get(client, world, "/licences/L-1").json == ended.json["record"]


@pytest.mark.parametrize(
    ("path", "body", "organisation", "status", "code"),
    [
        ("/licences", {**LICENCE, "licence": "L-9"}, STRANGER, 403, "right.not_holder"),
        ("/licences", {**LICENCE, "right": "none"}, BRAND, 422, "right.unknown"),
        ("/licences", {**LICENCE, "starts": "soon"}, BRAND, 400, "arguments.value"),
        ("/licences", {**LICENCE, "licence": ""}, BRAND, 400, "arguments.form"),
        ("/licences", {**LICENCE, "colour": "red"}, BRAND, 422, "request.invalid"),
        ("/licences", {**LICENCE, "gtins": GTIN}, BRAND, 422, "request.invalid"),
        ("/licences", {**LICENCE, "licence": "L-8", "effective": "2999-01-01T00:00:00Z"}, BRAND, 422, "time.future"),
        ("/licences", {}, BRAND, 422, "request.invalid"),
        ("/licences/none/end", None, BRAND, 404, "licence.unknown"),
        ("/licences/%2F/end", None, BRAND, 404, "licence.unknown"),
        ("/licences/%ff/end", None, BRAND, 400, "request.malformed"),
        ("/rights/EX-EU/confirm", None, BRAND, 403, "authority.role"),
        ("/rights/EX-EU/renew", None, BRAND, 422, "request.invalid"),
        ("/rights/EX-EU/end", {"ended_as": "lost"}, BRAND, 422, "request.invalid"),
        ("/delegations/9521234%2FNobody/end", None, BRAND, 404, "delegation.unknown"),
        ("/products", {"gtin": GTIN}, BRAND, 422, "request.invalid"),
        ("/handovers/none/accept", None, BRAND, 404, "handover.unknown"),
        ("/rules", {"rules": {"version": "9"}}, BRAND, 403, "auth.level"),
    ],
)
def test_refusals(client, world, path, body, organisation, status, code):  # noqa: PLR0917
    height = world.gateway.ledger.height()
    answer = post(client, world, path, body, organisation)
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.json
    assert answer.mimetype == "application/problem+json"
    assert world.gateway.ledger.height() == height


def test_the_same_again_is_a_conflict(client, world):
    body = {**LICENCE, "licence": "L-2"}
    assert post(client, world, "/licences", body).status_code == 201
    again = post(client, world, "/licences", body)
    assert (again.status_code, again.json["code"]) == (409, "licence.exists")
    assert post(client, world, "/licences/L-2/end").status_code == 200
    twice = post(client, world, "/licences/L-2/end", {})
    assert (twice.status_code, twice.json["code"]) == (409, "licence.ended")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("authority.role", 403),
        ("identity.unknown", 403),
        ("case.not_party", 403),
        ("licence.unknown", 422),
        ("right.unknown", 404),
        ("contract.unknown", 404),
        ("right.exists", 409),
        ("custody.barred", 409),
        ("registry.unfounded", 409),
        ("time.order", 422),
        ("case.court", 422),
        ("arguments.value", 422),
    ],
)
def test_the_status_of_a_code(code, status):
    assert status_of(code, named={"right"}) == status


def test_lists_go_page_by_page_and_are_filtered(client, world):
    for number in range(5):
        assert post(client, world, "/licences", {**LICENCE, "licence": f"P-{number}"}).status_code == 201
    whole = [each["id"] for each in get(client, world, "/licences").json["records"]]
    assert whole == sorted(whole)
    found, path = [], "/licences?perPage=2&right=EX-EU"
    while path:
        answer = get(client, world, path)
        found += [each["id"] for each in answer.json["records"]]
        token = answer.json.get("nextPageToken")
        assert ("Link" in answer.headers) == (token is not None)
        path = f"/licences?perPage=2&right=EX-EU&nextPageToken={token}" if token else None
    assert found == whole
    assert get(client, world, "/licences?right=EX-CN").json == {"records": []}
    assert len(get(client, world, "/batches?gtin=" + GTIN[1:]).json["records"]) == 1


@pytest.mark.parametrize("query", ["colour=red", "perPage=0", "perPage=x", "perPage=1&perPage=2", "nextPageToken=!"])
def test_lists_take_no_parameter_that_they_do_not_know(client, world, query):
    assert get(client, world, f"/licences?{query}").status_code == 400


def test_ids_that_are_links_are_read_as_paths_and_encoded(client, world):
    for path in ("/places/" + PORT[19:], "/places/" + PORT.replace("/", "%2F").replace(":", "%3A")):
        answer = get(client, world, path)
        assert (answer.status_code, answer.json["id"]) == (200, PORT)
    assert get(client, world, "/places/nowhere").json["code"] == "place.unknown"


def test_random_serials_are_told_once_and_only_their_hashes_are_on_the_ledger(client, world):
    made = post(client, world, "/batches", {"batch": "R-1", "gtin": GTIN, "lot": "L9", "random": 20})
    assert made.status_code == 201
    serials = made.json["serials"]
    assert len(set(serials)) == 20
    assert {len(serial) for serial in serials} == {issuing.LENGTH}
    assert issuing.LENGTH * math.log2(len(issuing.ALPHABET)) >= 64
    hashes = [hashlib.sha256(f"{GTIN}/{serial}".encode()).hexdigest() for serial in serials]
    assert world.contracts(BRAND).query(Batch, "R-1").hashes == tuple(hashes)
    written = b"".join(each.arguments for block in world.gateway.ledger.blocks(0) for each in block.transactions)
    assert not any(serial.encode() in written for serial in serials)
    assert "serials" not in get(client, world, "/batches/R-1").json
    verdict = client.get(f"/api/v1/items/01/{GTIN}/21/{serials[0]}", headers=world.headers(BRAND)).json
    assert verdict["state"]["status"] == "issued"
    assert made.json["items"][0].endswith(f"/01/{GTIN}/21/{serials[0]}")


@pytest.mark.parametrize(
    ("more", "status"),
    [({"random": 0}, 422), ({"random": 2001}, 422), ({"random": 1, "first": "1", "last": "2"}, 422), ({}, 400)],
)
def test_a_batch_is_of_one_kind(client, world, more, status):
    assert post(client, world, "/batches", {"batch": "R-2", "gtin": GTIN, **more}).status_code == status


def test_enrolment_is_for_admins_of_the_steward(client, world):
    body = {"organisation": "Newcomer", "name": "Example Newcomer (fictitious)", "roles": ["carrier"]}
    denied = post(client, world, "/organisations", body, "Steward", Level.DECIDE)
    assert (denied.status_code, denied.json["code"]) == (403, "auth.level")
    assert post(client, world, "/organisations", body, BRAND, Level.ADMIN).json["code"] == "authority.steward"
    made = post(client, world, "/organisations", body, "Steward", Level.ADMIN)
    assert (made.status_code, made.json["record"]["roles"]) == (201, ["carrier"])
    assert get(client, world, "/organisations/Newcomer").json["name"] == body["name"]


def test_a_handover_writes_its_events(client, world):
    unit = sscc("09525678000000050")
    offered = post(
        client, world, "/handovers", {"handover": "H-1", "items": [unit], "receiver": BRAND, "place": PORT}, CARRIER
    )
    assert offered.status_code == 201, offered.json
    accepted = post(client, world, "/handovers/H-1/accept", {"place": FACTORY}, BRAND)
    assert accepted.json["record"]["state"] == "accepted"
    facts = world.gateway.readmodel.facts(unit)
    events = {fact.event.step: (fact.recorder, fact.event.read_point) for fact in facts}
    assert events == {"shipping": (CARRIER, PORT), "receiving": (BRAND, FACTORY)}
    again = post(client, world, "/handovers/H-1/accept", None, BRAND)
    assert (again.status_code, again.json["code"]) == (409, "handover.answered")
    rejected = post(client, world, "/handovers/H-1/reject", {"reason": "no"}, CARRIER)
    assert (rejected.status_code, rejected.json["code"]) == (403, "handover.not_receiver")


def test_a_handover_takes_the_event_that_is_given(client, world):
    unit = sscc("09525678000000051")
    event = seen("shipping", unit, at=ago(hours=1), place=PORT, disposition="in_transit")
    body = {"handover": "H-2", "items": [unit], "receiver": BRAND}
    wrong = post(client, world, "/handovers", {**body, "event": {**event, "bizStep": "flying"}}, CARRIER)
    assert (wrong.status_code, wrong.json["pointer"]) == (400, "/event/bizStep")
    both = post(client, world, "/handovers", {**body, "event": event, "place": PORT}, CARRIER)
    assert (both.status_code, both.json["code"]) == (422, "handover.event")
    assert post(client, world, "/handovers", {**body, "event": event}, CARRIER).status_code == 201
    (fact,) = world.gateway.readmodel.facts(unit)
    assert fact.event.disposition == "in_transit"
    assert post(client, world, "/handovers/H-2/void", None, CARRIER).json["record"]["state"] == "voided"
    assert {fact.event.step for fact in world.gateway.readmodel.facts(unit)} == {"shipping", "void_shipping"}


def test_what_is_inside_or_around_a_held_thing_is_not_handed_over(client, world):
    unit, item = sscc("09525678000000052"), sgtin("1900")
    world.record(CARRIER, packed(unit, item, at=ago(hours=5), place=PORT))
    measure = {"measure": "M-1", "measure_kind": "detain", "reason": "to be looked at", "items": [unit], "place": PORT}
    assert post(client, world, "/measures", measure, CUSTOMS).status_code == 201
    for number, thing in enumerate((unit, item)):
        body = {"handover": f"H-3{number}", "items": [thing], "receiver": BRAND}
        answer = post(client, world, "/handovers", body, CARRIER)
        assert (answer.status_code, answer.json["code"]) == (409, "custody.barred")
    assert post(client, world, "/measures/M-1/lift", None, CUSTOMS).status_code == 200
    inside = {**measure, "measure": "M-2", "items": [item]}
    assert post(client, world, "/measures", inside, CUSTOMS).status_code == 201
    answer = post(client, world, "/handovers", {"handover": "H-34", "items": [unit], "receiver": BRAND}, CARRIER)
    assert (answer.status_code, answer.json["code"]) == (409, "custody.barred")
    assert post(client, world, "/measures/M-2/lift", None, CUSTOMS).status_code == 200
    assert post(client, world, "/handovers", {"handover": "H-35", "items": [unit], "receiver": BRAND}, CARRIER)
    assert world.contracts(BRAND).query(Handover, "H-35") is not None


def test_a_signed_act_is_in_the_outbox_until_its_fate_is_known(client, world, monkeypatch):
    outbox, seen_inside = world.gateway.operations.outbox, []
    settle = outbox.settle
    monkeypatch.setattr(outbox, "settle", lambda each: (seen_inside.append(outbox.unsettled()), settle(each))[1])
    made = post(client, world, "/licences", {**LICENCE, "licence": "L-77"})
    assert [each.transaction_id for each in seen_inside[0]] == [made.json["transaction"]]
    assert outbox.unsettled() == []


def test_next_numbers_of_a_range_are_given_once_and_used_ones_passed_over(client, world):
    small = {"sscc_range": "S-9", "prefix": "9525678", "first": "09525678000000201", "last": "09525678000000205"}
    assert post(client, world, "/sscc-ranges", small, CARRIER).status_code == 201
    world.record(CARRIER, seen("storing", sscc("09525678000000202"), at=ago(hours=1)))

    def ask(count, organisation=CARRIER):
        return post(client, world, "/sscc-ranges/S-9/next", {"count": count}, organisation, Level.RECORD)

    assert ask(1).json["ssccs"] == [sscc("09525678000000201")[-18:]]
    assert ask(2).json["items"] == [sscc("09525678000000203"), sscc("09525678000000204")]
    assert ask(1, BRAND).json["code"] == "authority.prefix"
    assert len(ask(5).json["ssccs"]) == 1
    spent = ask(1)
    assert (spent.status_code, spent.json["code"]) == (409, "sscc_range.spent")
    assert post(client, world, "/sscc-ranges/none/next", {"count": 1}, CARRIER, Level.RECORD).status_code == 404
    assert ask(0).status_code == 422


def test_a_read_waits_for_what_must_be_seen(client, world, monkeypatch):
    made = client.post("/api/v1/licences", json={**LICENCE, "licence": "W-1"}, headers=world.headers(BRAND))
    least = {"Ledger-Position-Min": made.headers["Ledger-Position"]}
    monkeypatch.setattr("provenance.api.positions.PATIENCE", 0.1)
    late = get(client, world, "/licences/W-1", **least)
    assert (late.status_code, late.json["code"], late.headers["Retry-After"]) == (412, "ledger.position", "1")
    began = time.monotonic()
    assert get(client, world, "/licences/W-1", **{"Ledger-Position-Min": "999999999"}).status_code == 412
    assert time.monotonic() - began < 0.1
    world.project()
    found = get(client, world, "/licences/W-1", **least)
    assert found.status_code == 200
    assert int(found.headers["Ledger-Position"]) >= int(made.headers["Ledger-Position"])
    for other in ("/rights", f"/items/01/{GTIN}"):
        assert get(client, world, other, **least).status_code == 200
        assert get(client, world, other, **{"Ledger-Position-Min": "-1"}).status_code == 400


def test_a_read_is_answered_when_the_block_comes(client, world, monkeypatch):
    made = client.post("/api/v1/licences", json={**LICENCE, "licence": "W-2"}, headers=world.headers(BRAND))
    naps = []

    def nap(span):
        naps.append(span)
        world.project()

    monkeypatch.setattr("provenance.api.positions.time.sleep", nap)
    least = {"Ledger-Position-Min": made.headers["Ledger-Position"]}
    assert get(client, world, "/licences/W-2", **least).status_code == 200
    assert len(naps) == 1


def test_a_pallet_that_nobody_scanned_can_be_offered(client, world):
    body = {"handover": "H-50", "items": [PALLET], "receiver": "Nobody"}
    answer = post(client, world, "/handovers", body, CARRIER)
    assert (answer.status_code, answer.json["code"]) == (422, "organisation.unknown")
