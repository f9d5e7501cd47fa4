"""One stream's I/O: messages in and out, contracts in threads, nothing of the protocol.

The event loop owns the conversation and the one sender; a contract's thread hands over with `call_soon_threadsafe` and
waits on a queue of its own. When the stream is cut, whoever waits is woken with `Abandoned`, and what still runs ends
without a trace.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

from chaincode.shim.errors import Abandoned, NotAccepted, ShimError
from chaincode.shim.exchanges import Batches, Exchange, Message
from chaincode.shim.logs import FIELDS
from chaincode.shim.protocol import Answered, Begin, Conversation, Ended, Key, Phase, Send, Step
from chaincode.shim.running import Chaincode, Outcome, Ran, run
from chaincode.shim.turns import Turns

T = TypeVar("T")

_log = logging.getLogger("chaincode.shim")


class Figures(Protocol):
    """Who counts what streams do."""

    def began(self) -> None:
        """Count a transaction in."""

    def ended(self, name: str, outcome: Outcome, seconds: float) -> None:
        """Count a transaction out."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many transactions may be open on a stream, and how many seconds one may take."""

    most_open: int = 1000
    seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Engine:
    """What runs the contracts of all streams."""

    chaincode: Chaincode
    pool: ThreadPoolExecutor
    turns: Turns
    figures: Figures
    limits: Limits


class Stream:
    """One stream: drives its conversation on the event loop, and its contracts in the engine's threads."""

    def __init__(self, conversation: Conversation, engine: Engine, send: Callable[[Message], None]) -> None:
        self.conversation = conversation
        self.engine = engine
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._runs: dict[Key, Run] = {}

    def receive(self, message: Message) -> None:
        """Take a message of the peer; raises `ProtocolError`."""
        before = self.conversation.phase
        self._do(self.conversation.receive(message))
        if before is not self.conversation.phase and self.conversation.phase is Phase.READY:
            batches = self.conversation.batches
            _log.info("registered", extra={FIELDS: {"reads": batches.reads, "writes": batches.writes}})

    def cut(self) -> None:
        """Drop every transaction: the peer is gone."""
        for key in self.conversation.cut():
            self._ended(key, Abandoned("chaincode.cut", "the stream to the peer was cut"))

    def ask(self, run: "Run", exchange: Exchange[Any]) -> None:
        """Ask the peer something for a run; on the event loop."""
        if self._runs.get(run.key) is run:
            self._do(self.conversation.ask(run.key, exchange))
        else:
            run.answer(None, Abandoned("chaincode.cut", "nobody waits for the transaction any longer"))

    def complete(self, run: "Run", ran: Ran) -> None:
        """Complete a run's transaction; on the event loop."""
        if self._runs.get(run.key) is run:
            run.ran = ran
            self._do(self.conversation.complete(run.key, ran.completion))

    def hand_over(self, function: Callable[..., None], *arguments: Any) -> None:
        """Have a function called on the event loop; raises `Abandoned` where it runs no longer."""
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            raise Abandoned("chaincode.cut", "the server has stopped") from None

    def _do(self, steps: Iterable[Step]) -> None:
        for step in steps:
            match step:
                case Send(message):
                    self._send(message)
                case Answered(key, result, error):
                    self._runs[key].answer(result, error)
                case Begin(key, message):
                    self._begin(key, message)
                case Ended(key, error):
                    self._ended(key, error)

    def _begin(self, key: Key, message: Message) -> None:
        limits = self.engine.limits
        self.engine.figures.began()
        run = self._runs[key] = Run(self, key, message)
        if len(self.conversation) > limits.most_open:
            self._do(self.conversation.abandon(key, NotAccepted("chaincode.busy", "too many transactions are open")))
            return
        run.timer = self._loop.call_later(limits.seconds, self._expire, key)
        self.engine.pool.submit(run.work)

    def _expire(self, key: Key) -> None:
        error = Abandoned("chaincode.timeout", f"the transaction took more than {self.engine.limits.seconds:g} seconds")
        self._do(self.conversation.abandon(key, error))

    def _ended(self, key: Key, error: ShimError | None) -> None:
        run = self._runs.pop(key)
        if run.timer is not None:
            run.timer.cancel()
        name, outcome, code = run.told(error)
        seconds = time.monotonic() - run.began
        self.engine.figures.ended(name, outcome, seconds)
        if isinstance(error, Abandoned):
            run.answer(None, error)
        if outcome is not Outcome.DONE:
            told = {"transaction": key.transaction, "name": name, "outcome": outcome, "code": code}
            level = logging.INFO if outcome is Outcome.REFUSED else logging.WARNING
            _log.log(level, "a transaction was not done", extra={FIELDS: {**told, "seconds": round(seconds, 4)}})


class Run:
    """One transaction's run: `work` in a thread of the pool, the rest of its life on the event loop."""

    __slots__ = ("_answers", "_message", "_stream", "began", "key", "ran", "timer")

    def __init__(self, stream: Stream, key: Key, message: Message) -> None:
        self.key = key
        self.began = time.monotonic()
        self.timer: asyncio.TimerHandle | None = None
        self.ran: Ran | None = None
        self._stream = stream
        self._message = message
        self._answers: SimpleQueue[tuple[Any, ShimError | None]] = SimpleQueue()

    @property
    def batches(self) -> Batches:
        """How many keys the peer takes in one message."""
        return self._stream.conversation.batches

    def ask(self, exchange: Exchange[T]) -> T:
        """Return what comes of an exchange with the peer; gives the turn back meanwhile."""
        turns = self._stream.engine.turns
        turns.release()
        try:
            self._stream.hand_over(self._stream.ask, self, exchange)
            result, error = self._answers.get()
        finally:
            turns.resume()
        if error is not None:
            raise error
        found: T = result
        return found

    def answer(self, result: Any, error: ShimError | None) -> None:
        """Wake the run with what it asked for."""
        self._answers.put((result, error))

    def work(self) -> None:
        """Run the contract and hand over its outcome; an abandoned one's is dropped."""
        turns = self._stream.engine.turns
        turns.begin()
        try:
            ran = run(self._stream.engine.chaincode, self._message, self)
        except Abandoned:
            return
        finally:
            turns.release()
        with contextlib.suppress(Abandoned):
            self._stream.hand_over(self._stream.complete, self, ran)

    def told(self, error: ShimError | None) -> tuple[str, Outcome, str]:
        """Return the name, outcome and code to tell of the run, given what kept its outcome from being taken."""
        name = "other" if self.ran is None else self.ran.name
        if error is not None:
            cut = isinstance(error, Abandoned) and error.code == "chaincode.cut"
            return name, Outcome.CUT if cut else Outcome.FAILED, error.code
        return (name, Outcome.DONE, "") if self.ran is None else (name, self.ran.outcome, self.ran.code)
