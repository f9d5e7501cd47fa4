"""What is left after parts of a network and of a gateway were killed with SIGKILL, again and again, under load.

Chaincode servers, peers, the orderer, projector, capture runners, web workers and the whole gateway die in turn while
clients send documents and single scans. `faults.lost`, `.doubled`, `.strange` and `.unprojected` must be 0, and
`.rebuild` 1: the read model equals one that is built anew. `.repeated` events came in two transactions, since whoever
recorded them died before the answer; they count once.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.fabric_stage import line
from tests.fabric.faults import FAULTS, Gateway, Load, examine
from tests.fabric_network import CannotRun, fabric_network


def run(*, full: bool) -> Iterator[dict[str, Any]]:
    """Yield what was acknowledged, and what of it is wrong afterwards."""
    try:
        with fabric_network() as network, tempfile.TemporaryDirectory(prefix="provenance-bench-") as folder:
            gateway = Gateway(Path(folder, "gateway"), network)
            gateway.start()
            try:
                yield from _killed(gateway, rounds=5 if full else 1, scratch=Path(folder))
            finally:
                gateway.stop()
    except CannotRun as reason:
        sys.stderr.write(f"    left out: {reason}\n")


def _killed(gateway: Gateway, *, rounds: int, scratch: Path) -> Iterator[dict[str, Any]]:
    load, slowest = Load(gateway, "b", clients=16, events=20, pause=0.05), 0.0
    with load.running():
        for _ in range(rounds):
            for name, fault in FAULTS.items():
                load.goes_on(50)
                sys.stderr.write(f"    killed: {name}\n")
                fault.kill(gateway.network, gateway)
                began = time.monotonic()
                fault.mend(gateway.network, gateway)
                load.goes_on(1)
                slowest = max(slowest, time.monotonic() - began)
        load.goes_on(50)
    load.settle()
    found = examine(gateway, load.sent, load.acknowledged, scratch)
    yield line("faults.kills", rounds * len(FAULTS), "kills")
    yield line("faults.acknowledged", found.acknowledged, "events")
    yield line("faults.unanswered", load.unanswered, "requests")
    for name in ("lost", "doubled", "strange", "unprojected", "repeated"):
        yield line(f"faults.{name}", getattr(found, name), "events")
    yield line("faults.rebuild", found.same, "same digest")
    yield line("faults.recovery", slowest, "s")
