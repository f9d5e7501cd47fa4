"""Appending a block: order, judge, apply, sign, and return when it is on disk.

Everything happens in one immediate transaction of the database, so that several processes append one after the other
and each builds on the head it finds. Within a block the first transaction that changes a key wins; a later one that
read it is recorded as invalid and changes nothing (MVCC). A transaction that is on the ledger already is answered and
not recorded again; one that was endorsed under another configuration than the one in force is to be simulated again.
"""

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass

from provenance.domain.errors import DomainError
from provenance.ledger.embedded import rows
from provenance.ledger.embedded.blocks import StoredTransaction
from provenance.ledger.embedded.chain import Header, data_hash
from provenance.ledger.embedded.envelope import Envelope, Read, Response, Version, committed
from provenance.ledger.embedded.in_force import Configurations, InForce
from provenance.ledger.embedded.store import Store, is_busy
from provenance.ledger.groups import Outcome
from provenance.ledger.port import Conflict, Failed, LedgerError, Receipt, Unknown, Validity

_GIVE_WAY = 0.002
_KNOWN = "SELECT block, proposal, response, validity FROM transactions WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Ordered:
    """An endorsed transaction on its way into a block, with what was read from it already, and the block of the
    configuration that it was endorsed under.
    """

    id: str
    envelope: Envelope
    response: Response
    configuration: int


class Committer:
    """Appends groups of transactions as blocks; one group at a time in a process."""

    def __init__(self, store: Store, configurations: Configurations) -> None:
        self._store = store
        self._configurations = configurations
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
            appending = _Appending(connection, self._configurations.at(connection))
            self._shared = self._newest not in (None, appending.number - 1)
            outcomes = appending.append(group)
        except sqlite3.Error as error:
            self._store.discard_writer()
            return [_unwritten(error, entry) for entry in group]
        except (LedgerError, DomainError) as error:
            self._store.discard_writer()
            return [Failed(error.code, error.detail, entry.id) for entry in group]
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

    def __init__(self, connection: sqlite3.Connection, in_force: InForce) -> None:
        self._connection = connection
        self._in_force = in_force
        head = rows.head(connection)
        self.number = head.number + 1
        self._previous = head.hash()
        self._digests: list[bytes] = []
        self._changed: dict[str, Version] = {}

    def append(self, group: Sequence[Ordered]) -> list[Outcome]:
        outcomes = [self._known(entry) or self._add(entry) for entry in group]
        if self._digests:
            header = Header(self.number, self._previous, data_hash(self._digests))
            rows.put_block(self._connection, header, self._in_force.signer.sign(header.hash()))
        return outcomes

    def _known(self, entry: Ordered) -> Outcome | None:
        row = self._connection.execute(_KNOWN, (entry.id,)).fetchone()
        if row is None:
            return None
        block, proposal, response, validity = row
        if proposal != entry.envelope.proposal:
            return Failed("ledger.duplicate", "another transaction with this id is on the ledger", entry.id)
        if validity != Validity.VALID:
            return _lost(entry.id)
        return Receipt(entry.id, block, Response.decode(response).result)

    def _add(self, entry: Ordered) -> Outcome:
        if entry.configuration != self._in_force.block:
            return Conflict("ledger.configuration", "the ledger's configuration changed before it committed", entry.id)
        place = (self.number, len(self._digests))
        valid = all(self._current(read) for read in entry.response.reads)
        validity = Validity.VALID if valid else Validity.CONFLICT
        rows.put_transaction(self._connection, place, StoredTransaction(entry.id, entry.envelope, validity))
        self._digests.append(committed(entry.envelope, validity))
        if not valid:
            return _lost(entry.id)
        rows.put_state(self._connection, place, entry.response)
        self._changed.update(dict.fromkeys((write.key for write in entry.response.writes), place))
        return Receipt(entry.id, self.number, entry.response.result)

    def _current(self, read: Read) -> bool:
        changed = self._changed.get(read.key)
        if changed is not None:
            return changed == read.version
        return rows.version(self._connection, read.key) == read.version


def _unwritten(error: sqlite3.Error, entry: Ordered) -> Failed:
    code = "ledger.busy" if is_busy(error) else "ledger.storage"
    return Failed(code, f"the ledger cannot be written: {error}", entry.id)


def _lost(transaction_id: str) -> Conflict:
    return Conflict("ledger.conflict", "what the transaction read was changed before it committed", transaction_id)
