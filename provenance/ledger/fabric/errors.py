"""What can go wrong between a client and a Fabric network, one class a step of the protocol.

::

    GatewayError               transaction id, gRPC status, and what each peer or orderer answered
    |- EvaluateError           a query got no result
    |- EndorseError            a proposal got no endorsements that agree: nothing was sent to the orderers
    |- SubmitError             the orderers did not confirm that they took the transaction
    |- CommitStatusError       nobody said in time whether the transaction was committed
    |- CommitError             the transaction is in a block, and the peers found it invalid
    `- StreamError             a stream of blocks or events could not be opened, or broke off
       `- NotThere             the peer does not have the block that was asked for
"""

from collections.abc import Sequence
from dataclasses import dataclass

import grpc


@dataclass(frozen=True, slots=True)
class PeerError:
    """What one peer or orderer answered: its address, its organisation's MSP id, and its message."""

    address: str
    organisation: str
    message: str

    def __str__(self) -> str:
        return f"{self.address} ({self.organisation}): {self.message}"


class GatewayError(Exception):
    """A step that failed; `str` is a sentence with the peers' own answers."""

    def __init__(
        self,
        message: str,
        *,
        transaction_id: str | None = None,
        status: grpc.StatusCode = grpc.StatusCode.UNKNOWN,
        peers: Sequence[PeerError] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.transaction_id = transaction_id
        self.status = status
        self.peers = tuple(peers)

    def __str__(self) -> str:
        return "; ".join([self.message, *map(str, self.peers)])


class EvaluateError(GatewayError):
    """A query got no result."""


class EndorseError(GatewayError):
    """A proposal got no endorsements that agree; nothing was sent to the orderers."""


class SubmitError(GatewayError):
    """The orderers did not confirm that they took the transaction; `status` says whether that is certain."""

    @property
    def definite(self) -> bool:
        """Whether an orderer refused the transaction, so that it is in no queue."""
        return self.status in _REFUSED


class CommitStatusError(GatewayError):
    """Nobody said in time whether the transaction was committed."""


class CommitError(GatewayError):
    """The transaction is in block `block`, and the peers found it invalid for the reason that `code` names."""

    def __init__(self, transaction_id: str, *, block: int, code: int, name: str) -> None:
        super().__init__(f"the transaction is in block {block}, and not valid: {name}", transaction_id=transaction_id)
        self.block = block
        self.code = code
        self.name = name


class StreamError(GatewayError):
    """A stream of blocks or events could not be opened, or broke off."""


class NotThere(StreamError):
    """The peer does not have the block that was asked for."""


_REFUSED = frozenset(
    {
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.UNIMPLEMENTED,
    }
)
