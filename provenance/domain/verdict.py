"""The verdict on an item: what the ledger's facts and records say about it as of one time, with reasons.

Pure and deterministic: the same facts in any order and number, the same records and the same `as_of` give the same
verdict on every machine. A verdict says what was checked (the record) and never more. Only what is on the ledger
counts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from provenance.domain.errors import Malformed
from provenance.domain.facts import Fact
from provenance.domain.findings import Finding, Severity, finding
from provenance.domain.fold import clocks, custody, history, issuance, licensing, life, market, measures, travel
from provenance.domain.fold.containment import Timeline, weave
from provenance.domain.fold.history import Entry, EntryKind
from provenance.domain.fold.register import Party, Register, Spot
from provenance.domain.fold.steps import ARRIVALS, DEPARTURES
from provenance.domain.fold.timeline import Order
from provenance.domain.gs1 import link
from provenance.domain.gs1.keys import Link
from provenance.domain.instant import format_instant
from provenance.domain.records import Batch, Handover, PlaceKind, Product
from provenance.domain.world import World

__all__ = [
    "Entry",
    "EntryKind",
    "Grade",
    "ItemState",
    "Party",
    "Spot",
    "Status",
    "Verdict",
    "fold",
    "judge",
    "state_and_history",
]


class Grade(StrEnum):
    """The grades of an item; consistent < attention < suspicious < stopped, and not on record beside them."""

    CONSISTENT = "consistent"
    ATTENTION = "attention"
    SUSPICIOUS = "suspicious"
    STOPPED = "stopped"
    NOT_ON_RECORD = "not_on_record"


class Status(StrEnum):
    """Where a thing stands in its life."""

    NOT_ISSUED = "not_issued"
    ISSUED = "issued"
    ACTIVE = "active"
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"
    SOLD = "sold"
    HELD = "held"
    SEIZED = "seized"
    DESTROYED = "destroyed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class ItemState:
    """What a thing is: its status, who holds and owns it, where it was last seen, what it is inside (outermost last).

    `towards` is the receiver that it is on its way to; `seen` is when it was last seen.
    """

    status: Status
    custodian: Party | None = None
    owner: Party | None = None
    towards: Party | None = None
    place: Spot | None = None
    seen: datetime | None = None
    containers: tuple[Link, ...] = ()
    product: Product | None = None
    batch: str | None = None
    lot: str | None = None
    maker: Party | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on an item as of a time, under a version of the rules."""

    item: Link
    grade: Grade
    findings: tuple[Finding, ...]
    as_of: datetime
    rules: str
    state: ItemState
    history: tuple[Entry, ...]

    @property
    def reasons(self) -> tuple[Finding, ...]:
        """The findings that make the grade what it is."""
        return tuple(each for each in self.findings if each.severity is not Severity.INFO)

    def document(self) -> dict[str, Any]:
        """Return the verdict as JSON shows it, on the command line, in the API and beside the page."""
        return {
            "item": self.item,
            "grade": self.grade.value,
            "findings": [each.document() for each in self.findings],
            "as_of": format_instant(self.as_of),
            "rules": self.rules,
        }


@dataclass(frozen=True, slots=True)
class Folded:
    """A thing with containers, handovers and measures, folded: what its state and its history are written from."""

    timeline: Timeline
    life: life.Life
    makings: tuple[licensing.Making, ...]
    handovers: tuple[Handover, ...]
    custody: custody.Custody
    measures: tuple[measures.Reached, ...]


_PACKED = "It is packed in a larger unit: where it is and who holds it is on record for that unit."

FactsOf = Callable[[Link], Sequence[Fact]]


def judge(item: Link, facts_of: FactsOf, world: World, *, as_of: datetime) -> Verdict:
    """Return the verdict on a serialised item; `facts_of` gives the facts that name an item or one of its containers.

    Raises `Malformed` (`identifier.no_item`) where the link names no single item of a product.
    """
    gtin, serial = link.class_of(item), link.serial_of(item)
    if gtin is None or serial is None:
        raise Malformed("identifier.no_item", f"{item} names no single item of a product")
    register = Register(world, as_of)
    product = world.get(Product, str(gtin))
    folded = fold(item, facts_of, register, product=product)
    batch = issuance.find(gtin, serial, register)
    lot = _lot(folded.timeline) or (batch.lot if batch else None)
    found = [*_judged(folded, batch, register), *_of_product(folded, product, register)]
    found += measures.recalled(gtin, serial, lot, register)
    state = _state(folded, register, product=product, batch=batch, lot=lot)
    if state.containers:
        found.append(finding("inside_container", _PACKED))
    sources = history.Sources(folded.custody, batch, gtin, serial, lot, folded.measures, folded.handovers)
    return Verdict(
        item=item,
        grade=_grade(found, batch),
        findings=_ordered(found),
        as_of=as_of,
        rules=register.rules.version,
        state=state,
        history=history.write(folded.timeline, sources, register),
    )


def state_and_history(folded: Folded, register: Register) -> tuple[ItemState, tuple[Entry, ...]]:
    """Return state and history of anything that moves, such as a logistic unit, without a grade."""
    state = _state(folded, register, product=None, batch=None, lot=None)
    sources = history.Sources(folded.custody, measures=folded.measures, handovers=folded.handovers)
    return state, history.write(folded.timeline, sources, register)


