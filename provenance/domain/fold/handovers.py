"""Departures and arrivals, and which of them are the two halves of one handover.

A departure that names its receiver and an arrival that this receiver recorded are a handover, compared as sets: a late
or badly clocked arrival completes it as well, and several departures (shipped, loaded, departed) are completed by one
arrival. Handovers that were made as acts count beside the events. What was voided or rejected before its arrival was
never handed over.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from provenance.domain.epcis.event import Typed
from provenance.domain.fold.containment import Timeline
from provenance.domain.fold.register import Register
from provenance.domain.fold.steps import ARRIVALS, DEPARTURES, TAKINGS, VOIDING
from provenance.domain.fold.timeline import Moment, Order
from provenance.domain.records import Handover, HandoverState

POSSESSING = "possessing_party"
OWNING = "owning_party"


@dataclass(slots=True)
class Departure:
    """One sending off: by whom, to whom (None: nobody known was named), and how it ended.

    `settles` is when both halves of the handover had happened.
    """

    at: datetime
    key: Order
    by: str
    to: str | None
    evidence: str
    source: str | None = None
    owner: str | None = None
    completed: "Arrival | None" = None
    settles: Order | None = None
    cancelled: Order | None = None


@dataclass(slots=True)
class Arrival:
    """One taking in: by whom, and whether it is more than the end of a transport leg."""

    at: datetime
    key: Order
    by: tuple[str, ...]
    evidence: str
    taking: bool
    owner: str | None = None
    completes: bool = False


def read(
    timeline: Timeline, handovers: Iterable[Handover], register: Register
) -> tuple[list[Departure], list[Arrival]]:
    """Return the departures and arrivals of a thing, each in order, with what completed or cancelled them."""
    departures, arrivals, voids = _moves(timeline, register)
    _add_records(handovers, departures, arrivals, register)
    departures.sort(key=_key)
    arrivals.sort(key=_key)
    _complete(departures, arrivals, voids)
    return departures, arrivals


def _moves(timeline: Timeline, register: Register) -> tuple[list[Departure], list[Arrival], list[tuple[Order, str]]]:
    departures: list[Departure] = []
    arrivals: list[Arrival] = []
    voids: list[tuple[Order, str]] = []
    for moment in timeline.moments:
        event, step = moment.event, moment.event.step
        if step in DEPARTURES:
            to, owner = _party(event.destinations, POSSESSING, register), _party(event.destinations, OWNING, register)
            source = _party(event.sources, POSSESSING, register)
            departures += [
                Departure(moment.at, moment.key, by, to, moment.digest, source, owner) for by in _recorders(moment)
            ]
        elif step in ARRIVALS:
            owner = _party(event.destinations, OWNING, register)
            taking = step in TAKINGS
            arrivals.append(Arrival(moment.at, moment.key, _recorders(moment), moment.digest, taking, owner))
        elif step == VOIDING:
            voids += [(moment.key, by) for by in _recorders(moment)]
    return departures, arrivals, voids


def _recorders(moment: Moment) -> tuple[str, ...]:
    if len(moment.witnesses) == 1:
        return (moment.fact.recorder,)
    return tuple(dict.fromkeys(witness.recorder for witness in moment.witnesses))


def _party(parties: tuple[Typed, ...], kind: str, register: Register) -> str | None:
    for each in parties:
        if each.type == kind:
            return register.holder(each.id)
    return None


def _add_records(
    handovers: Iterable[Handover], departures: list[Departure], arrivals: list[Arrival], register: Register
) -> None:
    """Add handovers that were made as acts; a rejected or voided one cancels what it offered."""
    for handover in handovers:
        name, offered, answered = f"handover:{handover.id}", handover.offered, handover.answered
        departure = Departure(offered.effective, (offered.effective, name, ""), offered.by, handover.receiver, name)
        departures.append(departure)
        if answered is None or not register.done(answered):
            continue
        key = (answered.effective, name, "~")
        if handover.state is HandoverState.ACCEPTED:
            by = (handover.receiver,)
            arrivals.append(Arrival(answered.effective, key, by, name, taking=True))
        else:
            for each in departures:
                if (each.by, each.to) == (offered.by, handover.receiver) and each.key <= key:
                    each.cancelled = key


def _complete(departures: Sequence[Departure], arrivals: Sequence[Arrival], voids: Sequence[tuple[Order, str]]) -> None:
    """Give each departure that names a receiver the arrival of this receiver that completes it.

    First the next one before the receiver sends the thing on, then one whose clock was behind, then one whose clock
    was ahead.
    """
    named = [departure for departure in departures if departure.to is not None]
    sent = {party: [each.key for each in departures if each.by == party] for party in {each.to for each in named}}
    _cancel(departures, voids)
    for departure in named:
        following = (each for each in arrivals if each.key >= departure.key and departure.to in each.by)
        _join(departure, next(following, None), sent[departure.to])
    unused = [arrival for arrival in arrivals if not arrival.completes]
    for candidates, bars in ((unused[::-1], sent), (unused, {})):
        for departure in named:
            if departure.completed is None and departure.cancelled is None:
                suiting = (each for each in candidates if departure.to in each.by)
                _join(departure, next(suiting, None), bars.get(departure.to, []))


def _join(departure: Departure, arrival: Arrival | None, barred: Sequence[Order]) -> None:
    """Join two halves of a handover unless, between them, it was called off or the receiver sent the thing on."""
    if arrival is None or (departure.cancelled is not None and departure.cancelled < arrival.key):
        return
    first, last = sorted((departure.key, arrival.key))
    if not any(first < key < last for key in barred):
        departure.completed, arrival.completes = arrival, True
        departure.settles, departure.cancelled = last, None


def _cancel(departures: Sequence[Departure], voids: Sequence[tuple[Order, str]]) -> None:
    for departure in departures:
        called_off = [key for key, by in voids if by == departure.by and key >= departure.key]
        if departure.cancelled is not None:
            called_off.append(departure.cancelled)
        departure.cancelled = min(called_off, default=None)


def _key(move: Departure | Arrival) -> Order:
    return move.key
