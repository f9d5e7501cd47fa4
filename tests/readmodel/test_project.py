import dataclasses
import threading

import pytest
from sqlalchemy import func, select, text

from provenance.domain.acts import Call, perform
from provenance.domain.canonical import Number
from provenance.domain.records import RECORDS, Organisation, Product, Right, RightKind
from provenance.domain.world import MemoryWorld
from provenance.ledger.port import Block, Validity, Write
from provenance.readmodel import OutOfStep, ReadModel
from provenance.readmodel.project import Projector
from provenance.readmodel.tables import fact_things, facts, refused_acts
from tests.domain.acts.scene import GTIN, PRODUCT, RIGHT, event
from tests.readmodel.scene import CONTEXT, ITEM, NOON, PALLET, begin, item, observed, packed


def count(model, table):
    with model.view() as view:
        return view.connection.execute(select(func.count()).select_from(table)).scalar_one()


def refusals(model):
    with model.view() as view:
        return [tuple(row) for row in view.connection.execute(select(refused_acts.c.name, refused_acts.c.code))]


@dataclasses.dataclass
class Altered:
    """The blocks of a ledger, some of them changed on the way."""

    ledger: object
    change: object
    id: str = ""
    replicated: bool = False

    def __post_init__(self):
        self.id = self.id or self.ledger.id

    def height(self):
        return len(list(self.blocks(0)))

    def blocks(self, start):
        return iter([block for each in self.ledger.blocks(start) for block in self.change(each)])


def test_every_context_of_a_transaction_says_what_its_prefixes_are_for(scene, model, projector):
    def mine(name, namespace, serial):
        context = [CONTEXT, {name: namespace}]
        return observed("shipping", item(serial), **{"@context": context, f"{name}:voyage": "012W"})

    first, second = (mine("mine", f"https://{where}.example/", at) for at, where in enumerate(("one", "two")))
    scene.record("Maker", first, second, observed("storing", item(2)), mine("mine", "https://one.example/", 3))
    projector.catch_up()
    with model.view() as view:
        assert view.namespaces("mine") == ["https://one.example/", "https://two.example/"]


def test_what_was_recorded_is_found_by_every_thing_that_it_names(scene, model, projector):
    (shipped,) = scene.record("Maker", observed("shipping", item(1), item(2)))
    (packing,) = scene.record("Maker", packed(PALLET, item(2), item(3)))
    projector.catch_up()
    assert [fact.id for fact in model.facts(item(1))] == [shipped]
    assert sorted(fact.id for fact in model.facts(item(2))) == sorted([shipped, packing])
    assert [fact.id for fact in model.facts(PALLET)] == [packing]
    (fact,) = model.facts(item(3))
    assert (fact.recorder, fact.recorded, fact.event.parent) == ("Maker", NOON, PALLET)
    assert model.facts(item(4)) == []
    assert model.position() == scene.ledger.height()


def test_a_thing_named_twice_in_an_event_has_the_fact_once(scene, model, projector):
    scene.record("Maker", packed(item(9), item(9), item(1)))
    projector.catch_up()
    assert len(model.facts(item(9))) == 1


def test_nothing_new_projects_nothing(scene, model, projector):
    scene.record("Maker", observed("shipping"))
    assert projector.catch_up() == scene.ledger.height()
    before = (count(model, facts), count(model, fact_things))
    assert projector.run_once() == 0
    assert (count(model, facts), count(model, fact_things)) == before


def test_the_same_fact_again_counts_once_at_its_first_place(scene, model, projector):
    scene.record("Maker", observed("shipping"), observed("shipping"))
    scene.clock.move(minutes=1)
    scene.record("Maker", observed("arriving"), observed("shipping"))
    projector.catch_up()
    shipped = [fact for fact in model.facts(ITEM) if fact.event.step == "shipping"]
    assert [fact.recorded for fact in shipped] == [NOON]
    assert count(model, facts) == 2


def test_another_organisations_copy_is_a_second_witness(scene, model, projector):
    for organisation in ("Maker", "Carrier"):
        scene.record(organisation, observed("shipping"))
    projector.catch_up()
    witnesses = model.facts(ITEM)
    assert sorted(fact.recorder for fact in witnesses) == ["Carrier", "Maker"]
    assert len({fact.digest for fact in witnesses}) == 1


