"""One batch of blocks on its way into the tables: observations become facts, acts are replayed.

Everything of a batch is written in one transaction with its checkpoint, so that a crash leaves no part of it behind.
Only valid transactions count, and events only where the root over them is in what the transaction wrote, which is what
its endorsers signed. Blocks must follow on from the checkpoint, by number and by hash.
"""

from dataclasses import dataclass
from datetime import timedelta

import orjson
from sqlalchemy import Connection, Engine, insert, select, update

from provenance.domain.acts import Call, perform
from provenance.domain.errors import DomainError, Refused
from provenance.domain.records import Organisation, Rules
from provenance.domain.stated import keep_stated
from provenance.ledger.port import Committed, Validity
from provenance.readmodel import replay, rows
from provenance.readmodel.apart import APPEND, Apart
from provenance.readmodel.errors import OutOfStep
from provenance.readmodel.instants import from_micros, to_micros
from provenance.readmodel.tables import checkpoint, place, refused_acts

_REBUILD = "run `provenance project --rebuild`"


class Statements:
    """What a batch writes with, compiled once a database."""

    def __init__(self, engine: Engine) -> None:
        self.facts = rows.Statements(engine)
        self.records = replay.Statements(engine)


@dataclass(frozen=True, slots=True)
class Head:
    """How far the read model is: of which ledger, how many blocks, the last one's hash."""

    ledger_id: str
    height: int
    block_hash: bytes


def read_head(connection: Connection) -> Head:
    """Return the checkpoint."""
    columns = (checkpoint.c.ledger_id, checkpoint.c.height, checkpoint.c.block_hash)
    identifier, height, block_hash = connection.execute(select(*columns)).one()
    return Head(identifier, height, bytes(block_hash))


class Batch:
    """Blocks from the checkpoint on; `add` each, then `flush` once, all in one transaction."""

    def __init__(self, connection: Connection, statements: Statements, ledger_id: str) -> None:
        self._connection = connection
        self._statements = statements
        self._ledger_id = ledger_id
        head = read_head(connection)
        self.height, self._hash = head.height, head.block_hash
        versions, self._latest = connection.execute(select(checkpoint.c.versions, checkpoint.c.latest)).one()
        self._records = replay.ReplayedRecords(connection.connection, statements.records, orjson.loads(versions))
        self._facts = rows.FactRows()
        self._refused: list[dict[str, object]] = []

    @property
    def events(self) -> int:
        """How many events were taken in."""
        return len(self._facts)

    def add(self, apart: Apart) -> None:
        """Take in the next block; raises `OutOfStep` (`readmodel.gap`, `readmodel.fork`) where it is another."""
        block = apart.block
        if block.number != self.height:
            message = f"the ledger gave block {block.number} where block {self.height} follows; {_REBUILD}"
            raise OutOfStep("readmodel.gap", message)
        if block.previous_hash != self._hash:
            message = f"block {block.number} does not follow the last block projected; `ledger verify`, then {_REBUILD}"
            raise OutOfStep("readmodel.fork", message)
        for position, transaction in enumerate(block.transactions):
            if transaction.validity is Validity.VALID:
                self._take(transaction, (block.number, position), apart.captured.get(position))
        self.height, self._hash = block.number + 1, block.hash

    def flush(self) -> None:
        """Write everything, and the checkpoint."""
        self._facts.flush(self._connection.connection, self._statements.facts)
        self._records.flush()
        if self._refused:
            self._connection.execute(insert(refused_acts), self._refused)
        moved = {
            "ledger_id": self._ledger_id,
            "height": self.height,
            "block_hash": self._hash,
            "versions": orjson.dumps(self._records.versions, option=orjson.OPT_SORT_KEYS).decode(),
            "latest": self._latest,
        }
        self._connection.execute(update(checkpoint).values(moved))

    def _take(self, transaction: Committed, at: tuple[int, int], captured: rows.Rows | DomainError | None) -> None:
        regressed = self._regressed(transaction)
        self._latest = max(self._latest, to_micros(transaction.time))
        self._records.version = place(*at, 0)
        try:
            self._replay(transaction)
            if isinstance(captured, DomainError):
                raise captured
        except DomainError as error:
            self._refuse(transaction, at, error)
        else:
            if captured is not None:
                self._facts.add(captured, regressed=int(regressed))
                for each in captured.stated:
                    keep_stated(self._records, each, by=transaction.creator, at=transaction.time)

    def _replay(self, transaction: Committed) -> None:
        if transaction.name != APPEND:
            call = Call(transaction.creator, transaction.time, transaction.id)
            perform(self._records, call, transaction.name, transaction.arguments)
        elif self._records.get(Organisation, transaction.creator) is None:
            raise Refused("authority.not_enrolled", f"{transaction.creator} is not enrolled")

    def _regressed(self, transaction: Committed) -> bool:
        tolerance = (self._records.get(Rules, "rules") or Rules()).clock_tolerance
        return transaction.time < from_micros(self._latest) - 2 * timedelta(seconds=tolerance)

    def _refuse(self, transaction: Committed, at: tuple[int, int], error: DomainError) -> None:
        refusal = {
            "block": at[0],
            "position": at[1],
            "transaction_id": transaction.id,
            "name": transaction.name,
            "creator": transaction.creator,
            "recorded": to_micros(transaction.time),
            "code": error.code,
            "detail": error.detail,
        }
        self._refused.append(refusal)
