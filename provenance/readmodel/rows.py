"""The rows of captured events, gathered and then written many at once.

One a fact, one for each thing that it names, one for each facet that it is found by.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, PoolProxiedConnection, bindparam, select

from provenance.database import Loading, Prepared, insert_ignoring
from provenance.domain.epcis.chunk import Entry
from provenance.domain.epcis.context import scope
from provenance.domain.epcis.masterdata import Statement
from provenance.domain.epcis.reading import read_fields
from provenance.domain.errors import Malformed
from provenance.readmodel.instants import to_micros
from provenance.readmodel.query import NI_STEM
from provenance.readmodel.stored import pack
from provenance.readmodel.tables import NamedAs, fact_terms, fact_things, facts, place, prefixes
from provenance.readmodel.terms import terms_of

_LISTS = (
    ("epcs", str(NamedAs.EPC)),
    ("children", str(NamedAs.CHILD)),
    ("inputs", str(NamedAs.INPUT)),
    ("outputs", str(NamedAs.OUTPUT)),
)
_QUANTITIES = (
    ("quantities", str(NamedAs.QUANTITY)),
    ("child_quantities", str(NamedAs.CHILD_QUANTITY)),
    ("input_quantities", str(NamedAs.INPUT_QUANTITY)),
    ("output_quantities", str(NamedAs.OUTPUT_QUANTITY)),
)
_PARENT = str(NamedAs.PARENT)
_OWN = frozenset({"extensions", "ilmd", "sensors"})
_NUL = b"\\u0000"
_REGRESSED = facts.columns.keys().index("regressed")
_LONGEST = 500
"""A longer prefix or namespace is not found by its prefix; its fields are by their full names."""

_TEXTS = ("sender_id", "step", "disposition", "read_point", "location", "parent")


class Statements:
    """The statements that write facts, compiled once a database."""

    def __init__(self, engine: Engine) -> None:
        self.facts = Loading(engine, facts, ("digest", "recorder"))
        self.things = Loading(engine, fact_things)
        self.terms = Loading(engine, fact_terms)
        self.prefixes = Prepared(engine, insert_ignoring(prefixes, engine.dialect.name))
        since = facts.c.id >= bindparam("first")
        self.ids = Prepared(engine, select(facts.c.id).where(since, facts.c.id <= bindparam("last")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """The transaction that recorded events: by whom, its time, its place."""

    recorder: str
    recorded: int
    block: int
    position: int


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one transaction's events: of `facts` all columns but whether time went back, which comes to be known
    in ledger order; and what it states of places.
    """

    facts: list[tuple[Any, ...]] = field(default_factory=list)
    things: list[tuple[str, int, str]] = field(default_factory=list)
    terms: list[tuple[int, int]] = field(default_factory=list)
    prefixes: set[tuple[str, str]] = field(default_factory=set)
    stated: tuple[Statement, ...] = ()


def read_rows(entries: Iterable[Entry], capture: Capture, stated: tuple[Statement, ...] = ()) -> Rows:
    """Return the rows of the events of one transaction; each event is let go before the next is looked at.

    Raises `Malformed` (`chunk.unreadable`, or what a field raises) where one cannot be read: whoever endorsed it
    did not check it, and that must not stop the projector.
    """
    read, listed = Rows(stated=stated), None
    try:
        for index, entry in enumerate(entries):
            identifier = place(capture.block, capture.position, index)
            within = scope(entry.event.get("@context"))
            fields = read_fields(entry.event, within)
            if _NUL in entry.body:
                _refuse_nul(fields)
            read.facts.append(_fact(entry, fields, identifier, capture))
            _name(fields, identifier, read.things)
            read.terms.extend([(term, identifier) for term in terms_of(fields.get, entry.event, within)])
            if within is not listed and not _OWN.isdisjoint(fields):
                read.prefixes.update(within.prefixes.items())
                listed = within
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Malformed("chunk.unreadable", f"event {len(read.facts)} cannot be read: {error!r}") from error
    return read


class FactRows:
    """The rows of some events in ledger order; the same fact again is left out, its first place wins."""

    def __init__(self) -> None:
        self._facts: list[tuple[Any, ...]] = []
        self._things: list[tuple[str, int, str]] = []
        self._terms: list[tuple[int, int]] = []
        self._prefixes: set[tuple[str, str]] = set()

    def __len__(self) -> int:
        return len(self._facts)

    def add(self, rows: Rows, *, regressed: int) -> None:
        """Take in the rows of one transaction's events; `regressed` is 1 where the ledger's time went back at it."""
        self._facts += [(*row[:_REGRESSED], regressed, *row[_REGRESSED:]) for row in rows.facts]
        self._things += rows.things
        self._terms += rows.terms
        self._prefixes |= rows.prefixes

    def flush(self, connection: PoolProxiedConnection, statements: Statements) -> None:
        """Write the rows."""
        if not self._facts:
            return
        statements.facts.many(connection, self._facts)
        self._things.sort()  # in the order of their index, whose pages are then visited once
        rows = statements.ids.rows(connection, first=self._facts[0][0], last=self._facts[-1][0])
        things, terms = self._things, sorted(self._terms)
        if len(rows) != len(self._facts):
            kept = {row[0] for row in rows}
            things, terms = [row for row in things if row[1] in kept], [row for row in terms if row[1] in kept]
        statements.things.many(connection, things)
        statements.terms.many(connection, terms)
        statements.prefixes.many(connection, [row for row in sorted(self._prefixes) if _storable(row)])


def _name(fields: Mapping[str, Any], identifier: int, things: list[tuple[str, int, str]]) -> None:
    """Add the rows of what an event names, and as what."""
    for name, role in _LISTS:
        if links := fields.get(name):
            things += [(link, identifier, role) for link in links]
    parent = fields.get("parent")
    if parent is not None:
        things.append((parent, identifier, _PARENT))
    for name, role in _QUANTITIES:
        if quantities := fields.get(name):
            things += [(quantity.epc_class, identifier, role) for quantity in quantities]


def _storable(row: tuple[str, str]) -> bool:
    return all("\0" not in each and len(each) <= _LONGEST for each in row)


def _refuse_nul(fields: Mapping[str, Any]) -> None:
    """Raise `ValueError` where a text that is looked for holds a NUL, which no well-formed event does."""
    things: list[tuple[str, int, str]] = []
    _name(fields, 0, things)
    texts = [*(fields.get(name) or "" for name in _TEXTS), *(thing for thing, _, _ in things)]
    if any("\0" in each for each in texts):
        raise ValueError("a NUL in what the event names")


def _fact(entry: Entry, fields: Mapping[str, Any], identifier: int, capture: Capture) -> tuple[Any, ...]:
    digest, algorithm = entry.id.removeprefix(NI_STEM).split("?ver=")
    said = fields.get
    return (
        identifier,
        capture.recorder,
        bytes.fromhex(entry.digest),
        bytes.fromhex(digest),
        algorithm,
        said("sender_id"),
        capture.recorded,
        to_micros(fields["time"]),
        str(fields["type"]),
        None if (action := said("action")) is None else str(action),
        said("step"),
        said("disposition"),
        said("read_point"),
        said("location"),
        pack(fields),
        entry.body,
    )