def test_the_stored_event_is_the_one_that_was_recorded(scene, model, projector):
    scene.record(
        "Maker",
        observed(
            "commissioning",
            action="ADD",
            **{
                "@context": {"ex": "https://example.test/"},
                "quantityList": [
                    {"epcClass": f"https://id.gs1.org/01/{GTIN}/10/A", "quantity": Number("1.50"), "uom": "KGM"}
                ],
                "ilmd": {"ex:grade": Number("18446744073709551616")},
                "ex:note": {"a": [Number("1.5"), 2]},
                "errorDeclaration": {"declarationTime": "2026-03-01T11:00:00Z", "reason": "incorrect_data"},
            },
        ),
    )
    projector.catch_up()
    (fact,) = model.facts(ITEM)
    (recorded,) = model.event(fact.id)
    assert recorded.fact == fact
    assert str(fact.event.quantities[0].quantity) == "1.50"
    assert fact.event.ilmd["https://example.test/grade"].literal == "18446744073709551616"
    assert fact.event.error.reason == "incorrect_data"
    assert b"18446744073709551616" in recorded.body


def test_acts_are_replayed_into_the_same_records_as_the_contracts_wrote(scene, model, projector):
    brand = scene.of("Brand")
    brand.declare_right(right="cn-mark", **{**RIGHT, "right_kind": RightKind.TRADEMARK})
    brand.register(gtin=GTIN, **PRODUCT)
    scene.of("Steward").enrol(organisation="Carrier", name="Renamed", roles=["carrier"], prefixes=["9521777"])
    projector.catch_up()
    world = model.world()
    for kind, identifier in ((Organisation, "Carrier"), (Right, "cn-mark"), (Product, GTIN)):
        assert world.get(kind, identifier) == brand.query(kind, identifier)
    assert world.get(Product, "0" * 14) is None
    assert world.get(Organisation, "Carrier").name == "Renamed"
    assert [each.id for each in world.linked(Organisation, "prefix/9521777")] == ["Carrier"]
    assert [each.id for each in world.linked(Right, "holder/Brand")] == ["cn-mark"]
    assert [each.id for each in world.linked(Product, "brand/Brand")] == [GTIN]


def test_an_act_that_carries_an_event_is_a_record_and_a_fact(scene, model, projector):
    carried = event("shipping", ITEM)
    scene.of("Brand").submit("custody:offer", offer("h-1", carried))
    projector.catch_up()
    assert [fact.id for fact in model.facts(ITEM)] == [carried[0]["id"]]
    with model.view() as view:
        assert [each.id for each in view.world.linked(RECORDS["handover"], f"item/{ITEM}")] == ["h-1"]


def test_acts_replay_as_over_records_in_memory(scene, model, projector):
    brand = scene.of("Brand")
    brand.declare_right(right="cn-mark", **{**RIGHT, "right_kind": RightKind.TRADEMARK})
    brand.register(gtin=GTIN, **PRODUCT)
    brand.submit("custody:offer", offer("h-1", event("shipping", ITEM)))
    projector.catch_up()
    memory = MemoryWorld()
    for block in scene.ledger.blocks(0):
        for each in block.transactions:
            perform(memory, Call(each.creator, each.time, each.id), each.name, each.arguments)
    for record in memory._records.values():
        assert model.world().get(type(record), record.id) == record


def test_an_act_without_authority_never_counts_even_where_the_ledger_holds_it(scene, model):
    scene.of("Brand").register(gtin=GTIN, **PRODUCT | {"rights": []})
    forged = Altered(scene.ledger, lambda block: [_by("Carrier", block, "products:register")])
    Projector(model, forged).catch_up()
    assert model.world().get(Product, GTIN) is None
    ((name, code),) = refusals(model)
    assert name == "products:register"
    assert code.startswith("authority.") or "not" in code


def test_a_chunk_by_somebody_who_is_not_enrolled_never_counts(scene, model):
    scene.record("Maker", observed("shipping"))
    Projector(model, Altered(scene.ledger, lambda block: [_by("Nobody", block, "custody:append")])).catch_up()
    assert model.facts(ITEM) == []
    assert refusals(model) == [("custody:append", "authority.not_enrolled")]


