"""Capture jobs: what became of each accepted body.

A job is committed after its body is on disk and before anybody is told of it, so that an answer of 202 outlives any
crash. Workers take leases: a job whose worker died is taken over by another when its lease ends, and whoever lost a
lease can no longer finish it. What a job does must therefore be the same when it is done again.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, RowMapping, and_, bindparam, func, insert, select, tuple_, update

from provenance.database import Prepared, Snapshots, writing
from provenance.domain.instant import format_instant
from provenance.operations.errors import LeaseLost
from provenance.operations.instants import from_millis, to_millis
from provenance.operations.outbox import OPEN, settle_finished
from provenance.operations.spool import Spool
from provenance.operations.tables import jobs


class Behaviour(StrEnum):
    """What a faulty event does to the others in its document (EPCIS 2.0, `captureErrorBehaviour`)."""

    ROLLBACK = "rollback"
    PROCEED = "proceed"


class JobState(StrEnum):
    """Where a job stands."""

    OPEN = OPEN
    FINISHED = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One capture job; `accepted` are ids of events that are on record, `errors` problem objects (RFC 9457).

    `account` is the id of the person whose key sent the document, where it was a person's.
    """

    id: str
    organisation: str
    behaviour: Behaviour
    state: JobState
    created: datetime
    sha256: str
    size: int
    finished: datetime | None = None
    accepted: tuple[str, ...] = ()
    errors: tuple[Mapping[str, Any], ...] = ()
    lease_owner: str | None = None
    attempts: int = 0
    account: str | None = None

    @property
    def running(self) -> bool:
        """Whether it is still to be done or being done."""
        return self.state is JobState.OPEN

    @property
    def success(self) -> bool:
        """Whether nothing was refused so far."""
        return not self.errors

    def document(self) -> dict[str, Any]:
        """Return the capture job as the EPCIS capture interface shows it, with the ids of what was recorded."""
        shown = {
            "captureID": self.id,
            "running": self.running,
            "success": self.success,
            "captureErrorBehaviour": self.behaviour.value,
            "createdAt": format_instant(self.created),
            "errors": [dict(error) for error in self.errors],
            "eventIDs": list(self.accepted),
        }
        return shown if self.finished is None else {**shown, "finishedAt": format_instant(self.finished)}


