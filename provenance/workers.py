"""The web workers: gunicorn's threads, with connections spread evenly over the processes.

A kept connection stays with the process that accepted it, and all processes wake for a new one: whoever is first has
it for as long as the client keeps it. Left to that race, one process often gets nearly all connections and the other
processors stay idle. So a worker that has more connections than another leaves a new one to it for a moment, and
takes it after all where nobody did; one that has many more, because the other was not there yet, closes some after
their next answer. How many connections each has stands in memory that they share.

A thread that answered waits a moment for what the same client asks next, before it gives the connection back.

A worker may end while its threads still answer, when the time for that is over or its server is gone. Nothing that
they use by number may be closed before: the number would be given to the next file that is opened, a database's.
"""

import mmap
import select
import time
from typing import Any

from gunicorn.workers.gthread import PollableMethodQueue, ThreadWorker  # type: ignore[import-untyped]

PATIENCE = 0.01
"""Seconds for which a new connection is left to somebody else: enough for one whose threads are all at work."""

_LINGER = 5
"""Milliseconds for which a thread waits for the next request of the client that it answered."""

_LAPSED = 0.1
"""Seconds after which having waited counts no more."""


class Shares:
    """How many connections each worker of a server has; made before the workers are forked."""

    def __init__(self, workers: int) -> None:
        self._held = memoryview(mmap.mmap(-1, 2 * workers * 4)).cast("I")

    def enter(self, arbiter: Any, worker: Any) -> None:
        """Give a worker that is about to be forked the first free place; gunicorn's `pre_fork`."""
        taken = {each.place for each in arbiter.WORKERS.values()}
        free = (place for place in range(len(self._held)) if place not in taken)
        worker.shares, worker.place = self, next(free, None)

    def leave(self, _arbiter: Any, worker: Any) -> None:
        """Forget a worker that ended; gunicorn's `child_exit`."""
        self.tell(worker.place, -1)

    def tell(self, place: int | None, connections: int) -> None:
        """Say how many connections the worker at a place has, -1 where there is none any more."""
        if place is not None:
            self._held[place] = max(connections, -1) + 1

    def fewest(self) -> int:
        """Return how many connections the worker has that has the fewest."""
        return min((held - 1 for held in self._held if held), default=0)


class Waking(PollableMethodQueue):  # type: ignore[misc]  # gunicorn has no types
    """What threads tell the loop, and the pipe that wakes it, which stays open for as long as the process lives.

    Gunicorn closes it at the end of the loop, and a thread that finishes later still writes a NUL to its number. Where
    that had become a write-ahead log's, the log lost its first bytes, and all that it held with them.
    """

    def close(self) -> None:
        """Leave the pipe to the end of the process."""


class EvenWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """A worker that lets the others have as many connections as it has itself."""

    alive: bool
    shares: Shares
    place: int | None
    _stands_back_until = 0.0

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.method_queue = Waking()

    def is_parent_alive(self) -> bool:
        """Return whether the server lives; where it is gone, clients are told to come back to its successor."""
        self.alive = self.alive and bool(super().is_parent_alive())
        return self.alive

    def notify(self) -> None:
        """Tell arbiter and other workers how this one is; called in every turn of its loop."""
        self.shares.tell(self.place, self.nr_conns)
        even = self.nr_conns <= self.shares.fewest() + 1
        self.max_keepalived = self.worker_connections - self.cfg.threads if even else 0
        super().notify()

    def accept(self, listener: Any) -> None:
        """Accept a new connection, or leave it to a worker that has fewer."""
        now = time.monotonic()
        waited = 0 <= now - self._stands_back_until < _LAPSED
        if self.nr_conns > self.shares.fewest() and not waited:
            self._stands_back_until = now + PATIENCE
            self.set_accept_enabled(False)
            return
        super().accept(listener)
        self.shares.tell(self.place, self.nr_conns)

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - the signature is gunicorn's
        """Accept new connections or not; the loop asks for it in every turn."""
        super().set_accept_enabled(enabled and time.monotonic() >= self._stands_back_until)

    def handle(self, conn: Any) -> Any:
        """Answer a request, and those that follow it on its connection at once."""
        kept = super().handle(conn)
        while kept is True and self._followed(conn):
            kept = super().handle(conn)
        return kept

    def _followed(self, conn: Any) -> bool:
        """Wait a moment for the next request, where there is a thread for every connection.

        To give the connection back to the loop and to be given it again costs a tenth of what a verdict costs.
        """
        if not self.alive or self.nr_conns > self.cfg.threads:
            return False
        waiting = select.poll()
        waiting.register(conn.sock, select.POLLIN)
        return bool(waiting.poll(_LINGER))

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what comes, no longer than it stands back."""
        if self.alive and not self._accepting and self.nr_conns < self.worker_connections:
            timeout = min(timeout, max(0.0, self._stands_back_until - time.monotonic()))
        super().wait_for_and_dispatch_events(timeout=timeout)