@pytest.mark.parametrize("written", [(), (Write("chunk:Maker:" + "00" * 32, b"1"),)])
def test_events_whose_root_nobody_endorsed_never_count(scene, model, written):
    scene.record("Maker", observed("shipping"))
    Projector(model, Altered(scene.ledger, lambda block: [_with(block, writes=written)])).catch_up()
    assert count(model, facts) == 0
    assert refusals(model) == [("custody:append", "chunk.unendorsed")]


class Behind(Altered):
    """A copy of a ledger that has not got as far as another had."""

    def height(self):
        return 1


def test_a_copy_that_lags_is_waited_for_and_not_taken_for_one_that_was_cut_off(scene, model, projector):
    projector.catch_up()
    before = model.position()
    lagging = Behind(scene.ledger, lambda block: [block], replicated=True)
    assert Projector(model, lagging).run_once() == 0
    assert model.position() == before


def test_invalid_transactions_do_not_count(scene, model):
    scene.record("Maker", observed("shipping"))
    conflicting = Altered(scene.ledger, lambda block: [_with(block, validity=Validity.CONFLICT)])
    Projector(model, conflicting).catch_up()
    assert count(model, facts) == 0
    assert refusals(model) == []


def test_time_that_goes_back_in_ledger_order_is_marked(scene, model, projector):
    scene.clock.move(minutes=30)
    scene.record("Maker", observed("shipping"))
    scene.clock.move(minutes=-9)
    scene.record("Maker", observed("departing"))
    scene.clock.move(minutes=-2)
    scene.record("Maker", observed("arriving"))
    projector.catch_up()
    assert {fact.event.step: fact.regressed for fact in model.facts(ITEM)} == {
        "shipping": False,
        "departing": False,
        "arriving": True,
    }


def test_batches_are_bounded_and_resume_at_their_checkpoint(scene, model, projector):
    for serial in range(5):
        scene.record("Maker", observed("shipping", item(serial)))
    counts = []
    while done := projector.run_once(blocks=2):
        counts.append(done)
    assert max(counts) == 2
    assert sum(counts) == scene.ledger.height() == model.position()
    assert all(len(model.facts(item(serial))) == 1 for serial in range(5))


def test_a_batch_that_fails_leaves_nothing_behind(scene, model):
    scene.record("Maker", observed("shipping"))
    before = model.position()

    def broken(block):
        if block.number == scene.ledger.height() - 1:
            raise RuntimeError("the power went")
        return [block]

    with pytest.raises(RuntimeError):
        Projector(model, LazilyAltered(scene.ledger, broken)).run_once()
    assert model.position() == before
    assert count(model, facts) == 0
    assert Projector(model, scene.ledger).catch_up() == scene.ledger.height()


@dataclasses.dataclass
class LazilyAltered(Altered):
    def height(self):
        return self.ledger.height()

    def blocks(self, start):
        for each in self.ledger.blocks(start):
            yield from self.change(each)


def test_a_gap_stops_the_projector(scene, model):
    gapped = Altered(scene.ledger, lambda block: [] if block.number == 2 else [block])
    with pytest.raises(OutOfStep, match="rebuild") as caught:
        Projector(model, gapped).catch_up()
    assert caught.value.code == "readmodel.gap"
    assert model.position() == 0


def test_another_history_stops_the_projector(scene, model, projector):
    projector.catch_up()
    scene.record("Maker", observed("shipping"))
    forked = Altered(scene.ledger, lambda block: [dataclasses.replace(block, previous_hash=b"\x01" * 32)])
    with pytest.raises(OutOfStep, match="ledger verify") as caught:
        Projector(model, forked).catch_up()
    assert caught.value.code == "readmodel.fork"


def test_a_ledger_that_was_cut_off_stops_the_projector(scene, model, projector):
    projector.catch_up()
    last = scene.ledger.height() - 1
    cut = Altered(scene.ledger, lambda block: [] if block.number == last else [block])
    with pytest.raises(OutOfStep, match="cut off") as caught:
        Projector(model, cut).run_once()
    assert caught.value.code == "readmodel.ahead"


def test_another_ledger_stops_the_projector(scene, model, projector, tmp_path):
    projector.catch_up()
    other = begin(tmp_path / "other")
    with pytest.raises(OutOfStep, match="rebuild") as caught:
        Projector(model, other.ledger).run_once()
    assert caught.value.code == "readmodel.other_ledger"
    other.ledger.close()


