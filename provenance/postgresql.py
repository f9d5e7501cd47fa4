"""What PostgreSQL needs that SQLite does not: isolation by request, bulk loading, and text without NUL.

A server's transaction reads what is committed at each statement, so a snapshot asks for repeatable reads. PostgreSQL
has no NUL in text, where JSON and addresses may bring one: it is replaced by U+FFFD on its way in, so that it finds
nothing and breaks nothing. What must not change (events) is stored as bytes.
"""

import select
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

from psycopg import Connection, IsolationLevel
from psycopg.types.string import StrDumperUnknown
from sqlalchemy import BigInteger, Engine, Integer, LargeBinary, PoolProxiedConnection, SmallInteger, Table, event
from sqlalchemy import create_engine as _create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError

DRIVER = "postgresql+psycopg"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def open_server(url: URL, commit: str) -> Engine:
    """Return an engine for a database on a server; connections that were cut are noticed when they are checked out.

    `commit` is its `synchronous_commit`: whether a commit waits for the disk.
    """
    engine = _create_engine(url.set(drivername=DRIVER), pool_size=16, max_overflow=16)

    @event.listens_for(engine, "connect")
    def _connect(connection: "Connection[Any]", _record: Any) -> None:
        connection.adapters.register_dumper(str, _Text)
        connection.execute(f"SET synchronous_commit = {commit}")
        connection.commit()

    @event.listens_for(engine, "checkout")
    def _checkout(connection: "Connection[Any]", _record: Any, _proxy: Any) -> None:
        if connection.closed or _has_been_told(connection):
            raise DisconnectionError("the server closed the connection")

    return engine


def _has_been_told(connection: "Connection[Any]") -> bool:
    """Return whether an idle connection has something to read, which is how a server says that it is over.

    To ask the server itself, as pools do, took a fifth of the time of a query.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


@contextmanager
def snapshot(engine: Engine) -> Iterator[PoolProxiedConnection]:
    """Give a connection that reads one moment and writes nothing, for as long as the block lasts."""
    connection = engine.raw_connection()
    driver: Connection[Any] = connection.dbapi_connection  # type: ignore[assignment]
    driver.isolation_level, driver.read_only = IsolationLevel.REPEATABLE_READ, True
    try:
        yield connection
    finally:
        try:
            if not driver.closed:
                driver.rollback()
                driver.isolation_level = driver.read_only = None
        finally:
            connection.close()


@contextmanager
def alone(engine: Engine) -> Iterator[PoolProxiedConnection]:
    """Give a connection for one statement, which is a transaction by itself: one way to the server instead of three."""
    connection = engine.raw_connection()
    driver: Connection[Any] = connection.dbapi_connection  # type: ignore[assignment]
    driver.autocommit = True
    try:
        yield connection
    finally:
        try:
            if not driver.closed:
                driver.autocommit = False
        finally:
            connection.close()


class Copying:
    """Copies rows into a table that nobody else writes to; of two with the same key the first stays.

    `known_by` are the columns by which a row may be in the table already, its first one of bytes; without, every row is
    either new or there twice among the rows. To look first costs the server half of what it does to insert and ignore.
    """

    def __init__(self, table: Table, known_by: Sequence[str] = ()) -> None:
        names = [column.name for column in table.columns]
        quoted = ", ".join(f'"{name}"' for name in names)
        self._copy = f"COPY {table.name} ({quoted}) FROM STDIN (FORMAT BINARY)"
        self._types = [_type_name(column.type) for column in table.columns]
        self._key = [names.index(name) for name in known_by] or range(len(names))
        self._known = ""
        if known_by:
            self._known = f"SELECT {', '.join(known_by)} FROM {table.name} WHERE {known_by[0]} = ANY(%s)"  # noqa: S608

    def many(self, connection: PoolProxiedConnection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write the rows, their values in the order of the columns."""
        key = itemgetter(*self._key)
        fresh: dict[Any, tuple[Any, ...]] = {}
        for row in rows:
            fresh.setdefault(key(row), row)
        cursor: Any = connection.cursor()
        try:
            if self._known:
                cursor.execute(self._known, ([row[self._key[0]] for row in fresh.values()],))
                for each in cursor.fetchall():
                    fresh.pop(each, None)
            with cursor.copy(self._copy) as copy:
                copy.set_types(self._types)
                for row in fresh.values():
                    copy.write_row(row)
        finally:
            cursor.close()


class _Text(StrDumperUnknown):
    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", _REPLACEMENT) if "\0" in obj else obj)


def _type_name(kind: Any) -> str:
    if isinstance(kind, SmallInteger):
        return "int2"
    if isinstance(kind, BigInteger):
        return "int8"
    if isinstance(kind, Integer):
        return "int4"
    return "bytea" if isinstance(kind, LargeBinary) else "text"
