"""Connections to a PostgreSQL server that it closed while nobody used them."""

from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, Table, bindparam, select, text

from provenance.database import Prepared, Snapshots, Synchronous, open_engine, writing
from tests.databases import PostgresqlSchemas

pytestmark = pytest.mark.database("postgresql")

things = Table("things", MetaData(), Column("id", Integer, primary_key=True))
_OTHERS = (
    "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity "
    "WHERE pid <> pg_backend_pid() AND pid = ANY(:pids)"
)


def _processes(engine: Engine, count: int) -> list[int]:
    """Return the server's processes behind so many connections that are open at once."""
    with ExitStack() as stack:
        opened = [stack.enter_context(engine.connect()) for _ in range(count)]
        return [each.execute(text("SELECT pg_backend_pid()")).scalar_one() for each in opened]


def test_one_statement_sees_what_was_written_since_and_leaves_no_transaction(
    database: PostgresqlSchemas, tmp_path: Path
) -> None:
    engine = open_engine(database.url(tmp_path, "y"), synchronous=Synchronous.DURABLE)
    with writing(engine).begin() as connection:
        things.create(connection)
        connection.execute(things.insert(), [{"id": 1}])
    snapshots, everything = Snapshots(engine), Prepared(engine, select(things.c.id).order_by(things.c.id))
    assert snapshots.rows(everything) == [(1,)]
    with writing(engine).begin() as connection:
        connection.execute(things.insert(), [{"id": 2}])
    assert snapshots.rows(everything) == [(1,), (2,)]
    with pytest.raises(psycopg.errors.NumericValueOutOfRange):
        snapshots.rows(Prepared(engine, select(things.c.id).where(things.c.id == bindparam("id"))), id=1 << 70)
    assert snapshots.rows(everything) == [(1,), (2,)]
    with snapshots.one() as first, writing(engine).begin() as connection:
        assert everything.rows(first) == [(1,), (2,)]
        connection.execute(things.delete())
        connection.commit()
        assert everything.rows(first) == [(1,), (2,)]
    engine.dispose()


def test_connections_that_the_server_closed_are_replaced(database: PostgresqlSchemas, tmp_path: Path) -> None:
    engine, other = (open_engine(database.url(tmp_path, "x"), synchronous=Synchronous.DURABLE) for _ in range(2))
    before = _processes(engine, 3)
    assert sorted(_processes(engine, 3)) == sorted(before)
    with other.connect() as connection:
        assert connection.execute(text(_OTHERS), {"pids": before}).scalar() == 3
    after = _processes(engine, 3)
    assert len({*before, *after}) == 6
    engine.dispose()
    other.dispose()
