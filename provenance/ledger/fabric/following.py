"""Following a channel: one block stream that stays open, read ahead by a thread of its own.

For whoever reads block after block and asks again and again what is new: neither a question for the height nor a new
stream for each few blocks, which cost a peer more than the blocks do. What it says may be a moment old.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator

from fabric_protos.common import common_pb2

from provenance.ledger.fabric import blocks
from provenance.ledger.fabric.blocks import Source
from provenance.ledger.fabric.deliver import BlockStreams
from provenance.ledger.fabric.errors import StreamError
from provenance.ledger.port import Block, Chain

_MOST_BYTES = 64 * 1024 * 1024


class Following:
    """A channel as one reader follows it; what it cannot tell from its stream it asks of the ledger."""

    def __init__(self, ledger: Chain, streams: Callable[[], BlockStreams], source: Source) -> None:
        self._ledger = ledger
        self._streams = streams
        self._source = source
        self._ahead: _Ahead | None = None

    @property
    def id(self) -> str:
        """Hex of the hash of the genesis block's header."""
        return self._ledger.id

    @property
    def replicated(self) -> bool:
        """Peers catch up with each other."""
        return self._ledger.replicated

    def height(self) -> int:
        """Return how many blocks there are, as far as the stream has got; raises `Failed`."""
        ahead = self._ahead
        return self._ledger.height() if ahead is None or ahead.ended else ahead.height

    def blocks(self, start: int) -> Iterator[Block]:
        """Yield the blocks from number `start` to the newest one that has come; raises `Failed`."""
        if self._ahead is not None and not self._ahead.ended and self._ahead.following == start:
            for raw in self._ahead.taken():
                yield blocks.read(raw, self._source)
            return
        self.close()
        following = start
        for block in self._ledger.blocks(start):
            yield block
            following = block.number + 1
        self._ahead = _Ahead(self._streams(), following)

    def close(self) -> None:
        """Close the stream."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            ahead.close()


class _Ahead:
    """What came from a stream and was not taken yet; `following` is the number of the next block to be taken."""

    def __init__(self, streams: BlockStreams, start: int) -> None:
        self.following = self.height = start
        self.ended = False
        self._stream = streams.blocks(start)
        self._streams = streams
        self._waiting: deque[common_pb2.Block] = deque()
        self._bytes = 0
        self._room = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def taken(self) -> Iterator[common_pb2.Block]:
        """Yield what has come."""
        while self._waiting:
            with self._room:
                block = self._waiting.popleft()
                self._bytes -= block.ByteSize()
                self.following += 1
                self._room.notify()
            yield block

    def close(self) -> None:
        """End the stream."""
        with self._room:
            self.ended = True
            self._room.notify()
        self._streams.cancel()

    def _read(self) -> None:
        try:
            for block in self._stream:
                with self._room:
                    self._room.wait_for(lambda: self.ended or self._bytes < _MOST_BYTES)
                    if self.ended:
                        return
                    self._waiting.append(block)
                    self._bytes += block.ByteSize()
                    self.height = block.header.number + 1
        except StreamError:
            return  # whoever follows asks the ledger then, which says what is wrong
        finally:
            self.ended = True
