"""Who holds and who owns a thing: one pass through its departures, arrivals and handovers.

A transport leg moves the place, not the custodian. Missed reads are normal, so a gap is told and followed; only what
the record contradicts asks for attention, and nobody becomes custodian of goods that somebody else is on record as
holding.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from provenance.domain.findings import Finding, finding
from provenance.domain.fold import words
from provenance.domain.fold.containment import Timeline
from provenance.domain.fold.handovers import Arrival, Departure, read
from provenance.domain.fold.register import Register
from provenance.domain.fold.steps import ARRIVALS, packs
from provenance.domain.fold.timeline import Moment, Order
from provenance.domain.records import Handover, HandoverState, Role


class Change(NamedTuple):
    """Someone became custodian or owner."""

    key: Order
    at: datetime
    party: str


@dataclass(frozen=True, slots=True)
class Custody:
    """Who held and owned a thing when, where it is on its way to, and what was odd about it.

    `cancelled` are the digests of the departures that were voided or rejected.
    """

    custodians: tuple[Change, ...] = ()
    owners: tuple[Change, ...] = ()
    towards: str | None = None
    in_transit: bool = False
    cancelled: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()

    @property
    def custodian(self) -> str | None:
        """Who holds it at the end."""
        return self.custodians[-1].party if self.custodians else None

    @property
    def owner(self) -> str | None:
        """Who owns it at the end, None where no event says so."""
        return self.owners[-1].party if self.owners else None


def follow(
    timeline: Timeline, handovers: Iterable[Handover], register: Register, *, first: tuple[Order, str] | None
) -> Custody:
    """Return who held a thing, from its history and from the handovers on record for it and its containers.

    `first` is who held it first and since when, where that is known from its making.
    """
    departures, arrivals = read(timeline, handovers, register)
    walk = _Walk(register, departures, timeline.moments)
    key, holder = first or _first(timeline)
    steps: list[tuple[Order, int, Departure | Arrival | str]] = [(key, 0, holder)] if key and holder else []
    steps += [(departure.key, 1, departure) for departure in departures]
    steps += [(arrival.key, 3, arrival) for arrival in arrivals]
    steps.sort(key=lambda step: step[:2])
    for key, _, step in steps:
        walk.settle(key)
        walk.take(step, key)
    walk.settle(None)
    return walk.result()


def _first(timeline: Timeline) -> tuple[Order | None, str | None]:
    """Return who first had a thing that nobody made: who commissioned its number, or packed it first."""
    for moment in timeline.own:
        event = moment.event
        if event.step == "commissioning" or (packs(event) and event.parent == timeline.item):
            return moment.key, moment.by
    return None, None


@dataclass(slots=True)
class _Walk:
    """One pass through the moves in order; what a completed handover changes waits until both halves have happened."""

    register: Register
    departures: Sequence[Departure]
    moments: Sequence[Moment]
    custodians: list[Change] = field(default_factory=list)
    owners: list[Change] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    waiting: list[Departure] = field(default_factory=list)
    leaving: Departure | None = None

    @property
    def custodian(self) -> str | None:
        return self.custodians[-1].party if self.custodians else None

    def take(self, step: Departure | Arrival | str, key: Order) -> None:
        if isinstance(step, Departure):
            self._depart(step)
        elif isinstance(step, Arrival):
            self._arrive(step)
        elif self.custodian is None:
            self._pass_to(step, key)

    def settle(self, before: Order | None) -> None:
        """Let the handovers take effect whose second half came at or before a moment."""
        if not self.waiting:
            return
        due = [each for each in self.waiting if each.settles and (before is None or each.settles < before)]
        for departure in sorted(due, key=lambda each: (each.settles or each.key, each.key)):
            self.waiting.remove(departure)
            self._own(departure)
            if self.custodian == departure.by:
                self._pass_to(departure.to or departure.by, departure.settles or departure.key)

    def result(self) -> Custody:
        leaving = self.leaving
        away = leaving is not None and leaving.cancelled is None
        towards = leaving.to if leaving is not None and away else None
        cancelled = frozenset(each.evidence for each in self.departures if each.cancelled is not None)
        return Custody(tuple(self.custodians), tuple(self.owners), towards, away, cancelled, tuple(self.findings))

    def _depart(self, departure: Departure) -> None:
        self._leave_unless_cancelled(departure.key)
        if self.custodian is None:
            self._pass_to(departure.by, departure.key)
        elif departure.by != self.custodian and not self._takes_over(departure):
            return
        if departure.to is not None or self.leaving is None:
            self.leaving = departure
        if departure.settles is not None:
            self.waiting.append(departure)

    def _leave_unless_cancelled(self, key: Order) -> None:
        if self.leaving is not None and self.leaving.cancelled is not None and self.leaving.cancelled <= key:
            self.leaving = None

    def _takes_over(self, departure: Departure) -> bool:
        """Return whether a departure by somebody else than the custodian counts, and say what is missing before it."""
        if departure.to is None or self._is_leg(departure):
            return False
        name, held_by = self.register.name(departure.by), self.register.name(self.custodian or "")
        on = words.day(departure.at)
        if self.leaving is not None and self.leaving.to == departure.by:
            if self.leaving.completed is None:
                text = f"{name} sent it on, on {on}, without a record of its arrival from {held_by}."
                self.findings.append(finding("arrival_missed", text, self.leaving.evidence, departure.evidence))
        elif self.leaving is None and (proof := self._held_still(departure)):
            seen = words.day(proof.at)
            text = f"{name} sent it off on {on}, but {held_by} had not sent it off and still had it on {seen}."
            self.findings.append(finding("not_custodian", text, departure.evidence, proof.digest))
            return False
        else:
            text = f"{name} sent it off on {on}; how it came there from {held_by} is not on record."
            self.findings.append(finding("custody_gap", text, departure.evidence))
        self._pass_to(departure.by, departure.key)
        return True

    def _held_still(self, departure: Departure) -> Moment | None:
        """Return a moment that shows the custodian with the goods after somebody else sent them off."""
        custodian = self.custodian or ""
        if any(each.to == custodian and each.key > departure.key for each in self.departures):
            return None
        later = (each for each in self.moments if each.key > departure.key and each.event.step not in ARRIVALS)
        return next((each for each in later if each.seen_by(custodian)), None)

    def _is_leg(self, departure: Departure) -> bool:
        """Return whether a departure only carries on what the custodian, or one on the way to it, sent off."""
        same = any(
            each.to == departure.to and each.by != departure.by for each in (self.leaving, *self.waiting) if each
        )
        return same or departure.to == self.custodian

    def _arrive(self, arrival: Arrival) -> None:
        self._leave_unless_cancelled(arrival.key)
        self._own(arrival)
        if self.custodian in arrival.by:
            self._come_back(arrival)
        if arrival.completes or self.custodian in arrival.by or not arrival.taking:
            return
        taker = min(arrival.by)
        if self.custodian is None:
            self._pass_to(taker, arrival.key)
        elif not self.register.is_any(taker, Role.CARRIER, Role.CUSTOMS):
            self._unnamed(arrival, taker)

    def _come_back(self, arrival: Arrival) -> None:
        if self.leaving is not None and (self.leaving.to is None or (arrival.taking and not self.leaving.completed)):
            self.leaving = None

    def _unnamed(self, arrival: Arrival, taker: str) -> None:
        name, on = self.register.name(taker), words.day(arrival.at)
        leaving = self.leaving
        if leaving is not None and leaving.to is not None:
            if leaving.completed is None:
                text = f"{name} took it in on {on}, but it had been sent to {self.register.name(leaving.to)}."
                self.findings.append(finding("wrong_receiver", text, leaving.evidence, arrival.evidence))
            return
        text = f"{name} took it in on {on}; no record of the sender names {name} as its receiver."
        self.findings.append(finding("handover_one_sided", text, arrival.evidence))
        self._pass_to(taker, arrival.key)

    def _pass_to(self, party: str, key: Order) -> None:
        if self.leaving is not None and (self.leaving.to == party or self.leaving.to is None):
            self.leaving = None
        if self.custodian != party:
            self.leaving = None
            self.custodians.append(Change(key, key[0], party))

    def _own(self, move: Departure | Arrival) -> None:
        owner = move.owner
        if owner is not None and (not self.owners or self.owners[-1].party != owner):
            key = move.settles or move.key if isinstance(move, Departure) else move.key
            self.owners.append(Change(key, key[0], owner))


def judge(custody: Custody, handovers: Iterable[Handover], register: Register) -> Iterator[Finding]:
    """Find what was odd about the handovers, and rejected deliveries."""
    yield from custody.findings
    known = [each for each in handovers if each.answered is not None and register.done(each.answered)]
    for handover in known:
        if handover.state is HandoverState.REJECTED and handover.answered is not None:
            yield _rejection(handover, handover.answered.effective, known, custody, register)


def _rejection(
    handover: Handover, rejected: datetime, known: Sequence[Handover], custody: Custody, register: Register
) -> Finding:
    reason = f": {handover.reason}" if handover.reason else ""
    text = f"{register.name(handover.receiver)} rejected the delivery on {words.day(rejected)}{reason.rstrip('.')}."
    accepted = any(
        each.state is HandoverState.ACCEPTED and each.answered is not None and each.answered.effective > rejected
        for each in known
    )
    settled = accepted or any(change.at > rejected for change in custody.custodians)
    return finding("rejection_settled" if settled else "delivery_rejected", text, f"handover:{handover.id}")
