"""A bounded number of pieces of work at once, none of which is begun before there is room for it."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Semaphore
from types import TracebackType
from typing import Self


class Crew:
    """Does up to `size` pieces of work abreast, in threads; with a size of one, each at once and by the caller.

    Work is expected to look after its own errors: one that comes out of it is raised from the next call, and at the
    end, so that it is never lost. Leaving waits for what has begun.
    """

    def __init__(self, size: int) -> None:
        self._pool = ThreadPoolExecutor(size) if size > 1 else None
        self._room = Semaphore(size)
        self._begun: list[Future[None]] = []

    def __enter__(self) -> Self:
        return self

    def do(self, work: Callable[[], None]) -> None:
        """Begin a piece of work once there is room for it."""
        if self._pool is None:
            return work()
        self._room.acquire()
        begun = self._pool.submit(work)
        begun.add_done_callback(lambda _: self._room.release())
        self._begun.append(begun)
        return self._collect()

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown()
        if kind is None:
            self._collect()

    def _collect(self) -> None:
        """Forget what is done; raises what came out of it."""
        done = [each for each in self._begun if each.done()]
        self._begun = [each for each in self._begun if not each.done()]
        for each in done:
            each.result()
