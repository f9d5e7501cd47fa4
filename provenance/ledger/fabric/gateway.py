"""The steps of the Fabric Gateway service as calls: endorse, submit, wait for the commit; evaluate.

Each takes what was built and signed elsewhere and raises its own error. A peer that is not there is passed over for the
next: endorsing and evaluating change nothing, and a transaction that is sent twice counts once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import grpc
from fabric_protos.peer import transaction_pb2

from provenance.domain.errors import Malformed
from provenance.ledger.fabric import envelope, proposal, requests
from provenance.ledger.fabric.details import peer_errors
from provenance.ledger.fabric.envelope import Prepared, Submittable
from provenance.ledger.fabric.errors import (
    CommitError,
    CommitStatusError,
    EndorseError,
    EvaluateError,
    GatewayError,
    SubmitError,
)
from provenance.ledger.fabric.peers import Lagging, Peer, Peers, message_of, status_of
from provenance.ledger.fabric.proposal import Proposal

T = TypeVar("T")
Fit = Callable[[Peer], None]
"""Raises `Lagging` where a peer is not to be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """How many seconds each step may take."""

    evaluate: float = 15.0
    endorse: float = 30.0
    submit: float = 20.0
    commit: float = 60.0


@dataclass(frozen=True, slots=True)
class Status:
    """What became of a transaction: the block that it is in, and the peers' validation code."""

    transaction_id: str
    block: int
    code: int

    @property
    def valid(self) -> bool:
        """Whether it counts."""
        return self.code == int(transaction_pb2.VALID)

    def require_valid(self) -> "Status":
        """Return it; raises `CommitError` where the transaction does not count."""
        if self.valid:
            return self
        try:
            name = transaction_pb2.TxValidationCode.Name(self.code)
        except ValueError:
            name = f"code {self.code}"
        raise CommitError(self.transaction_id, block=self.block, code=self.code, name=name)


def _any(_: Peer) -> None:
    """Take any peer."""


class Gateway:
    """The Gateway service of peers that can stand in for each other; safe to use from several threads."""

    def __init__(self, peers: Peers, *, deadlines: Deadlines | None = None, fit: Fit = _any) -> None:
        """Ask only peers that are `fit` for what must see what was committed before."""
        self.peers = peers
        self.deadlines = deadlines or Deadlines()
        self._fit = fit

    def evaluate(self, asked: Proposal, signature: bytes, *, organisations: Sequence[str] = ()) -> bytes:
        """Return a contract's result without recording anything; raises `EvaluateError`."""
        request = requests.evaluate(asked, proposal.signed(asked, signature), organisations=organisations)

        def step(peer: Peer) -> bytes:
            self._fit(peer)
            answer = peer.gateway.Evaluate(request, timeout=self.deadlines.evaluate)
            return bytes(answer.result.payload)

        return self._step(step, EvaluateError, asked.transaction_id)

    def endorse(self, asked: Proposal, signature: bytes, *, organisations: Sequence[str] = ()) -> Prepared:
        """Return the transaction that enough organisations endorsed, to be signed; raises `EndorseError`."""
        request = requests.endorse(asked, proposal.signed(asked, signature), organisations=organisations)

        def step(peer: Peer) -> Prepared:
            self._fit(peer)
            answer = peer.gateway.Endorse(request, timeout=self.deadlines.endorse)
            return envelope.prepared(asked, answer.prepared_transaction)

        try:
            return self._step(step, EndorseError, asked.transaction_id)
        except Malformed as error:
            raise EndorseError(error.detail, transaction_id=asked.transaction_id) from error

    def submit(self, transaction: Submittable) -> None:
        """Hand a signed transaction to the orderers; it is not committed yet. Raises `SubmitError`."""
        request = requests.submit(transaction)

        def step(peer: Peer) -> None:
            peer.gateway.Submit(request, timeout=self.deadlines.submit)

        self._step(step, SubmitError, transaction.transaction_id)

    def commit_status(self, request: bytes, signature: bytes, *, transaction_id: str, within: float) -> Status:
        """Wait at most so many seconds until a transaction is in a block; raises `CommitStatusError`."""
        signed = requests.signed_commit_status(request, signature)
        return self._step(partial(_commit_status, signed, transaction_id, within), CommitStatusError, transaction_id)

    def close(self) -> None:
        """Close the connections."""
        self.peers.close()

    def _step(self, step: Callable[[Peer], T], kind: type[GatewayError], transaction_id: str) -> T:
        try:
            return self.peers.ask(step)
        except Lagging as error:
            status = grpc.StatusCode.UNAVAILABLE
            raise kind(str(error), transaction_id=transaction_id, status=status) from error
        except grpc.RpcError as error:
            found = peer_errors(error)
            raise kind(
                message_of(error), transaction_id=transaction_id, status=status_of(error), peers=found
            ) from error


def _commit_status(request: object, transaction_id: str, within: float, peer: Peer) -> Status:
    answer = peer.gateway.CommitStatus(request, timeout=within)
    peer.has(answer.block_number + 1)
    return Status(transaction_id, answer.block_number, answer.result)
