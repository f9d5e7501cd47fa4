"""The projector: brings the read model up to the ledger, batch after batch, and follows it.

It never goes back, never skips a block and never projects one twice: the checkpoint is written with the rows it stands
for. It stops with advice where the ledger is another one, or its history another, than the one that was projected so
far. Several may run at once; the database lets one of them write at a time, and the others go on from where that one
ended.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from threading import Event
from time import monotonic

from provenance.ledger.port import Chain, Ledger
from provenance.readmodel.apart import Apart, ahead, take_apart
from provenance.readmodel.batch import Batch, Head, Statements, read_head
from provenance.readmodel.errors import OutOfStep
from provenance.readmodel.model import ReadModel

MOST_BLOCKS = 500
MOST_EVENTS = 10_000
_SHORTEST_WAIT = 0.02
_LONGEST_WAIT = 0.25
_FEW = 10
"""After fewer blocks than these it waits for more, as long as they took: batches of two cost a fifth less an event."""

Progress = Callable[[int, int, str], None]
"""Hears how many are done, of how many, and what they are."""


class Projector:
    """Projects one ledger into one read model."""

    def __init__(self, model: ReadModel, ledger: Ledger) -> None:
        self._model = model
        self._source = ledger
        self._ledger: Chain = ledger
        self._statements = Statements(model.engine)
        self._on_server = model.engine.dialect.name == "postgresql"
        self._following: Iterator[Apart] = iter(())
        self._next = -1

    def run_once(self, blocks: int = MOST_BLOCKS) -> int:
        """Project one batch of at most so many blocks and return how many there were; 0 where there is nothing new.

        Raises `OutOfStep`: `readmodel.other_ledger`, `readmodel.ahead`, `readmodel.gap`, `readmodel.fork`.
        """
        with self._model.view() as view:
            head = read_head(view.connection)
        if not self._behind(head):
            return 0
        with self._model.writing() as connection:
            batch = Batch(connection, self._statements, self._ledger.id)
            start = batch.height
            for apart in self._apart(start):
                self._next = apart.block.number + 1
                batch.add(apart)
                if batch.height - start >= blocks or batch.events >= MOST_EVENTS:
                    break
            batch.flush()
            return batch.height - start

    def catch_up(self, progress: Progress = lambda _done, _all, _what: None) -> int:
        """Project until nothing is new and return how many blocks that were."""
        total = 0
        while count := self.run_once():
            total += count
            progress(self._model.position(), self._ledger.height(), "blocks")
        return total

    def follow(self, stop: Event) -> None:
        """Project what comes until `stop` is set; raises what `run_once` raises."""
        self._ledger, wait = self._source.following(), _SHORTEST_WAIT
        while not stop.is_set():
            began = monotonic()
            count = self.run_once()
            wait = min(max(_SHORTEST_WAIT, monotonic() - began if count else 2 * wait), _LONGEST_WAIT)
            if count < _FEW:
                stop.wait(wait)

    def _apart(self, start: int) -> Iterator[Apart]:
        """Yield the blocks from a number on; a batch goes on with what was made ahead for the one before."""
        if not self._on_server:
            return map(take_apart, self._ledger.blocks(start))
        first = next(self._following, None) if self._next == start else None
        if first is not None:
            return chain((first,), self._following)
        self._following = ahead(lambda: map(take_apart, self._ledger.blocks(start)))
        return self._following

    def _behind(self, head: Head) -> bool:
        if head.ledger_id not in ("", self._ledger.id):
            message = f"the read model is of ledger {head.ledger_id[:16]}, not of {self._ledger.id[:16]}"
            raise OutOfStep("readmodel.other_ledger", f"{message}; run `provenance project --rebuild`")
        height = self._ledger.height()
        if height < head.height and not self._ledger.replicated:
            message = f"the ledger has {height} blocks and {head.height} were projected: it was cut off, or restored"
            advice = "check it with `provenance ledger verify`, then run `provenance project --rebuild`"
            raise OutOfStep("readmodel.ahead", f"{message} from an older copy; {advice}")
        return height > head.height
