"""What a peer knows of its chain: how high it is, a block by its number, a transaction by its id (`qscc`)."""

from dataclasses import dataclass

import grpc
from fabric_protos.common import common_pb2, ledger_pb2
from fabric_protos.peer import transaction_pb2

from provenance.ledger.fabric import envelope, reading
from provenance.ledger.fabric.errors import EvaluateError
from provenance.ledger.fabric.peers import Peer
from provenance.ledger.fabric.proposal import Call
from provenance.ledger.port import Signer

_CHAINCODE = "qscc"
_ABSENT = "no such transaction ID"


@dataclass(frozen=True, slots=True)
class Processed:
    """A transaction that is in a block: the peers' validation code, and its envelope."""

    code: int
    envelope: bytes

    def result(self) -> bytes:
        """Return what its contract returned."""
        payload = common_pb2.Payload.FromString(common_pb2.Envelope.FromString(self.envelope).payload)
        return envelope.result_of(payload.data)


class Chain:
    """The queries of one signer about one channel."""

    def __init__(self, channel: str, signer: Signer, *, within: float = reading.SECONDS) -> None:
        self._channel = channel
        self._signer = signer
        self._within = within

    def height(self, peer: Peer) -> int:
        """Return how many blocks the peer has; raises `EvaluateError`."""
        info = ledger_pb2.BlockchainInfo.FromString(self._ask(peer, b"GetChainInfo"))
        peer.has(info.height)
        return int(info.height)

    def block(self, peer: Peer, number: int) -> common_pb2.Block:
        """Return a block; raises `EvaluateError` where the peer does not have it."""
        return common_pb2.Block.FromString(self._ask(peer, b"GetBlockByNumber", str(number).encode()))

    def transaction(self, peer: Peer, transaction_id: str) -> Processed | None:
        """Return a transaction, valid or not, or None where the peer has none of that id; raises `EvaluateError`."""
        try:
            found = self._ask(peer, b"GetTransactionByID", transaction_id.encode())
        except EvaluateError as error:
            if any(_ABSENT in each.message for each in error.peers):
                return None
            raise
        processed = transaction_pb2.ProcessedTransaction.FromString(found)
        return Processed(processed.validationCode, processed.transactionEnvelope.SerializeToString())

    def _ask(self, peer: Peer, function: bytes, *arguments: bytes) -> bytes:
        call = Call(
            channel=self._channel, chaincode=_CHAINCODE, arguments=[function, self._channel.encode(), *arguments]
        )
        try:
            return reading.read(peer, call, self._signer, within=self._within).result
        except EvaluateError as error:
            cause = error.__cause__
            if error.status is grpc.StatusCode.UNAVAILABLE and isinstance(cause, grpc.RpcError):
                raise cause from None  # the next peer may be there
            raise
