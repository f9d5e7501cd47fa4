"""From an item back to its rights, and to where its record stops fitting; what links without a serial show."""

import pytest

from provenance.domain.errors import Malformed
from provenance.domain.gs1.keys import CANONICAL_STEM, Link
from provenance.domain.records import Consignment, Declaration, Measure, MeasureKind, Recall
from provenance.domain.summary import lot, product, unit
from provenance.domain.trace import trace
from provenance.domain.verdict import Grade, judge
from tests.domain.fold.build import (
    CRATE,
    END,
    FACTORY,
    GTIN,
    ITEM,
    PALLET,
    PORT,
    ROTTERDAM,
    STORE,
    Ledger,
    day,
    genuine,
    item_link,
    made,
    packed,
    saw,
    stamp,
    to,
    unpacked,
    verdict,
    world,
)  # fmt: skip


def traced(facts, within=None, **fields):
    within = within or world()
    return trace(verdict(facts, within, **fields), within)


def infringed(found):
    return [(each.right.id, each.holder.id) for each in found.rights if each.infringed]


def test_genuine_infringes_nothing():
    found = traced(genuine())
    assert (found.product.name, found.brand.name) == ("Alba trail shoe", "Brand")
    assert infringed(found) == []
    assert found.first_inconsistent is None
    assert found.last_consistent.place.name == "Delft"
    assert [each.licensees[0].party.id for each in found.rights if each.right.id == "R-CN"] == ["LAPSED"] or [
        each.party.id for each in found.rights[0].licensees
    ] == ["MAKER", "LAPSED"]


def test_unlicensed_ends_at_the_right_and_its_holder():
    found = traced([made(0, "STRANGER")])
    assert infringed(found) == [("R-CN", "BRAND")]
    assert found.first_inconsistent.recorder.id == "STRANGER"


def test_copied_says_who_held_it_between():
    found = traced(
        [*genuine(), saw("STRANGER", 36.62, "inspecting", at=STORE), saw("SHOP", 36.63, "storing", at=FACTORY)]
    )
    assert found.grade is Grade.SUSPICIOUS
    assert found.first_inconsistent.recorder.id == "SHOP"
    assert found.last_consistent.recorder.id == "STRANGER"
    assert [each.id for each in found.held_between] == ["CARRIER", "SHOP"]
    assert infringed(found) == [("R-CN", "BRAND")]


def test_never_issued_ends_at_the_rights_of_the_product():
    found = traced([], item=item_link("9001"))
    assert found.grade is Grade.NOT_ON_RECORD
    assert infringed(found) == [("R-CN", "BRAND"), ("R-EU", "BRAND")]
    seen = traced([saw("SHOP", 3, "storing", item_link("9001"), at=STORE)], item=item_link("9001"))
    assert seen.first_inconsistent.recorder.id == "SHOP"
    assert infringed(seen) == [("R-EU", "BRAND")]


def test_an_item_of_no_product_on_record_has_no_rights():
    found = traced([made(0)], world(without=[f"product:{GTIN}"]))
    assert (found.product, found.rights) == (None, ())


def test_a_link_without_a_serial_gets_no_verdict():
    for text in (f"/01/{GTIN}", f"/01/{GTIN}/10/LOT7", f"{PALLET[len(CANONICAL_STEM) :]}"):
        with pytest.raises(Malformed) as refused:
            judge(Link(CANONICAL_STEM + text), Ledger().of(), world(), as_of=END)
        assert refused.value.code == "identifier.no_item"


def recall(number, **fields):
    return Recall(id=number, gtin=GTIN, reason="sole comes off", ordered=stamp("BRAND", day(5)), **fields)


def test_product_shows_brand_rights_and_recalls_of_it_all():
    within = world(recall("RC-1"), recall("RC-2", lot="LOT7"), recall("RC-3", serials=("1001",)))
    found = product(GTIN.link, within, as_of=END)
    assert (found.product.name, found.brand.name) == ("Alba trail shoe", "Brand")
    assert [each.right.id for each in found.rights] == ["R-CN", "R-EU"]
    assert [each.id for each in found.recalls] == ["RC-1"]
    with pytest.raises(Malformed):
        product(PALLET, within, as_of=END)


def test_lot_shows_its_recall_state():
    thing = Link(f"{GTIN.link}/10/LOT7")
    assert not lot(thing, world(recall("RC-2", lot="LOT8")), as_of=END).recalled
    found = lot(thing, world(recall("RC-1", lifted=stamp("BRAND", day(9))), recall("RC-2", lot="LOT7")), as_of=END)
    assert found.recalled
    assert [each.id for each in found.recalls] == ["RC-1", "RC-2"]
    assert not lot(thing, world(recall("RC-2", lot="LOT7")), as_of=day(4)).recalled
    with pytest.raises(Malformed):
        lot(GTIN.link, world(), as_of=END)


def test_unit_shows_its_contents_place_and_papers():
    other, gone = item_link("1002"), item_link("1003")
    facts = [
        packed(1, CRATE, ITEM, other, gone), unpacked(1.1, CRATE, gone), packed(1.2, PALLET, CRATE),
        saw("MAKER", 2, "shipping", PALLET, at=PORT, **to("FORWARDER")),
        saw("FORWARDER", 3, "receiving", PALLET, at=PORT), saw("CARRIER", 4, "departing", PALLET, at=PORT),
        packed(4, item_link("7"), other),
    ]  # fmt: skip
    consignment = Consignment(id="UCR-1", units=(PALLET,), origin="CN", destination="NL", opened=stamp("BRAND", day(1)))
    declaration = Declaration(
        id="NL/1", country="NL", number="1", consignment="UCR-1", procedure="import", lodged=stamp("BRAND", day(2))
    )
    held = Measure(
        id="M", measure_kind=MeasureKind.DETAIN, items=(PALLET,), reason="papers", place=ROTTERDAM.id,
        imposed=stamp("CUSTOMS-NL", day(40)),
    )  # fmt: skip
    found = unit(PALLET, Ledger(facts).of(), world(consignment, declaration, held), as_of=END)
    assert found.contents == (CRATE,)
    assert found.all_contents == (CRATE, ITEM)
    assert (found.state.custodian.id, found.state.place.name, found.stopped) == ("FORWARDER", "Ningbo port", True)
    assert [each.code for each in found.findings] == ["held"]
    assert [each.id for each in (*found.consignments, *found.declarations)] == ["UCR-1", "NL/1"]
    before = unit(PALLET, Ledger(facts).of(), world(held), as_of=day(1.15))
    assert (before.contents, before.stopped) == ((), False)
