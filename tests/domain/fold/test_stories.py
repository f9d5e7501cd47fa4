"""The ten stories that the product shows to a newcomer, each with its grade and what the page must say."""

import pytest

from provenance.domain.findings import Severity
from provenance.domain.records import (
    Handover,
    HandoverState,
    Measure,
    MeasureKind,
    Recall,
)  # fmt: skip
from provenance.domain.verdict import Grade, Status
from tests.domain.fold.build import (
    DEPOT,
    DOOR,
    FACTORY,
    GTIN,
    ITEM,
    LAGOS,
    PALLET,
    PORT,
    ROTTERDAM,
    STORE,
    codes,
    day,
    genuine,
    item_link,
    made,
    packed,
    remarks,
    saw,
    stamp,
    to,
    verdict,
    world,
)  # fmt: skip


def measure(kind, when, lifted=None, *things, name="M-1"):
    return Measure(
        id=name, measure_kind=kind, items=things or (PALLET,), reason="suspected infringement", place=ROTTERDAM.id,
        imposed=stamp("CUSTOMS-NL", day(when)), lifted=stamp("CUSTOMS-NL", day(lifted)) if lifted else None,
    )  # fmt: skip


def test_genuine_is_consistent_and_delivered():
    found = verdict(genuine())
    assert (found.grade, codes(found)) == (Grade.CONSISTENT, {"maker_authorised"})
    assert "Maker made it in CN" in found.findings[0].text
    assert found.state.status is Status.DELIVERED
    assert found.state.custodian.id == "CARRIER"
    assert found.state.place.name == "Delft"
    assert found.state.lot == "LOT7"
    assert found.state.maker.id == "MAKER"
    assert found.rules == "2026-1"


def test_copied_says_that_the_genuine_item_may_be_in_your_hand():
    found = verdict([*genuine(), saw("STRANGER", 36.62, "inspecting", at=FACTORY)])
    assert found.grade is Grade.SUSPICIOUS
    assert remarks(found) == {"copied"}
    (copied,) = found.reasons
    assert copied.text.startswith("copied: the genuine item may be in your hand.")
    assert "Delft (NL)" in copied.text
    assert "Ningbo works (CN)" in copied.text
    assert "9,000 km in 2 hours" in copied.text
    assert len(copied.facts) == 2


def test_never_issued_is_not_on_record():
    found = verdict([], item=item_link("9001"))
    assert found.grade is Grade.NOT_ON_RECORD
    assert remarks(found) == {"never_issued"}
    assert found.state.status is Status.NOT_ISSUED
    assert found.state.product.name == "Alba trail shoe"


def test_other_market_is_outside_its_market_and_nothing_worse():
    found = verdict([*genuine()[:-3], saw("SHOP", 60, "retail_selling", at=LAGOS)])
    assert found.grade is Grade.ATTENTION
    assert remarks(found) == {"outside_authorised_market"}
    assert "Lagos market (NG)" in found.findings[0].text
    assert "counterfeit" not in found.findings[0].text


def test_licence_ended_names_maker_and_end():
    found = verdict([made(0, "LAPSED")])
    assert found.grade is Grade.SUSPICIOUS
    assert remarks(found) == {"licence_ended"}
    (ended,) = found.reasons
    assert "Lapsed" in ended.text
    assert "31 January 2026" in ended.text
    assert "right:R-CN" in ended.facts


def test_seized_is_stopped():
    held, seized = measure(MeasureKind.DETAIN, 33.1), measure(MeasureKind.SEIZE, 33.6, name="M-2")
    found = verdict(genuine()[:6], world(held, seized))
    assert found.grade is Grade.STOPPED
    assert remarks(found) == {"held", "seized"}
    assert found.state.status is Status.SEIZED


def test_released_is_consistent_and_shows_the_hold():
    inspected = saw("CUSTOMS-NL", 33.2, "inspecting", PALLET, at=ROTTERDAM)
    found = verdict([*genuine(), inspected], world(measure(MeasureKind.DETAIN, 33.1, 33.5)))
    assert found.grade is Grade.CONSISTENT
    assert remarks(found) == {"hold_lifted"}
    assert [each.title for each in found.history if each.kind == "measure"] == [
        "Held by an authority",
        "Released by the authority",
    ]


def test_recalled_is_stopped():
    recall = Recall(id="RC", gtin=GTIN, lot="LOT7", reason="sole comes off", ordered=stamp("BRAND", day(50)))
    found = verdict(genuine(), world(recall))
    assert found.grade is Grade.STOPPED
    assert remarks(found) == {"recalled"}
    assert "LOT7" in found.findings[0].text


def test_in_pallet_takes_place_and_custodian_from_the_pallet():
    facts = [*genuine()[:5], saw("CARRIER", 20, "transporting", PALLET, at="geo:5.5,80.1")]
    found = verdict(facts, as_of=day(21))
    assert (found.grade, remarks(found)) == (Grade.CONSISTENT, set())
    assert "inside_container" in codes(found)
    assert found.state.containers == (PALLET,)
    assert found.state.place.id == "geo:5.5,80.1"
    assert found.state.custodian.id == "FORWARDER"
    assert found.state.status is Status.IN_TRANSIT
    assert found.history[-1].through == PALLET


def test_rejected_delivery_asks_for_attention():
    rejected = Handover(
        id="H-1", items=(ITEM,), receiver="SHOP", state=HandoverState.REJECTED, reason="box crushed",
        offered=stamp("FORWARDER", day(36)), answered=stamp("SHOP", day(36.5)),
    )  # fmt: skip
    facts = [*genuine()[:8], saw("FORWARDER", 36, "shipping", at=DEPOT, **to("SHOP"))]
    found = verdict(facts, world(rejected))
    assert found.grade is Grade.ATTENTION
    assert remarks(found) == {"delivery_rejected"}
    assert found.state.custodian.id == "FORWARDER"
    assert "box crushed" in found.findings[0].text


@pytest.mark.parametrize("place", [STORE, DOOR, PORT])
def test_every_story_text_is_free_of_verdicts_nobody_can_give(place):
    found = verdict([made(0, "STRANGER"), packed(1, PALLET), saw("SHOP", 1.01, "retail_selling", at=place)])
    for each in found.findings:
        assert "fake" not in each.text.lower()
        assert "authentic" not in each.text.lower()
        assert each.severity in Severity
