"""Capturing documents: from an accepted body, JSON or XML, to events on record and an account of what was refused.

A document is read, its events are put into chunks, the chunks are submitted in the name of the organisation that sent
it. With `rollback` a document is one transaction, recorded whole or not at all; with `proceed` faulty events are
reported and the others recorded. A job is finished only when the fate of every chunk is known; until then it is tried
again, by whoever holds its lease, who first ends what earlier attempts began (`provenance.attempts`): nothing that an
earlier attempt recorded is submitted again, and the same chunk again would be success.
"""

import hashlib
import logging
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from itertools import islice
from secrets import token_hex
from threading import Event
from typing import Any

from provenance import documents
from provenance.attempts import Attempt
from provenance.contracts import Contracts
from provenance.crew import Crew
from provenance.domain.epcis import chunk, document
from provenance.domain.errors import Malformed
from provenance.ledger.port import Failed, LedgerError, Rejected, Unknown
from provenance.operations import Behaviour, Job, LeaseLost, Operations

LEASE = timedelta(seconds=20)
"""How long a job rests when its runner died; a runner that lives renews it before each transaction."""
ATTEMPTS = 20
"""How often a job is tried whose failure is definite or unexplained; one whose outcome is unknown is tried for ever."""

SMALL = 32 * 1024
"""How many bytes a document has at most that is done abreast of others."""

_SHORTEST_WAIT, _LONGEST_WAIT = 0.02, 0.5
_LONGEST_PAUSE = timedelta(seconds=60)
_log = logging.getLogger(__name__)

ContractsFor = Callable[[str, Attempt], Contracts]
"""Gives the contracts of an organisation, which post every signed envelope with the attempt first."""

OnRecord = Callable[[bytes], bool]
"""Is handed each chunk before its transaction, and tells whether an earlier attempt has recorded it."""


class CaptureState(StrEnum):
    """What became of a document."""

    SUCCESS = "success"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why an event, or the document (`index` None), was not recorded; `pointer` is the place in the document."""

    index: int | None
    code: str
    detail: str
    pointer: str = ""

    def problem(self) -> dict[str, Any]:
        """Return it as a problem object (RFC 9457) in the words of the EPCIS REST binding."""
        kind, title, status = _KINDS.get(self.code.partition(".")[0], _KINDS["epcis"])
        if self.code == _LIMIT:
            kind, title, status = "CaptureLimitExceededException", "The document is too large to be captured", 413
        found = {"type": f"epcisException:{kind}", "title": title, "status": status, "detail": self.detail}
        place = {} if self.index is None else {"index": self.index}
        return {**found, "code": self.code, "pointer": self.pointer, **place}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The ids of the events that are on record, in the order of the document, and what was refused."""

    accepted: tuple[str, ...]
    rejected: tuple[Rejection, ...]

    @property
    def state(self) -> CaptureState:
        """Whether all, some or none of it was recorded."""
        if not self.rejected:
            return CaptureState.SUCCESS
        return CaptureState.PARTIAL if self.accepted else CaptureState.FAILED


_LIMIT = "capture.limit_exceeded"
_INVALID = ("ValidationException", "The document or event is not well-formed", 400)
_BROKEN = ("ImplementationException", "The document could not be captured", 500)
_KINDS: Mapping[str, tuple[str, str, int]] = {
    "epcis": _INVALID,
    "json": _INVALID,
    "xml": _INVALID,
    "authority": ("SecurityException", "The organisation may not record this", 403),
    "identity": ("SecurityException", "The organisation may not record this", 403),
    "ledger": _BROKEN,
    "capture": _BROKEN,
}


def capture_document(
    contracts: Contracts,
    body: bytes,
    behaviour: Behaviour,
    *,
    on_record: OnRecord = lambda _: False,
    on_refused: Callable[[tuple[Rejection, ...]], None] = lambda _: None,
) -> Outcome:
    """Record the events of an EPCIS document, query document or bare event and return what became of each.

    What is `on_record` already is not submitted again; `on_refused` hears what is wrong before the others are recorded.
    Raises `LedgerError` but for refusals; it may be called again then.
    """
    try:
        read = documents.read(body)
    except Malformed as error:
        return Outcome((), (Rejection(None, error.code, error.detail, error.pointer),))
    problems = tuple(Rejection(each.index, each.code, each.detail, each.pointer) for each in read.problems)
    if behaviour is Behaviour.PROCEED:
        if problems:
            on_refused(problems)
        return _proceed(contracts, read, problems, on_record)
    chunks = [] if problems else chunk.build(read.events)
    if len(chunks) > 1:
        problems = (Rejection(None, _LIMIT, _limit(read)),)
    if problems:
        return Outcome((), problems)
    return _submit(contracts, [(each, read.events) for each in chunks], on_record)


def _proceed(
    contracts: Contracts, read: document.Document, problems: tuple[Rejection, ...], on_record: OnRecord
) -> Outcome:
    chunks = chunk.build(read.acceptable)
    waiting = iter(read.acceptable)
    parts = [(each, list(islice(waiting, chunk.count(each)))) for each in chunks]
    done = _submit(contracts, parts, on_record)
    return Outcome(done.accepted, (*problems, *done.rejected))


