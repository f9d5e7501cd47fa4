"""One attempt at a capture job: it keeps the job's lease, and ends what the attempts before it began.

Whatever is signed for a chunk is in the outbox with its job before it is submitted, and only while the lease is held.
So a later attempt finds it there: it is on the ledger, or the very same envelope is submitted again, or it never can
count. Only then is the chunk signed anew, and no two transactions of one job record the same chunk.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

from provenance.ledger.port import Receipt, Signed
from provenance.operations import Job, Operations, Part
from provenance.settling import fate

_log = logging.getLogger(__name__)


class Attempt:
    """An attempt at a job by whoever claimed it, chunk after chunk; called with what is signed for the present one."""

    def __init__(self, operations: Operations, job: Job, lease: timedelta) -> None:
        self._operations = operations
        self._job = job
        self._lease = lease
        self._chunk = b""

    @property
    def part(self) -> Part:
        """What a transaction with the present chunk is posted with."""
        job = self._job
        return Part(job_id=job.id, owner=job.lease_owner, attempt=job.attempts, chunk=self._chunk)

    def __call__(self, signed: Signed) -> None:
        """Keep a signed transaction with the present chunk before it is submitted; raises `LeaseLost`."""
        organisation = self._job.organisation
        self._operations.outbox.post(signed.id, signed.envelope, organisation=organisation, parts=[self.part])

    def recorded(self, arguments: bytes, resubmit: Callable[[bytes], Receipt]) -> bool:
        """Renew the lease for the next chunk, and tell whether an earlier attempt has recorded it.

        Raises `LeaseLost`, and `Unknown` where nobody can say what came of an earlier attempt.
        """
        self._operations.jobs.renew(self._job, self._lease)
        self._chunk = sha256(arguments).digest()
        if self._job.attempts == 1:
            return False
        begun = self._operations.outbox.begun(self._job.id, self._chunk)
        counted = next((each for each in begun if fate(each, resubmit) is not None), None)
        if counted is not None:
            _log.info("capture job %s: transaction %s had recorded it", self._job.id, counted.transaction_id)
        return counted is not None
