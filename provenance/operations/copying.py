"""Moving an operations store between a server and a SQLite file: all rows of all tables, of one moment."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, inspect, select, text

from provenance.database import Synchronous, open_engine, writing
from provenance.operations.errors import OperationsError
from provenance.operations.migrate import upgrade
from provenance.operations.tables import jobs, metadata

_ROWS = 1000


def copy_out(url: str, path: Path, *, at_the_moment: Callable[[], None]) -> None:
    """Write a store on a PostgreSQL server into a new SQLite file.

    `at_the_moment` is called while no job can be accepted or finished; what is written is as it was then.
    """
    with _opened(url) as source, _opened(f"sqlite:///{path}") as target:
        reading = source.execution_options(isolation_level="REPEATABLE READ")
        with source.connect() as lock, reading.connect() as reader:
            lock.execute(text(f"LOCK TABLE {jobs.name} IN SHARE MODE"))
            reader.execute(select(jobs.c.id).limit(1)).all()
            at_the_moment()
            lock.rollback()
            with writing(target).begin() as writer:
                _copy(reader, writer)


def copy_in(path: Path, url: str) -> None:
    """Put everything of a SQLite file into an empty store, in one transaction. Raises `OperationsError`."""
    with ExitStack() as stack:
        source, target = (stack.enter_context(_opened(each)) for each in (f"sqlite:///{path}", url))
        reader, writer = stack.enter_context(source.connect()), stack.enter_context(writing(target).begin())
        _require_empty(writer)
        _copy(reader, writer)


def require_empty(url: str) -> None:
    """Raise `OperationsError` (`operations.occupied`) where a store has anything in it."""
    engine = open_engine(url, synchronous=Synchronous.DURABLE)
    try:
        with engine.connect() as connection:
            _require_empty(connection)
    finally:
        engine.dispose()


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url, synchronous=Synchronous.DURABLE)
    try:
        upgrade(engine)
        yield engine
    finally:
        engine.dispose()


def _require_empty(connection: Connection) -> None:
    there = inspect(connection)
    for table in metadata.sorted_tables:
        if there.has_table(table.name) and connection.execute(select(table).limit(1)).first() is not None:
            detail = f"the operations store on the server is not empty: {table.name} has rows; name another database"
            raise OperationsError("operations.occupied", detail)


def _copy(reader: Connection, writer: Connection) -> None:
    for table in metadata.sorted_tables:
        rows = reader.execution_options(yield_per=_ROWS).execute(select(table)).mappings()
        for batch in rows.partitions(_ROWS):
            writer.execute(insert(table), [dict(row) for row in batch])
