"""Tables of scans, checked against what is on record and made into events: the dry run is the whole of it but the end.

A sheet is recorded whole or, where anything is wrong with it, not at all. Its lines are the same events as the same
scans sent one by one, with the times and zones that they state and no clock of ours: sent again it is the same facts,
which count once. A sheet too large for one transaction takes several; sent again after a failure between them it
records what is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from provenance import observations, scans, tabular
from provenance.contracts import Contracts
from provenance.domain.epcis import chunk, document
from provenance.domain.epcis.document import Captured
from provenance.domain.errors import Malformed
from provenance.domain.gs1.keys import Link
from provenance.domain.world import World
from provenance.ledger.port import Receipt
from provenance.scans import Scan
from provenance.tabular import Problem, Table


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a sheet: where it begins, how it was understood, and the event that it is."""

    line: int
    scan: Scan
    event: Captured

    def document(self) -> dict[str, Any]:
        """Return it as reports tell it."""
        return {"line": self.line, "event": self.event.id, **self.scan.understood()}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of scans: what it says, and what is wrong with it; with a problem nothing of it may be recorded."""

    table: Table
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]

    @property
    def sound(self) -> bool:
        """Whether all lines are good."""
        return not self.problems

    @property
    def events(self) -> list[Captured]:
        """Its events, each once, in the order of the lines."""
        return list({each.event.digest: each.event for each in self.entries}.values())

    def document(self) -> dict[str, Any]:
        """Return the report on it."""
        return {
            "sound": self.sound,
            "encoding": self.table.encoding,
            "separator": self.table.separator,
            "lines": self.table.size,
            "repeated": len(self.entries) - len(self.events),
            "problems": [each.document() for each in self.problems],
            "scans": [each.document() for each in self.entries],
        }


def read(body: bytes, world: World, *, now: datetime, local: tzinfo | None = None, place: Link | None = None) -> Sheet:
    """Return a table of scans as understood: times without a zone as of `local`, scans without a place at `place`."""
    table = tabular.read(body, local)
    problems = list(table.problems)
    understood: list[tuple[int, Scan]] = []
    for row in table.rows:
        try:
            understood.append((row.line, scans.read(row.stated, world, defaults={"place": place})))
        except Malformed as error:
            problems.append(Problem(row.line, error.pointer.removeprefix("/"), error.code, error.detail))
    made = observations.document_of([scan.observation for _, scan in understood], now)
    problems += [_problem(each, understood) for each in made.problems]
    entries = [Entry(*understood[event.index], event) for event in made.events]
    problems.sort(key=lambda each: each.line)
    return Sheet(table, tuple(entries), tuple(problems[: tabular.MOST_PROBLEMS]))


def record(contracts: Contracts, sheet: Sheet) -> list[Receipt]:
    """Record a sound sheet; recording it again is success. Raises `LedgerError`."""
    return [contracts.append(arguments) for arguments in chunk.build(sheet.events)]


def _problem(found: document.Problem, understood: Sequence[tuple[int, Scan]]) -> Problem:
    line = 0 if found.index is None else understood[found.index][0]
    return Problem(line, "", found.code, found.detail)
