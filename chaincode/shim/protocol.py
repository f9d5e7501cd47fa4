"""The chaincode protocol of one stream, without any I/O: fed with the peer's messages, it says what is to be done.

::

    CREATED --REGISTERED--> ESTABLISHED --READY--> READY --TRANSACTION ... COMPLETED--> READY

- The chaincode speaks first (REGISTER). Anything else than the next step before READY raises `ProtocolError`, and the
  stream is over.
- Many transactions are open at once, told apart by channel and transaction id. Each asks one thing at a time.
- An answer nobody waits for, and a transaction that is open already, are passed over: they belong to one that was
  given up. What is passed over is counted.
- Every transaction is answered with COMPLETED exactly once, after its writes were accepted; nothing follows.

It is used from one thread.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from fabric_protos.peer import chaincode_event_pb2 as events
from fabric_protos.peer import chaincode_pb2 as chaincode
from fabric_protos.peer import proposal_response_pb2 as responses

from chaincode.shim.errors import PeerError, ProtocolError, ShimError
from chaincode.shim.exchanges import Batches, Exchange, Message, Type, announced, writes
from chaincode.shim.outcome import failure


class Key(NamedTuple):
    """What tells a transaction from every other of the stream."""

    channel: str
    transaction: str


class Phase(StrEnum):
    """How far the stream is."""

    CREATED = "created"
    ESTABLISHED = "established"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message."""

    message: Message


@dataclass(frozen=True, slots=True)
class Begin:
    """Run the transaction that a message asks for."""

    key: Key
    message: Message


@dataclass(frozen=True, slots=True)
class Answered:
    """Give what was asked for to the transaction: the exchange's result, or why there is none."""

    key: Key
    result: Any
    error: ShimError | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """Forget the transaction; `error` says what kept its outcome from being taken."""

    key: Key
    error: ShimError | None = None


Step = Send | Begin | Answered | Ended


@dataclass(frozen=True, slots=True)
class Completion:
    """A contract's outcome: its response, what it wrote, and its event."""

    response: responses.Response = field(default_factory=responses.Response)
    writes: Mapping[str, bytes] = field(default_factory=dict)
    event: events.ChaincodeEvent | None = None


@dataclass(slots=True)
class _Open:
    """A transaction that is not answered: what it asks now, and what it is to be completed with after its writes."""

    exchange: Exchange[Any] | None = None
    completion: Completion | None = None


class Conversation:
    """One stream between a peer and its chaincode."""

    def __init__(self, package_id: str) -> None:
        self._package_id = package_id
        self._open: dict[Key, _Open] = {}
        self.phase = Phase.CREATED
        self.batches = Batches()
        self.passed_over = 0

    def __len__(self) -> int:
        """Return how many transactions are open."""
        return len(self._open)

    def opening(self) -> Message:
        """Return what the chaincode says first: who it is."""
        identity = chaincode.ChaincodeID(name=self._package_id)
        return Message(type=Type.REGISTER, payload=identity.SerializeToString())

    def receive(self, message: Message) -> list[Step]:
        """Return what a message of the peer asks for. Raises `ProtocolError` where it may not come now."""
        if self.phase is not Phase.READY:
            return self._register(message)
        if message.type in (Type.RESPONSE, Type.ERROR):
            return self._answer(message)
        if message.type in (Type.TRANSACTION, Type.INIT):
            return self._begin(message)
        if message.type == Type.KEEPALIVE:
            return [Send(message)]
        raise ProtocolError(f"{Type.Name(message.type)} is nothing that a peer asks of a chaincode")

    def ask(self, key: Key, exchange: Exchange[Any]) -> list[Step]:
        """Begin to ask something for a transaction; what comes of it is `Answered`."""
        transaction = self._open.get(key)
        if transaction is None:
            return []
        transaction.exchange = exchange
        return self._advance(key, transaction, exchange, None)

    def complete(self, key: Key, completion: Completion) -> list[Step]:
        """Have a transaction's writes accepted, and answer it."""
        transaction = self._open.get(key)
        if transaction is None:
            return []
        transaction.completion = completion
        transaction.exchange = writes(completion.writes, self.batches)
        return self._advance(key, transaction, transaction.exchange, None)

    def abandon(self, key: Key, error: ShimError) -> list[Step]:
        """Answer a transaction with an error, whatever it waits for; what still comes for it is passed over."""
        if key not in self._open:
            return []
        return self._end(key, Completion(failure(error)), error)

    def cut(self) -> list[Key]:
        """Forget every open transaction of a stream that is gone, and return them."""
        keys = list(self._open)
        self._open.clear()
        return keys

    def _register(self, message: Message) -> list[Step]:
        if self.phase is Phase.CREATED and message.type == Type.REGISTERED:
            self.phase = Phase.ESTABLISHED
        elif self.phase is Phase.ESTABLISHED and message.type == Type.READY:
            self.phase = Phase.READY
            self.batches = announced(message.payload)
        else:
            raise ProtocolError(f"{Type.Name(message.type)} came while the stream was {self.phase}")
        return []

    def _begin(self, message: Message) -> list[Step]:
        key = Key(message.channel_id, message.txid)
        if key in self._open:
            self.passed_over += 1
            return []
        self._open[key] = _Open()
        return [Begin(key, message)]

    def _answer(self, message: Message) -> list[Step]:
        key = Key(message.channel_id, message.txid)
        transaction = self._open.get(key)
        if transaction is None or transaction.exchange is None:
            self.passed_over += 1
            return []
        if message.type == Type.RESPONSE:
            return self._advance(key, transaction, transaction.exchange, message.payload)
        return self._settle(key, transaction, None, PeerError(message.payload.decode(errors="replace")))

    def _advance(self, key: Key, transaction: _Open, exchange: Exchange[Any], payload: bytes | None) -> list[Step]:
        try:
            request = exchange.send(payload)  # type: ignore[arg-type]  # None starts a generator
        except StopIteration as end:
            return self._settle(key, transaction, end.value, None)
        except PeerError as error:
            return self._settle(key, transaction, None, error)
        asked = Message(type=request.type, payload=request.payload, channel_id=key.channel, txid=key.transaction)
        return [Send(asked)]

    def _settle(self, key: Key, transaction: _Open, result: Any, error: ShimError | None) -> list[Step]:
        transaction.exchange = None
        if transaction.completion is None:
            return [Answered(key, result, error)]
        completion = transaction.completion if error is None else Completion(failure(error))
        return self._end(key, completion, error)

    def _end(self, key: Key, completion: Completion, error: ShimError | None) -> list[Step]:
        del self._open[key]
        completed = Message(
            type=Type.COMPLETED,
            payload=completion.response.SerializeToString(),
            channel_id=key.channel,
            txid=key.transaction,
            chaincode_event=completion.event,
        )
        return [Send(completed), Ended(key, error)]
