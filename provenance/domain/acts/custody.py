"""Handovers of custody as acts: one member offers, the other accepts or rejects, and the first may void its offer.

They obey measures: nothing that a measure in force names is offered, accepted or voided (`custody.barred`), while a
rejection, which moves nothing, is always possible. Whether the one who offers has the goods is for the fold to find.
An offer, an acceptance and a voiding carry the EPCIS event that they are in the field `events`, a list of one entry in
the form of `custody:append`, so that whoever reads captured events out of transactions reads these the same way; a
rejection has none, since the CBV has no such step.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provenance.domain import canonical
from provenance.domain.acts.act import Call, Dated, act
from provenance.domain.acts.authority import fresh, known, member
from provenance.domain.acts.customs import links
from provenance.domain.acts.fields import Name, OrganisationName, Text, Thing, bounded
from provenance.domain.epcis import chunk
from provenance.domain.errors import Malformed, Refused
from provenance.domain.records import Bar, Handover, HandoverState, Organisation, Record
from provenance.domain.world import Records

CARRIES_EVENT = frozenset({"custody:offer", "custody:accept", "custody:void"})
"""The acts whose arguments hold a captured event in `events`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer(Dated):
    """Things that the caller hands over to a receiver, and the departure-type event of it."""

    handover: Name
    items: tuple[Thing, ...]
    receiver: OrganisationName
    events: tuple[Mapping[str, Any], ...]

    def __post_init__(self) -> None:
        bounded(self.items, "/items")
        carried(self.events)


@act("custody:offer")
def offer(records: Records, call: Call, arguments: Offer) -> tuple[Record, ...]:
    """Offer custody of things to another member, who then accepts or rejects."""
    member(records, call)
    known(records, Organisation, arguments.receiver)
    if arguments.receiver == call.creator:
        raise Refused("handover.receiver", "nobody hands over to itself")
    fresh(records, Handover, arguments.handover)
    handover = Handover(
        id=arguments.handover,
        items=links(arguments.items),
        receiver=arguments.receiver,
        state=HandoverState.OFFERED,
        offered=call.stamp(arguments.effective),
    )
    _unbarred(records, handover)
    return (handover,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept(Dated):
    """A handover that the caller takes, and the arrival-type event of it."""

    handover: Name
    events: tuple[Mapping[str, Any], ...]

    def __post_init__(self) -> None:
        carried(self.events)


@act("custody:accept")
def accept(records: Records, call: Call, arguments: Accept) -> tuple[Record, ...]:
    """Take custody of what was offered to the caller."""
    handover = _received(records, call, arguments.handover)
    _unbarred(records, handover)
    return (_answered(handover, call, arguments, HandoverState.ACCEPTED),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(Dated):
    """A handover that the caller does not take, and why."""

    handover: Name
    reason: Text


@act("custody:reject")
def reject(records: Records, call: Call, arguments: Reject) -> tuple[Record, ...]:
    """Refuse custody of what was offered to the caller; measures do not bar it."""
    handover = _received(records, call, arguments.handover)
    return (dataclasses.replace(_answered(handover, call, arguments, HandoverState.REJECTED), reason=arguments.reason),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Void(Dated):
    """An unanswered offer that the caller takes back, and the `void_shipping` event of it."""

    handover: Name
    events: tuple[Mapping[str, Any], ...]

    def __post_init__(self) -> None:
        carried(self.events)


@act("custody:void")
def void(records: Records, call: Call, arguments: Void) -> tuple[Record, ...]:
    """Take back the caller's own offer before it is answered."""
    member(records, call)
    handover = known(records, Handover, arguments.handover)
    if handover.offered.by != call.creator:
        raise Refused("handover.not_offeror", f"handover {handover.id} was not offered by {call.creator}")
    _unbarred(records, handover)
    return (_answered(handover, call, arguments, HandoverState.VOIDED),)


def carried(events: Sequence[Mapping[str, Any]]) -> chunk.Chunk:
    """Return the one event that an act carries as a chunk, its form and id checked; raises `Malformed`."""
    if len(events) != 1:
        raise Malformed("arguments.length", f"the act carries one event, not {len(events)}", "/events")
    return chunk.read(canonical.dump({"events": list(events)}))


def _received(records: Records, call: Call, identifier: str) -> Handover:
    member(records, call)
    handover = known(records, Handover, identifier)
    if handover.receiver != call.creator:
        raise Refused("handover.not_receiver", f"handover {handover.id} was not offered to {call.creator}")
    return handover


def _answered(handover: Handover, call: Call, arguments: Dated, state: HandoverState) -> Handover:
    if handover.state is not HandoverState.OFFERED:
        raise Refused("handover.answered", f"handover {handover.id} was {handover.state.value} already")
    answered = call.stamp(arguments.effective, after=handover.offered)
    return dataclasses.replace(handover, state=state, answered=answered)


def _unbarred(records: Records, handover: Handover) -> None:
    for bar in records.get_many(Bar, handover.items):
        if bar is not None and bar.measures:
            raise Refused("custody.barred", f"{bar.id} is under measure {bar.measures[0]}")
