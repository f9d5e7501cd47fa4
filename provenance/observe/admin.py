"""What an operator's software asks on localhost: figures for Prometheus, and the state of health.

It has a port and a process of its own, so that the public address never answers with figures and a gateway whose web
workers are busy can still be asked.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from provenance.bootstrap import Gateway
from provenance.ledger.port import LedgerError
from provenance.observe import metrics
from provenance.observe.health import Health, lag
from provenance.readmodel import ReadModelError


class Standing(Collector):
    """Figures that are looked up when they are asked for; one that cannot be looked up is left out."""

    def __init__(self, gateway: Gateway, health: Health) -> None:
        self._gateway = gateway
        self._health = health

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give the gauges."""
        for check in self._health.checks():
            yield _gauge(f"provenance_{check.name}_ready", f"Whether the part is well: {check.name}", check.ok)
        try:
            yield from self._queue()
            yield from self._deliveries()
            yield from self._lag()
            yield from self._peers()
        except (LedgerError, ReadModelError, SQLAlchemyError):
            return

    def _queue(self) -> Iterator[GaugeMetricFamily]:
        jobs = self._gateway.operations.jobs
        oldest = jobs.oldest_open()
        age = 0.0 if oldest is None else (datetime.now(UTC) - oldest).total_seconds()
        yield _gauge("provenance_capture_jobs_open", "Accepted documents that are not done", jobs.open_count())
        yield _gauge("provenance_capture_jobs_oldest_seconds", "Age of the oldest one of them", max(0.0, age))
        unsettled = self._gateway.operations.outbox.count_unsettled()
        yield _gauge("provenance_outbox_unsettled", "Signed transactions whose fate is not known", unsettled)

    def _deliveries(self) -> Iterator[GaugeMetricFamily]:
        waiting = self._gateway.operations.deliveries.waiting()
        age = 0.0 if waiting.oldest is None else (datetime.now(UTC) - waiting.oldest).total_seconds()
        yield _gauge("provenance_deliveries_pending", "Deliveries that subscribers have not taken", waiting.pending)
        yield _gauge("provenance_deliveries_oldest_seconds", "Age of the oldest one of them", max(0.0, age))
        yield _gauge("provenance_deliveries_dead", "Dead letters: deliveries that were given up", waiting.dead)

    def _lag(self) -> Iterator[GaugeMetricFamily]:
        behind = lag(self._gateway)
        yield _gauge("provenance_ledger_height", "Blocks on the ledger", behind.height)
        yield _gauge("provenance_projector_lag_blocks", "Blocks that are not projected", behind.blocks)
        yield _gauge("provenance_projector_lag_seconds", "Age of the oldest one of them", behind.seconds)

    def _peers(self) -> Iterator[GaugeMetricFamily]:
        heights = self._gateway.heights()
        if not heights:
            return
        reached = GaugeMetricFamily("provenance_fabric_peer_up", "Whether a peer answers", labels=["peer"])
        height = GaugeMetricFamily("provenance_fabric_peer_height", "Blocks that a peer has", labels=["peer"])
        for peer, blocks in heights.items():
            reached.add_metric([peer], float(blocks is not None))
            if blocks is not None:
                height.add_metric([peer], float(blocks))
        yield reached
        yield height


def registry(gateway: Gateway, health: Health, counts: Path) -> CollectorRegistry:
    """Return all figures of a gateway: what its processes count in a folder, and how it stands."""
    found = CollectorRegistry()
    MultiProcessCollector(found, str(counts))  # type: ignore[no-untyped-call]
    found.register(Standing(gateway, health))
    return found


def serve(gateway: Gateway, counts: Path, port: int, stop: Event) -> None:
    """Answer on localhost until `stop` is set; raises `OSError` where the port cannot be listened on."""
    health = Health(gateway)
    figures = registry(gateway, health, counts)

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer one request."""
            if self.path == "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, generate_latest(figures))
            elif self.path == "/health/ready":
                content, status = health.document()
                self._answer(status, "application/json", orjson.dumps(content))
            elif self.path == "/health/live":
                self._answer(200, "application/json", b'{"status":"live"}')
            else:
                self._answer(404, "text/plain", b"there are /metrics, /health/live and /health/ready\n")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
            """Say nothing: whoever asks is the operator."""

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer((metrics.ADDRESS, port), Answering) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        stop.wait()
        server.shutdown()
        thread.join()


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, meaning)
    family.add_metric([], float(value))
    return family
