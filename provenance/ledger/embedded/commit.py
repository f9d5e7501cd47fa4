"""Appending a block: order, judge, apply, sign, and return when it is on disk.

Everything happens in one immediate transaction of the database, so that several processes append one after the other
and each builds on the head it finds. Within a block the first transaction that changes a key wins; a later one that
read it is recorded as invalid and changes nothing (MVCC). A transaction that is on the ledger already is answered and
not recorded again.
"""

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass

from provenance.ledger.embedded.chain import Header, data_hash
from provenance.ledger.embedded.envelope import Envelope, Read, Response, Version, committed
from provenance.ledger.embedded.groups import Outcome
from provenance.ledger.embedded.store import Store, is_busy
from provenance.ledger.port import Conflict, Failed, Receipt, Signer, Unknown, Validity

_GIVE_WAY = 0.002
_HEAD = "SELECT number, previous_hash, data_hash FROM blocks ORDER BY number DESC LIMIT 1"
_KNOWN = "SELECT block, position, proposal, response, validity FROM transactions WHERE id = ?"
_VERSION = "SELECT block, position FROM state WHERE key = ?"
_IDENTITY = "INSERT OR IGNORE INTO identities (digest, organisation, certificate) VALUES (?, ?, ?)"
_TRANSACTION = """INSERT INTO transactions
    (block, position, id, proposal, signature, response, endorsement, validity, arguments)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_STATE = """INSERT INTO state (key, block, position, value) VALUES (?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET block = excluded.block, position = excluded.position, value = excluded.value"""
_BLOCK = "INSERT INTO blocks (number, previous_hash, data_hash, signature) VALUES (?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Ordered:
    """An endorsed transaction on its way into a block, with what was read from it already."""

    id: str
    envelope: Envelope
    response: Response


class Committer:
    """Appends groups of transactions as blocks; one group at a time in a process."""

    def __init__(self, store: Store, signer: Signer) -> None:
        self._store = store
        self._signer = signer
        self._newest: int | None = None
        self._shared = False

    def commit(self, group: Sequence[Ordered]) -> list[Outcome]:
        """Append one block and return what became of each transaction, durably."""
        try:
            self._give_way()
            connection = self._store.begin()
        except sqlite3.Error as error:
            return [_unwritten(error, entry) for entry in group]
        except Failed as error:
            return [Failed(error.code, error.detail, entry.id) for entry in group]
        try:
            appending = _Appending(connection, self._signer)
            self._shared = self._newest not in (None, appending.number - 1)
            outcomes = appending.append(group)
        except sqlite3.Error as error:
            self._store.discard_writer()
            return [_unwritten(error, entry) for entry in group]
        except BaseException:
            self._store.discard_writer()
            raise
        return self._finish(connection, group, outcomes, number=appending.number)

    def _finish(
        self, connection: sqlite3.Connection, group: Sequence[Ordered], outcomes: list[Outcome], *, number: int
    ) -> list[Outcome]:
        try:
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._store.discard_writer()
            detail = f"the disk did not confirm the commit: {error}"
            return [Unknown("ledger.unknown", detail, entry.id) for entry in group]
        self._newest = number
        return outcomes

    def _give_way(self) -> None:
        """Let another process in that has been writing too; without this, the busiest one would shut the others out."""
        if self._shared:
            time.sleep(_GIVE_WAY)


class _Appending:
    """One block while it is put together."""

    def __init__(self, connection: sqlite3.Connection, signer: Signer) -> None:
        self._connection = connection
        self._signer = signer
        head = Header(*connection.execute(_HEAD).fetchone())
        self.number = head.number + 1
        self._previous = head.hash()
        self._digests: list[bytes] = []
        self._changed: dict[str, Version] = {}

    def append(self, group: Sequence[Ordered]) -> list[Outcome]:
        outcomes = [self._known(entry) or self._add(entry) for entry in group]
        if self._digests:
            header = Header(self.number, self._previous, data_hash(self._digests))
            signature = self._signer.sign(header.hash())
            self._connection.execute(_BLOCK, (header.number, header.previous, header.data, signature))
        return outcomes

    def _known(self, entry: Ordered) -> Outcome | None:
        row = self._connection.execute(_KNOWN, (entry.id,)).fetchone()
        if row is None:
            return None
        block, position, proposal, response, validity = row
        if proposal != entry.envelope.proposal:
            return Failed("ledger.duplicate", "another transaction with this id is on the ledger", entry.id)
        if validity != Validity.VALID:
            return _lost(entry.id)
        return Receipt(entry.id, block, position, Response.decode(response).result)

    def _add(self, entry: Ordered) -> Outcome:
        envelope, position = entry.envelope, len(self._digests)
        valid = all(self._current(read) for read in entry.response.reads)
        validity = Validity.VALID if valid else Validity.CONFLICT
        identity = envelope.identity
        self._connection.execute(_IDENTITY, (identity.digest(), identity.organisation, identity.certificate))
        row = (envelope.proposal, envelope.signature, envelope.response, envelope.endorsement, validity.value)
        self._connection.execute(_TRANSACTION, (self.number, position, entry.id, *row, envelope.arguments))
        self._digests.append(committed(envelope, validity))
        if not valid:
            return _lost(entry.id)
        for write in entry.response.writes:
            self._connection.execute(_STATE, (write.key, self.number, position, write.value))
            self._changed[write.key] = (self.number, position)
        return Receipt(entry.id, self.number, position, entry.response.result)

    def _current(self, read: Read) -> bool:
        changed = self._changed.get(read.key)
        if changed is not None:
            return changed == read.version
        row: Version | None = self._connection.execute(_VERSION, (read.key,)).fetchone()
        return row == read.version


def _unwritten(error: sqlite3.Error, entry: Ordered) -> Failed:
    code = "ledger.busy" if is_busy(error) else "ledger.storage"
    return Failed(code, f"the ledger cannot be written: {error}", entry.id)


def _lost(transaction_id: str) -> Conflict:
    return Conflict("ledger.conflict", "what the transaction read was changed before it committed", transaction_id)
