"""The figures that are counted as things happen, for Prometheus.

`serve` gives its processes one folder (`PROMETHEUS_MULTIPROC_DIR`) in which each keeps its counts in files of its own,
and whoever answers `/metrics` adds them up: so a count survives the process that counted it. Labels have few values:
routes and codes that the program names, never anything that a caller sent.
"""

import os
from functools import lru_cache
from pathlib import Path

import orjson
from prometheus_client import Counter, Histogram

from provenance.capture import Outcome
from provenance.ledger.port import Receipt

ADDRESS = "127.0.0.1"
"""Where figures are answered: on this machine alone."""

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

if FOLDER_VARIABLE in os.environ:  # the counters below open their files at once
    Path(os.environ[FOLDER_VARIABLE]).mkdir(parents=True, exist_ok=True, mode=0o700)

REQUESTS = Counter("provenance_http_requests", "Requests answered", ["route", "status"])
SECONDS = Histogram(
    "provenance_http_request_seconds",
    "How long answers took",
    ["route"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
VERDICTS = Histogram(
    "provenance_verdict_seconds",
    "How long answers with a verdict took",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2),
)
EVENTS = Counter("provenance_events_recorded", "Events that this gateway recorded, scanned or from documents")
DOCUMENTS = Counter("provenance_documents_captured", "Accepted documents that were done, by their outcome", ["outcome"])
REJECTS = Counter("provenance_rejects", "What was refused, by the door that it came through", ["door", "code"])
DELIVERIES = Counter("provenance_deliveries", "Attempts to tell subscribers, by what became of them", ["outcome"])
CONSUMER_SCANS = Counter("provenance_consumer_scans", "Consumers' scans, kept or dropped", ["outcome"])

COMMITS = Histogram(
    "provenance_fabric_commit_seconds",
    "How long transactions took from their submission to the orderers to their commit on a peer",
    buckets=(0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30, 60),
)
UNENDORSED = Counter("provenance_fabric_unendorsed", "Proposals that peers did not endorse, by their error", ["code"])

_VERDICT_ROUTES = frozenset({"web.verify", "items.verdict", "items.item"})


def folder(home: Path) -> Path:
    """Return where the processes of a running gateway keep their counts."""
    return home / "run" / "metrics"


def count_request(route: str, status: str, seconds: float, code: str | None) -> None:
    """Count one answered request."""
    requests, durations = _of_route(route, status)
    requests.inc()
    durations.observe(seconds)
    if route in _VERDICT_ROUTES and status == "200":
        VERDICTS.observe(seconds)
    if code is not None and status[0] == "4":
        REJECTS.labels("http", code).inc()


@lru_cache(maxsize=4096)
def _of_route(route: str, status: str) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(route, status), SECONDS.labels(route)


class Fabric:
    """Counts how transactions fare on Fabric."""

    def unendorsed(self, code: str) -> None:
        """Count a proposal that was not endorsed."""
        UNENDORSED.labels(code).inc()

    def committed(self, seconds: float) -> None:
        """Count a committed transaction."""
        COMMITS.observe(seconds)


def count_events(chunk: Receipt) -> None:
    """Count the events of a chunk that was recorded."""
    EVENTS.inc(orjson.loads(chunk.result)["count"])


def count_delivery(outcome: str) -> None:
    """Count one attempt to deliver to a subscriber."""
    DELIVERIES.labels(outcome).inc()


def count_consumer_scans(outcome: str, count: int) -> None:
    """Count consumers' scans that were kept or dropped."""
    CONSUMER_SCANS.labels(outcome).inc(count)


def count_document(outcome: Outcome) -> None:
    """Count a captured document with its refusals."""
    DOCUMENTS.labels(outcome.state.value).inc()
    for rejection in outcome.rejected:
        REJECTS.labels("documents", rejection.code).inc()
