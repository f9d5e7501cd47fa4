"""The read model: what the ledger says, laid out for reading; disposable, and rebuilt from the ledger at any time.

It must never hold anything that the ledger does not say. Whoever reads takes a `view()`, which is one snapshot: the
facts, the records and the position in it belong together.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from secrets import token_hex
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Engine, PoolProxiedConnection, insert, select
from sqlalchemy.exc import OperationalError

from provenance.database import Prepared, Synchronous, open_engine
from provenance.domain.facts import Fact
from provenance.domain.gs1.keys import Link
from provenance.domain.records import Record
from provenance.readmodel.errors import OutOfStep, ReadModelError
from provenance.readmodel.files import Files
from provenance.readmodel.query import EventQuery, Page, RecordedEvent
from provenance.readmodel.tables import SCHEMA, checkpoint, metadata
from provenance.readmodel.view import Statements, View
from provenance.readmodel.world import Memory

if TYPE_CHECKING:
    from provenance.readmodel.schemas import Schemas

R = TypeVar("R", bound=Record)
T = TypeVar("T")

_ATTEMPTS = 10
_ADVICE = "run `provenance project --rebuild`, which makes it anew from the ledger"


class ReadModel:
    """The read model in one database; safe to share between threads, not across a fork."""

    def __init__(self, database: str | Engine, *, build: str | None = None) -> None:
        """Open or create it by its URL or engine.

        Raises `OutOfStep` (`readmodel.schema`) for other tables, `ReadModelError` (`readmodel.unreachable`).
        `build` names one that is made beside the one that counts, in a schema of its own (PostgreSQL alone).
        """
        if isinstance(database, str):
            database = open_engine(database, synchronous=Synchronous.DISPOSABLE)
        self.engine = database
        self._memory = Memory("")
        self._statements = Statements(self.engine)
        try:
            self._site = _site(self.engine, build)
            self._prepare()
        except OperationalError as error:
            self.engine.dispose()
            message = f"the read model's database cannot be reached: {error.orig}"
            raise ReadModelError("readmodel.unreachable", message) from error
        except BaseException:
            self.engine.dispose()
            raise

    def view(self) -> AbstractContextManager[View]:
        """Give one snapshot, for as long as the block lasts."""
        return self._opened(self._shown)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a transaction that nobody else writes beside; for the projector."""
        with self._site.writing() as connection:
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
        self._site.close()
        self.engine.dispose()

    @contextmanager
    def _opened(self, read: Callable[[PoolProxiedConnection], T]) -> Iterator[T]:
        """Give what `read` makes of a snapshot, for as long as the block lasts."""
        for _ in range(_ATTEMPTS):
            with self._site.reading() as connection:
                try:
                    found = read(connection)
                except self._site.gone:  # the build was replaced and dropped at this moment
                    continue
                yield found
                return
        raise OutOfStep("readmodel.schema", f"the read model has no tables: {_ADVICE}")

    def _prepare(self) -> None:
        if not self._site.exists():
            with self._site.beginning() as connection:
                if connection is not None:
                    metadata.create_all(connection, checkfirst=False)
                    _begin_checkpoint(connection)
        with self._opened(Prepared(self.engine, select(checkpoint.c.schema)).rows) as ((schema,),):
            pass
        if schema != SCHEMA:
            message = f"the read model has tables of version {schema}, not {SCHEMA}: {_ADVICE}"
            raise OutOfStep("readmodel.schema", message)

    def _shown(self, connection: PoolProxiedConnection) -> View:
        return View(self.engine, connection, self._statements, memory_of=self._memory_of)

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

    def deduced(self, what: str, *kinds: type[Record]) -> dict[Any, Any]:
        """Return where to keep what follows from the records of these kinds alone: each time another one."""
        del what, kinds
        return {}


def _site(engine: Engine, build: str | None) -> "Files | Schemas":
    if engine.dialect.name == "postgresql":
        from provenance.readmodel.schemas import Schemas  # its driver costs a tenth of a second

        return Schemas(engine, build)
    return Files(engine)


def _begin_checkpoint(connection: Connection) -> None:
    blank = {"ledger_id": "", "height": 0, "block_hash": b"", "versions": "{}", "latest": 0}
    connection.execute(insert(checkpoint).values(id=1, schema=SCHEMA, generation=token_hex(16), **blank))
