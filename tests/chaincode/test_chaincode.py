"""The contracts over a stub: what they write, under which keys, and that replaying gives the same records."""

import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chaincode
from chaincode import state as states
from provenance.domain import canonical, codec
from provenance.domain.acts import Call, perform
from provenance.domain.epcis import chunk, document
from provenance.domain.errors import DomainError, Malformed, Refused
from provenance.domain.records import RECORDS, Organisation, Rules
from provenance.domain.world import MemoryWorld
from tests.chaincode.memory_stub import MemoryStub, run
from tests.domain.acts.scene import ITEM, NL_DECLARATION, NOON, UCR, checked, event, scene
from tests.domain.acts.test_acts_authority import ROWS, Wrong

SCENE = scene()


def state_of(world: MemoryWorld) -> dict[str, bytes]:
    """A world as the ledger holds it."""
    return {states.key(type(record), record.id): states.write(record) for record in world._records.values()}


def chunk_of(*steps: str) -> bytes:
    return canonical.dump({"events": [entry for step in steps for entry in event(step)]})


def test_values_are_canonical_json_with_their_schema_under_a_key_a_thing():
    state: dict[str, bytes] = {}
    result = run(state, "Steward", "registry:found", b'{"stewards":["Steward"]}', at=NOON)
    assert result == b'{"id":"deployment","kind":"deployment"}'
    assert state["deployment:deployment"] == b'{"id":"deployment","schema":"deployment/1","stewards":["Steward"]}'
    assert json.loads(state["rules:rules"])["schema"] == "rules/1"
    assert all(value == canonical.dump(canonical.parse(value)) for value in state_of(SCENE).values())


def test_every_record_survives_its_value():
    kinds = set()
    for record in SCENE._records.values():
        assert states.read(type(record), states.write(record)) == record
        kinds.add(record.kind)
    assert kinds >= set(RECORDS) - {"ratification", "sscc_range", "examination"}


def test_a_value_of_another_schema_stops_the_transaction():
    state = {**state_of(SCENE), "organisation:Brand": b'{"schema":"organisation/2","id":"Brand"}'}
    with pytest.raises(Refused) as refusal:
        run(state, "Brand", "registry:end_licence", b'{"licence":"l-1"}', at=NOON)
    assert refusal.value.code == "state.schema"


def test_a_value_is_bounded():
    stub = MemoryStub("x", NOON, {})
    stamp = SCENE.get(Organisation, "Brand").granted
    with pytest.raises(Refused) as refusal:
        states.State(stub).put(Organisation(id="x", name="x" * states.MOST_BYTES, roles=(), granted=stamp))
    assert refusal.value.code == "state.size"
    assert not stub.writes


def test_a_chunk_leaves_one_small_value_named_by_its_root():
    state = state_of(SCENE)
    before = dict(state)
    body = chunk_of("receiving", "storing")
    root = chunk.read(body).root.hex()
    assert run(state, "Carrier", "custody:append", body, at=NOON) == canonical.dump({"count": 2, "root": root})
    written = {key: value for key, value in state.items() if before.get(key) != value}
    assert written == {f"chunk:Carrier:{root}": canonical.dump({"schema": "chunk/1", "count": 2, "root": root})}


def test_the_same_chunk_again_is_success_and_another_organisations_copy_stands_beside_it():
    state = state_of(SCENE)
    body = chunk_of("receiving")
    first = run(state, "Carrier", "custody:append", body, at=NOON)
    held = dict(state)
    assert run(state, "Carrier", "custody:append", body, at=NOON) == first
    assert state == held
    run(state, "Brand", "custody:append", body, at=NOON)
    assert len(state) == len(held) + 1


def test_what_a_chunk_reads_does_not_grow_with_its_events():
    stub = MemoryStub("Carrier", NOON, state_of(SCENE))
    chaincode.execute(stub, "custody:append", chunk_of("receiving", "storing", "departing"))
    assert stub.reads == ["organisation:Carrier"]


def test_evidence_is_recorded_however_odd():
    """A commissioning by somebody without a licence, of an item that is under a measure, is recorded."""
    state = state_of(SCENE)
    run(state, "Auditor", "custody:append", chunk_of("commissioning", "shipping"), at=NOON)


def test_a_chunk_is_refused_whole():
    (good,) = event("receiving")
    (bad,) = event("storing")
    forged = {**bad, "event": {**bad["event"], "bizStep": "shipping"}}
    stub = MemoryStub("Carrier", NOON, state_of(SCENE))
    with pytest.raises(Malformed) as refusal:
        chaincode.execute(stub, "custody:append", canonical.dump({"events": [good, forged]}))
    assert refusal.value.pointer == "/events/1/id"
    assert not stub.writes


def test_strangers_record_nothing():
    with pytest.raises(Refused) as refusal:
        run(state_of(SCENE), "Stranger", "custody:append", chunk_of("receiving"), at=NOON)
    assert refusal.value.code == "authority.not_enrolled"


@pytest.mark.parametrize(
    ("name", "arguments"), [("custody:append", chunk_of("receiving")), ("registry:end_licence", b'{"licence":"l-1"}')]
)
def test_nothing_counts_that_another_contract_called(name, arguments):
    stub = MemoryStub("Brand", NOON, state_of(SCENE), direct=False)
    with pytest.raises(Refused) as refusal:
        chaincode.execute(stub, name, arguments)
    assert refusal.value.code == "contract.indirect"


