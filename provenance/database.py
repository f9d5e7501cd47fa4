"""How the read model and the operations store open their databases: the same behaviour on SQLite and PostgreSQL.

On SQLite every transaction begins explicitly (readers get one consistent snapshot, writers take the write lock at once
and never fail half-way for it), the journal is a write-ahead log, and the file is private to its owner. A file that
was swapped under its name is noticed when a connection is checked out. What PostgreSQL needs is in
`provenance.postgresql`.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Executable, PoolProxiedConnection, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError

BUSY_SECONDS = 30
_STREAMED = 5000
_MOST_KEPT = 8
_CACHE, _LARGE_CACHE = 16384, 262144
"""KiB a connection."""


class Synchronous(StrEnum):
    """What a commit waits for, in SQLite's words: nothing that a rebuild cannot bring back, or the disk.

    What is `UNFINISHED` waits for nothing and keeps no journal: whoever breaks off throws the file away.
    """

    UNFINISHED = "OFF"
    DISPOSABLE = "NORMAL"
    DURABLE = "FULL"


def open_engine(url: str, *, synchronous: Synchronous) -> Engine:
    """Return an engine for a database URL; the folder of a SQLite file is made where it is missing.

    Begin a writing transaction with `writing(engine)`: it holds SQLite's write lock from its start.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        from provenance.postgresql import open_server  # its driver costs a tenth of a second

        return open_server(parsed, "on" if synchronous is Synchronous.DURABLE else "off")
    if parsed.get_backend_name() != "sqlite":
        raise ValueError(f"{parsed.get_backend_name()} is no database that is known here: take sqlite or postgresql")
    path = parsed.database
    if path is None or path in ("", ":memory:"):
        raise ValueError("a SQLite database needs a file: one in memory is another one for every connection")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS}, pool_size=16, max_overflow=16)
    _listen(engine, path, synchronous)
    return engine


def writing(engine: Engine) -> Engine:
    """Return the engine as writers use it: its transactions hold the write lock from their start."""
    return engine.execution_options(writing=True)


