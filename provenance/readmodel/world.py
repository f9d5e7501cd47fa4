"""The records as the fold reads them, over the tables of one snapshot.

What changes seldom and bears on many items (organisations, places, rights, licences, products, recalls, ranges) is
remembered by the process for as long as no act has written a record of its kind; what belongs to single items is
looked up, all kinds of a term in one statement. A record's value is decoded once per version. Nothing here outlives a
rebuild: memory belongs to one generation.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any, TypeVar, cast

import orjson
from sqlalchemy import Engine, PoolProxiedConnection, and_, bindparam, select

from provenance.database import Prepared
from provenance.domain.codec import decode
from provenance.domain.records import (
    RECORDS,
    Bar,
    Case,
    Consignment,
    Declaration,
    Examination,
    Handover,
    Measure,
    Record,
)
from provenance.domain.stated import PlaceStatement
from provenance.readmodel.tables import records, terms

R = TypeVar("R", bound=Record)

_OF_ITEMS = frozenset(kind.kind for kind in (Handover, Consignment, Declaration, Measure, Bar, Examination, Case))
_KINDS = {**RECORDS, PlaceStatement.kind: PlaceStatement}
_MOST_ENTRIES = 50_000
_MOST_BYTES = 64 * 1024 * 1024
Listed = list[tuple[str, int]]


class Statements:
    """The statements by which records are found, compiled once a database."""

    def __init__(self, engine: Engine) -> None:
        same = and_(records.c.kind == terms.c.kind, records.c.id == terms.c.id)
        self.by_term = Prepared(
            engine,
            select(records.c.kind, records.c.id, records.c.version)
            .join_from(terms, records, same)
            .where(terms.c.term == bindparam("term"))
            .order_by(records.c.kind, records.c.id),
        )
        this = and_(records.c.kind == bindparam("kind"), records.c.id == bindparam("id"))
        self.version = Prepared(engine, select(records.c.version).where(this))
        self.value = Prepared(engine, select(records.c.version, records.c.value).where(this))


class Memory:
    """What a process remembers of the records of one generation; safe to share between threads."""

    def __init__(self, generation: str) -> None:
        self.generation = generation
        self._kinds: dict[str, tuple[int, dict[Any, Any]]] = {}
        self._values: OrderedDict[tuple[str, str], tuple[int, Record, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def of_kind(self, kind: str, version: int) -> dict[Any, Any]:
        """Return what is remembered of a kind at a version; an older snapshot than the newest gets an empty memory."""
        held = self._kinds.get(kind)
        if held is not None and held[0] == version and len(held[1]) < _MOST_ENTRIES:
            return held[1]
        fresh: dict[Any, Any] = {}
        if held is None or held[0] <= version:
            self._kinds[kind] = (version, fresh)
        return fresh

    def value(self, kind: str, identifier: str, version: int) -> Record | None:
        """Return the decoded record of that version, if it is remembered."""
        with self._lock:
            held = self._values.get((kind, identifier))
            if held is None or held[0] != version:
                return None
            self._values.move_to_end((kind, identifier))
            return held[1]

    def keep(self, record: Record, version: int, size: int) -> None:
        """Remember a decoded record, forgetting the ones used longest ago where it gets too much."""
        with self._lock:
            key = (record.kind, record.id)
            replaced = self._values.pop(key, None)
            self._bytes += size - (replaced[2] if replaced is not None else 0)
            self._values[key] = (version, record, size)
            while self._bytes > _MOST_BYTES:
                self._bytes -= self._values.popitem(last=False)[1][2]


class SnapshotWorld:
    """`World` over the records of one snapshot; `versions` says when each kind was written last."""

    def __init__(
        self, connection: PoolProxiedConnection, statements: Statements, memory: Memory, versions: Mapping[str, int]
    ) -> None:
        self._connection = connection
        self._statements = statements
        self._memory = memory
        self._versions = versions
        self._by_term: dict[str, dict[str, Listed]] = {}
        self._known: dict[str, dict[Any, Any]] = {}

    def get(self, kind: type[R], identifier: str) -> R | None:
        """Return the record, or None where there is none."""
        if kind.kind not in self._versions:
            return None
        if kind.kind in _OF_ITEMS:
            return self._look_up(kind, identifier)
        known = self._known.get(kind.kind) or self._remembered(kind.kind)
        if identifier not in known:
            known[identifier] = self._look_up(kind, identifier)
        found: R | None = known[identifier]
        return found

    def linked(self, kind: type[R], term: str) -> Sequence[R]:
        """Return the records of a kind that carry the term, ordered by id (code points)."""
        if kind.kind not in self._versions:
            return ()
        if kind.kind in _OF_ITEMS or term.startswith("serial/"):
            return self._find(kind, term)
        known = self._known.get(kind.kind) or self._remembered(kind.kind)
        if (term,) not in known:
            known[term,] = self._find(kind, term)
        found: Sequence[R] = known[term,]
        return found

    def deduced(self, what: str, *kinds: type[Record]) -> dict[Any, Any]:
        """Return where to keep what follows from the records of these kinds alone, as long as none was written."""
        # One counter numbers the writes of all kinds, so the last write of one of them tells their state apart.
        return self._memory.of_kind(f"({what})", max(self._versions.get(kind.kind, 0) for kind in kinds))

    def _remembered(self, kind: str) -> dict[Any, Any]:
        found = self._known[kind] = self._memory.of_kind(kind, self._versions[kind])
        return found

    def _find(self, kind: type[R], term: str) -> Sequence[R]:
        if term not in self._by_term:
            self._by_term[term] = self._list(term)
        listed = self._by_term[term].get(kind.kind, ())
        found = (self._load(kind, identifier, version) for identifier, version in listed)
        return tuple(record for record in found if record is not None)

    def _list(self, term: str) -> dict[str, Listed]:
        found: dict[str, Listed] = {}
        for kind, identifier, version in self._statements.by_term.rows(self._connection, term=term):
            found.setdefault(kind, []).append((identifier, version))
        return found

    def _look_up(self, kind: type[R], identifier: str) -> R | None:
        rows = self._statements.version.rows(self._connection, kind=kind.kind, id=identifier)
        return self._load(kind, identifier, rows[0][0]) if rows else None

    def _load(self, kind: type[R], identifier: str, version: int) -> R | None:
        held = self._memory.value(kind.kind, identifier, version)
        if held is None:
            ((version, value),) = self._statements.value.rows(self._connection, kind=kind.kind, id=identifier)
            held = read_value(kind.kind, value)
            self._memory.keep(held, version, len(value))
        return cast("R", held)


def read_value(kind: str, value: bytes) -> Record:
    """Return the record of a kind that is stored as `value`."""
    return decode(_KINDS[kind], orjson.loads(value))
