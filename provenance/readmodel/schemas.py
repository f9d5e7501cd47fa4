"""Where the read model is on PostgreSQL: each build in a schema of its own, and a pointer to the one that counts.

The pointer is a table in the connection's own schema. Every transaction reads it first and looks for its tables where
it leads, so a build that replaces another is seen whole or not at all. A reader reads the checkpoint before anything
else and thereby keeps its build from being dropped; where that comes too late, it begins again. Who writes holds a lock
from before the pointer is read, so that two projectors never write at once, and none to a build that is replaced.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

import psycopg
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PoolProxiedConnection,
    SmallInteger,
    Table,
    Text,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from provenance.database import writing
from provenance.postgresql import snapshot
from provenance.readmodel.errors import OutOfStep
from provenance.readmodel.tables import checkpoint

_GONE = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName)
_LONGEST_WAIT = "2s"
pointer = Table(
    "readmodel",
    MetaData(),
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("schema", Text, nullable=False, comment="the schema of the build that counts"),
)
_POINT = f"SELECT set_config('search_path', quote_ident(schema) || ', pg_temp', true) FROM {pointer.name} WHERE id = 1"  # noqa: S608
_FIX = "SELECT set_config('search_path', quote_ident(:schema) || ', pg_temp', true)"
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"


class Schemas:
    """The builds of one read model; with `fixed` one build alone, whatever the pointer says."""

    gone = _GONE
    """What a reader meets whose build was dropped before it could keep it."""

    def __init__(self, engine: Engine, fixed: str | None = None) -> None:
        self.engine = engine
        self._fixed = fixed
        with engine.connect() as connection:
            self._own: str = connection.execute(text("SELECT current_schema()")).scalar_one()
        self._stem = f"{self._own}_readmodel_"

    @contextmanager
    def reading(self) -> Iterator[PoolProxiedConnection]:
        """Give a snapshot whose tables are those of the build that counts."""
        with snapshot(self.engine) as connection:
            cursor = connection.cursor()
            if self._fixed is None:
                cursor.execute(_POINT)
            else:
                cursor.execute(_FIX.replace(":schema", "%s"), (self._fixed,))
            cursor.close()
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a transaction that nobody else writes beside, in the build that counts."""
        with writing(self.engine).begin() as connection:
            self._lock(connection, self._fixed or self._own)
            self._enter(connection)
            yield connection

    @contextmanager
    def unwritten(self) -> Iterator[None]:
        """Keep everybody from writing to the build that counts, whichever it is."""
        with writing(self.engine).begin() as connection:
            self._lock(connection, self._own)
            yield

    @contextmanager
    def beginning(self) -> Iterator[Connection | None]:
        """Give a transaction in an empty schema that tables are to be made in, or None where there are tables."""
        with writing(self.engine).begin() as connection:
            self._lock(connection, self._fixed or self._own)
            if self._fixed is not None:
                connection.execute(text(f'CREATE SCHEMA "{self._fixed}"'))
                self._enter(connection)
                yield connection
                return
            pointer.create(connection, checkfirst=True)
            if connection.execute(select(pointer.c.schema)).first() is not None:
                yield None
                return
            first = self.name()
            connection.execute(text(f'CREATE SCHEMA "{first}"'))
            connection.execute(insert(pointer).values(id=1, schema=first))
            self._enter(connection)
            yield connection

    def exists(self) -> bool:
        """Return whether a build counts already, or the fixed one is there."""
        with self.engine.connect() as connection:
            if self._fixed is not None:
                return inspect(connection).has_schema(self._fixed)
            pointed = inspect(connection).has_table(pointer.name)
            return pointed and connection.execute(select(pointer.c.schema)).first() is not None

    def close(self) -> None:
        """Do nothing: the engine's pool has every connection back that nobody uses."""

    def name(self) -> str:
        """Return the name of a build that is to be made."""
        return self._stem + token_hex(4)

    def point(self, schema: str) -> None:
        """Let another build count from now on."""
        with writing(self.engine).begin() as connection:
            pointer.create(connection, checkfirst=True)
            statement = insert(pointer).values(id=1, schema=schema)
            connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"schema": schema}))

    @contextmanager
    def building(self, schema: str) -> Iterator[None]:
        """Keep `clear` from taking a build that does not count yet."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(hashtextextended(:key, 1))"), {"key": schema})
            connection.commit()
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(hashtextextended(:key, 1))"), {"key": schema})
                connection.commit()

    def clear(self) -> None:
        """Drop the builds that do not count and that nobody makes; one that is read still stays for the next time."""
        with self.engine.connect() as connection:
            current = connection.execute(select(pointer.c.schema)).scalars().all()
            builds = [name for name in inspect(connection).get_schema_names() if name.startswith(self._stem)]
        for schema in builds:
            if schema not in current:
                self.drop(schema)

    def drop(self, schema: str) -> None:
        """Drop a build, unless somebody makes or reads it."""
        try:
            with writing(self.engine).begin() as connection:
                free = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 1))")
                if connection.execute(free, {"key": schema}).scalar():
                    connection.execute(text(f"SET LOCAL lock_timeout = '{_LONGEST_WAIT}'"))
                    connection.execute(text(f'LOCK TABLE "{schema}".{checkpoint.name} IN ACCESS EXCLUSIVE MODE'))
                    connection.execute(text(f'DROP SCHEMA "{schema}" CASCADE'))
        except DBAPIError as error:
            if not isinstance(error.orig, (*_GONE, psycopg.errors.LockNotAvailable)):
                raise

    def _enter(self, connection: Connection) -> None:
        if self._fixed is not None:
            connection.execute(text(_FIX), {"schema": self._fixed})
        elif connection.execute(text(_POINT)).first() is None:
            raise OutOfStep("readmodel.schema", "there is no read model; run `provenance project --rebuild`")

    def _lock(self, connection: Connection, name: str) -> None:
        connection.execute(text(_LOCK), {"key": name})
