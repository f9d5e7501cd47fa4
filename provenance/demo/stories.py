"""The ten stories: what happened to one item each, on the same trade lane, and the grade that its record must reach.

Each story is a function that tells what its item went through after the lane (`provenance.demo.lane`) brought its lot
as far as it did, and returns the item. Days are counted back from the run. `code` is the finding that must be among
the verdict's.
"""

from collections.abc import Callable
from dataclasses import dataclass

from provenance.demo import goods, world
from provenance.demo.chronicle import Chronicle
from provenance.demo.lane import held
from provenance.domain.gs1.keys import Link
from provenance.domain.records import MeasureKind

Telling = Callable[[Chronicle], Link]


@dataclass(frozen=True, slots=True)
class Story:
    """A story by name: one line of what happens, the grade and the finding that it must reach, and how it is told."""

    name: str
    line: str
    grade: str
    code: str
    tell: Telling


def delivered(chronicle: Chronicle, item: Link, door: world.Spot, /, *, days: float) -> None:
    """Bring an item from the parcel hub to a doorstep, where it is the consumer's."""
    chronicle.saw(world.PARCELS, "departing", [item], days=days, place=world.HUB, disposition="in_transit")
    chronicle.saw(world.PARCELS, "arriving", [item], days=days - 0.3, place=door, disposition="retail_sold")


def genuine(chronicle: Chronicle) -> Link:
    """Factory to doorstep, everything in order."""
    item = goods.SHOES_JUNE.items[0]
    delivered(chronicle, item, world.DOOR_UTRECHT, days=17)
    return item


def copied(chronicle: Chronicle) -> Link:
    """Delivered in Ghent; two hours later the same code is at a returns desk in Guangzhou."""
    item = goods.BAGS_SPRING.items[0]
    delivered(chronicle, item, world.DOOR_GHENT, days=16.3)
    chronicle.saw(world.MARKET, "inspecting", [item], days=15.9, place=world.RETURNS_CN)
    return item


def never_issued(chronicle: Chronicle) -> Link:
    """A returns desk scans a handbag whose serial nobody ever issued."""
    item = Link(f"https://id.gs1.org/01/{goods.BAGS.gtin}/21/{world.random_serial('invented')}")
    chronicle.saw(world.MARKET, "inspecting", [item], days=6, place=world.RETURNS_EU)
    return item


def other_market(chronicle: Chronicle) -> Link:
    """Headphones of the edition for China arrive at a doorstep in Bremen."""
    item = goods.PHONES_HOME.items[0]
    delivered(chronicle, item, world.DOOR_BREMEN, days=15)
    return item


def licence_ended(chronicle: Chronicle) -> Link:
    """A handbag that its maker commissioned half a year after the licence had ended."""
    item = goods.BAGS_AFTER.items[0]
    delivered(chronicle, item, world.DOOR_UTRECHT, days=14)
    return item


def seized(chronicle: Chronicle) -> Link:
    """Customs holds a pallet of handbags on the quay, and then seizes it."""
    lot = goods.BAGS_HELD
    reason = "Suspected infringement of a trademark"
    held(chronicle, lot.pallet, days=21, measure="NL-2041", kind=MeasureKind.DETAIN, reason=reason)
    reason = "The right holder asked for seizure"
    held(chronicle, lot.pallet, days=12, measure="NL-2041-S", kind=MeasureKind.SEIZE, reason=reason)
    return lot.items[0]


def released(chronicle: Chronicle) -> Link:
    """Customs holds a pallet of headphones, inspects it and lets it go; one pair reaches its doorstep."""
    item, pallet = goods.PHONES_HELD.items[0], goods.PHONES_HELD.pallet
    reason = "Selected for inspection"
    held(chronicle, pallet, days=21.4, measure="NL-2042", kind=MeasureKind.DETAIN, reason=reason)
    chronicle.saw(world.NL_CUSTOMS, "inspecting", [pallet], days=21, place=world.NL_BORDER)
    chronicle.act(world.NL_CUSTOMS, "lift", days=20.6, measure="NL-2042")
    delivered(chronicle, item, world.DOOR_GHENT, days=16)
    return item


def recalled(chronicle: Chronicle) -> Link:
    """Delivered, and then its lot is recalled by the brand."""
    item = goods.SHOES_SOLE.items[0]
    delivered(chronicle, item, world.DOOR_BREMEN, days=15.5)
    chronicle.act(
        world.VELASTRA,
        "recall",
        days=3,
        recall="velastra-sole",
        gtin=goods.SHOES.gtin,
        lot=goods.SHOES_SOLE.id,
        reason="The sole may come off",
    )
    return item


def in_pallet(_chronicle: Chronicle) -> Link:
    """Inside a pallet, inside a container, on a vessel at sea."""
    return goods.SHOES_LATE.items[0]


def rejected(chronicle: Chronicle) -> Link:
    """The marketplace refuses a delivery from the parcel carrier."""
    item = goods.SHOES_JUNE.items[1]
    chronicle.offered(world.PARCELS, world.MARKET, item, days=13, at=world.HUB, handover="PP-88012")
    chronicle.act(world.MARKET, "reject", days=12.7, handover="PP-88012", reason="The box was open")
    return item


STORIES = (
    Story("genuine", "factory to doorstep", "consistent", "maker_authorised", genuine),
    Story("copied", "its code turns up in two places", "suspicious", "copied", copied),
    Story("never_issued", "a serial nobody issued", "not_on_record", "never_issued", never_issued),
    Story("other_market", "outside its authorised market", "attention", "outside_authorised_market", other_market),
    Story("licence_ended", "made after its maker's licence had ended", "suspicious", "licence_ended", licence_ended),
    Story("seized", "held, then seized at the border", "stopped", "seized", seized),
    Story("released", "held, inspected, released", "consistent", "hold_lifted", released),
    Story("recalled", "its lot is recalled", "stopped", "recalled", recalled),
    Story("in_pallet", "inside a pallet that is at sea", "consistent", "inside_container", in_pallet),
    Story("rejected", "its receiver refused the delivery", "attention", "delivery_rejected", rejected),
)
