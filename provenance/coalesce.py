"""Entries that arrive at the same time and are recorded together, in one transaction of the organisation they are for.

There is a queue an organisation: while one transaction is on its way the next one's entries gather, and the first of
those who gathered submits for all, on Fabric after those who were just answered had time to come back. Everybody is
answered after the commit, each for its own entry alone: where a ledger refuses what was joined, it is divided until
each refusal has met the entry that caused it. An outcome that is not known is not known to any of those whose entries
were in it. What an entry is, this module does not know; whoever joins has checked it.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from provenance.ledger.groups import Groups, Outcome, Rest
from provenance.ledger.port import LedgerError, Receipt, Rejected

Entry = TypeVar("Entry")
Record = Callable[[str, Sequence[Entry]], Receipt]


class Coalescer(Generic[Entry]):
    """Joins the entries of many threads; `record` submits those of one organisation, in their order."""

    def __init__(
        self,
        record: Record[Entry],
        *,
        weight: Callable[[Entry], int],
        most: int,
        heaviest: int,
        rest: Rest = Rest.NONE,
    ) -> None:
        """Join at most `most` entries and `heaviest` in summed `weight`."""
        self._record = record
        self._weight = weight
        self._most = most
        self._heaviest = heaviest
        self._rest = rest
        self._queues: dict[str, Groups[Entry]] = {}
        self._mutex = Lock()

    def submit(self, organisation: str, entry: Entry) -> Receipt:
        """Return the receipt of the transaction that recorded the entry, or raise what became of it (`LedgerError`)."""
        return self._queue(organisation).submit(entry)

    def _queue(self, organisation: str) -> Groups[Entry]:
        with self._mutex:
            found = self._queues.get(organisation)
            if found is None:
                found = self._queues[organisation] = Groups(
                    lambda group: self._settle(organisation, group),
                    weight=self._weight,
                    most=self._most,
                    heaviest=self._heaviest,
                    rest=self._rest,
                )
            return found

    def _settle(self, organisation: str, group: Sequence[Entry]) -> list[Outcome]:
        try:
            receipt = self._record(organisation, group)
        except Rejected as error:
            if len(group) == 1:
                return [error]
            half = len(group) // 2
            return [*self._settle(organisation, group[:half]), *self._settle(organisation, group[half:])]
        except LedgerError as error:
            return [error] * len(group)
        return [receipt] * len(group)
