"""The read model: what the ledger says, laid out for reading; disposable, and rebuilt from the ledger at any time.

It must never hold anything that the ledger does not say. Whoever reads takes a `view()`, which is one snapshot: the
facts, the records and the position in it belong together.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from secrets import token_hex
from typing import TypeVar

from sqlalchemy import Connection, Engine, insert, inspect, select

from provenance.database import Synchronous, open_engine, snapshot, writing
from provenance.domain.facts import Fact
from provenance.domain.gs1.keys import Link
from provenance.domain.records import Record
from provenance.readmodel.errors import OutOfStep
from provenance.readmodel.query import EventQuery, Page, RecordedEvent
from provenance.readmodel.tables import SCHEMA, checkpoint, metadata
from provenance.readmodel.view import Statements, View
from provenance.readmodel.world import Memory

R = TypeVar("R", bound=Record)


class ReadModel:
    """The read model in one database; safe to share between threads, not across a fork."""

    def __init__(self, database: str | Engine) -> None:
        """Open or create it by its URL or engine; raises `OutOfStep` (`readmodel.schema`) for other tables."""
        if isinstance(database, str):
            database = open_engine(database, synchronous=Synchronous.DISPOSABLE)
        self.engine = database
        self._memory = Memory("")
        _prepare(self.engine)
        self._statements = Statements(self.engine)

    @contextmanager
    def view(self) -> Iterator[View]:
        """Give one snapshot, for as long as the block lasts."""
        with snapshot(self.engine) as connection:
            yield View(self.engine, connection, self._statements, memory_of=self._memory_of)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a transaction that nobody else writes beside; for the projector."""
        with writing(self.engine).begin() as connection:
            yield connection

    def position(self) -> int:
        """Return how many blocks of the ledger are projected."""
        with self.view() as view:
            return view.position

    def world(self) -> "CurrentWorld":
        """Return the records, looked up anew each time; a verdict is cheaper and of one moment over `view().world`."""
        return CurrentWorld(self)

    def facts(self, link: Link) -> list[Fact]:
        """Return the distinct facts that name a thing, in no particular order."""
        with self.view() as view:
            return view.facts(link)

    def event(self, identifier: str) -> list[RecordedEvent]:
        """Return the recorded events with a CBV hash or a sender's id, every witness of them, in ledger order."""
        with self.view() as view:
            return view.event(identifier)

    def events(self, query: EventQuery, visible: Callable[[Fact], bool] = lambda _: True) -> Page:
        """Return one page of the events that the query asks for and the caller may see."""
        with self.view() as view:
            return view.events(query, visible)

    def close(self) -> None:
        """Close the connections that nobody uses."""
        self.engine.dispose()

    def _memory_of(self, generation: str) -> Memory:
        memory = self._memory
        if memory.generation != generation:
            self._memory = memory = Memory(generation)
        return memory


class CurrentWorld:
    """`World` over the newest state at each call."""

    def __init__(self, model: ReadModel) -> None:
        self._model = model

    def get(self, kind: type[R], identifier: str) -> R | None:
        """Return the record, or None where there is none."""
        with self._model.view() as view:
            return view.world.get(kind, identifier)

    def linked(self, kind: type[R], term: str) -> Sequence[R]:
        """Return the records of a kind that carry the term, ordered by id (code points)."""
        with self._model.view() as view:
            return view.world.linked(kind, term)


def _prepare(engine: Engine) -> None:
    if not inspect(engine).has_table(checkpoint.name):
        with writing(engine).begin() as connection:
            metadata.create_all(connection)
            _begin_checkpoint(connection)
    with engine.connect() as connection:
        schema = connection.execute(select(checkpoint.c.schema)).scalar_one()
    if schema != SCHEMA:
        advice = "run `provenance project --rebuild`, which makes it anew from the ledger"
        raise OutOfStep("readmodel.schema", f"the read model has tables of version {schema}, not {SCHEMA}: {advice}")


def _begin_checkpoint(connection: Connection) -> None:
    if connection.execute(select(checkpoint.c.id)).first() is None:
        blank = {"ledger_id": "", "height": 0, "block_hash": b"", "versions": "{}", "latest": 0}
        connection.execute(insert(checkpoint).values(id=1, schema=SCHEMA, generation=token_hex(16), **blank))
