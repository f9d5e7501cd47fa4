"""The outbox: every signed transaction before it is submitted, until its fate is known.

A signed envelope never expires, so whoever signs keeps it first: when the answer is lost, the transaction's id is here
to be looked for on the ledger, and its envelope to be submitted again. A settled transaction keeps its row, without
the envelope. One that holds chunks of capture jobs is kept with them, only while those jobs' leases are held, and until
all of them are finished: whoever does such a job again ends what an earlier attempt began before it begins anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, exists, func, select, update

from provenance.database import insert_ignoring, writing
from provenance.operations.errors import LeaseLost
from provenance.operations.instants import from_millis, to_millis
from provenance.operations.tables import jobs, outbox, outbox_parts

MOST = 100
"""How many transactions are read at a time: an envelope may take a megabyte."""


class OutboxState(StrEnum):
    """Whether the fate of a signed transaction is known."""

    SIGNED = "signed"
    SETTLED = "settled"


OPEN = "open"
"""The state of a job that is not finished."""

_SETTLED = {"state": OutboxState.SETTLED.value, "envelope": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A chunk, by its SHA-256, of a capture job that `owner` does for the nth time."""

    job_id: str
    owner: str | None
    attempt: int
    chunk: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A signed transaction whose fate is not known."""

    transaction_id: str
    organisation: str
    envelope: bytes
    created: datetime


class Outbox:
    """The signed transactions of one operations store."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def post(self, transaction_id: str, envelope: bytes, *, organisation: str, parts: Sequence[Part] = ()) -> None:
        """Keep a signed envelope; it survives a crash once this returns. The same one again changes nothing.

        Nothing is kept, and nothing may be submitted, where the job of one of its `parts` was taken over: `LeaseLost`.
        """
        row = {
            "transaction_id": transaction_id,
            "organisation": organisation,
            "envelope": envelope,
            "state": OutboxState.SIGNED.value,
            "created": to_millis(self._clock()),
        }
        dialect = self._engine.dialect.name
        with writing(self._engine).begin() as connection:
            if parts:
                _require_held(connection, parts)
                held = {"transaction_id": transaction_id}
                rows = [{**held, "job_id": each.job_id, "chunk": each.chunk} for each in parts]
                connection.execute(insert_ignoring(outbox_parts, dialect), rows)
            connection.execute(insert_ignoring(outbox, dialect), row)

    def settle(self, transaction_id: str) -> None:
        """Say that a transaction's fate is known: committed, or refused for good."""
        with writing(self._engine).begin() as connection:
            connection.execute(update(outbox).where(outbox.c.transaction_id == transaction_id).values(_SETTLED))

    def unsettled(self, *, before: datetime | None = None, most: int = MOST) -> list[Posted]:
        """Return the transactions whose fate is not known, signed before a time; oldest first."""
        return self._posted(_signed(before), most)

    def adrift(self, *, before: datetime, most: int = MOST) -> list[Posted]:
        """Return those that no job is about which is still to be done, and would end them itself."""
        mine = outbox_parts.c.transaction_id == outbox.c.transaction_id
        awaited = exists().where(mine, jobs.c.id == outbox_parts.c.job_id, jobs.c.state == OPEN)
        return self._posted(_signed(before).where(~awaited), most)

    def begun(self, job_id: str, chunk: bytes) -> list[Posted]:
        """Return the transactions that were signed with a chunk, by its SHA-256, of a job that is not finished."""
        mine = select(outbox_parts.c.transaction_id).where(
            outbox_parts.c.job_id == job_id, outbox_parts.c.chunk == chunk
        )
        return self._posted(_signed(None).where(outbox.c.transaction_id.in_(mine)), MOST)

    def count_unsettled(self) -> int:
        """Return how many there are whose fate is not known."""
        wanted = select(func.count()).select_from(outbox).where(outbox.c.state == OutboxState.SIGNED.value)
        with self._engine.connect() as connection:
            return int(connection.execute(wanted).scalar_one())

    def transactions_of(self, job_id: str) -> list[str]:
        """Return the ids of the transactions that were signed for a job, oldest first."""
        mine = select(outbox_parts.c.transaction_id).where(outbox_parts.c.job_id == job_id)
        wanted = select(outbox.c.transaction_id).where(outbox.c.transaction_id.in_(mine))
        with self._engine.connect() as connection:
            return list(connection.execute(wanted.order_by(outbox.c.created, outbox.c.transaction_id)).scalars())

    def _posted(self, wanted: "Select[Any]", most: int) -> list[Posted]:
        ordered = wanted.order_by(outbox.c.created, outbox.c.transaction_id).limit(most)
        with self._engine.connect() as connection:
            return [_read(row) for row in connection.execute(ordered)]


def settle_finished(connection: Connection, job_id: str) -> None:
    """Say that the fate is known of the transactions of a job that was just finished, but for those others wait for."""
    mine = select(outbox_parts.c.transaction_id).where(outbox_parts.c.job_id == job_id)
    other = outbox_parts.alias()
    shared = exists().where(other.c.transaction_id == outbox.c.transaction_id, jobs.c.id == other.c.job_id)
    ended = update(outbox).where(outbox.c.transaction_id.in_(mine), ~shared.where(jobs.c.state == OPEN))
    connection.execute(ended.values(_SETTLED))


def _signed(before: datetime | None) -> "Select[Any]":
    wanted = select(outbox).where(outbox.c.state == OutboxState.SIGNED.value)
    return wanted if before is None else wanted.where(outbox.c.created < to_millis(before))


def _require_held(connection: Connection, parts: Sequence[Part]) -> None:
    """Keep the leases of the jobs as they are until the transaction ends; raises `LeaseLost` where one was lost."""
    wanted = select(jobs.c.id, jobs.c.state, jobs.c.lease_owner, jobs.c.attempts)
    wanted = wanted.where(jobs.c.id.in_(sorted({each.job_id for each in parts})))
    held = set(map(tuple, connection.execute(wanted.order_by(jobs.c.id).with_for_update()).all()))
    for each in parts:
        if (each.job_id, OPEN, each.owner, each.attempt) not in held:
            raise LeaseLost("jobs.lease_lost", f"job {each.job_id} was taken over by another worker")


def _read(row: "Row[Any]") -> Posted:
    return Posted(
        transaction_id=row.transaction_id,
        organisation=row.organisation,
        envelope=bytes(row.envelope),
        created=from_millis(row.created),
    )
