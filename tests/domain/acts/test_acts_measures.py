"""Authorities' measures: what they bar, until when, and who lifts them."""

import pytest

from provenance.domain.errors import DomainError
from provenance.domain.gs1.keys import Link
from provenance.domain.records import Bar, Handover, HandoverState, Measure
from tests.domain.acts.scene import CN_DECLARATION, ITEM, NL_DECLARATION, OTHER_ITEM, PALLET, ROTTERDAM, UCR, do, event


def test_a_measure_on_a_consignment_reaches_and_bars_its_units(world):
    do(
        world,
        "CustomsNL",
        "customs:impose",
        measure="m-2",
        measure_kind="detain",
        reason="x",
        items=[ITEM],
        consignment=UCR,
        declaration=f"NL/{NL_DECLARATION}",
    )
    assert world.get(Measure, "m-2").items == (ITEM, PALLET)
    assert world.get(Bar, Link(PALLET)).measures == ("m-2",)
    with pytest.raises(DomainError) as refusal:
        do(world, "Carrier", "custody:accept", handover="h-1", events=event("receiving"))
    assert refusal.value.code == "custody.barred"
    with pytest.raises(DomainError) as refusal:
        do(world, "Brand", "custody:void", handover="h-1", events=event("void_shipping"))
    assert refusal.value.code == "custody.barred"
    do(world, "CourtNL", "customs:lift", measure="m-2")
    assert world.get(Bar, Link(PALLET)).measures == ()
    do(world, "Carrier", "custody:accept", handover="h-1", events=event("receiving"))


def test_a_measure_bars_until_the_last_one_is_lifted(world):
    measure = {"measure": "m-2", "measure_kind": "seize", "reason": "x", "items": [OTHER_ITEM], "place": ROTTERDAM}
    do(world, "CourtNL", "customs:impose", **measure)
    do(world, "CustomsNL", "customs:lift", measure="m-1")
    assert world.get(Bar, Link(OTHER_ITEM)).measures == ("m-2",)
    with pytest.raises(DomainError) as refusal:
        do(
            world,
            "Rival",
            "custody:offer",
            handover="h",
            items=[OTHER_ITEM],
            receiver="Carrier",
            events=event("shipping"),
        )
    assert refusal.value.code == "custody.barred"


def test_a_rejection_is_possible_under_a_measure(world):
    do(
        world, "CustomsNL", "customs:impose",
        measure="m-2", measure_kind="detain", reason="x", items=[ITEM], place=ROTTERDAM,
    )  # fmt: skip
    do(world, "Carrier", "custody:reject", handover="h-1", reason="held")
    handover = world.get(Handover, "h-1")
    assert (handover.state, handover.reason) == (HandoverState.REJECTED, "held")


def test_a_declaration_of_another_consignment_carries_no_measure(world):
    do(
        world,
        "Carrier",
        "customs:open_consignment",
        consignment="6CN9521000-LUMEN-0002",
        units=[PALLET],
        origin="CN",
        destination="NL",
    )
    with pytest.raises(DomainError) as refusal:
        do(
            world, "CustomsCN", "customs:impose",
            measure="m-2", measure_kind="detain", reason="x",
            consignment="6CN9521000-LUMEN-0002", declaration=f"CN/{CN_DECLARATION}",
        )  # fmt: skip
    assert refusal.value.code == "measure.declaration"


def test_an_authority_that_lost_its_role_lifts_nothing(world):
    do(world, "Steward", "registry:enrol", organisation="CustomsNL", name="x", roles=["auditor"])
    with pytest.raises(DomainError) as refusal:
        do(world, "CustomsNL", "customs:lift", measure="m-1")
    assert refusal.value.code == "authority.role"
