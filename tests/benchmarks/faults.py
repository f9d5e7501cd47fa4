"""What is left after parts of a network and of a gateway were killed with SIGKILL, again and again, under load.

Chaincode servers, peers, the orderer, projector, capture runners, web workers and the whole gateway die in turn while
clients send documents and single scans. `faults.lost`, `.doubled`, `.strange`, `.repeated` and `.unprojected` must be
0, and `.rebuild` 1 (the read model equals one that is built anew), or the run ends with an error. `.repeated` events
are in two transactions that count, although the fold counts them once. `.recovery` is how long it takes from a kill
until a scan sent after it is recorded and projected, and a document recorded, what was killed brought back meanwhile.
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
    load = Load(gateway, "b", clients=16, events=20, pause=0.05)
    recovery: dict[str, list[float]] = {name: [] for name in FAULTS}
    with load.running():
        load.goes_on(50)
        for _ in range(rounds):
            for name in FAULTS:
                recovery[name].append(_recovered(load, name))
                sys.stderr.write(f"    killed: {name}, recovered after {recovery[name][-1]:.1f} s\n")
                load.goes_on(50)
    load.settle()
    found = examine(gateway, load.sent, load.acknowledged, scratch)
    yield line("faults.kills", rounds * len(FAULTS), "kills")
    yield line("faults.acknowledged", found.acknowledged, "events")
    yield line("faults.unanswered", load.unanswered, "requests")
    for name in ("lost", "doubled", "strange", "unprojected", "repeated"):
        yield line(f"faults.{name}", getattr(found, name), "events")
    yield line("faults.rebuild", found.same, "same digest")
    for name, seconds in recovery.items():
        yield line(f"faults.recovery.{name}", max(seconds), "s")
    assert found.sound, f"what was acknowledged is not what is there: {found}"
    assert not load.senseless, f"answers that no fault explains: {load.senseless[:3]}"


def _recovered(load: Load, name: str) -> float:
    """Kill something, bring it back, and return how many seconds later everything works again."""
    fault, began = FAULTS[name], time.monotonic()
    fault.kill(load.gateway.network, load.gateway)
    fault.mend(load.gateway.network, load.gateway)
    load.recovers(began)
    return time.monotonic() - began
