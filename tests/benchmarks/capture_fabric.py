"""How fast events get on record on Fabric: from HTTP documents of 500 events to committed and projected.

Four clients post to a real `provenance serve` and follow their jobs; any two of three organisations endorse; the clock
stops when the read model has everything. The baseline is what the official Node client and shim did on the same two
cores with one key an event and no EPCIS work at all (measured once, not here).
"""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from provenance import bootstrap
from tests.benchmarks.capture_embedded import CLIENTS, EVENTS, captured
from tests.benchmarks.event_id import make_document
from tests.benchmarks.fabric_stage import Stage, costs, line, stage

_NODE = 1_700.0


def run(*, full: bool) -> Iterator[dict[str, Any]]:
    """Yield events a second, committed and projected, and what they cost."""
    documents = 240 if full else 60
    bodies = [json.dumps(make_document(seed, EVENTS)).encode() for seed in range(documents + 2 * CLIENTS)]
    with stage(PROVENANCE_CAPTURES="3") as staged:  # while one waits for the orderers, two compute
        if staged is None:
            return
        captured(staged.port, staged.token, bodies[: 2 * CLIENTS])
        _projected(staged)
        before, start = staged.cpu(), _height(staged)
        began = time.monotonic()
        captured(staged.port, staged.token, bodies[2 * CLIENTS :])
        committed = time.monotonic() - began
        _projected(staged)
        seconds = time.monotonic() - began
        after = staged.cpu()
        sizes = staged.sizes(start, _height(staged))
    events = documents * EVENTS
    yield line("capture-fabric", events / seconds, "events/s", _NODE)
    yield line("capture-fabric.committed", events / committed, "events/s", _NODE)
    yield line("capture-fabric.blocks", len(sizes) / seconds, "blocks/s")
    yield line("capture-fabric.block", sum(sizes) / len(sizes), "bytes")
    yield from costs("capture-fabric", before, after, events)


def _height(staged: Stage) -> int:
    with closing(staged.ledger()) as ledger:
        return ledger.height()


def _projected(staged: Stage) -> None:
    with closing(bootstrap.open_gateway(staged.home, staged.settings)) as gateway:
        height = gateway.ledger.height()
        while gateway.readmodel.position() < height:
            time.sleep(0.02)
