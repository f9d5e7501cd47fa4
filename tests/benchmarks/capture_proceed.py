"""How fast events get on record when one in a hundred is faulty and the others proceed, against faultless documents
that are recorded whole, in the same run on the same server.

What counts is what gets on record, durable and projected; the faulty events are posted, judged and told of besides.
"""

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.capture_embedded import CLIENTS, EVENTS, captured, prepared, projected
from tests.benchmarks.event_id import make_document
from tests.benchmarks.served import provenance_serve

_FAULTY = 5
"""Faulty events of a document: one in a hundred."""


def run(*, full: bool) -> Iterator[dict[str, Any]]:
    """Yield events a second on record."""
    documents = 200 if full else 30
    whole = [_document(seed, faulty=0) for seed in range(documents + CLIENTS)]
    partial = [_document(seed, faulty=_FAULTY) for seed in range(documents + CLIENTS, 2 * documents + CLIENTS)]
    with tempfile.TemporaryDirectory(prefix="provenance-bench-") as folder:
        home = Path(folder)
        token = prepared(home)
        with provenance_serve(home) as port:
            captured(port, token, whole[:CLIENTS])
            projected(home)
            began = time.monotonic()
            captured(port, token, whole[CLIENTS:])
            projected(home)
            rollback = documents * EVENTS / (time.monotonic() - began)
            began = time.monotonic()
            captured(port, token, partial, behaviour="proceed", sound=False)
            projected(home)
            proceed = documents * (EVENTS - _FAULTY) / (time.monotonic() - began)
    yield {
        "bench": "capture-proceed",
        "value": round(proceed, 1),
        "unit": "events/s",
        "baseline": round(rollback, 1),
        "ratio": round(proceed / rollback, 2),
    }


def _document(seed: int, *, faulty: int) -> bytes:
    made = make_document(seed, EVENTS)
    for event in made["epcisBody"]["eventList"][:: EVENTS // faulty] if faulty else ():
        event["bizStep"] = "teleporting"
    return json.dumps(made).encode()
