"""One snapshot of the read model: facts by thing, events by query, and the records that they are judged by."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Any, TypeVar, cast

import orjson
from sqlalchemy import Connection, Engine, Executable, PoolProxiedConnection, bindparam
from sqlalchemy import select as expressed

from provenance.database import Prepared
from provenance.domain.epcis.query import Column, Condition
from provenance.domain.facts import Fact
from provenance.domain.gs1.keys import Link
from provenance.domain.records import Record
from provenance.readmodel.instants import from_micros
from provenance.readmodel.query import MOST_PER_PAGE, NI_STEM, EventQuery, Page, RecordedEvent, TooMuch, identified
from provenance.readmodel.search import MOST_LOOKED, Search, holds
from provenance.readmodel.sources import distinct, own_types
from provenance.readmodel.sql import Asking, Sql, one_of, select
from provenance.readmodel.stored import unpack
from provenance.readmodel.tables import checkpoint, fact_things, facts, place
from provenance.readmodel.world import Memory, SnapshotWorld, read_value
from provenance.readmodel.world import Statements as RecordStatements

R = TypeVar("R", bound=Record)

_MOST_NAMESPACES = 10
_FEW_TELL = 500
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
_RECORDED = ", ".join([column.name for column in (*_OF_FACT, facts.c.body)])


class Statements:
    """The statements that every verdict needs, compiled once a database."""

    def __init__(self, engine: Engine) -> None:
        self.records = RecordStatements(engine)
        self.head = Prepared(engine, expressed(checkpoint.c.height, checkpoint.c.generation, checkpoint.c.versions))
        of_thing = expressed(*_OF_FACT).join_from(fact_things, facts, facts.c.id == fact_things.c.fact_id)
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
        self._asking = Asking(connection, engine.dialect.name)
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
        return [_fact(row) for row in found.values()]

    def things(self, after: Link | None, count: int) -> list[Link]:
        """Return the next things after one, by code points, that facts name."""
        rows = [] if after is None else [Sql("thing > ?", (after,))]
        ordered = Sql("ORDER BY thing LIMIT ?", (count,))
        return [Link(row[0]) for row in self._asking.rows(select("DISTINCT thing", "fact_things", rows, then=ordered))]

    def values(self, column: Column, after: str = "") -> Iterator[str]:
        """Give the values that events have in a column, after one, in the order of code points."""
        return distinct(column, self._asking, after=after)

    def own_types(self, after: str = "") -> Iterator[str]:
        """Give the URIs of the types that events have beside those of the standard, after one, in a fixed order."""
        return own_types(self._asking, after=after)

    def event(self, identifier: str) -> list[RecordedEvent]:
        """Return the recorded events with a CBV hash or a sender's id, in ledger order.

        Every witness's, and the declarations that say they are in error, which have the same hash.
        """
        named = select("DISTINCT event_hash", "facts", [identified((identifier,))])
        same = Sql(f"event_hash IN ({named.text})", named.values)
        found = self._asking.rows(select(_RECORDED, "facts", [same], then=Sql("ORDER BY id")))
        return [_recorded(row) for row in found]

    @property
    def newest(self) -> int:
        """The place after which nothing is projected yet."""
        return place(self.position, 0, 0) - 1

    def events(self, query: EventQuery, visible: Callable[[Fact], bool] = lambda _: True) -> Page:
        """Return one page of the events that the query asks for and the caller may see; raises `TooMuch`."""
        return self._search(query, MOST_LOOKED).page(visible)

    def any_of(self, conditions: Sequence[Condition], visible: Callable[[Fact], bool] = lambda _: True) -> bool:
        """Return whether the caller may see an event that holds conditions, as far as a few of them tell."""
        query = EventQuery(conditions=tuple(conditions), per_page=1)
        try:
            return bool(self._search(query, _FEW_TELL).page(visible).events)
        except TooMuch:
            return False

    def since(
        self,
        conditions: Sequence[Condition],
        after: int,
        *,
        visible: Callable[[Fact], bool] = lambda _: True,
        most: int = MOST_PER_PAGE,
    ) -> tuple[list[RecordedEvent], int]:
        """Return the events recorded after a place that hold conditions, in ledger order, and the place looked up to.

        `most` events are looked at; ask again from the place that was returned, until it is `newest`. Begin with
        `newest` for what comes from now on, or with -1 for everything.
        """
        ordered = Sql("ORDER BY id LIMIT ?", (most,))
        rows = self._asking.rows(select(_RECORDED, "facts", [Sql("id > ?", (after,))], then=ordered))
        found = [_recorded(row) for row in rows]
        reached = found[-1].place if len(found) == most else max(self.newest, after)
        return [each for each in found if holds(conditions, each) and visible(each.fact)], reached

    def namespaces(self, prefix: str) -> list[str]:
        """Return the namespaces that recorded events have a prefix for, at most ten."""
        ordered = Sql("ORDER BY namespace LIMIT ?", (_MOST_NAMESPACES,))
        rows = self._asking.rows(select("namespace", "prefixes", [Sql("prefix = ?", (prefix,))], then=ordered))
        return [row[0] for row in rows]

    def records(self, kind: type[R], *, after: str = "", count: int = MOST_PER_PAGE) -> list[R]:
        """Return the records of a kind, ordered by id (code points), at most `count` from after the id `after` on."""
        wanted = [Sql("kind = ? AND id > ?", (kind.kind, after))]
        rows = self._asking.rows(select("value", "records", wanted, then=Sql("ORDER BY id LIMIT ?", (count,))))
        return [cast("R", read_value(kind.kind, row[0])) for row in rows]

    def stream(self, statement: Executable) -> Iterator[Any]:
        """Give the rows of a statement without parameters as the driver has them, however many they are."""
        return Prepared(self._engine, statement).stream(self._raw)

    def at(self, places: Sequence[int], columns: str) -> list[Any]:
        """Return columns of the facts at some places as the driver has them, in no particular order."""
        return self._asking.rows(select(columns, facts.name, (one_of("id", places),)))

    @cached_property
    def connection(self) -> Connection:
        """The same connection in the same transaction, for SQLAlchemy's expressions; it leaves a cycle behind."""
        return Connection(self._engine, connection=self._raw)

    def _search(self, query: EventQuery, most: int) -> Search:
        return Search(self._asking, query, columns=_RECORDED, read=_recorded, newest=self.newest, most=most)


def _fact(row: Sequence[Any]) -> Fact:
    _, recorder, digest, event_hash, algorithm, recorded, regressed, reading = row
    identifier = f"{NI_STEM}{event_hash.hex()}?ver={algorithm}"
    return Fact(digest.hex(), recorder, _at(recorded), identifier, unpack(reading), bool(regressed))


_at = lru_cache(maxsize=8192)(from_micros)
"""All facts of a transaction were recorded at one time."""


def _recorded(row: Any) -> RecordedEvent:
    return RecordedEvent(_fact(row[: len(_OF_FACT)]), row[len(_OF_FACT)], row[0])
