"""Who may compute now: Python runs one thread at a time anyway, and taking turns costs less than fighting for it.

A contract that computes has a turn; one that awaits its peer has given it back. Turns are given in the order in which
they were asked for, but who comes back with an answer goes before who begins, so that what was begun ends first.
"""

from collections import deque
from threading import Lock


class Turns:
    """So many turns at once; safe to use from several threads."""

    def __init__(self, count: int) -> None:
        self._mutex = Lock()
        self._free = count
        self._back: deque[Lock] = deque()
        self._new: deque[Lock] = deque()

    def begin(self) -> None:
        """Wait for a turn to begin something."""
        self._wait(self._new)

    def resume(self) -> None:
        """Wait for a turn to go on with something."""
        self._wait(self._back)

    def release(self) -> None:
        """Give the turn to whoever is next."""
        with self._mutex:
            queue = self._back or self._new
            if queue:
                queue.popleft().release()
            else:
                self._free += 1

    def _wait(self, queue: deque[Lock]) -> None:
        with self._mutex:
            if self._free:
                self._free -= 1
                return
            gate = Lock()
            gate.acquire()
            queue.append(gate)
        gate.acquire()
