"""Block streams of the Deliver service that go on where they broke off, at whichever peer is there.

Blocks come whole, each once, in order of their numbers without a gap; what they say is not looked at here.
"""

import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import grpc
from fabric_protos.common import common_pb2

from provenance.ledger.fabric import requests
from provenance.ledger.fabric.errors import NotThere, StreamError
from provenance.ledger.fabric.peers import Peer, Peers, message_of, status_of
from provenance.ledger.fabric.proposal import NONCE, identity_of
from provenance.ledger.port import Signer

PATIENCE = 30.0
"""How many seconds a stream that breaks off is opened again and again before that is an error."""

_PAUSE = 0.2


class BlockStreams:
    """The streams of one channel, asked for by one signer."""

    def __init__(self, peers: Peers, channel: str, signer: Signer, *, patience: float = PATIENCE) -> None:
        self._peers = peers
        self._channel = channel
        self._signer = signer
        self._patience = patience
        self._open_call: grpc.Call | None = None
        self._cancelled = False

    def cancel(self) -> None:
        """End the stream that is being read, from whichever thread; there is no other after it."""
        self._cancelled = True
        call = self._open_call
        if call is not None:
            call.cancel()

    def blocks(self, start: int, stop: int | None = None) -> Iterator[common_pb2.Block]:
        """Yield blocks `start` to `stop`, both included; without a `stop` it waits for what comes and never ends.

        Raises `StreamError` where no peer goes on for longer than the patience lasts.
        """
        following, until = start, time.monotonic() + self._patience
        while stop is None or following <= stop:
            try:
                for block in self._open(following, stop):
                    yield block
                    following, until = block.header.number + 1, time.monotonic() + self._patience
            except StreamError:
                if self._cancelled or time.monotonic() >= until:
                    raise
                time.sleep(_PAUSE)

    def _open(self, start: int, stop: int | None) -> Iterator[common_pb2.Block]:
        """Yield what one stream gives; raises `StreamError` where it ends before its time."""
        for peer in sorted(self._peers, key=lambda each: (each.resting, start >= each.height > 0)):
            try:
                yield from self._stream(peer, start, stop)
            except grpc.RpcError as error:
                peer.rest()
                raise StreamError(message_of(error), status=status_of(error)) from error
            except NotThere:
                continue
            return
        raise NotThere(f"no peer has block {start}")

    def _stream(self, peer: Peer, start: int, stop: int | None) -> Iterator[common_pb2.Block]:
        asked = requests.seek(
            self._channel, identity_of(self._signer), self._signer.sign, start=start, stop=stop,
            time=datetime.now(UTC), nonce=secrets.token_bytes(NONCE), tls=peer.tls_fingerprint,
        )  # fmt: skip
        stream = self._open_call = peer.deliver.Deliver(iter([asked]))
        following = start
        try:
            for answer in stream:
                if answer.WhichOneof("Type") != "block":
                    _require_success(answer.status, following)
                    return
                if answer.block.header.number != following:
                    raise StreamError(f"the peer sent block {answer.block.header.number} where {following} follows")
                following += 1
                peer.has(following)
                yield answer.block
        finally:
            stream.cancel()


def _require_success(status: int, number: int) -> None:
    if status == common_pb2.SUCCESS:
        return
    if status == common_pb2.NOT_FOUND:
        raise NotThere(f"block {number} is not there")
    raise StreamError(f"the peer ended the stream at block {number}: {common_pb2.Status.Name(status)}")
