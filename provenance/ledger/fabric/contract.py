"""A chaincode as an application calls it, in the name of one signer.

::

    contract = Contract(gateway, signer, channel="provenance", chaincode="provenance")
    contract.evaluate(b"registry:get", b'{...}')            a query
    contract.submit(b"registry:enrol", b'{...}')            recorded when it returns
    sent = contract.send(b"registry:enrol", b'{...}')       taken by the orderers; sent.status() waits for the commit

Where the key is elsewhere, the same steps are taken one by one: `propose`, sign its `digest`, `Gateway.endorse`, sign
the prepared transaction's `digest`, `Gateway.submit`, sign the commit status request.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from provenance.ledger.fabric import envelope, requests
from provenance.ledger.fabric.envelope import Submittable
from provenance.ledger.fabric.gateway import Gateway, Status
from provenance.ledger.fabric.proposal import Call, Proposal, identity_of, propose
from provenance.ledger.port import Signer


def _host_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Sent:
    """A transaction that the orderers took, and what its contract returned; whether it counts, `status` tells."""

    transaction: Submittable
    _status: Callable[[str, float | None], Status]

    @property
    def result(self) -> bytes:
        """What the contract returned, if the transaction is committed."""
        return self.transaction.result

    def status(self, *, within: float | None = None) -> Status:
        """Wait until it is in a block; raises `CommitStatusError`."""
        return self._status(self.transaction.transaction_id, within)


class Contract:
    """One chaincode on one channel, called by one signer."""

    def __init__(
        self,
        gateway: Gateway,
        signer: Signer,
        *,
        channel: str,
        chaincode: str,
        now: Callable[[], datetime] = _host_clock,
    ) -> None:
        self._gateway = gateway
        self._signer = signer
        self._channel = channel
        self._chaincode = chaincode
        self._now = now

    def propose(self, *arguments: bytes, transient: Mapping[str, bytes] | None = None) -> Proposal:
        """Return a call as a proposal, to be signed."""
        call = Call(
            channel=self._channel, chaincode=self._chaincode, arguments=arguments, transient=dict(transient or {})
        )
        return propose(call, self._signer, time=self._now())

    def evaluate(self, *arguments: bytes, organisations: Sequence[str] = ()) -> bytes:
        """Return the result of a query, from a peer of one of the organisations if any are named.

        Raises `EvaluateError`.
        """
        asked = self.propose(*arguments)
        return self._gateway.evaluate(asked, self._signer.sign(asked.digest), organisations=organisations)

    def endorse(self, *arguments: bytes, organisations: Sequence[str] = ()) -> Submittable:
        """Return the endorsed transaction, signed, but not submitted; raises `EndorseError`."""
        asked = self.propose(*arguments)
        prepared = self._gateway.endorse(asked, self._signer.sign(asked.digest), organisations=organisations)
        return envelope.sign(prepared, self._signer.sign(prepared.digest))

    def send(self, *arguments: bytes, organisations: Sequence[str] = ()) -> Sent:
        """Have a transaction endorsed and taken by the orderers, and do not wait for its commit.

        Raises `EndorseError`, `SubmitError`.
        """
        return self.resend(self.endorse(*arguments, organisations=organisations))

    def resend(self, transaction: Submittable) -> Sent:
        """Hand a signed transaction to the orderers, now or again; raises `SubmitError`."""
        self._gateway.submit(transaction)
        return Sent(transaction, self._wait)

    def submit(self, *arguments: bytes, organisations: Sequence[str] = ()) -> bytes:
        """Have a transaction committed and return its result.

        Raises `EndorseError`, `SubmitError`, `CommitStatusError`, `CommitError`.
        """
        sent = self.send(*arguments, organisations=organisations)
        sent.status().require_valid()
        return sent.result

    def status(self, transaction_id: str, *, within: float | None = None) -> Status:
        """Wait until any transaction is in a block; raises `CommitStatusError`."""
        return self._wait(transaction_id, within)

    def _wait(self, transaction_id: str, within: float | None) -> Status:
        request = requests.commit_status(self._channel, transaction_id, identity=identity_of(self._signer))
        signature = self._signer.sign(sha256(request).digest())
        limit = self._gateway.deadlines.commit if within is None else within
        return self._gateway.commit_status(request, signature, transaction_id=transaction_id, within=limit)
