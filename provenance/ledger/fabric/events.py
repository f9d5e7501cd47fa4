"""Chaincode events as a stream that goes on where it broke off: nothing twice, nothing missing.

Where it stands is a `Checkpoint`, which belongs into the same database transaction as what was made of the event.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

import grpc

from provenance.ledger.fabric import requests
from provenance.ledger.fabric.deliver import PATIENCE
from provenance.ledger.fabric.errors import StreamError
from provenance.ledger.fabric.peers import Peers, message_of, status_of
from provenance.ledger.fabric.proposal import identity_of
from provenance.ledger.port import Signer

_PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The place after which a stream goes on: a block, and the last transaction of it that was dealt with, if any."""

    block: int
    transaction_id: str | None = None


@dataclass(frozen=True, slots=True)
class ChaincodeEvent:
    """What a valid transaction announced: the block and transaction, the event's name and payload."""

    block: int
    transaction_id: str
    name: str
    payload: bytes

    @property
    def checkpoint(self) -> Checkpoint:
        """Where to go on once this event is dealt with."""
        return Checkpoint(self.block, self.transaction_id)


class EventStreams:
    """The event streams of one chaincode on one channel, asked for by one signer."""

    def __init__(
        self, peers: Peers, channel: str, chaincode: str, *, signer: Signer, patience: float = PATIENCE
    ) -> None:
        self._peers = peers
        self._channel = channel
        self._chaincode = chaincode
        self._signer = signer
        self._patience = patience

    def events(self, after: Checkpoint) -> Iterator[ChaincodeEvent]:
        """Yield every event after a checkpoint (block 0 alone is the beginning) and then those that come, for ever.

        Raises `StreamError` where no peer goes on for longer than the patience lasts.
        """
        until = time.monotonic() + self._patience
        while True:
            try:
                for event in self._open(after):
                    yield event
                    after, until = event.checkpoint, time.monotonic() + self._patience
            except StreamError:
                if time.monotonic() >= until:
                    raise
            time.sleep(_PAUSE)

    def _open(self, after: Checkpoint) -> Iterator[ChaincodeEvent]:
        request = requests.chaincode_events(
            self._channel, self._chaincode, identity=identity_of(self._signer), start=after.block,
            after=after.transaction_id,
        )  # fmt: skip
        signed = requests.signed_chaincode_events(request, self._signer.sign(sha256(request).digest()))
        peer = min(self._peers, key=lambda each: each.resting)
        stream = peer.gateway.ChaincodeEvents(signed)
        try:
            for answer in stream:
                for event in answer.events:
                    yield ChaincodeEvent(answer.block_number, event.tx_id, event.event_name, bytes(event.payload))
        except grpc.RpcError as error:
            peer.rest()
            raise StreamError(message_of(error), status=status_of(error)) from error
        finally:
            stream.cancel()