class Snapshots:
    """Gives connections that read one moment, at a tenth of what a Core connection costs.

    On SQLite a connection that was read with before is taken again where there is one, and its file is still the one
    that the name leads to: the pool's own checks cost more than a statement. Not to be shared across a fork.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._path = str(engine.url.database)
        self._kept: list[PoolProxiedConnection] = []

    @contextmanager
    def one(self) -> Iterator[PoolProxiedConnection]:
        """Give a snapshot for as long as the block lasts; whoever reads a file that was replaced reads on in it."""
        if self._engine.dialect.name == "postgresql":
            from provenance.postgresql import snapshot

            with snapshot(self._engine) as connection:
                yield connection
            return
        with self._lent() as connection:
            driver: Any = connection.dbapi_connection
            driver.execute("BEGIN")
            yield connection
            driver.rollback()

    def rows(self, statement: "Prepared", **values: Any) -> list[Any]:
        """Return all rows of one statement, which sees one moment by itself.

        No transaction is opened around it: each call of the driver lets other threads go first, and on SQLite a
        beginning and an end were four of seven.
        """
        if self._engine.dialect.name == "postgresql":
            from provenance.postgresql import alone

            with alone(self._engine) as connection:
                return statement.rows(connection, **values)
        with self._lent() as connection:
            return statement.rows(connection, **values)

    def close(self) -> None:
        """Give the connections back that nobody reads with."""
        while self._kept:
            self._kept.pop().close()

    @contextmanager
    def _lent(self) -> Iterator[PoolProxiedConnection]:
        """Give a connection, and keep it for the next reader unless something went wrong with it."""
        connection = self._taken()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if len(self._kept) < _MOST_KEPT:
            self._kept.append(connection)
        else:
            connection.close()

    def _taken(self) -> PoolProxiedConnection:
        try:
            connection = self._kept.pop()
        except IndexError:
            return self._engine.raw_connection()
        if inode_of(self._path) == connection.info["inode"]:
            return connection
        connection.close()
        return self._taken()


def insert_ignoring(table: Table, dialect: str) -> "postgresql.Insert | sqlite.Insert":
    """Return an insert into all columns of `table` that keeps the first of two rows with the same key."""
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return make(table).on_conflict_do_nothing()


def insert_replacing(table: Table, dialect: str) -> Executable:
    """Return an insert into all columns of `table` that replaces the row with the same primary key."""
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = make(table)
    keys = [column.name for column in table.primary_key]
    fresh = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=fresh)


class Prepared:
    """A Core statement compiled once and run on the driver's cursor, at a quarter of what a Core execution costs.

    Its parameters and rows pass as the driver has them: text, integers and bytes only.
    """

    __slots__ = ("_names", "_sql")

    def __init__(self, engine: Engine, statement: Executable) -> None:
        style = "qmark" if engine.dialect.name == "sqlite" else "format"
        dialect: Any = type(engine.dialect)
        compiled: Any = statement.compile(dialect=dialect(paramstyle=style))  # type: ignore[attr-defined]
        self._sql = str(compiled)
        self._names: tuple[str, ...] = tuple(compiled.positiontup or ())

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters in the order in which rows give them to `many`."""
        return self._names

    def rows(self, connection: PoolProxiedConnection, **values: Any) -> list[Any]:
        """Run with named parameters and return all rows as tuples."""
        driver: Any = connection.dbapi_connection
        found: list[Any] = driver.execute(self._sql, [values[name] for name in self._names]).fetchall()
        return found

    def stream(self, connection: PoolProxiedConnection) -> Iterator[Any]:
        """Run without parameters and give the rows as tuples, a few thousand at a time from a server."""
        server = type(connection.dbapi_connection).__module__.startswith("psycopg")
        cursor: Any = connection.cursor("streamed") if server else connection.cursor()
        try:
            cursor.execute(self._sql)
            while rows := cursor.fetchmany(_STREAMED):
                yield from rows
        finally:
            cursor.close()

    def many(self, connection: PoolProxiedConnection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run once a row."""
        if not rows:
            return
        cursor = connection.cursor()
        try:
            cursor.executemany(self._sql, rows)
        finally:
            cursor.close()


class Loading:
    """Writes many rows of all columns into a table that nobody else writes to; of two with one key the first stays.

    `known_by` are the columns by which a row may be in the table already; without, none is.
    """

    def __init__(self, engine: Engine, table: Table, known_by: Sequence[str] = ()) -> None:
        self._way: Any = Prepared(engine, insert_ignoring(table, engine.dialect.name))
        if engine.dialect.name == "postgresql":
            from provenance.postgresql import Copying

            self._way = Copying(table, known_by)

    def many(self, connection: PoolProxiedConnection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write the rows, their values in the order of the columns; no text may hold a NUL."""
        if rows:
            self._way.many(connection, rows)


def inode_of(path: str) -> int | None:
    """Return which file a path leads to now, None where there is none."""
    try:
        return os.stat(path).st_ino  # noqa: PTH116 - by `Path` it costs three times as much
    except FileNotFoundError:
        return None


def _listen(engine: Engine, path: str, synchronous: Synchronous) -> None:
    unfinished = synchronous is Synchronous.UNFINISHED
    journal, cache = ("OFF", _LARGE_CACHE) if unfinished else ("WAL", _CACHE)

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA page_size=8192")  # of a new file; rows hold whole events
        connection.execute(f"PRAGMA journal_mode={journal}")
        connection.execute(f"PRAGMA synchronous={synchronous.value}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA cache_size=-{cache}")
        connection.execute("PRAGMA mmap_size=1073741824")
        record.info["inode"] = inode_of(path)

    @event.listens_for(engine, "checkout")
    def _checkout(_connection: sqlite3.Connection, record: Any, _proxy: Any) -> None:
        if inode_of(path) != record.info.get("inode"):
            raise DisconnectionError("the database file was replaced")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        if not driver.in_transaction:
            mode = "IMMEDIATE" if connection.get_execution_options().get("writing") else "DEFERRED"
            driver.execute(f"BEGIN {mode}")