def test_tables_of_another_version_are_refused_with_advice(model, url):
    with model.writing() as connection:
        connection.execute(text("UPDATE checkpoint SET schema = 0"))
    with pytest.raises(OutOfStep, match="project --rebuild"):
        ReadModel(url)


def test_two_projectors_share_the_work(scene, model, url):
    for serial in range(12):
        scene.record("Maker", observed("shipping", item(serial)))
    done, other = [], ReadModel(url)

    def work(read_model):
        projector = Projector(read_model, scene.ledger)
        while counted := projector.run_once(blocks=1):
            done.append(counted)

    workers = [threading.Thread(target=work, args=(each,)) for each in (model, other)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    other.close()
    assert sum(done) == scene.ledger.height()
    assert count(model, facts) == 12


def test_following_projects_what_comes_until_it_is_stopped(scene, model, projector):
    stop = threading.Event()
    following = threading.Thread(target=projector.follow, args=(stop,))
    following.start()
    scene.record("Maker", observed("shipping"))
    deadline = threading.Event()
    for _ in range(200):
        if model.position() == scene.ledger.height():
            break
        deadline.wait(0.02)
    stop.set()
    following.join(5)
    assert not following.is_alive()
    assert len(model.facts(ITEM)) == 1


def offer(handover, events):
    from provenance.domain import canonical

    return canonical.dump({"handover": handover, "items": [ITEM], "receiver": "Carrier", "events": events})


def _by(creator: str, block: Block, name: str) -> Block:
    changed = tuple(
        dataclasses.replace(each, creator=creator) if each.name == name else each for each in block.transactions
    )
    return dataclasses.replace(block, transactions=changed)


def _with(block: Block, **changes) -> Block:
    changed = tuple(
        dataclasses.replace(each, **changes) if each.name == "custody:append" else each for each in block.transactions
    )
    return dataclasses.replace(block, transactions=changed)


def test_positions_grow_with_a_view_that_stays_of_one_moment(scene, model, projector):
    projector.catch_up()
    with model.view() as view:
        at = view.position
        scene.record("Maker", observed("shipping"))
        projector.catch_up()
        assert (view.position, view.facts(ITEM)) == (at, [])
    assert model.position() == at + 1


FORGED = {
    "no JSON": b"{",
    "no list": b'{"events":7}',
    "no entries": b'{"events":[7]}',
    "no event": b'{"events":[{"algorithm":"CBV2.0","event":7,"id":"ni:///sha-256;00?ver=CBV2.0"}]}',
    "empty event": b'{"events":[{"algorithm":"CBV2.0","event":{},"id":"ni:///sha-256;00?ver=CBV2.0"}]}',
    "no id": b'{"events":[{"algorithm":"CBV2.0","event":{},"id":"00"}]}',
    "no time": b'{"events":[{"algorithm":"CBV2.0","event":{"type":"ObjectEvent","eventTime":"noon",'
    b'"eventTimeZoneOffset":"+00:00"},"id":"ni:///sha-256;00?ver=CBV2.0"}]}',
}


@pytest.mark.parametrize("arguments", FORGED.values(), ids=FORGED)
def test_a_chunk_that_nobody_checked_neither_counts_nor_stops_the_projector(scene, model, arguments):
    scene.record("Maker", observed("shipping", item(1)))
    scene.record("Maker", observed("shipping", item(2)))
    last = scene.ledger.height() - 1
    forged = Altered(scene.ledger, lambda block: [_with(block, arguments=arguments) if block.number == last else block])
    Projector(model, forged).catch_up()
    assert [name for name, _ in refusals(model)] == ["custody:append"]
    assert [len(model.facts(item(serial))) for serial in (1, 2)] == [1, 0]


def test_a_chunk_counts_whole_or_not_at_all(scene, model):
    scene.record("Maker", observed("shipping", item(1)), observed("shipping", item(2)))

    def damaged(block):
        arguments = b"".join(each.arguments for each in block.transactions)
        head, _, tail = arguments.rpartition(b'"eventTime"')
        return [_with(block, arguments=head + b'"eventTide"' + tail)]

    Projector(model, Altered(scene.ledger, damaged)).catch_up()
    assert count(model, facts) == count(model, fact_things) == 0
