"""What headers state of places, from a document to the fold: on the ledger, in the tables, in any order, rebuilt."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from provenance.capture import CaptureState, capture_document
from provenance.domain import canonical, merkle
from provenance.domain.epcis import chunk
from provenance.domain.fold.register import Register
from provenance.domain.stated import PlaceStatement
from provenance.epcisxml import writing
from provenance.operations import Behaviour
from provenance.readmodel.digest import logical_digest
from provenance.readmodel.project import Projector
from provenance.readmodel.rebuild import rebuild
from provenance.readmodel.tables import records, refused_acts
from tests.readmodel.scene import ENVELOPE, ITEM, item, observed
from tests.readmodel.test_digest import Reordered, digest_of, other_url
from tests.readmodel.test_project import Altered

SITE = "https://id.gs1.org/414/9521000000205"
YARD = "https://yard.example.com/7"
ROTTERDAM = {"countryCode": "NL", "latitude": "51.95", "longitude": "4.14"}
ANTWERP = {"countryCode": "BE", "unLocationCode": "BEANR"}


def stating(*events, **places):
    """A document whose header states places, by the names of this module."""
    elements = [
        {
            "id": globals()[name],
            "attributes": [
                {"id": f"urn:epcglobal:cbv:mda#{field}", "attribute": value} for field, value in attributes.items()
            ],
        }
        for name, attributes in places.items()
    ]
    listed = {"type": "urn:epcglobal:epcis:vtype:BusinessLocation", "vocabularyElementList": elements}
    header = {"epcisMasterData": {"vocabularyList": [listed]}}
    return {**ENVELOPE, "epcisHeader": header, "epcisBody": {"eventList": list(events)}}


def at(place, step="storing", thing=ITEM):
    return observed(step, thing, readPoint={"id": place})


def capture(scene, organisation, content, behaviour=Behaviour.ROLLBACK):
    body = content if isinstance(content, bytes) else canonical.dump(content)
    outcome = capture_document(scene.of(organisation), body, behaviour)
    assert outcome.state is CaptureState.SUCCESS, outcome


def spots(model, thing=ITEM):
    """Where the facts of a thing are, by recorder."""
    with model.view() as view:
        register = Register(view.world, datetime.now(UTC) + timedelta(days=1))
        return {fact.recorder: register.spot(fact) for fact in view.facts(thing)}


def kept(model):
    with model.view() as view:
        wanted = select(records.c.id).where(records.c.kind == PlaceStatement.kind).order_by(records.c.id)
        return list(view.connection.execute(wanted).scalars())


@pytest.mark.parametrize("behaviour", list(Behaviour))
@pytest.mark.parametrize("written", [canonical.dump, writing.write], ids=["json", "xml"])
def test_a_documents_header_tells_the_fold_where_its_events_were(scene, model, projector, written, behaviour):
    capture(scene, "Carrier", written(stating(at(YARD), at(SITE, thing=item(2)), YARD=ROTTERDAM)), behaviour)
    capture(scene, "Brand", stating(at(YARD)))
    projector.catch_up()
    found = spots(model)
    assert (found["Carrier"].country, found["Carrier"].name) == ("NL", "a place, as stated by Carrier")
    assert not found["Brand"].known
    assert not spots(model, item(2))["Carrier"].known
    assert len(kept(model)) == 1


def test_the_same_statement_again_counts_once_and_another_beside_it(scene, model, projector):
    capture(scene, "Carrier", stating(at(YARD), YARD=ROTTERDAM))
    projector.catch_up()
    scene.clock.move(minutes=1)
    capture(scene, "Carrier", stating(at(YARD, "inspecting"), YARD=ROTTERDAM))
    projector.catch_up()
    assert len(kept(model)) == 1
    capture(scene, "Carrier", stating(at(YARD, "departing"), YARD=ANTWERP))
    capture(scene, "Maker", stating(at(YARD), YARD=ANTWERP))
    projector.catch_up()
    assert len(kept(model)) == 3
    assert spots(model)["Maker"].country == "BE"


def test_statements_that_nobody_endorsed_do_not_count(scene, model):
    capture(scene, "Carrier", stating(at(YARD), YARD=ROTTERDAM))
    last = scene.ledger.height() - 1

    def moved(block):
        if block.number != last:
            return [block]
        (only,) = block.transactions
        changed = only.arguments.replace(b'"country":"NL"', b'"country":"BE"')
        assert changed != only.arguments
        return [dataclasses.replace(block, transactions=(dataclasses.replace(only, arguments=changed),))]

    Projector(model, Altered(scene.ledger, moved)).catch_up()
    assert kept(model) == []
    assert spots(model) == {}
    with model.view() as view:
        assert list(view.connection.execute(select(refused_acts.c.code)).scalars()) == ["chunk.unendorsed"]


@pytest.fixture
def told(scene):
    """Documents of several organisations about two places, restated, contradicted, at different times."""
    for index, (organisation, place) in enumerate(
        [("Carrier", ROTTERDAM), ("Maker", ANTWERP), ("Carrier", ROTTERDAM), ("Carrier", ANTWERP), ("Maker", ANTWERP)]
    ):
        scene.clock.move(seconds=40)
        capture(scene, organisation, stating(at(YARD, thing=item(index)), at(SITE), YARD=place, SITE=ROTTERDAM))
    return scene


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_arrival_order_and_any_batches_keep_the_same_statements(told, url, database, tmp_path_factory, data):
    transactions = [each for block in told.ledger.blocks(0) for each in block.transactions]
    acts = [each for each in transactions if each.name != "custody:append"]
    order = data.draw(st.permutations([each for each in transactions if each.name == "custody:append"]))
    ledger = Reordered(told.ledger, [*acts, *order], data.draw(st.lists(st.integers(1, 4), max_size=8)))
    batch = data.draw(st.integers(1, 10))
    assert digest_of(other_url(database, tmp_path_factory), ledger, batch) == rebuild(url, told.ledger)


def test_the_digest_tells_statements_apart(scene, model, projector):
    capture(scene, "Carrier", stating(at(YARD), YARD=ROTTERDAM))
    projector.catch_up()
    before = logical_digest(model)
    capture(scene, "Carrier", stating(at(YARD), YARD=ANTWERP))  # the same event, stated to be elsewhere
    projector.catch_up()
    assert logical_digest(model) != before


def test_what_the_contract_writes_covers_the_statements(scene):
    capture(scene, "Carrier", stating(at(YARD), YARD=ROTTERDAM))
    capture(scene, "Carrier", stating(at(YARD, "inspecting")))
    (with_statement,), (without,) = (each.transactions for each in list(scene.ledger.blocks(0))[-2:])
    for transaction, stated in ((with_statement, {"masterData": 1}), (without, {})):
        root = chunk.read(transaction.arguments).root
        (write,) = transaction.writes
        assert write.key == chunk.key("Carrier", root)
        assert write.value == canonical.dump({"schema": "chunk/1", "count": 1, "root": root.hex(), **stated})
    (entry,) = chunk.entries(with_statement.arguments)
    assert chunk.read(with_statement.arguments).root != merkle.root([bytes.fromhex(entry.digest)])
