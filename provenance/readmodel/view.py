"""One snapshot of the read model: facts by thing, events by query, and the records that they are judged by."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, TypeVar, cast

import orjson
from sqlalchemy import Connection, Engine, PoolProxiedConnection, Select, bindparam, select

from provenance.database import Prepared
from provenance.domain.facts import Fact
from provenance.domain.gs1.keys import Link
from provenance.domain.records import Record
from provenance.readmodel.instants import from_micros
from provenance.readmodel.query import (
    MOST_PER_PAGE,
    NI_STEM,
    EventQuery,
    Page,
    RecordedEvent,
    conditions,
    identified,
    paged,
    read_cursor,
    write_cursor,
)
from provenance.readmodel.stored import unpack
from provenance.readmodel.tables import block_of, checkpoint, fact_things, facts, records
from provenance.readmodel.world import Memory, SnapshotWorld, read_value
from provenance.readmodel.world import Statements as RecordStatements

R = TypeVar("R", bound=Record)

MOST_LOOKED_THROUGH = 5000
_OF_FACT = (
    facts.c.id,
    facts.c.recorder,
    facts.c.digest,
    facts.c.event_hash,
    facts.c.algorithm,
    facts.c.recorded,
    facts.c.regressed,
    facts.c.reading,
)


class Statements:
    """The statements that every verdict needs, compiled once a database."""

    def __init__(self, engine: Engine) -> None:
        self.records = RecordStatements(engine)
        self.head = Prepared(engine, select(checkpoint.c.height, checkpoint.c.generation, checkpoint.c.versions))
        of_thing = select(*_OF_FACT).join_from(fact_things, facts, facts.c.id == fact_things.c.fact_id)
        self.facts = Prepared(engine, of_thing.where(fact_things.c.thing == bindparam("thing")))


class View:
    """What the read model says at one position; it holds a connection, so use it briefly and close it."""

    def __init__(
        self,
        engine: Engine,
        connection: PoolProxiedConnection,
        statements: Statements,
        *,
        memory_of: Callable[[str], Memory],
    ) -> None:
        self._engine = engine
        self._raw = connection
        self._statements = statements
        ((height, generation, versions),) = statements.head.rows(connection)
        self._memory = memory_of(generation)
        self._versions = versions
        self.position: int = height
        self.generation: str = generation

    @cached_property
    def world(self) -> SnapshotWorld:
        """The records, as the fold reads them."""
        return SnapshotWorld(self._raw, self._statements.records, self._memory, orjson.loads(self._versions))

    def facts(self, link: Link) -> list[Fact]:
        """Return the distinct facts that name a thing, in no particular order."""
        found = {row[0]: row for row in self._statements.facts.rows(self._raw, thing=link)}
        return [self._fact(row) for row in found.values()]

    def things(self, after: Link | None, count: int) -> list[Link]:
        """Return the next things after one, by code points, that facts name."""
        wanted = select(fact_things.c.thing).distinct().order_by(fact_things.c.thing).limit(count)
        if after is not None:
            wanted = wanted.where(fact_things.c.thing > after)
        return [Link(thing) for thing in self.connection.execute(wanted).scalars()]

    def event(self, identifier: str) -> list[RecordedEvent]:
        """Return the recorded events with a CBV hash or a sender's id, every witness of them, in ledger order."""
        statement = select(*_OF_FACT, facts.c.body).where(identified((identifier,))).order_by(facts.c.id)
        return [_recorded(row) for row in self.connection.execute(statement)]

    def events(self, query: EventQuery, visible: Callable[[Fact], bool] = lambda _: True) -> Page:
        """Return one page of the events that the query asks for and the caller may see.

        Raises `Malformed` (`query.cursor`).
        """
        wanted = min(query.per_page, MOST_PER_PAGE)
        after, found, looked = read_cursor(query), list[RecordedEvent](), 0
        while looked < MOST_LOOKED_THROUGH:
            rows = self._rows(query, after, wanted + 1)
            for row in rows:
                recorded = _recorded(row)
                if visible(recorded.fact):
                    if len(found) == wanted:
                        return Page(tuple(found), None if after is None else write_cursor(query, after))
                    found.append(recorded)
                after = (row.event_time, row.id)
            if len(rows) <= wanted:
                return Page(tuple(found), None)
            looked += len(rows)
        return Page(tuple(found), None if after is None else write_cursor(query, after))

    def records(self, kind: type[R], *, after: str = "", count: int = MOST_PER_PAGE) -> list[R]:
        """Return the records of a kind, ordered by id (code points), at most `count` from after the id `after` on."""
        wanted = select(records.c.value).where(records.c.kind == kind.kind, records.c.id > after)
        rows = self.connection.execute(wanted.order_by(records.c.id).limit(count)).scalars()
        return [cast("R", read_value(kind.kind, value)) for value in rows]

    def stream(self, statement: Select[Any]) -> Iterator[Any]:
        """Give the rows of a statement without parameters as the driver has them, however many they are."""
        return Prepared(self._engine, statement).stream(self._raw)

    @cached_property
    def connection(self) -> Connection:
        """The same connection in the same transaction, for statements that are made up as they are asked."""
        return Connection(self._engine, connection=self._raw)

    def _fact(self, row: Sequence[Any]) -> Fact:
        held = self._memory.fact(row[0])
        if held is None:
            held = _fact(row)
            self._memory.keep_fact(row[0], held, len(row[7]))
        return held

    def _rows(self, query: EventQuery, after: tuple[int, int] | None, count: int) -> Sequence[Any]:
        statement = select(*_OF_FACT, facts.c.body, facts.c.event_time).where(*conditions(query)).limit(count)
        return self.connection.execute(paged(statement, query, after)).all()


def _fact(row: Sequence[Any]) -> Fact:
    _, recorder, digest, event_hash, algorithm, recorded, regressed, reading = row[:8]
    identifier = f"{NI_STEM}{event_hash.hex()}?ver={algorithm}"
    return Fact(digest.hex(), recorder, from_micros(recorded), identifier, unpack(reading), bool(regressed))


def _recorded(row: Any) -> RecordedEvent:
    return RecordedEvent(_fact(row), row.body, block_of(row.id))
