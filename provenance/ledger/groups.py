"""Group commit: whoever finds the ledger free commits for all who wait; the others wait for their answer.

No thread of its own: while one group is being written the next one gathers, and the first of those who gathered takes
over when the write returns. Where a write takes long it may first let those who were just answered come back: whoever
records one entry after the other would else wait for two writes each time, with half of the others in either. They are
waited for until as many wait as there were, at most twice as long as the write took. An entry is committed by exactly
one leader; a leader that is torn out of its work (signal) leaves the answer *unknown* to those it led, and the lead to
the next.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Generic, TypeVar

from provenance.ledger.port import LedgerError, Receipt, Unknown

Entry = TypeVar("Entry")
Outcome = Receipt | LedgerError

LONGEST_REST = 0.25
"""For how many seconds those who were answered are waited for at most, however long a write takes."""


class Rest(Enum):
    """For how many times as long as a write a leader waits for those who were just answered, at most."""

    NONE = 0
    TWICE_A_WRITE = 2


class _Turn(Generic[Entry]):
    """An entry and who waits for it; called once at most: with its outcome, or to take the lead.

    A lock is what an event is made of, at a fraction of its cost, and there is one for each entry.
    """

    __slots__ = ("_bell", "called", "entry", "outcome")

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.outcome: Outcome | None = None
        self.called = False
        self._bell = threading.Lock()
        self._bell.acquire()

    def wait(self) -> None:
        self._bell.acquire()

    def call(self) -> None:
        self.called = True
        self._bell.release()


class Groups(Generic[Entry]):
    """Gathers entries of many threads and hands them to `commit`, never two groups at once."""

    def __init__(
        self,
        commit: Callable[[Sequence[Entry]], Sequence[Outcome]],
        *,
        weight: Callable[[Entry], int],
        most: int,
        heaviest: int,
        rest: Rest = Rest.NONE,
    ) -> None:
        """Form groups of at most `most` entries and about `heaviest` in summed `weight`."""
        self._commit = commit
        self._weight = weight
        self._most = most
        self._heaviest = heaviest
        self._rest = rest
        self._expected, self._rest_ends = 0, 0.0
        self._resting: threading.Lock | None = None
        self._waiting: deque[_Turn[Entry]] = deque()
        self._led = False
        self._mutex = threading.Lock()

    def submit(self, entry: Entry) -> Receipt:
        """Return the receipt of `entry` after its group is committed, or raise what became of it."""
        turn = _Turn(entry)
        with self._mutex:
            self._waiting.append(turn)
            turn.called, self._led = not self._led, True
            self._wake()
        self._wait(turn)
        if turn.outcome is None:
            self._lead()
        if isinstance(turn.outcome, Receipt):
            return turn.outcome
        raise turn.outcome or Unknown("ledger.unknown", "the commit was interrupted")

    def _wait(self, turn: _Turn[Entry]) -> None:
        """Wait for the outcome, or for the lead and those who come back."""
        try:
            if not turn.called:
                turn.wait()
            if turn.outcome is None:
                self._let_return()
        except BaseException:
            with self._mutex:
                if turn in self._waiting:
                    self._waiting.remove(turn)
                    if turn.called:
                        self._hand_over()
            raise

    def _let_return(self) -> None:
        with self._mutex:
            left = self._rest_ends - time.monotonic()
            if left <= 0 or self._all_are_back():
                return
            bell = self._resting = threading.Lock()
            bell.acquire()
        try:
            bell.acquire(timeout=left)
        finally:
            with self._mutex:
                self._resting = None

    def _wake(self) -> None:
        """End the leader's rest where nobody is missing any more."""
        if self._resting is not None and self._all_are_back():
            self._resting.release()
            self._resting = None

    def _all_are_back(self) -> bool:
        return len(self._waiting) >= min(self._expected, self._most)

    def _lead(self) -> None:
        began = time.monotonic()
        with self._mutex:
            group = self._gather()
        outcomes: Sequence[Outcome] = [Unknown("ledger.unknown", "the commit was interrupted") for _ in group]
        try:
            outcomes = self._commit([turn.entry for turn in group])
        finally:
            for turn, outcome in zip(group, outcomes, strict=True):
                turn.outcome = outcome
            for led in group[1:]:  # the first one is the leader's own
                led.call()
            with self._mutex:
                self._expect(len(group), began)
                self._hand_over()

    def _expect(self, answered: int, began: float) -> None:
        """Take note of how many were answered and how long that took, for whoever leads next."""
        now = time.monotonic()
        self._expected = answered + len(self._waiting)
        self._rest_ends = now + min(self._rest.value * (now - began), LONGEST_REST)

    def _gather(self) -> list[_Turn[Entry]]:
        group = [self._waiting.popleft()]
        weight = self._weight(group[0].entry)
        while self._waiting and len(group) < self._most:
            weight += self._weight(self._waiting[0].entry)
            if weight > self._heaviest:
                break
            group.append(self._waiting.popleft())
        return group

    def _hand_over(self) -> None:
        self._led = bool(self._waiting)
        if self._waiting:
            self._waiting[0].call()
