"""Queries for recorded events and the pages that answer them.

What is asked of an event is said by conditions of the domain; here are order, page and where to go on. A cursor goes
on in the order of its page and shows nothing that was recorded after the first page: pages follow each other without
gap or overlap, whatever is recorded meanwhile. A page may be shorter than asked where the caller may not see most of
what was looked through; only a missing cursor says that there is no more.
"""

from dataclasses import dataclass
from enum import StrEnum

from provenance.domain.epcis.query import Condition
from provenance.domain.facts import Fact
from provenance.readmodel.sql import Sql, any_of, one_of
from provenance.readmodel.tables import block_of

NI_STEM = "ni:///sha-256;"
MOST_PER_PAGE = 1000


class TooMuch(Exception):
    """Answering would mean looking at more events than one request may; the sentence says how many."""


class Order(StrEnum):
    """What pages are ordered by; `FIELD` is by the facets of `EventQuery.order_kinds`, without them last."""

    RECORDED = "recorded"
    EVENT_TIME = "eventTime"
    RECORD_TIME = "recordTime"
    FIELD = "field"


class Direction(StrEnum):
    """Which end comes first."""

    ASC = "ASC"
    DESC = "DESC"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where to go on: after the event with `key` in `order`, among what was recorded up to the place `until`.

    The key is (time, place) for times, (place,) for ledger order, (how many,) for fields.
    """

    order: Order
    key: tuple[int, ...]
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """Which events, in which order, and where to go on; without an order, in the one that is the cheapest."""

    conditions: tuple[Condition, ...] = ()
    order: Order | None = None
    order_kinds: tuple[str, ...] = ()
    direction: Direction = Direction.ASC
    per_page: int = 30
    after: Cursor | None = None


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event as recorded: its fact, its canonical JSON, and its place in the ledger."""

    fact: Fact
    body: bytes
    place: int

    @property
    def block(self) -> int:
        """The block that holds it."""
        return block_of(self.place)


@dataclass(frozen=True, slots=True)
class Page:
    """Some events, and the cursor of the next page where there may be one."""

    events: tuple[RecordedEvent, ...]
    cursor: Cursor | None


def identified(identifiers: tuple[str, ...]) -> Sql:
    """Return the condition that a row has one of these ids, CBV hashes or senders' own."""
    hashes = [known for known in map(_hash_of, identifiers) if known is not None]
    own = [each for each in identifiers if "\0" not in each]
    return any_of([one_of("sender_id", own), *[Sql("event_hash = ? AND algorithm = ?", each) for each in hashes]])


def _hash_of(identifier: str) -> tuple[bytes, str] | None:
    digest, _, algorithm = identifier.removeprefix(NI_STEM).partition("?ver=")
    try:
        return (bytes.fromhex(digest), algorithm) if identifier.startswith(NI_STEM) and "\0" not in algorithm else None
    except ValueError:
        return None
