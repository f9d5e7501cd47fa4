"""A Fabric channel with our chaincode as an implementation of `ledger.port.Ledger`.

An answer is given only from a peer that has got as far as this client has seen, and *unknown* is never guessed away: a
transaction whose fate nobody told is looked for by its id. What the client knows of the chain it asks of its own
organisation's peers, or its host's, in its own name; what it submits is signed by whoever the caller names.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

import grpc

from provenance.domain.deflate import deflated
from provenance.domain.errors import Malformed
from provenance.ledger.fabric import blocks, envelope, outcomes
from provenance.ledger.fabric.blocks import Source
from provenance.ledger.fabric.chain import Chain
from provenance.ledger.fabric.contract import Contract
from provenance.ledger.fabric.deliver import BlockStreams
from provenance.ledger.fabric.envelope import Submittable
from provenance.ledger.fabric.errors import (
    CommitStatusError,
    EndorseError,
    EvaluateError,
    GatewayError,
    StreamError,
    SubmitError,
)
from provenance.ledger.fabric.following import Following
from provenance.ledger.fabric.gateway import Deadlines, Gateway, Status
from provenance.ledger.fabric.peers import Lagging, Peer, Peers, message_of
from provenance.ledger.fabric.profile import Profile
from provenance.ledger.port import Block, Failed, LedgerError, Receipt, Signed, Signer, Transaction

T = TypeVar("T")

_log = logging.getLogger(__name__)
_SHORTEST, _LONGEST, _GLANCE = 0.02, 0.5, 2.0


class Watch(Protocol):
    """Hears how transactions fare; for figures."""

    def unendorsed(self, code: str) -> None:
        """Take note of a proposal that was not endorsed, with the code of its error."""

    def committed(self, seconds: float) -> None:
        """Take note of a committed transaction: how long it took from its submission."""


class _Unwatched:
    """Takes note of nothing."""

    def unendorsed(self, code: str) -> None:
        """Forget it."""

    def committed(self, seconds: float) -> None:
        """Forget it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How many seconds to wait for what is only slow: peers that lag or disagree, orderers that elect a leader."""

    endorse: float = 5.0
    order: float = 20.0
    position: float = 10.0


class FabricLedger:
    """One chaincode on one channel, through the peers of a connection profile; safe to use from several threads."""

    def __init__(
        self,
        profile: Profile,
        reader: Signer,
        *,
        deadlines: Deadlines | None = None,
        patience: Patience | None = None,
        watch: Watch | None = None,
    ) -> None:
        """Nothing is connected before it is needed; `reader` signs what the client asks for itself."""
        every = {each.name: Peer(each, profile.tls) for each in profile.known}
        self.known: Mapping[str, Peer] = every
        self._peers = Peers([every[each.name] for each in profile.peers])
        self._source = source = Source(profile.channel, profile.chaincode)
        self._patience = patience or Patience()
        self._watch: Watch = watch or _Unwatched()
        self._gateway = Gateway(self._peers, deadlines=deadlines, fit=self._require_position)
        self._reader = Contract(self._gateway, reader, channel=source.channel, chaincode=source.chaincode)
        self._chain = Chain(source.channel, reader)
        self._glance = Chain(source.channel, reader, within=_GLANCE)
        self._open_streams = partial(BlockStreams, self._peers, source.channel, reader)
        self._streams = self._open_streams()
        self._followed: list[Following] = []
        self._mutex = threading.Lock()
        self._seen = 0
        self._id = ""

    @property
    def replicated(self) -> bool:
        """Peers catch up with each other."""
        return True

    @property
    def id(self) -> str:
        """Hex of the hash of the genesis block's header."""
        if not self._id:
            genesis = self._asked(lambda peer: self._chain.block(peer, 0))
            self._id = blocks.header_hash(genesis.header).hex()
        return self._id

    def submit(
        self, transaction: Transaction, signer: Signer, on_signed: Callable[[Signed], None] | None = None
    ) -> Receipt:
        """Have a transaction endorsed, ordered and committed; returns after a peer of ours has it in a block.

        `on_signed` is called with the signed envelope before it is submitted. Raises `Rejected`, `Failed`, `Unknown`.
        """
        endorsed = self._endorsed(transaction, signer)
        if on_signed is not None:
            on_signed(Signed(endorsed.transaction_id, endorsed.envelope))
        return self._committed(endorsed)

    def resubmit(self, envelope_: bytes) -> Receipt:
        """Commit an envelope that `on_signed` was given, however late; the same one again gives the same receipt.

        Raises `Conflict` where what it read has changed since, `Failed`, `Unknown`.
        """
        try:
            kept = envelope.read(envelope_)
        except Malformed as error:
            raise Failed("ledger.envelope", f"the envelope cannot be submitted: {error.detail}") from error
        if kept.channel != self._source.channel:
            raise Failed("ledger.envelope", f"the envelope is of channel {kept.channel[:60]!r}", kept.transaction_id)
        known = self._fate(kept.transaction_id)
        return self._committed(kept) if known is None else self._receipt(kept, known)

    def find(self, transaction_id: str) -> Receipt | None:
        """Return the receipt of a valid transaction on the ledger, or None."""
        found = self._asked(lambda peer: self._chain.transaction(peer, transaction_id))
        if found is None:
            return None
        status = self._status(transaction_id)
        return Receipt(transaction_id, status.block, found.result()) if status.valid else None

    def evaluate(self, query: Transaction, signer: Signer) -> bytes:
        """Run a contract against a peer's committed state and return its result; nothing is written.

        Raises `Rejected`, `Failed`.
        """
        try:
            return self._contract(signer).evaluate(query.name.encode(), query.arguments)
        except EvaluateError as error:
            raise outcomes.unevaluated(error) from error

    def blocks(self, start: int) -> Iterator[Block]:
        """Yield the committed blocks from number `start` to the newest one there is now.

        Raises `Failed` (`ledger.block`) for a block that is not sound, or does not follow on the one before it.
        """
        height, previous = self.height(), b""
        try:
            for raw in self._streams.blocks(start, height - 1):
                block = blocks.read(raw, self._source)
                if previous not in (b"", block.previous_hash):
                    raise Failed("ledger.block", f"block {block.number} does not follow on the one before it")
                previous = block.hash
                yield block
        except StreamError as error:
            raise Failed("ledger.unavailable", f"no peer gives the blocks: {error}") from error

    def following(self) -> Following:
        """Return the channel for somebody who follows it: over one stream that stays open."""
        following = Following(self, self._open_streams, self._source)
        self._followed.append(following)
        return following

    def height(self) -> int:
        """Return the number of committed blocks."""
        height = self._asked(self._chain.height)
        self._saw(height)
        return height

    def close(self) -> None:
        """Close the streams and the connections."""
        for following in self._followed:
            following.close()
        for peer in self.known.values():
            peer.close()

    def heights(self) -> dict[str, int | None]:
        """Return how many blocks each known peer has, None where it does not answer."""
        return {name: self._height_of(peer) for name, peer in self.known.items()}

    def _height_of(self, peer: Peer) -> int | None:
        try:
            return self._glance.height(peer)
        except (grpc.RpcError, GatewayError):
            return None

    def _contract(self, signer: Signer) -> Contract:
        return Contract(self._gateway, signer, channel=self._source.channel, chaincode=self._source.chaincode)

    def _endorsed(self, transaction: Transaction, signer: Signer) -> Submittable:
        """Return the endorsed and signed transaction, proposed again while peers may only lag behind each other."""
        contract, until, pause = self._contract(signer), time.monotonic() + self._patience.endorse, _SHORTEST
        sent = deflated(transaction.arguments)
        while True:
            try:
                return contract.endorse(transaction.name.encode(), sent)
            except EndorseError as error:
                found = outcomes.unendorsed(error)
                if not found.again or time.monotonic() >= until:
                    self._watch.unendorsed(found.error.code)
                    _told(found.error, error)
                    raise found.error from error
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST)

    def _committed(self, transaction: Submittable) -> Receipt:
        began = time.monotonic()
        self._ordered(transaction)
        receipt = self._receipt(transaction, self._status(transaction.transaction_id))
        self._watch.committed(time.monotonic() - began)
        return receipt

    def _ordered(self, transaction: Submittable) -> None:
        """Hand the transaction to the orderers, again while they may only be electing a leader: it counts once."""
        until, pause, doubt = time.monotonic() + self._patience.order, _SHORTEST, None
        while True:
            try:
                return self._gateway.submit(transaction)
            except SubmitError as error:
                doubt = doubt or (None if error.definite else error)
                if error.definite or time.monotonic() >= until:
                    raise outcomes.unsubmitted(doubt or error) from error
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST)

    def _status(self, transaction_id: str) -> Status:
        """Wait for a transaction's place in a block; raises `Unknown`."""
        until = time.monotonic() + self._gateway.deadlines.commit
        while True:
            try:
                status = self._reader.status(transaction_id, within=max(1.0, until - time.monotonic()))
            except CommitStatusError as error:
                if error.status is not grpc.StatusCode.UNAVAILABLE or time.monotonic() >= until:
                    raise outcomes.uncertain(error) from error
            else:
                self._saw(status.block + 1)
                return status
            time.sleep(_LONGEST)

    def _fate(self, transaction_id: str) -> Status | None:
        """Return what became of a transaction that is in a block, None where it is in none that our peers have."""
        found = self._asked(lambda peer: self._chain.transaction(peer, transaction_id))
        return None if found is None else self._status(transaction_id)

    def _receipt(self, transaction: Submittable, status: Status) -> Receipt:
        """Return the receipt of a valid transaction; raises `Conflict`, `Failed`."""
        if not status.valid:
            raise outcomes.invalid(transaction.transaction_id, status.code, outcomes.name_of(status.code))
        return Receipt(transaction.transaction_id, status.block, transaction.result)

    def _require_position(self, peer: Peer) -> None:
        """Let a peer be asked only once it has what was seen; raises `Lagging`."""
        if peer.height < self._seen and self._chain.height(peer) < self._seen:
            raise Lagging(f"{peer.endpoint.name} has {peer.height} of {self._seen} blocks")

    def _asked(self, work: Callable[[Peer], T]) -> T:
        """Return what a peer says that has got as far as we have seen, after waiting for one if need be."""

        def step(peer: Peer) -> T:
            self._require_position(peer)
            return work(peer)

        until = time.monotonic() + self._patience.position
        while True:
            try:
                return self._peers.ask(step)
            except (Lagging, grpc.RpcError, EvaluateError) as error:
                if isinstance(error, EvaluateError) or time.monotonic() >= until:
                    raise _unanswered(error) from error
            time.sleep(_LONGEST)

    def _saw(self, height: int) -> None:
        with self._mutex:
            self._seen = max(self._seen, height)


def _told(failure: LedgerError, error: EndorseError) -> None:
    """Tell the operator which peers did not endorse, and not what they said, which may quote what was sent."""
    if isinstance(failure, Failed):
        where = ", ".join(sorted({f"{each.organisation} at {each.address}" for each in error.peers})) or "no peer"
        _log.warning("transaction %s was not endorsed: %s (%s)", failure.transaction_id, failure.code, where)


def _unanswered(error: Exception) -> LedgerError:
    if isinstance(error, EvaluateError):
        return outcomes.unevaluated(error)
    if isinstance(error, Lagging):
        return Failed("ledger.lagging", f"no peer has got as far as was seen already: {error}")
    detail = message_of(error) if isinstance(error, grpc.RpcError) else str(error)
    return Failed("ledger.unavailable", f"no peer answers: {detail}")
