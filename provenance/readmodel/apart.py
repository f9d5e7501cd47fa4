"""Blocks taken apart: the rows of their captures made before a batch comes to them, by nothing but their own content.

Where the database is a server, this is done ahead by a thread while the server writes the blocks before. In one process
with SQLite it would only get in the way: the two would take turns at every row.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeVar

from provenance.domain import merkle
from provenance.domain.acts.custody import CARRIES_EVENT
from provenance.domain.epcis import chunk
from provenance.domain.epcis.masterdata import Statement
from provenance.domain.errors import DomainError, Refused
from provenance.ledger.port import Block, Committed, Validity
from provenance.readmodel.instants import to_micros
from provenance.readmodel.rows import Capture, Rows, read_rows

APPEND = "custody:append"
MOST_WAITING = 64
_TICK = 0.1

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Apart:
    """A block, and by position the rows of its captures, or why there are none."""

    block: Block
    captured: Mapping[int, Rows | DomainError]


def take_apart(block: Block) -> Apart:
    """Return a block with the rows of its valid captures."""
    valid = ((at, each) for at, each in enumerate(block.transactions) if each.validity is Validity.VALID)
    captures = ((at, each) for at, each in valid if each.name == APPEND or each.name in CARRIES_EVENT)
    return Apart(block, {at: _read(each, block.number, at) for at, each in captures})


def ahead(made: Callable[[], Iterator[T]], most: int = MOST_WAITING) -> Iterator[T]:
    """Yield what `made` gives, taken from it by a thread that is at most so many ahead; raises what it raises."""
    waiting: Queue[tuple[T] | BaseException | None] = Queue(most)
    stop = Event()

    def put(each: tuple[T] | BaseException | None) -> bool:
        while not stop.is_set():
            try:
                waiting.put(each, timeout=_TICK)
            except Full:
                continue
            return True
        return False

    def run() -> None:
        try:
            if all(put((each,)) for each in made()):
                put(None)
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            put(error)

    thread = Thread(target=run, name="read-ahead", daemon=True)
    thread.start()
    try:
        while (got := waiting.get()) is not None:
            if isinstance(got, BaseException):
                raise got
            yield got[0]
    finally:
        stop.set()
        thread.join()


def _read(transaction: Committed, block: int, position: int) -> Rows | DomainError:
    recorded = to_micros(transaction.time)
    capture = Capture(recorder=transaction.creator, recorded=recorded, block=block, position=position)
    try:
        stated = chunk.statements(transaction.arguments) if transaction.name == APPEND else ()
        return read_rows(_endorsed(transaction, stated), capture, stated)
    except DomainError as error:
        return error


def _endorsed(transaction: Committed, stated: tuple[Statement, ...]) -> Iterator[chunk.Entry]:
    """Yield the entries of a chunk; raises `Refused` (`chunk.unendorsed`) at the end where nobody vouched for them."""
    digests: list[bytes] = []
    for entry in chunk.entries(transaction.arguments):
        digests.append(bytes.fromhex(entry.digest))
        yield entry
    key = chunk.key(transaction.creator, merkle.root([*digests, *chunk.leaves(stated)]))
    if all(write.key != key for write in transaction.writes):
        raise Refused("chunk.unendorsed", "what the transaction wrote does not hold the root over its events")
