"""How fast verdicts are read: the consumer's page and its JSON, from a running gateway, with few and many items on
record.

Every request is for another item, so nothing is answered from a cache. The baseline is a bare Flask view with an
answer of the same size in the same server. Both are asked in turn, a few seconds at a time, so that whatever else the
machine does meets both.
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
from tests.benchmarks.served import Connection, Timing, bare_server, measure, provenance_serve, request

SEED, CLIENTS = 7, 8
FEW, MANY = 1_000, 100_000
TURNS = 4
_SETTLE = 0.5
_BARE = [request("/", "text/html")]
ACCEPTED = {"page": "text/html", "json": "application/json"}


def run(*, full: bool) -> Iterator[dict[str, Any]]:
    """Yield requests a second of the page, and what surrounds it."""
    seconds = 20.0 if full else 8.0
    many, few = _measured(MANY, seconds), _measured(FEW, seconds)
    for kind in ACCEPTED:
        name = "verdict" if kind == "page" else f"verdict.{kind}"
        found, bare = many[kind]
        yield _line(name, found.rate, "requests/s", bare.rate, found.rate / bare.rate)
        for what, share in (("p50", 0.5), ("p99", 0.99)):
            yield _line(f"{name}.{what}", found.at(share), "ms", bare.at(share), bare.at(share) / found.at(share))
    for kind in ACCEPTED:
        name = "verdict.growth" if kind == "page" else f"verdict.{kind}.growth"
        rate, before = many[kind][0].rate, few[kind][0].rate
        yield _line(name, rate, "requests/s", before, rate / before)


def _measured(items: int, seconds: float) -> dict[str, tuple[Timing, Timing]]:
    """Return what was measured of each kind of answer, and of a bare view of its size."""
    with tempfile.TemporaryDirectory(prefix="provenance-bench-") as folder:
        home = Path(folder)
        simulate.run(home, settings.read(), items=items, seed=SEED, say=_say)
        paths = _paths(items)
        with provenance_serve(home) as port:
            asked = {kind: [request(path, accept) for path in paths] for kind, accept in ACCEPTED.items()}
            return {kind: _beside_bare(port, requests, seconds) for kind, requests in asked.items()}


def _beside_bare(port: int, requests: list[bytes], seconds: float) -> tuple[Timing, Timing]:
    size = len(Connection(port).ask(requests[0])[2])
    with bare_server(size) as bare:
        ours = measure(port, requests[::TURNS], clients=CLIENTS, seconds=seconds / TURNS)
        plain = measure(bare, _BARE, clients=CLIENTS, seconds=seconds / TURNS)
        for turn in range(1, TURNS):
            more = measure(port, requests[turn::TURNS], clients=CLIENTS, seconds=seconds / TURNS, warm_up=_SETTLE)
            ours = ours.and_then(more)
            more = measure(bare, _BARE, clients=CLIENTS, seconds=seconds / TURNS, warm_up=_SETTLE)
            plain = plain.and_then(more)
    return ours, plain


def _paths(items: int) -> list[str]:
    paths = [f"/verify{links.path(item)}" for load in trade.loads(SEED, items) for item in load.items]
    random.Random(SEED).shuffle(paths)
    return paths


def _line(bench: str, value: float, unit: str, baseline: float, ratio: float) -> dict[str, Any]:
    figures = {"value": round(value, 2), "unit": unit, "baseline": round(baseline, 2), "ratio": round(ratio, 3)}
    return {"bench": bench, **figures}


def _say(text: str) -> None:
    sys.stderr.write(f"    {text}\n")
