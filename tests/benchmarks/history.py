"""How long an item's history takes that came about through its two parents, with many events on record.

Every item is asked for once, so what is remembered is what it shares with others. There is no baseline.
"""

import random
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from provenance import bootstrap
from provenance.bootstrap import Gateway
from provenance.demo import trade
from tests.benchmarks.stocked import SEED, databases, items_of, ledger_home, say
from tests.databases import settings_on

SOME, ALL = 100_000, 1_000_000
ASKED = 2_000
_PARENTS = 2


def run(*, full: bool) -> Iterator[dict[str, Any]]:
    """Yield the 99th percentile on both databases, and the slower of them."""
    events = ALL if full else SOME
    home = ledger_home(events)
    asked = [item for load in trade.loads(SEED, items_of(events)) for item in load.items]
    random.Random(SEED).shuffle(asked)
    with databases() as kinds:
        spans = {database.kind: _spans(home, database, asked) for database in kinds}
    yield _line("history", max(_at(each, 0.99) for each in spans.values()))
    for kind, found in spans.items():
        yield _line(f"history.{kind}", _at(found, 0.99))
        yield _line(f"history.{kind}.p50", _at(found, 0.5))


def _spans(home: Path, database: Any, asked: list[Any]) -> list[float]:
    chosen = settings_on(database, home)
    with closing(bootstrap.open_gateway(home, chosen)) as gateway:
        gateway.projector().catch_up()
        say(f"projected on {database.kind}")
        nested = _nested(gateway, asked)
    with closing(bootstrap.open_gateway(home, chosen)) as gateway:  # one that remembers nothing
        return sorted(_timed(gateway, item) for item in nested)


def _nested(gateway: Gateway, asked: list[Any]) -> list[Any]:
    """Return items that were in a unit that was in another."""
    found = [item for item in asked[: 2 * ASKED] if len(_through(gateway, item)) >= _PARENTS][:ASKED]
    if not found:
        raise AssertionError("no item came through two parents")
    return found


def _through(gateway: Gateway, item: Any) -> set[Any]:
    return {entry.through for entry in gateway.history(item) if entry.through is not None}


def _timed(gateway: Gateway, item: Any) -> float:
    began = time.perf_counter()
    gateway.history(item)
    return 1000 * (time.perf_counter() - began)


def _at(spans: list[float], share: float) -> float:
    return spans[min(len(spans) - 1, int(len(spans) * share))]


def _line(bench: str, value: float) -> dict[str, Any]:
    return {"bench": bench, "value": round(value, 2), "unit": "ms", "baseline": None, "ratio": None}
