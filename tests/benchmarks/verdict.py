"""How fast verdicts are read: the consumer's page and its JSON, from a running gateway, with few and many items on
record.

Every request is for another item, so nothing is answered from a cache. The baseline is a bare Flask view with an
answer of the same size in the same server.
"""

import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from provenance import settings, simulate
from provenance.demo import trade
from provenance.domain.gs1 import link as links
from tests.benchmarks.served import Timing, bare_server, measure, provenance_serve, request

SEED, CLIENTS = 7, 8
FEW, MANY = 1_000, 100_000
ACCEPTED = {"page": "text/html", "json": "application/json"}


def run(*, full: bool) -> Iterator[dict[str, Any]]:
    """Yield requests a second of the page, and what surrounds it."""
    seconds = 20.0 if full else 8.0
    many, few = _measured(MANY, seconds), _measured(FEW, seconds)
    bare = {kind: _bare(many[kind].size, seconds) for kind in ACCEPTED}
    page, plain = many["page"], bare["page"]
    yield _line("verdict", page.rate, "requests/s", plain.rate, page.rate / plain.rate)
    yield _line("verdict.p50", page.p50, "ms", plain.p50, plain.p50 / page.p50)
    yield _line("verdict.p99", page.p99, "ms", plain.p99, plain.p99 / page.p99)
    json, plain = many["json"], bare["json"]
    yield _line("verdict.json", json.rate, "requests/s", plain.rate, json.rate / plain.rate)
    yield _line("verdict.json.p50", json.p50, "ms", plain.p50, plain.p50 / json.p50)
    yield _line("verdict.json.p99", json.p99, "ms", plain.p99, plain.p99 / json.p99)
    for kind in ACCEPTED:
        name = "verdict.growth" if kind == "page" else f"verdict.{kind}.growth"
        yield _line(name, many[kind].rate, "requests/s", few[kind].rate, many[kind].rate / few[kind].rate)


def _measured(items: int, seconds: float) -> dict[str, Timing]:
    with tempfile.TemporaryDirectory(prefix="provenance-bench-") as folder:
        home = Path(folder)
        simulate.run(home, settings.read(), items=items, seed=SEED, say=_say)
        paths = _paths(items)
        with provenance_serve(home) as port:
            return {
                kind: measure(port, [request(path, accept) for path in paths], clients=CLIENTS, seconds=seconds)
                for kind, accept in ACCEPTED.items()
            }


def _paths(items: int) -> list[str]:
    paths = [f"/verify{links.path(item)}" for load in trade.loads(SEED, items) for item in load.items]
    random.Random(SEED).shuffle(paths)
    return paths


def _bare(size: int, seconds: float) -> Timing:
    with bare_server(size) as port:
        return measure(port, [request("/", "text/html")], clients=CLIENTS, seconds=seconds / 2)


def _line(bench: str, value: float, unit: str, baseline: float, ratio: float) -> dict[str, Any]:
    figures = {"value": round(value, 2), "unit": unit, "baseline": round(baseline, 2), "ratio": round(ratio, 3)}
    return {"bench": bench, **figures}


def _say(text: str) -> None:
    sys.stderr.write(f"    {text}\n")
