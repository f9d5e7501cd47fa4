"""Running a contract against a snapshot of the state: what it reads and writes is noted, and nothing is changed.

As on Fabric: reads see the committed state before the transaction and never its own writes, keys are exact, a value
is never empty, and the last write to a key counts.
"""

import logging
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from provenance.domain.contract import Contracts
from provenance.domain.errors import DomainError
from provenance.ledger.embedded.envelope import Read, Response, Version
from provenance.ledger.port import Failed, LedgerError, Rejected, Transaction, Write

_STATE = "SELECT block, position, value FROM state WHERE key = ?"
_log = logging.getLogger(__name__)


class Simulation:
    """One run of a contract, as its stub (`domain.contract.Stub`)."""

    def __init__(self, snapshot: sqlite3.Connection, *, creator: str, transaction_id: str, time: datetime) -> None:
        self._snapshot = snapshot
        self._creator = creator
        self._transaction_id = transaction_id
        self._time = time
        self._reads: dict[str, Version | None] = {}
        self._writes: dict[str, bytes] = {}

    @property
    def creator(self) -> str:
        """The organisation (MSP id) of the certificate that signed the proposal."""
        return self._creator

    @property
    def transaction_id(self) -> str:
        """The transaction's id."""
        return self._transaction_id

    @property
    def time(self) -> datetime:
        """The creator's claim of the time."""
        return self._time

    @property
    def direct(self) -> bool:
        """Always true: contracts here call no contracts."""
        return True

    def get_states(self, keys: Sequence[str]) -> list[bytes | None]:
        """Return the committed values of exact keys, in their order."""
        return [self._get(key) for key in keys]

    def put_state(self, key: str, value: bytes) -> None:
        """Note one value to be written. Raises `Failed` for a key or value that no ledger takes."""
        _require_key(key)
        if not value:
            raise Failed("ledger.empty_value", f"the contract wrote an empty value under {key!r}", self._transaction_id)
        self._writes[key] = bytes(value)

    def run(self, contracts: Contracts, transaction: Transaction) -> Response:
        """Return what the contract did. Raises `Rejected` with its code where it refused, `Failed` where it broke."""
        try:
            result = contracts(self, transaction.name, transaction.arguments)
        except DomainError as error:
            raise Rejected(error.code, error.detail, self._transaction_id) from error
        except (LedgerError, sqlite3.Error):
            raise
        except Exception as error:
            _log.exception("contract %s broke in transaction %s", transaction.name, self._transaction_id)
            detail = f"the contract broke: {type(error).__name__}"
            raise Failed("ledger.contract", detail, self._transaction_id) from error
        reads = tuple(Read(key, version) for key, version in sorted(self._reads.items()))
        writes = tuple(Write(key, value) for key, value in sorted(self._writes.items()))
        return Response(reads, writes, result)

    def _get(self, key: str) -> bytes | None:
        _require_key(key)
        row = self._snapshot.execute(_STATE, (key,)).fetchone()
        if row is None:
            self._reads[key] = None
            return None
        block, position, value = row
        self._reads[key] = (block, position)
        return bytes(value)


def _require_key(key: str) -> None:
    try:
        empty = not key.encode()
    except UnicodeEncodeError:
        raise Failed("ledger.key", f"{key!r} is not a key: it has no UTF-8 form") from None
    if empty:
        raise Failed("ledger.key", "a key is never empty")
