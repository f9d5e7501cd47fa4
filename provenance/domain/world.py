"""The records as acts and the fold see them, and the plain implementation in memory.

`Records` is what an act reads and writes: exact keys only, as the contracts have it. `World` is what the fold reads:
exact keys and what is linked to a term. Whoever replays a ledger's acts over one of these gets the same records as
the contracts wrote.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from provenance.domain.gs1.keys import prefix_candidates
from provenance.domain.records import Prefix, Record, Rules

R = TypeVar("R", bound=Record)


class Records(Protocol):
    """Ledger state by exact key, as an act reads and writes it; reads may or may not see the act's own writes."""

    def get(self, kind: type[R], identifier: str) -> R | None:
        """Return the record, or None where there is none."""

    def get_many(self, kind: type[R], identifiers: Sequence[str]) -> list[R | None]:
        """Return the records in the order of their ids, None where there is none."""

    def put(self, record: Record) -> None:
        """Write the record in the place of the one with its kind and id."""


class World(Protocol):
    """The records that the fold judges by."""

    def get(self, kind: type[R], identifier: str) -> R | None:
        """Return the record, or None where there is none."""

    def linked(self, kind: type[R], term: str) -> Sequence[R]:
        """Return the records of a kind that carry the term, ordered by id (code points)."""

    def deduced(self, what: str, *kinds: type[Record]) -> dict[Any, Any]:
        """Return where to keep what follows from the records of these kinds alone, under a name of what it is.

        It is another one, empty, as soon as a record of these kinds was written.
        """


def rules_of(world: World) -> Rules:
    """Return the rules on record, or the defaults where none were set."""
    return world.get(Rules, "rules") or Rules()


def prefix_of(world: World, digits: str) -> Prefix | None:
    """Return the prefix that owns a key's `digits` (company prefix first): the longest one on record that is held."""
    candidates = (world.get(Prefix, each) for each in reversed(prefix_candidates(digits)))
    return next((each for each in candidates if each is not None and each.ended is None), None)


class MemoryWorld:
    """Records in memory: `Records` for acts and `World` for the fold."""

    def __init__(self, records: Sequence[Record] = ()) -> None:
        self._records: dict[tuple[str, str], Record] = {}
        self._terms: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._deduced: dict[str, dict[Any, Any]] = {}
        for record in records:
            self.put(record)

    def get(self, kind: type[R], identifier: str) -> R | None:
        """Return the record, or None where there is none."""
        record = self._records.get((kind.kind, identifier))
        return record if isinstance(record, kind) else None

    def get_many(self, kind: type[R], identifiers: Sequence[str]) -> list[R | None]:
        """Return the records in the order of their ids, None where there is none."""
        return [self.get(kind, identifier) for identifier in identifiers]

    def linked(self, kind: type[R], term: str) -> Sequence[R]:
        """Return the records of a kind that carry the term, ordered by id."""
        found = (self.get(kind, identifier) for identifier in sorted(self._terms[kind.kind, term]))
        return [record for record in found if record is not None]

    def deduced(self, what: str, *_: type[Record]) -> dict[Any, Any]:
        """Return where to keep what follows from records, until one is written."""
        return self._deduced.setdefault(what, {})

    def put(self, record: Record) -> None:
        """Write the record and its terms in the place of the one with its kind and id."""
        self._deduced = {}
        key = (record.kind, record.id)
        for term in self._records[key].terms if key in self._records else ():
            self._terms[record.kind, term].discard(record.id)
        self._records[key] = record
        for term in record.terms:
            self._terms[record.kind, term].add(record.id)
