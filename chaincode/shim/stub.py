"""What a contract sees of its transaction: `provenance.domain.contract.Stub`, and what only Fabric has.

Reads see the state as committed before the transaction, never its own writes; what was read once is not asked for
again, since it cannot change within one simulation. Writes are kept until the contract has returned, the last one to a
key counts, and none is sent where the contract refuses.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from fabric_protos.peer import chaincode_event_pb2 as events

from chaincode.shim import proposal
from chaincode.shim.errors import NotAccepted
from chaincode.shim.exchanges import Batches, Exchange, reads

T = TypeVar("T")


class Peer(Protocol):
    """Whoever answers what a transaction asks for."""

    @property
    def batches(self) -> Batches:
        """How many keys it takes in one message."""

    def ask(self, exchange: Exchange[T]) -> T:
        """Return what comes of an exchange; raises `PeerError`, `Abandoned`."""


class TransactionStub:
    """One transaction, used by the one thread that runs its contract."""

    def __init__(self, invocation: proposal.Invocation, peer: Peer, *, chaincode: str) -> None:
        self._invocation = invocation
        self._peer = peer
        self._direct = invocation.calls(chaincode)
        self._read: dict[str, bytes | None] = {}
        self.writes: dict[str, bytes] = {}
        self.event: events.ChaincodeEvent | None = None

    @property
    def creator(self) -> str:
        """The organisation (MSP id) of the certificate that signed the proposal."""
        return self._invocation.creator

    @property
    def certificate(self) -> bytes:
        """The creator's certificate, as its proposal carries it (PEM)."""
        return self._invocation.certificate

    @property
    def attributes(self) -> Mapping[str, str]:
        """The attributes that the creator's organisation wrote into the certificate; they narrow and never grant."""
        return proposal.attributes(self._invocation.certificate)

    @property
    def channel(self) -> str:
        """The channel of the transaction."""
        return self._invocation.channel

    @property
    def transaction_id(self) -> str:
        """The transaction's id."""
        return self._invocation.transaction_id

    @property
    def time(self) -> datetime:
        """The creator's claim of the time, from the channel header, to the microsecond."""
        return self._invocation.time

    @property
    def arguments(self) -> tuple[bytes, ...]:
        """What the chaincode was called with."""
        return self._invocation.arguments

    @property
    def direct(self) -> bool:
        """Whether the signed proposal calls this chaincode itself, with these arguments."""
        return self._direct

    def get_states(self, keys: Sequence[str]) -> list[bytes | None]:
        """Return the committed values of exact keys, in their order, None where there is none.

        Raises `NotAccepted` (`chaincode.key`), `PeerError`, `Abandoned`.
        """
        unread = [key for key in dict.fromkeys(keys) if key not in self._read]
        if unread:
            for key in unread:
                _require_key(key)
            values = self._peer.ask(reads(unread, self._peer.batches))
            self._read.update(zip(unread, values, strict=True))
        return [self._read[key] for key in keys]

    def put_state(self, key: str, value: bytes) -> None:
        """Write one value when the contract has returned.

        Raises `NotAccepted` (`chaincode.key`, `chaincode.empty_value`) for what no ledger takes.
        """
        _require_key(key)
        if not value:
            raise NotAccepted("chaincode.empty_value", f"the contract wrote an empty value under {key!r}")
        self.writes[key] = bytes(value)

    def set_event(self, name: str, payload: bytes) -> None:
        """Have the transaction carry an event when it commits; a transaction has one, and the last one counts.

        Raises `NotAccepted` (`chaincode.event`) for an event without a name.
        """
        if not name:
            raise NotAccepted("chaincode.event", "an event has a name")
        self.event = events.ChaincodeEvent(event_name=name, payload=payload)


def _require_key(key: str) -> None:
    try:
        empty = not key.encode()
    except UnicodeEncodeError:
        raise NotAccepted("chaincode.key", f"{key!r} is not a key: it has no UTF-8 form") from None
    if empty:
        raise NotAccepted("chaincode.key", "a key is never empty")
