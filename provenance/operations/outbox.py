"""The outbox: every signed transaction before it is submitted, until its fate is known.

A signed envelope never expires, so whoever signs keeps it first: when the answer is lost, the transaction's id is here
to be looked for on the ledger, and its envelope to be submitted again. A settled transaction keeps its row, without
the envelope.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Engine, func, select, update

from provenance.database import insert_ignoring, writing
from provenance.operations.instants import from_millis, to_millis
from provenance.operations.tables import outbox

MOST = 100
"""How many transactions are read at a time: an envelope may take a megabyte."""


class OutboxState(StrEnum):
    """Whether the fate of a signed transaction is known."""

    SIGNED = "signed"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A signed transaction whose fate is not known."""

    transaction_id: str
    organisation: str
    envelope: bytes
    created: datetime
    job_id: str | None = None


class Outbox:
    """The signed transactions of one operations store."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def post(self, transaction_id: str, envelope: bytes, *, organisation: str, job_id: str | None = None) -> None:
        """Keep a signed envelope; it survives a crash once this returns. The same one again changes nothing."""
        row = {
            "transaction_id": transaction_id,
            "job_id": job_id,
            "organisation": organisation,
            "envelope": envelope,
            "state": OutboxState.SIGNED.value,
            "created": to_millis(self._clock()),
        }
        with writing(self._engine).begin() as connection:
            connection.execute(insert_ignoring(outbox, self._engine.dialect.name), row)

    def settle(self, transaction_id: str) -> None:
        """Say that a transaction's fate is known: committed, or refused for good."""
        settled = {"state": OutboxState.SETTLED.value, "envelope": None}
        with writing(self._engine).begin() as connection:
            connection.execute(update(outbox).where(outbox.c.transaction_id == transaction_id).values(settled))

    def unsettled(self, job_id: str | None = None, *, before: datetime | None = None, most: int = MOST) -> list[Posted]:
        """Return the transactions whose fate is not known, of one job or all, signed before a time; oldest first."""
        wanted = select(outbox).where(outbox.c.state == OutboxState.SIGNED.value).limit(most)
        if job_id is not None:
            wanted = wanted.where(outbox.c.job_id == job_id)
        if before is not None:
            wanted = wanted.where(outbox.c.created < to_millis(before))
        with self._engine.connect() as connection:
            rows = connection.execute(wanted.order_by(outbox.c.created, outbox.c.transaction_id)).all()
        return [
            Posted(
                transaction_id=row.transaction_id,
                organisation=row.organisation,
                envelope=bytes(row.envelope),
                created=from_millis(row.created),
                job_id=row.job_id,
            )
            for row in rows
        ]

    def count_unsettled(self) -> int:
        """Return how many there are whose fate is not known."""
        wanted = select(func.count()).select_from(outbox).where(outbox.c.state == OutboxState.SIGNED.value)
        with self._engine.connect() as connection:
            return int(connection.execute(wanted).scalar_one())

    def transactions_of(self, job_id: str) -> list[str]:
        """Return the ids of the transactions that were signed for a job, oldest first."""
        wanted = select(outbox.c.transaction_id).where(outbox.c.job_id == job_id)
        with self._engine.connect() as connection:
            return list(connection.execute(wanted.order_by(outbox.c.created, outbox.c.transaction_id)).scalars())
