"""The state as the blocks say that it must be, replayed transaction by transaction and compared with what is stored.

Kept in a temporary table, so that memory does not grow with the ledger. Values are kept by their digests.
"""

import sqlite3
from collections.abc import Iterator

from provenance.ledger.embedded.envelope import Response, Version, sha256
from provenance.ledger.port import Validity

_TABLE = """CREATE TEMP TABLE replayed (
    key TEXT PRIMARY KEY NOT NULL, block INTEGER NOT NULL, position INTEGER NOT NULL, digest BLOB NOT NULL
) WITHOUT ROWID"""
_APPLY = "INSERT OR REPLACE INTO temp.replayed (key, block, position, digest) VALUES (?, ?, ?, ?)"
_VERSION = "SELECT block, position FROM temp.replayed WHERE key = ?"
_EXPECTED = "SELECT block, position, digest FROM temp.replayed WHERE key = CAST(? AS TEXT)"
_MISSING = """SELECT key, block FROM temp.replayed WHERE key NOT IN (SELECT key FROM state) ORDER BY block, key"""


class Replay:
    """The expected state while a ledger is gone through; uses the connection's temporary database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute(_TABLE)

    def apply(self, response: Response, version: Version) -> Validity:
        """Judge a transaction as a commit judges it, apply it if it is valid, and return the judgement."""
        if any(self._version(read.key) != read.version for read in response.reads):
            return Validity.CONFLICT
        for write in response.writes:
            self._connection.execute(_APPLY, (write.key, *version, sha256(write.value)))
        return Validity.VALID

    def differences(self) -> Iterator[tuple[int, str]]:
        """Yield where the stored state differs, as (block, sentence)."""
        for key, block, position, value in self._connection.execute("SELECT key, block, position, value FROM state"):
            expected = self._connection.execute(_EXPECTED, (key,)).fetchone()
            name = key.decode(errors="replace")
            if expected is None:
                yield block, f"no transaction wrote the state {name!r} that is stored"
            elif (block, position, sha256(value)) != expected:
                yield expected[0], f"the stored state {name!r} is not what transaction {expected[1]} wrote"
        for key, block in self._connection.execute(_MISSING):
            yield block, f"the state {key.decode()!r} that it wrote is not stored"

    def _version(self, key: str) -> Version | None:
        found: Version | None = self._connection.execute(_VERSION, (key,)).fetchone()
        return found
