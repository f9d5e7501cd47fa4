"""Connections to a PostgreSQL server that it closed while nobody used them."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from provenance.database import Synchronous, open_engine
from tests.databases import PostgresqlSchemas

pytestmark = pytest.mark.database("postgresql")

_OTHERS = (
    "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity "
    "WHERE pid <> pg_backend_pid() AND pid = ANY(:pids)"
)


def _processes(engine: Engine, count: int) -> list[int]:
    """Return the server's processes behind so many connections that are open at once."""
    with ExitStack() as stack:
        opened = [stack.enter_context(engine.connect()) for _ in range(count)]
        return [each.execute(text("SELECT pg_backend_pid()")).scalar_one() for each in opened]


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
