"""The SQLite file of the embedded ledger: its tables, its connections, and nothing about what the rows mean.

WAL with synchronous FULL: a commit returns after its bytes are on disk. Readers see one snapshot each and never wait
for the writer. Every column of every table is covered by the hashes that `verify` recomputes; add none that is not.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from provenance.ledger.port import Failed

FILE = "ledger.db"
APPLICATION = 0x50525656
SCHEMA = (
    """CREATE TABLE blocks (
    number INTEGER PRIMARY KEY,
    previous_hash BLOB NOT NULL,
    data_hash BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT""",
    """CREATE TABLE configuration (
    block INTEGER PRIMARY KEY,
    body BLOB NOT NULL
) STRICT""",
    """CREATE TABLE identities (
    digest BLOB PRIMARY KEY NOT NULL,
    organisation TEXT NOT NULL,
    certificate BLOB NOT NULL
) STRICT""",
    """CREATE TABLE transactions (
    block INTEGER NOT NULL,
    position INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    proposal BLOB NOT NULL,
    signature BLOB NOT NULL,
    response BLOB NOT NULL,
    endorsement BLOB NOT NULL,
    validity TEXT NOT NULL,
    arguments BLOB NOT NULL,
    PRIMARY KEY (block, position)
) STRICT""",
    """CREATE TABLE state (
    key TEXT PRIMARY KEY NOT NULL,
    block INTEGER NOT NULL,
    position INTEGER NOT NULL,
    value BLOB NOT NULL
) STRICT""",
)
_CHECKPOINT_PAGES = 4000
_RETRY = 0.001


class Store:
    """Connections to one ledger file: one writer, and as many readers as threads read at once."""

    def __init__(self, path: Path, *, patience: float) -> None:
        """Open an existing file; `patience` is how many seconds to wait for another process's commit."""
        self._path = path
        self._patience = patience
        self._idle: list[sqlite3.Connection] = []
        self._mutex = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        self._closed = False

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that sees the ledger as it is at its first read."""
        connection = self._borrow()
        try:
            connection.execute("BEGIN")
            yield connection
        except sqlite3.Error as error:
            raise Failed("ledger.unreadable", f"{self._path} cannot be read: {error}") from error
        finally:
            connection.rollback()
            self._give_back(connection)

    def begin(self) -> sqlite3.Connection:
        """Return the writing connection in a transaction that no other process writes beside.

        Its user must be the only one in this process at a time. Tries often, where SQLite's own waiting would sleep up
        to 100 ms beside a lock that has become free. Raises `sqlite3.Error`, and `Failed` when the ledger is closed.
        """
        connection = self.writer()
        deadline = time.monotonic() + self._patience
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if not is_busy(error) or time.monotonic() > deadline:
                    raise
                time.sleep(_RETRY)
            else:
                return connection

    def writer(self) -> sqlite3.Connection:
        """Return the one writing connection, which waits for nobody."""
        if self._closed:
            raise Failed("ledger.closed", "the ledger is closed")
        if self._writer is None:
            self._writer = self._connect()
            self._writer.execute("PRAGMA busy_timeout = 0")
        return self._writer

    def discard_writer(self) -> None:
        """Close the writing connection after an error that leaves its state in doubt; the next use opens another."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def close(self) -> None:
        """Close all connections; the last one of all processes leaves a single file behind."""
        with self._mutex:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
        self.discard_writer()

    def _borrow(self) -> sqlite3.Connection:
        with self._mutex:
            if self._closed:
                raise Failed("ledger.closed", "the ledger is closed")
            if self._idle:
                return self._idle.pop()
        connection = self._connect()
        connection.execute("PRAGMA query_only = ON")
        return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._mutex:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = connect(self._path, "rw", patience=self._patience)
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA fullfsync = ON")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        except sqlite3.Error as error:
            connection.close()
            raise Failed("ledger.unreadable", f"{self._path} cannot be read: {error}") from error
        return connection


def is_busy(error: sqlite3.Error) -> bool:
    """Tell whether the error only says that another connection is writing."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def create(path: Path) -> sqlite3.Connection:
    """Return a connection to a new file with the tables, in an open transaction that its caller commits.

    Raises `Failed` (`ledger.exists`) when the file has tables already.
    """
    connection = connect(path, "rwc", patience=5.0)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        connection.close()
        raise Failed("ledger.exists", f"{path} is a database already")
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    for statement in SCHEMA:
        connection.execute(statement)
    return connection


def connect(path: Path, mode: str, *, patience: float) -> sqlite3.Connection:
    """Return a connection in autocommit mode. Raises `Failed` (`ledger.missing`) when there is no such file."""
    if mode != "rwc" and not path.is_file():
        raise Failed("ledger.missing", f"there is no ledger at {path}")
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        timeout=patience,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=64,
    )