def _submit(contracts: Contracts, parts: list[tuple[bytes, list[document.Captured]]], on_record: OnRecord) -> Outcome:
    accepted: list[str] = []
    rejected: list[Rejection] = []
    for arguments, events in parts:
        try:
            if not on_record(arguments):
                contracts.append(arguments)
        except Rejected as error:
            rejected += [Rejection(event.index, error.code, str(error)) for event in events]
        else:
            accepted += [event.id for event in events]
    return Outcome(tuple(accepted), tuple(rejected))


def _limit(read: document.Document) -> str:
    most = f"{chunk.MOST_EVENTS} events and {chunk.MOST_BYTES} bytes of them and of what its header states"
    return f"a document recorded whole has at most {most}, this has {read.size} events; send parts, or let it proceed"


class Runner:
    """Does capture jobs; any number of runners may share an operations store.

    One at a time, or small documents several abreast, so that what records them can join them: with a ledger that is
    far away, most of a small document's time is waiting.
    """

    def __init__(
        self,
        operations: Operations,
        contracts_for: ContractsFor,
        *,
        owner: str | None = None,
        lease: timedelta = LEASE,
        abreast: int = 1,
        on_outcome: Callable[[Outcome], None] = lambda _: None,
    ) -> None:
        """Work as `owner`, by default a name of this process alone; `on_outcome` hears what became of each document."""
        self._abreast = abreast
        self._operations = operations
        self._on_outcome = on_outcome
        self._contracts_for = contracts_for
        self._owner = owner or f"{socket.gethostname()}:{os.getpid()}:{token_hex(4)}"
        self._lease = lease

    def run(self, stop: Event) -> None:
        """Do jobs as they come until `stop` is set; a job that has begun is finished first."""
        self._operations.jobs.sweep()
        self._operations.answers.sweep()
        self._operations.files.sweep()
        wait = _SHORTEST_WAIT
        with Crew(self._abreast) as crew:
            while not stop.is_set():
                job = self._operations.jobs.claim(self._owner, self._lease)
                if job is None:
                    stop.wait(wait)
                    wait = min(2 * wait, _LONGEST_WAIT)
                    continue
                wait = _SHORTEST_WAIT
                if job.size > SMALL:
                    self._tend(job)
                else:
                    crew.do(partial(self._tend, job))

    def run_once(self) -> bool:
        """Claim a job and do it; return whether there was one."""
        job = self._operations.jobs.claim(self._owner, self._lease)
        if job is not None:
            self._tend(job)
        return job is not None

    def _tend(self, job: Job) -> None:
        try:
            self._try(job)
        except LeaseLost as error:
            _log.warning("%s", error.detail)

    def _try(self, job: Job) -> None:
        try:
            self._do(job)
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001 - the outermost boundary: one job must not stop the others
            self._put_off(job, error)

    def _do(self, job: Job) -> None:
        try:
            body = self._operations.jobs.body(job)
        except FileNotFoundError:
            return self._finish(job, _failed("capture.body_lost", "the accepted body is no longer in the spool"))
        if hashlib.sha256(body).hexdigest() != job.sha256:
            return self._finish(job, _failed("capture.body_damaged", "the accepted body was changed in the spool"))
        attempt = Attempt(self._operations, job, self._lease)
        try:
            contracts = self._contracts_for(job.organisation, attempt)
        except LedgerError as error:
            return self._finish(job, _failed(error.code, str(error)))
        on_record = partial(attempt.recorded, resubmit=contracts.resubmit)
        note = partial(self._note, job)
        outcome = capture_document(contracts, body, job.behaviour, on_record=on_record, on_refused=note)
        return self._finish(job, outcome)

    def _note(self, job: Job, rejected: tuple[Rejection, ...]) -> None:
        self._operations.jobs.note(job, [each.problem() for each in rejected])

    def _finish(self, job: Job, outcome: Outcome) -> None:
        errors = [each.problem() for each in outcome.rejected]
        self._operations.jobs.finish(job, outcome.accepted, errors)
        self._on_outcome(outcome)

    def _put_off(self, job: Job, error: Exception) -> None:
        """Let a job be tried again after a pause, unless its failure is definite and was so often enough."""
        if isinstance(error, LedgerError):
            _log.warning("capture job %s, attempt %d: %s", job.id, job.attempts, error.code)
        else:
            _log.error("capture job %s, attempt %d", job.id, job.attempts, exc_info=error)
        if job.attempts >= ATTEMPTS and not isinstance(error, Unknown):
            code = error.code if isinstance(error, Failed) else "capture.internal"
            return self._finish(job, _failed(code, f"given up after {job.attempts} attempts: {error}"))
        pause = min(_LONGEST_PAUSE, timedelta(seconds=0.25) * 2 ** min(job.attempts, 10))
        return self._operations.jobs.release(job, after=pause)


def _failed(code: str, detail: str) -> Outcome:
    return Outcome((), (Rejection(None, code, detail),))
