"""`python -m tests.benchmarks [NAME...] [--full]`: measures speed and prints one JSON line a figure.

A line is {"bench","value","unit","baseline","ratio"}; `ratio` says how many times better than the baseline of the
same run, null where there is none. Progress goes to stderr. Where figures are not what they must be, the status is 1.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.benchmarks import (
    capture_embedded,
    capture_fabric,
    capture_proceed,
    event_id,
    faults,
    history,
    projector,
    query,
    scans_embedded,
    scans_fabric,
    shim,
    single_fabric,
    verdict,
)

Bench = Callable[..., Iterator[dict[str, Any]]]
BENCHES: dict[str, Bench] = {
    "event-id": event_id.run,
    "capture-embedded": capture_embedded.run,
    "capture-proceed": capture_proceed.run,
    "scans-embedded": scans_embedded.run,
    "capture-fabric": capture_fabric.run,
    "scans-fabric": scans_fabric.run,
    "single-fabric": single_fabric.run,
    "shim": shim.run,
    "faults": faults.run,
    "verdict": verdict.run,
    "projector": projector.run,
    "history": history.run,
    "query": query.run,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description="Measure speed.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHES)}; all where none is named"
    )
    parser.add_argument("--full", action="store_true", help="the full sizes, which take longer")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.names if name not in BENCHES]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are: {', '.join(BENCHES)}")
    return max([_measure(name, full=chosen.full) for name in chosen.names or BENCHES])


def _measure(name: str, *, full: bool) -> int:
    """Run a benchmark, print its figures, and return 1 where they cannot be what they are."""
    began = time.monotonic()
    sys.stderr.write(f"==> {name}\n")
    try:
        for line in BENCHES[name](full=full):
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
    except AssertionError as wrong:
        sys.stderr.write(f"    WRONG: {wrong}\n")
        return 1
    finally:
        sys.stderr.write(f"    {time.monotonic() - began:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
