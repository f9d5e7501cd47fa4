"""Figures of all processes add up, and are answered on a port of their own."""

import contextlib
import json
import re
import socket
import time
from http.client import HTTPConnection
from threading import Event, Thread
from urllib.parse import urlsplit

import pytest
import small_world
from prometheus_client import REGISTRY
from small_world import CARRIER, ago, make_app, seen, sgtin

from provenance.observe import admin, metrics
from provenance.observe.health import Health
from provenance.operations import Level


def figures(text: str) -> dict[str, float]:
    """Return the samples of an exposition by name with labels."""
    return {name: float(value) for name, value in re.findall(r"^([^#\s]\S*) (\S+)$", text, re.MULTILINE)}


def http(address: str, method: str, path: str, body: str | None = None, headers=None) -> tuple[int, str]:
    """Return status and body of an answer."""
    with contextlib.closing(HTTPConnection(urlsplit(address).netloc, timeout=30)) as connection:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("figures are not answered")


@pytest.fixture
def asked(world, tmp_path, port):
    """Answer figures of a world whose processes count under its home."""
    stop, counts = Event(), metrics.folder(world.gateway.home)
    counts.mkdir(parents=True, exist_ok=True)
    thread = Thread(target=admin.serve, args=(world.gateway, counts, port, stop))
    thread.start()
    _wait_for(port)

    def ask(path: str = "/metrics") -> str:
        status, body = http(f"http://127.0.0.1:{port}", "GET", path)
        return body if status == 200 else f"status {status}"

    yield ask
    stop.set()
    thread.join(30)
    assert not thread.is_alive()


def test_what_a_web_process_counted_is_answered_by_another(world, asked):
    headers = {**world.headers(CARRIER, Level.RECORD), "Content-Type": "application/json"}
    scan = {"code": sgtin("1001"), "step": "storing", "time": ago(hours=1)}
    with small_world.served(world) as address:
        for content, status in ((scan, 201), (scan, 201), ({**scan, "code": "x"}, 400)):
            assert http(address, "POST", "/api/v1/scans", json.dumps(content), headers)[0] == status
        assert http(address, "GET", "/verify/01/09521234000013/21/1001")[0] == 200
        assert http(address, "GET", "/metrics")[0] == 404
    found = figures(asked())
    assert found['provenance_http_requests_total{route="scans.scans",status="201"}'] == 2
    assert found['provenance_http_requests_total{route="none",status="404"}'] == 1
    assert found["provenance_events_recorded_total"] == 2
    assert found['provenance_rejects_total{code="identifier.form",door="http"}'] == 1
    assert found["provenance_verdict_seconds_count"] == 1


def test_what_stands_is_looked_up(world, asked):
    world.gateway.operations.jobs.accept(CARRIER, b"{}")
    world.gateway.contracts_for(CARRIER)
    before = figures(asked())
    assert before["provenance_capture_jobs_open"] == 1
    assert before["provenance_projector_lag_blocks"] == 0
    assert before["provenance_ledger_height"] == world.gateway.ledger.height()
    captured = small_world.document.read(small_world.epcis(seen("storing", sgtin("1002"), at=ago(hours=1)))).events
    world.gateway.record(CARRIER, captured[0])
    after = figures(asked())
    assert after["provenance_projector_lag_blocks"] == 1
    assert after["provenance_ledger_height"] == before["provenance_ledger_height"] + 1
    assert after["provenance_ledger_ready"] == 1


def test_captured_documents_are_counted_with_their_events_and_refusals(world):
    def now(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0.0

    events, rejects = "provenance_events_recorded_total", "provenance_rejects_total"
    before = now(events), now("provenance_documents_captured_total", outcome="success")
    world.gateway.operations.jobs.accept(
        CARRIER, small_world.epcis(seen("storing", sgtin("1003"), sgtin("1004"), at=ago(hours=1)))
    )
    world.gateway.operations.jobs.accept(CARRIER, b"{")
    runner = world.gateway.runner()
    assert [runner.run_once() for _ in range(3)] == [True, True, False]
    assert now(events) == before[0] + 1
    assert now("provenance_documents_captured_total", outcome="success") == before[1] + 1
    assert now(rejects, door="documents", code="json.syntax") >= 1


def test_health_is_answered_there_too(world, asked):
    assert json.loads(asked("/health/ready"))["status"] == "ready"
    assert json.loads(asked("/health/live")) == {"status": "live"}
    assert asked("/other") == "status 404"


def test_a_part_that_cannot_be_asked_leaves_the_other_figures(world, tmp_path):
    counts = tmp_path / "counts"
    counts.mkdir()
    world.gateway.ledger.close()
    text = admin.generate_latest(admin.registry(world.gateway, Health(world.gateway), counts)).decode()
    found = figures(text)
    assert found["provenance_ledger_ready"] == 0
    assert found["provenance_operations_ready"] == 1
    assert "provenance_ledger_height" not in found


def test_routes_and_statuses_are_all_that_a_caller_can_add(world):
    application = make_app(world.gateway)
    client, before = application.test_client(), routes()
    for path in ("/nothing", "/nothing/else", "/verify/01/1/21/2"):
        client.get(path)
    assert "none" in routes()
    assert routes() - before <= {"none", *application.view_functions}


def routes() -> set[str]:
    """The routes counted so far in this process, whichever application served them."""
    return {sample.labels["route"] for metric in metrics.REQUESTS.collect() for sample in metric.samples}