class Jobs:
    """The capture jobs of one operations store, with the bodies that they are about."""

    def __init__(self, engine: Engine, spool: Spool, clock: Callable[[], datetime], reading: Snapshots) -> None:
        self._engine = engine
        self._spool = spool
        self._clock = clock
        self._reading = reading
        self._find = Prepared(engine, select(jobs).where(jobs.c.id == bindparam("id")))

    def accept(
        self,
        organisation: str,
        body: bytes,
        behaviour: Behaviour = Behaviour.ROLLBACK,
        *,
        account: str | None = None,
    ) -> Job:
        """Keep a body and the job to capture it for `organisation`; both survive a crash once this returns."""
        now = self._now()
        row = {
            "id": secrets.token_hex(16),
            "organisation": organisation,
            "behaviour": behaviour.value,
            "sha256": hashlib.sha256(body).digest(),
            "size": len(body),
            "state": JobState.OPEN.value,
            "created": now,
            "lease_until": now,
            "attempts": 0,
            "account": account,
        }
        self._spool.write(str(row["id"]), body)
        with writing(self._engine).begin() as connection:
            connection.execute(insert(jobs).values(row))
            stored = connection.execute(select(jobs).where(jobs.c.id == row["id"])).mappings().one()
        return _job(stored)

    def get(self, identifier: str) -> Job | None:
        """Return a job, or None where there is none."""
        rows = self._reading.rows(self._find, id=identifier)
        return _job(dict(zip(jobs.columns.keys(), rows[0], strict=True))) if rows else None

    def of(self, organisation: str, *, count: int = 30, after: str | None = None) -> list[Job]:
        """Return an organisation's jobs, newest first, from after the job `after` on."""
        key = (jobs.c.created, jobs.c.id)
        wanted = select(jobs).where(jobs.c.organisation == organisation)
        if after is not None:
            last = select(*key).where(jobs.c.id == after).scalar_subquery()
            wanted = wanted.where(tuple_(*key) < last)
        with self._engine.connect() as connection:
            rows = connection.execute(wanted.order_by(*(each.desc() for each in key)).limit(count)).mappings()
            return [_job(row) for row in rows]

    def body(self, job: Job) -> bytes:
        """Return the body that the job is about; raises `FileNotFoundError` once it is finished."""
        return self._spool.read(job.id)

    def claim(self, owner: str, lease: timedelta) -> Job | None:
        """Take the lease of a job that nobody works on, the one that waits longest; None where there is none."""
        now = self._now()
        free = select(jobs.c.id).where(jobs.c.state == JobState.OPEN.value, jobs.c.lease_until <= now)
        first = free.order_by(jobs.c.lease_until, jobs.c.id).limit(1).with_for_update(skip_locked=True)
        if not self._any(free):
            return None
        taken = {"lease_owner": owner, "lease_until": now + _millis(lease), "attempts": jobs.c.attempts + 1}
        statement = update(jobs).where(jobs.c.id == first.scalar_subquery()).values(taken).returning(*jobs.c)
        with writing(self._engine).begin() as connection:
            row = connection.execute(statement).mappings().first()
        return None if row is None else _job(row)

    def renew(self, job: Job, lease: timedelta) -> None:
        """Keep the lease of a claimed job for longer; raises `LeaseLost`."""
        self._set(job, {"lease_until": self._now() + _millis(lease)})

    def release(self, job: Job, *, after: timedelta) -> None:
        """Give a claimed job back, to be done by anybody `after` some time; raises `LeaseLost`."""
        self._set(job, {"lease_owner": None, "lease_until": self._now() + _millis(after)})

    def note(self, job: Job, errors: Sequence[Mapping[str, Any]]) -> None:
        """Say what of a claimed job was refused so far, while the rest goes on; raises `LeaseLost`."""
        self._set(job, {"errors": orjson.dumps(list(errors)).decode()})

    def finish(self, job: Job, accepted: Sequence[str], errors: Sequence[Mapping[str, Any]]) -> None:
        """Say what became of a claimed job, settle its transactions and let its body go; raises `LeaseLost`."""
        content = {"accepted": orjson.dumps(list(accepted)).decode(), "errors": orjson.dumps(list(errors)).decode()}
        with writing(self._engine).begin() as connection:
            self._change(connection, job, {"state": JobState.FINISHED.value, "finished": self._now(), **content})
            settle_finished(connection, job.id)
        self._spool.remove(job.id)

    def open_count(self) -> int:
        """Return how many jobs are not finished."""
        with self._engine.connect() as connection:
            return len(connection.execute(select(jobs.c.id).where(jobs.c.state == JobState.OPEN.value)).all())

    def oldest_open(self) -> datetime | None:
        """Return when the job was accepted that is open for longest, or None where none is."""
        with self._engine.connect() as connection:
            found = connection.execute(select(func.min(jobs.c.created)).where(jobs.c.state == JobState.OPEN.value))
            created = found.scalar()
        return None if created is None else from_millis(created)

    def sweep(self, *, older_than: timedelta = timedelta(hours=1)) -> int:
        """Remove bodies that no open job is about, left behind by a crash; return how many."""
        return self._spool.sweep(self._is_open, older_than=older_than.total_seconds())

    def _is_open(self, identifier: str) -> bool:
        job = self.get(identifier)
        return job is not None and job.running

    def _any(self, statement: Any) -> bool:
        with self._engine.connect() as connection:
            return connection.execute(statement.limit(1)).first() is not None

    def _set(self, job: Job, values: Mapping[str, Any]) -> None:
        with writing(self._engine).begin() as connection:
            self._change(connection, job, values)

    def _change(self, connection: Connection, job: Job, values: Mapping[str, Any]) -> None:
        ours = and_(jobs.c.lease_owner == job.lease_owner, jobs.c.attempts == job.attempts)
        held = and_(jobs.c.id == job.id, jobs.c.state == JobState.OPEN.value, ours)
        if connection.execute(update(jobs).where(held).values(values)).rowcount != 1:
            raise LeaseLost("jobs.lease_lost", f"job {job.id} was taken over by another worker")

    def _now(self) -> int:
        return to_millis(self._clock())


def _millis(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


def _job(row: RowMapping | Mapping[str, Any]) -> Job:
    return Job(
        id=row["id"],
        organisation=row["organisation"],
        behaviour=Behaviour(row["behaviour"]),
        state=JobState(row["state"]),
        created=from_millis(row["created"]),
        sha256=bytes(row["sha256"]).hex(),
        size=row["size"],
        finished=None if row["finished"] is None else from_millis(row["finished"]),
        accepted=tuple(orjson.loads(row["accepted"] or "[]")),
        errors=tuple(orjson.loads(row["errors"] or "[]")),
        lease_owner=row["lease_owner"],
        attempts=row["attempts"],
        account=row["account"],
    )
