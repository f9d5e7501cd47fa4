"""Handovers by acts: the event that an offer, an acceptance or a voiding carries, and what keeps it from being done.

The contract bars what a measure names; what is inside such a thing, or holds one, is looked for here, before anything
is submitted.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import fields

from provenance import observations
from provenance.api.doing import Completed, Task
from provenance.domain import canonical
from provenance.domain.acts.fields import Location, OrganisationName, Thing
from provenance.domain.epcis import chunk
from provenance.domain.epcis.document import Captured
from provenance.domain.errors import Malformed
from provenance.domain.fold.contents import inside
from provenance.domain.fold.register import Register
from provenance.domain.gs1.keys import Link
from provenance.domain.instant import format_instant, parse_instant
from provenance.domain.records import Bar, Handover
from provenance.domain.verdict import fold
from provenance.domain.vocabulary import ORGANISATION
from provenance.http.problems import Problem
from provenance.observations import Observation
from provenance.readmodel.view import View

MADE = frozenset({"events"})
"""The argument that is made here."""

EVENT: Mapping[str, fields.Field[Any]] = {
    "event": fields.Dict(metadata={"description": "the EPCIS event of it; one is written where it is left out"}),
    "time": fields.String(
        metadata={
            "description": "when it happened (RFC 3339), for the written event; now if left out",
            "format": "date-time",
        }
    ),
    "place": fields.String(metadata={"description": "where it happened, a GLN link, for the written event"}),
}
"""What a body says of the event."""


def offer(task: Task, stated: Mapping[str, Any]) -> Completed:
    """Carry the departure of what is offered."""
    things = [Thing.parse(each) for each in stated["items"]]
    receiver = OrganisationName.parse(stated["receiver"])
    return _carrying(task, stated, things, ("shipping", receiver))


def accept(task: Task, stated: Mapping[str, Any]) -> Completed:
    """Carry the arrival of what was offered."""
    offered = _offered(task, stated)
    return _carrying(task, stated, offered.items, ("receiving", offered.offered.by))


def void(task: Task, stated: Mapping[str, Any]) -> Completed:
    """Carry the voiding of what was offered."""
    offered = _offered(task, stated)
    return _carrying(task, stated, offered.items, ("void_shipping", offered.receiver))


def _offered(task: Task, stated: Mapping[str, Any]) -> Handover:
    found = task.contracts.query(Handover, stated["handover"])
    if found is None:
        raise Problem(404, "handover.unknown", f"there is no handover {stated['handover']} on record")
    return found


def _carrying(task: Task, stated: Mapping[str, Any], things: Iterable[str], how: tuple[str, str]) -> Completed:
    links = tuple(Link(each) for each in things)
    now = datetime.now(UTC)
    with task.gateway.readmodel.view() as view:
        _unheld(links, view, now)
    event = _stated_event(stated) if "event" in stated else _written_event(stated, links, how, now)
    (arguments,) = chunk.build([event])
    rest = {name: value for name, value in stated.items() if name not in EVENT}
    return Completed({**rest, "events": canonical.parse(arguments)["events"]})


def _written_event(
    stated: Mapping[str, Any], things: tuple[Link, ...], how: tuple[str, str], now: datetime
) -> Captured:
    step, partner = how
    time = stated.get("time") or format_instant(now)
    _at("/time", parse_instant, time)
    place = Link(_at("/place", Location.parse, stated["place"])) if "place" in stated else None
    (event,) = observations.captured([Observation(things, step, time, place, ORGANISATION + partner)], now)
    return event


def _stated_event(stated: Mapping[str, Any]) -> Captured:
    if "time" in stated or "place" in stated:
        raise Problem(422, "handover.event", "an event says itself when and where it was", pointer="/event")
    event: Captured = _at("/event", observations.captured_event, stated["event"])
    return event


def _at(pointer: str, parse: Any, text: str) -> Any:
    try:
        return parse(text)
    except Malformed as error:
        raise error.under(pointer) from None


def _unheld(things: Iterable[Link], view: View, now: datetime) -> None:
    register = Register(view.world, now)
    for thing in things:
        around = [each.measure.id for each in fold(thing, view.facts, register).measures if each.in_force]
        held = next(iter(around), None) or _held_inside(thing, view, register)
        if held is not None:
            raise Problem(409, "custody.barred", f"{thing} is under measure {held}, or what is in or around it is")


def _held_inside(thing: Link, view: View, register: Register) -> str | None:
    for each in inside(thing, view.facts, register).everything:
        bar = view.world.get(Bar, each)
        if bar is not None and bar.measures:
            return bar.measures[0]
    return None
