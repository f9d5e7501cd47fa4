"""How fast single scans get on record on Fabric: 128 clients post one after the other to a real `provenance serve`.

Each answer means that the scan is committed; each scan is of an item of its own. The baseline is what the official Node
client and shim did on the same two cores without any gateway (measured once, not here).
"""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from tests.benchmarks.fabric_stage import costs, line, stage
from tests.benchmarks.scans_embedded import posted

CLIENTS = 128
_NODE = 143.0


def run(*, full: bool) -> Iterator[dict[str, Any]]:
    """Yield scans a second, their latencies, and what they cost."""
    seconds = 30.0 if full else 10.0
    with stage(PROVENANCE_THREADS="64") as staged:
        if staged is None:
            return
        posted(staged.port, staged.token, 3.0, "w", clients=CLIENTS)
        with closing(staged.ledger()) as ledger:
            before, start = staged.cpu(), ledger.height()
            spans = sorted(posted(staged.port, staged.token, seconds, "s", clients=CLIENTS))
            after, stop = staged.cpu(), ledger.height()
        sizes = staged.sizes(start, stop)
    yield line("scans-fabric", len(spans) / seconds, "scans/s", _NODE)
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        yield line(f"scans-fabric.{name}", 1000 * spans[int(len(spans) * share)], "ms")
    yield line("scans-fabric.blocks", len(sizes) / seconds, "blocks/s")
    yield line("scans-fabric.block", sum(sizes) / len(sizes), "bytes")
    yield from costs("scans-fabric", before, after, len(spans))
