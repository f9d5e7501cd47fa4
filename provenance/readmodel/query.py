"""Queries for recorded events: the common parameters of the EPCIS query interface (EPCIS 2.0, 8.2.7) and their pages.

Values come in the form in which events are read: identifiers as canonical links, CBV words bare. A page may be shorter
than asked where the caller may not see most of what was looked through; only a missing cursor says that there is no
more.
"""

import base64
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, and_, or_, select, tuple_

from provenance.domain.epcis.event import Action, EventType
from provenance.domain.errors import Malformed
from provenance.domain.facts import Fact
from provenance.domain.gs1.keys import Link
from provenance.readmodel.instants import to_micros
from provenance.readmodel.tables import NamedAs, fact_things, facts

NI_STEM = "ni:///sha-256;"
MOST_PER_PAGE = 1000


class Order(StrEnum):
    """What pages are ordered by."""

    RECORDED = "recorded"
    EVENT_TIME = "eventTime"


class Direction(StrEnum):
    """Which end comes first."""

    ASC = "ASC"
    DESC = "DESC"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """Which events, in which order, and where to go on; empty tuples and None ask for nothing in particular.

    `match_epcs` are things named in `epcList` or as children, `match_any_epcs` anywhere as an instance,
    `match_classes` in quantity lists; `event_ids` are CBV hashes or senders' ids. Lower time bounds are inclusive,
    upper ones exclusive.
    """

    event_types: tuple[EventType, ...] = ()
    actions: tuple[Action, ...] = ()
    steps: tuple[str, ...] = ()
    dispositions: tuple[str, ...] = ()
    read_points: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    event_time_from: datetime | None = None
    event_time_before: datetime | None = None
    record_time_from: datetime | None = None
    record_time_before: datetime | None = None
    match_epcs: tuple[Link, ...] = ()
    match_any_epcs: tuple[Link, ...] = ()
    match_parents: tuple[Link, ...] = ()
    match_inputs: tuple[Link, ...] = ()
    match_outputs: tuple[Link, ...] = ()
    match_classes: tuple[Link, ...] = ()
    match_any_classes: tuple[Link, ...] = ()
    event_ids: tuple[str, ...] = ()
    recorders: tuple[str, ...] = ()
    order: Order = Order.RECORDED
    direction: Direction = Direction.ASC
    per_page: int = 30
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event as recorded: its fact, its canonical JSON and the block that holds it."""

    fact: Fact
    body: bytes
    block: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some events, and the cursor of the next page where there may be one."""

    events: tuple[RecordedEvent, ...]
    cursor: str | None


_QUANTITIES = (NamedAs.QUANTITY, NamedAs.CHILD_QUANTITY)
_ALL_QUANTITIES = (*_QUANTITIES, NamedAs.INPUT_QUANTITY, NamedAs.OUTPUT_QUANTITY)
_MATCHES: dict[str, tuple[NamedAs, ...]] = {
    "match_epcs": (NamedAs.EPC, NamedAs.CHILD),
    "match_any_epcs": (NamedAs.EPC, NamedAs.CHILD, NamedAs.PARENT, NamedAs.INPUT, NamedAs.OUTPUT),
    "match_parents": (NamedAs.PARENT,),
    "match_inputs": (NamedAs.INPUT,),
    "match_outputs": (NamedAs.OUTPUT,),
    "match_classes": _QUANTITIES,
    "match_any_classes": _ALL_QUANTITIES,
}
_COLUMNS = {
    "event_types": facts.c.type,
    "actions": facts.c.action,
    "steps": facts.c.step,
    "dispositions": facts.c.disposition,
    "read_points": facts.c.read_point,
    "locations": facts.c.location,
    "recorders": facts.c.recorder,
}


def conditions(query: EventQuery) -> list[ColumnElement[bool]]:
    """Return what the query asks of a row of `facts`."""
    asked: list[ColumnElement[bool]] = [
        column.in_(getattr(query, name)) for name, column in _COLUMNS.items() if getattr(query, name)
    ]
    for name, roles in _MATCHES.items():
        if links := getattr(query, name):
            named = select(fact_things.c.fact_id).where(fact_things.c.thing.in_(links), fact_things.c.role.in_(roles))
            asked.append(facts.c.id.in_(named))
    if query.event_ids:
        asked.append(identified(query.event_ids))
    return [*asked, *_times(query)]


def identified(identifiers: tuple[str, ...]) -> ColumnElement[bool]:
    """Return the condition that a row has one of these ids, CBV hashes or senders' own."""
    hashes = [known for known in map(_hash_of, identifiers) if known is not None]
    by_hash = [and_(facts.c.event_hash == digest, facts.c.algorithm == algorithm) for digest, algorithm in hashes]
    return or_(facts.c.sender_id.in_(identifiers), *by_hash)


def paged(statement: Select[Any], query: EventQuery, after: tuple[int, int] | None) -> Select[Any]:
    """Return the statement in the query's order, from after the row with that (event time, id) on."""
    key = [facts.c.event_time, facts.c.id] if query.order is Order.EVENT_TIME else [facts.c.id]
    if after is not None:
        last = after if query.order is Order.EVENT_TIME else after[1:]
        here, there = tuple_(*key), tuple_(*last)
        statement = statement.where(here > there if query.direction is Direction.ASC else here < there)
    return statement.order_by(*(column.asc() if query.direction is Direction.ASC else column.desc() for column in key))


def write_cursor(query: EventQuery, after: tuple[int, int]) -> str:
    """Return the cursor that goes on after a row."""
    return base64.urlsafe_b64encode(orjson.dumps([query.order, query.direction, *after])).decode().rstrip("=")


def read_cursor(query: EventQuery) -> tuple[int, int] | None:
    """Return the row to go on after; raises `Malformed` (`query.cursor`) where the cursor is of no such query."""
    if query.cursor is None:
        return None
    try:
        raw = orjson.loads(base64.urlsafe_b64decode(query.cursor + "=" * (-len(query.cursor) % 4)))
        order, direction, time, identifier = raw
    except (ValueError, TypeError):
        raise Malformed("query.cursor", "the page token is not one that was given here") from None
    if (order, direction) != (query.order, query.direction) or type(time) is not int or type(identifier) is not int:
        raise Malformed("query.cursor", "the page token is of a query in another order")
    return time, identifier


def _times(query: EventQuery) -> list[ColumnElement[bool]]:
    bounds = (
        (query.event_time_from, facts.c.event_time.__ge__),
        (query.event_time_before, facts.c.event_time.__lt__),
        (query.record_time_from, facts.c.recorded.__ge__),
        (query.record_time_before, facts.c.recorded.__lt__),
    )
    return [compare(to_micros(bound)) for bound, compare in bounds if bound is not None]


def _hash_of(identifier: str) -> tuple[bytes, str] | None:
    digest, _, algorithm = identifier.removeprefix(NI_STEM).partition("?ver=")
    try:
        return (bytes.fromhex(digest), algorithm) if identifier.startswith(NI_STEM) else None
    except ValueError:
        return None
