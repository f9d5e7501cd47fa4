"""A ledger with many events, simulated once a run, and the databases that its read model is measured on."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from provenance import settings, simulate
from tests.databases import PostgresqlSchemas, SqliteFiles, postgresql

SEED = 11
_KEPT: list["tempfile.TemporaryDirectory[str]"] = []


@cache
def ledger_home(events: int) -> Path:
    """Return the folder of a ledger with about so many events; it goes when the run ends."""
    folder = tempfile.TemporaryDirectory(prefix="provenance-bench-")
    _KEPT.append(folder)
    home = Path(folder.name)
    simulate.run(home, settings.Settings(), items=items_of(events), seed=SEED, say=say)
    return home


def items_of(events: int) -> int:
    """Return how many items bring about so many events: things that travel together share them."""
    return events * 9 // 8


@contextmanager
def databases() -> Iterator[list[SqliteFiles | PostgresqlSchemas]]:
    """Give both kinds, the server as it comes: it waits for the disk where it is asked to."""
    with postgresql(hurried=()) as server:
        yield [SqliteFiles(), server]


def say(text: str) -> None:
    sys.stderr.write(f"    {text}\n")