def test_the_event_of_a_custody_act_leaves_its_root_as_captures_do():
    state = state_of(SCENE)
    body = canonical.dump({"handover": "h-2", "items": [ITEM], "receiver": "Carrier", "events": event("shipping")})
    run(state, "Brand", "custody:offer", body, at=NOON)
    root = chunk.read(chunk_of("shipping")).root.hex()
    assert f"chunk:Brand:{root}" in state
    assert [entry.id for entry in chunk.entries(body)] == [entry.id for entry in chunk.entries(chunk_of("shipping"))]


@pytest.mark.parametrize(
    "name", ["registry:nothing", "", "execute", "registry:", "custody:__init__", "registry:get_states"]
)
def test_nothing_else_can_be_called(name):
    with pytest.raises(Refused) as refusal:
        run({}, "Steward", name, b"{}", at=NOON)
    assert refusal.value.code == "contract.unknown"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (b"", "json.syntax"),
        (b"[]", "arguments.type"),
        (b'{"licence":"l-1","licence":"l-2"}', "json.duplicate"),
        (b'{"licence":"\xff"}', "json.encoding"),
        (b'{"licence":NaN}', "json.syntax"),
        (b'{"licence":1}', "arguments.type"),
        (b'{"licence":null}', "arguments.type"),
        (b'{"licence":"l-1","at":1}', "arguments.unknown"),
        (b'{"licence":"l-1","effective":"2026-03-01"}', "time.malformed"),
        (b'{"licence":"l-1","effective":1}', "arguments.type"),
        (b'{"licence":' + b"[" * 100 + b"]" * 100 + b"}", "json.depth"),
    ],
)
def test_arguments_are_read_strictly(arguments, code):
    with pytest.raises(Malformed) as refusal:
        run(state_of(SCENE), "Brand", "registry:end_licence", arguments, at=NOON)
    assert refusal.value.code == code


def test_a_query_returns_a_record_or_nothing():
    state = state_of(SCENE)
    found = canonical.parse(run(state, "Auditor", "registry:get", b'{"kind":"organisation","id":"Brand"}', at=NOON))
    assert codec.decode(Organisation, found) == SCENE.get(Organisation, "Brand")
    assert run(state, "Auditor", "registry:get", b'{"kind":"organisation","id":"Nobody"}', at=NOON) == b"null"
    with pytest.raises(Malformed) as refusal:
        run(state, "Auditor", "registry:get", b'{"kind":"secret","id":"x"}', at=NOON)
    assert (refusal.value.code, refusal.value.pointer) == ("record.kind", "/kind")


def test_the_contracts_run_without_any_ledger():
    program = "import sys, chaincode; sys.exit(any(name.startswith('provenance.ledger') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


WRONGS = [(row, wrong) for row in ROWS for wrong in (row.role, row.jurisdiction, row.thing) if isinstance(wrong, Wrong)]
BAG = {
    "name": "Bag",
    "rights": [],
    "nice_class": 18,
    "nice_edition": "13-2026",
    "hs_code": "4202.21",
    "hs_edition": "2022",
}
BRAND = {"organisation": "Brand", "name": "B", "roles": ["brand"]}
RIVAL = {"organisation": "Rival", "name": "R", "roles": ["brand", "customs"], "jurisdiction": "NL"}
ORDER = {"measure": "m-3", "measure_kind": "destroy", "reason": "order", "consignment": UCR}
CALLS = [
    *((row.by, row.act, row.arguments) for row in ROWS),
    *((wrong.by or row.by, row.act, {**row.arguments, **(wrong.but or {})}) for row, wrong in WRONGS),
    ("Steward", "registry:enrol", {**BRAND, "prefixes": ["9521000", "95210001"]}),
    ("Steward", "registry:enrol", BRAND),
    ("Steward", "registry:enrol", {**RIVAL, "prefixes": ["9521000"]}),
    ("CustomsNL", "customs:lift", {"measure": "m-2"}),
    ("Brand", "registry:end_right", {"right": "cn-mark", "ended_as": "surrendered"}),
    ("Brand", "products:register", {"gtin": checked("0952100010005"), **BAG}),
    ("CourtNL", "customs:impose", {**ORDER, "declaration": f"NL/{NL_DECLARATION}"}),
]


@given(st.lists(st.sampled_from(CALLS), max_size=40), st.booleans())
@settings(max_examples=60, deadline=None)
def test_replaying_acts_gives_what_the_contracts_wrote(calls, begun):
    """The same acts over a stub, which sees no own writes, and over records in memory: same refusals, same records."""
    world = MemoryWorld(list(SCENE._records.values())) if begun else MemoryWorld()
    state = state_of(world)
    founding = [] if begun else [("Steward", "registry:found", {"stewards": ["Steward"]})]
    for by, name, arguments in founding + calls:
        body = canonical.dump(arguments)
        assert attempt(replay, world, by, name, body) == attempt(run, state, by, name, body)
    assert {key: value for key, value in state.items() if not key.startswith("chunk:")} == state_of(world)


def replay(world, by, name, body, *, at):
    return canonical.dump(perform(world, Call(by, at, "tx"), name, body))


def attempt(do, on, by, name, body):
    try:
        return do(on, by, name, body, at=NOON)
    except DomainError as error:
        return error.code


def test_rules_on_record_are_those_of_the_founding():
    assert SCENE.get(Rules, "rules") == Rules()


def test_a_document_becomes_a_chunk_that_the_contract_takes():
    packing = {**event("packing")[0]["event"], "readPoint": {"id": "urn:epc:id:sgln:9521000.00001.0"}}
    body = canonical.dump(
        {
            "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-03-01T11:00:00Z",
            "epcisBody": {"eventList": [packing]},
        }
    )
    (arguments,) = chunk.build(document.read(body).events)
    assert json.loads(run(state_of(SCENE), "Brand", "custody:append", arguments, at=NOON))["count"] == 1