def fold(thing: Link, facts_of: FactsOf, register: Register, *, product: Product | None = None) -> Folded:
    """Return a thing's history, life, custody and measures as of the register's time."""
    timeline = weave(thing, facts_of, register)
    lived = life.read(timeline)
    handovers = _handovers(timeline, register)
    makings = tuple([licensing.examine(moment, product, register) for moment in lived.makings]) if product else ()
    held = custody.follow(timeline, handovers, register, first=_first_holder(lived, makings))
    return Folded(timeline, lived, makings, handovers, held, measures.reached(timeline, register))


def _first_holder(lived: life.Life, makings: Sequence[licensing.Making]) -> tuple[Order, str] | None:
    if not lived.makings:
        return None
    first = lived.makings[0]
    return first.key, makings[0].maker if makings else first.by


def _handovers(timeline: Timeline, register: Register) -> tuple[Handover, ...]:
    found: dict[str, Handover] = {}
    for thing in dict.fromkeys((timeline.item, *(stay.container for stay in timeline.stays))):
        for handover in register.world.linked(Handover, f"item/{thing}"):
            at = handover.offered.effective
            inside = thing == timeline.item or any(
                stay.container == thing and stay.covers(at) for stay in timeline.stays
            )
            if register.done(handover.offered) and inside:
                found[handover.id] = handover
    return tuple(sorted(found.values(), key=lambda each: (each.offered.effective, each.id)))


def _judged(folded: Folded, batch: Batch | None, register: Register) -> Iterator[Finding]:
    timeline = folded.timeline
    yield from issuance.judge(batch, folded.life, register)
    yield from timeline.findings
    yield from life.judge(timeline, folded.life, register)
    yield from custody.judge(folded.custody, folded.handovers, register)
    yield from travel.judge(timeline, register)
    yield from measures.judge(timeline, folded.measures, register)
    yield from measures.examined(timeline.item, register)
    yield from clocks.judge(timeline, register)


def _of_product(folded: Folded, product: Product | None, register: Register) -> Iterator[Finding]:
    if product is None:
        yield finding("product_unknown", "The product of this number is not on record.")
        return
    for making in folded.makings:
        yield from licensing.judge(making, folded.timeline.moments, register)
    yield from market.judge(folded.timeline, product, folded.makings[0] if folded.makings else None, register)


def _grade(found: Sequence[Finding], batch: Batch | None) -> Grade:
    highest = max((each.severity for each in found), key=lambda severity: severity.rank, default=Severity.INFO)
    if batch is None and highest is not Severity.STOPPED:
        return Grade.NOT_ON_RECORD
    return Grade.CONSISTENT if highest is Severity.INFO else Grade(highest.value)


def _ordered(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings, each once, the weightiest first."""
    each = dict.fromkeys(found)
    return tuple(sorted(each, key=lambda one: (-one.severity.rank, one.code, one.text, one.facts)))


def _state(
    folded: Folded, register: Register, *, product: Product | None, batch: Batch | None, lot: str | None
) -> ItemState:
    timeline, held = folded.timeline, folded.custody
    seen = timeline.moments[-1].at if timeline.moments else None
    places = (moment.place for moment in reversed(timeline.moments) if moment.place is not None)
    first = _first_holder(folded.life, folded.makings)
    return ItemState(
        status=_status(folded, batch),
        custodian=register.party(held.custodian) if held.custodian else None,
        owner=register.party(held.owner) if held.owner else None,
        towards=register.party(held.towards) if held.towards else None,
        place=next(places, None),
        seen=seen,
        containers=timeline.containers(register.as_of),
        product=product,
        batch=batch.id if batch else None,
        lot=lot,
        maker=register.party(first[1]) if first else None,
    )


_MEASURED = {"detain": Status.HELD, "seize": Status.SEIZED, "destroy": Status.DESTROYED}


def _status(folded: Folded, batch: Batch | None) -> Status:
    in_force = [_MEASURED[each.measure.measure_kind.value] for each in folded.measures if each.in_force]
    for status in (Status.DESTROYED, Status.SEIZED, Status.HELD):
        if status in in_force:
            return status
    if folded.life.endings:
        return Status.ENDED
    if not folded.timeline.moments:
        return Status.NOT_ISSUED if batch is None else Status.ISSUED
    return _on_the_way(folded)


def _on_the_way(folded: Folded) -> Status:
    """Return the status that the last moments of trade say: sold, delivered, on the way, or simply in being."""
    for moment in reversed(folded.timeline.moments):
        event = moment.event
        if event.step == "retail_selling" or event.disposition == "retail_sold":
            return Status.SOLD
        if event.step in ARRIVALS:
            at_door = moment.place is not None and moment.place.kind is PlaceKind.DOORSTEP
            return Status.DELIVERED if at_door else Status.IN_TRANSIT if folded.custody.in_transit else Status.ACTIVE
        if event.step in DEPARTURES and moment.digest not in folded.custody.cancelled:
            return Status.IN_TRANSIT
    return Status.IN_TRANSIT if folded.custody.in_transit else Status.ACTIVE


def _lot(timeline: Timeline) -> str | None:
    """Return the lot that the record of the making states in its master data (CBV 2.0, 10.2)."""
    for moment in timeline.own:
        lot = _stated_lot(moment.event.ilmd) if moment.event.ilmd else None
        if lot is not None:
            return lot
    return None


def _stated_lot(master_data: Mapping[str, Any]) -> str | None:
    for name in sorted(master_data):
        if name.rpartition(":")[2].rpartition("#")[2].rpartition("/")[2] == "lotNumber" and isinstance(
            master_data[name], str
        ):
            return str(master_data[name])
    return None
