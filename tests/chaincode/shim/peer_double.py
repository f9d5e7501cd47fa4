"""A peer as a chaincode server sees it: connects, registers it, has transactions run, and keeps their state.

It does what a peer of 2.5 or 3.1 does with each message and notes what no shim may do (`broken`): a second request of a
transaction before the answer to the first (a real peer drops it without a word), requests of transactions that are not
open, batches that were not announced or are too large, anything after COMPLETED.
"""

import queue
import threading
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field

import grpc
from fabric_protos.peer import chaincode_pb2 as chaincode
from fabric_protos.peer import chaincode_shim_pb2 as shim
from fabric_protos.peer import chaincode_shim_pb2_grpc as services
from fabric_protos.peer import proposal_response_pb2 as responses

Message = shim.ChaincodeMessage
SECONDS = 20.0
BOUNDED = [("grpc.max_receive_message_length", 64 << 20), ("grpc.max_send_message_length", 64 << 20)]


@dataclass
class Pending:
    """An open transaction: what is waited for, and what it has written."""

    completed: "Future[Message]"
    writes: dict[str, bytes] = field(default_factory=dict)
    asking: bool = False


def answer(asked, payload=b"", *, kind=Message.RESPONSE):
    return Message(type=kind, channel_id=asked.channel_id, txid=asked.txid, payload=payload)


class PeerDouble:
    """One peer; `answering` may change, hold back (None) or delay each answer: (request, answer) -> answer."""

    def __init__(self, address, *, reads=0, writes=0, state=None, credentials=None, options=()):
        self.state = {} if state is None else state
        self.batches = chaincode.ChaincodeAdditionalParams(
            use_get_multiple_keys=bool(reads),
            max_size_get_multiple_keys=reads,
            use_write_batch=bool(writes),
            max_size_write_batch=writes,
        )
        self.answering = lambda _, found: found
        self.asked: list[Message] = []
        self.broken: list[str] = []
        self.registered = ""
        self.ended = threading.Event()
        options = [*BOUNDED, *options]
        self._channel = (
            grpc.insecure_channel(address, options)
            if credentials is None
            else grpc.secure_channel(address, credentials, options)
        )
        self._outbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._open: dict[tuple[str, str], Pending] = {}
        self._mutex = threading.Lock()
        self._ready = threading.Event()
        self.error: grpc.RpcError | None = None

    def __enter__(self):
        return self.connect()

    def __exit__(self, *_):
        self.close()

    def connect(self, *, steps=True):
        """Open the stream; with `steps` wait until the chaincode is registered."""
        grpc.channel_ready_future(self._channel).result(SECONDS)
        self._call = services.ChaincodeStub(self._channel).Connect(iter(self._outbox.get, None))
        self._reader = threading.Thread(target=self._read, args=(steps,), daemon=True)
        self._reader.start()
        if steps:
            assert self._ready.wait(SECONDS), "the chaincode did not register"
        return self

    def close(self):
        """End the stream as a peer that stops."""
        self._outbox.put(None)
        with suppress(AttributeError):
            self._call.cancel()
            self._reader.join(SECONDS)
        self._channel.close()

    def say(self, message):
        self._outbox.put(message)

    def begin(self, message) -> "Future[Message]":
        """Have a TRANSACTION run and return what will be its COMPLETED."""
        pending = Pending(Future())
        with self._mutex:
            self._open[message.channel_id, message.txid] = pending
        self.say(message)
        return pending.completed

    def run(self, message) -> responses.Response:
        """Have a TRANSACTION run, commit what it wrote where it succeeded, and return its response."""
        return responses.Response.FromString(self.begin(message).result(SECONDS).payload)

    def _read(self, steps):
        try:
            for message in self._call:
                self._take(message, steps)
        except grpc.RpcError as error:
            self.error = error
        finally:
            self.ended.set()
            for pending in self._open.values():
                pending.completed.cancel()

    def _take(self, message, steps):
        if message.type == Message.REGISTER:
            self.registered = chaincode.ChaincodeID.FromString(message.payload).name
            if steps:
                self.say(Message(type=Message.REGISTERED))
                self.say(Message(type=Message.READY, payload=self.batches.SerializeToString()))
            self._ready.set()
        elif message.type == Message.KEEPALIVE:
            self.asked.append(message)
        else:
            self._serve(message)

    def _serve(self, message):
        self.asked.append(message)
        with self._mutex:
            pending = self._open.get((message.channel_id, message.txid))
        if pending is None:
            self.broken.append(f"{message.type} of a transaction that is not open")
        elif message.type == Message.COMPLETED:
            self._complete(message, pending)
        elif pending.asking:
            self.broken.append(f"{message.type} before the answer to the request before")
        else:
            pending.asking = True
            found = self.answering(message, self._found(message, pending))
            if found is not None:
                pending.asking = False
                self.say(found)

    def _complete(self, message, pending):
        with self._mutex:
            del self._open[message.channel_id, message.txid]
        if pending.asking:
            self.broken.append("COMPLETED before the answer to the last request")
        if responses.Response.FromString(message.payload).status == 200:
            self.state.update(pending.writes)
        pending.completed.set_result(message)

    def _found(self, asked, pending):
        if asked.type == Message.GET_STATE:
            return answer(asked, self.state.get(shim.GetState.FromString(asked.payload).key, b""))
        if asked.type == Message.PUT_STATE:
            put = shim.PutState.FromString(asked.payload)
            pending.writes[put.key] = put.value
            return answer(asked)
        if asked.type == Message.GET_STATE_MULTIPLE and self.batches.use_get_multiple_keys:
            keys = shim.GetStateMultiple.FromString(asked.payload).keys
            if len(keys) > self.batches.max_size_get_multiple_keys:
                self.broken.append(f"{len(keys)} keys in one read")
            values = [self.state.get(key, b"") for key in keys]
            return answer(asked, shim.GetStateMultipleResult(values=values).SerializeToString())
        if asked.type == Message.WRITE_BATCH_STATE and self.batches.use_write_batch:
            records = shim.WriteBatchState.FromString(asked.payload).rec
            if len(records) > self.batches.max_size_write_batch:
                self.broken.append(f"{len(records)} keys in one write")
            pending.writes.update((each.key, each.value) for each in records)
            return answer(asked)
        self.broken.append(f"{asked.type} was not announced")
        return answer(asked, b"not supported", kind=Message.ERROR)
