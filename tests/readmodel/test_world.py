import pytest

from provenance.domain.records import (
    Batch,
    Handover,
    HandoverState,
    Measure,
    Organisation,
    Product,
    Recall,
    Right,
    RightKind,
    Rules,
)
from provenance.readmodel.rebuild import rebuild
from provenance.readmodel.world import Memory
from tests.domain.acts.scene import GTIN, PRODUCT, RIGHT
from tests.readmodel.scene import ITEM, item
from tests.readmodel.test_project import event, offer


@pytest.fixture
def statements(model, monkeypatch):
    """How many statements were run, as a list of their SQL."""
    from provenance.database import Prepared

    run, plain = [], Prepared.rows

    def counted(self, connection, **values):
        run.append(self._sql)
        return plain(self, connection, **values)

    monkeypatch.setattr(Prepared, "rows", counted)
    return run


@pytest.fixture
def stocked(scene, projector):
    brand = scene.of("Brand")
    brand.declare_right(right="cn-mark", **{**RIGHT, "right_kind": RightKind.TRADEMARK})
    brand.register(gtin=GTIN, **PRODUCT)
    brand.issue_serials(batch="b-1", gtin=GTIN, first="1000", last="1999")
    projector.catch_up()
    return scene


def test_reference_records_are_looked_up_once_a_process(model, stocked, statements):
    for _ in range(3):
        with model.view() as view:
            assert view.world.get(Product, GTIN).brand == "Brand"
            assert [each.id for each in view.world.linked(Batch, f"range/{GTIN}")] == ["b-1"]
            assert view.world.linked(Recall, f"recall/{GTIN}") == ()
            assert view.world.get(Right, "none") is None
    heads = [sql for sql in statements if "checkpoint" in sql]
    assert len(heads) == 3
    assert len(statements) - len(heads) <= 6


def test_an_act_is_seen_at_the_next_view_but_not_in_one_that_is_open(model, stocked, projector):
    with model.view() as view:
        assert view.world.linked(Recall, f"recall/{GTIN}") == ()
        stocked.of("Brand").recall(recall="r-1", gtin=GTIN, reason="glue")
        projector.catch_up()
        assert view.world.linked(Recall, f"recall/{GTIN}") == ()
    with model.view() as view:
        assert [each.id for each in view.world.linked(Recall, f"recall/{GTIN}")] == ["r-1"]
        assert view.world.get(Product, GTIN).name == PRODUCT["name"]


def test_an_older_view_never_puts_its_answers_into_a_newer_memory(model, stocked, projector):
    with model.view() as old:
        _ = old.world
        stocked.of("Steward").set_rules(rules=Rules(version="2026-2", clock_tolerance=60))
        projector.catch_up()
        with model.view() as new:
            assert new.world.get(Rules, "rules").version == "2026-2"
        assert old.world.get(Rules, "rules").version == "2026-1"
    with model.view() as newest:
        assert newest.world.get(Rules, "rules").version == "2026-2"


def test_what_belongs_to_an_item_is_found_by_one_statement(model, stocked, projector, statements):
    stocked.of("Brand").submit("custody:offer", offer("h-1", event("shipping", ITEM)))
    projector.catch_up()
    statements.clear()
    with model.view() as view:
        assert view.world.linked(Handover, f"item/{ITEM}")[0].state is HandoverState.OFFERED
        assert view.world.linked(Measure, f"item/{ITEM}") == ()
        assert view.world.linked(Handover, f"item/{item(2)}") == ()
    assert sum("terms" in sql for sql in statements) == 2


def test_a_changed_record_is_never_answered_from_memory(model, stocked, projector):
    stocked.of("Brand").submit("custody:offer", offer("h-1", event("shipping", ITEM)))
    projector.catch_up()
    with model.view() as view:
        assert view.world.get(Handover, "h-1").state is HandoverState.OFFERED
    stocked.of("Carrier").reject(handover="h-1", reason="wet")
    projector.catch_up()
    with model.view() as view:
        assert view.world.get(Handover, "h-1").state is HandoverState.REJECTED
        assert view.world.linked(Handover, f"item/{ITEM}")[0].reason == "wet"


def test_a_rebuild_forgets_what_was_remembered(model, stocked, url):
    with model.view() as view:
        assert view.world.get(Organisation, "Brand").name == "Brand"
        first = view.generation
    rebuild(url, stocked.ledger)
    with model.view() as view:
        assert view.generation != first
        assert view.world.get(Organisation, "Brand").name == "Brand"


def test_serials_issued_by_their_hashes_are_found_without_the_whole_batch_in_memory(model, stocked, projector):
    from hashlib import sha256

    hashes = [sha256(f"{GTIN}/X{number}".encode()).hexdigest() for number in range(50)]
    stocked.of("Brand").issue_serials(batch="b-2", gtin=GTIN, hashes=hashes)
    projector.catch_up()
    with model.view() as view:
        assert [each.id for each in view.world.linked(Batch, f"serial/{hashes[7]}")] == ["b-2"]
        assert view.world.linked(Batch, "serial/" + "0" * 64) == ()


def test_records_come_in_the_order_of_code_points(model, stocked, projector):
    names = ["b", "B", "a", "Z", "10", "9"]
    for name in names:
        stocked.of("Brand").recall(recall=name, gtin=GTIN, reason="glue")
    projector.catch_up()
    with model.view() as view:
        found = [each.id for each in view.world.linked(Recall, f"recall/{GTIN}")]
    assert found == sorted(names)


def test_memory_of_values_is_bounded(monkeypatch):
    monkeypatch.setattr("provenance.readmodel.world._MOST_BYTES", 100)
    memory = Memory("generation")
    for version in range(5):
        memory.keep(Rules(version=str(version), id=str(version)), version, 40)
    memory.keep(Rules(version="again", id="4"), 9, 40)
    kept = [memory.value("rules", str(version), 9 if version == 4 else version) for version in range(5)]
    assert [record is not None for record in kept] == [False, False, False, True, True]
    assert kept[4].version == "again"


def test_what_follows_from_records_is_kept_until_one_of_their_kinds_is_written(model, stocked, projector):
    def kept(*kinds):
        with model.view() as view:
            return view.world.deduced("test", *kinds)

    first = kept(Right, Product)
    first["said"] = 1
    stocked.of("Brand").issue_serials(batch="b-2", gtin=GTIN, first="2000", last="2999")
    projector.catch_up()
    assert kept(Right, Product) is first
    stocked.of("Brand").declare_right(right="eu-mark", **{**RIGHT, "right_kind": RightKind.TRADEMARK})
    projector.catch_up()
    assert kept(Right, Product) == {}
