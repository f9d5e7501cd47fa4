"""How fast events get on record: from HTTP documents of 500 events to durable on the embedded ledger and projected.

Four clients post to a real `provenance serve` and follow their jobs; the clock stops when the read model has
everything. The baseline writes the same events' bytes into a bare SQLite table, one durable transaction a document.
"""

import json
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from provenance import bootstrap, settings
from provenance.domain.epcis import document
from provenance.domain.records import Role
from provenance.operations.keys import Level
from tests.benchmarks.event_id import make_document
from tests.benchmarks.served import Connection, provenance_serve, run_threads

CLIENTS, EVENTS = 4, 500
_PATIENCE = 300.0


def run(*, full: bool) -> Iterator[dict[str, Any]]:
    """Yield events a second, durable and projected."""
    documents = 400 if full else 60
    bodies = [json.dumps(make_document(seed, EVENTS)).encode() for seed in range(documents + CLIENTS)]
    with tempfile.TemporaryDirectory(prefix="provenance-bench-") as folder:
        home = Path(folder)
        token = prepared(home)
        with provenance_serve(home) as port:
            captured(port, token, bodies[:CLIENTS])
            projected(home)
            began = time.monotonic()
            captured(port, token, bodies[CLIENTS:])
            durable = time.monotonic() - began
            projected(home)
            seconds = time.monotonic() - began
        baseline = _bare(home / "bare.db", bodies[CLIENTS:])
    events = documents * EVENTS
    yield _line("capture-embedded", events / seconds, baseline)
    yield _line("capture-embedded.durable", events / durable, baseline)


def prepared(home: Path) -> str:
    """Make a ledger with one organisation, and return a key of it that records."""
    chosen = settings.read()
    bootstrap.initialise(home, chosen)
    gateway = bootstrap.open_gateway(home, chosen)
    try:
        bootstrap.enrol(gateway, "Bench", name="Bench (fictitious)", roles=[Role.CARRIER])
        return gateway.operations.keys.create("Bench", Level.RECORD)[1]
    finally:
        gateway.close()


def captured(port: int, token: str, bodies: list[bytes], *, behaviour: str = "rollback", sound: bool = True) -> None:
    """Post every document and wait until every job has succeeded, or has refused something where not all is `sound`."""

    def post(number: int) -> None:
        connection = Connection(port)
        jobs = []
        for body in bodies[number::CLIENTS]:
            status, head, answer = connection.ask(_request("POST", "/epcis/v2/capture", token, body, behaviour))
            _require(answer, status, 202)
            jobs.append(_location(head))
        for job in jobs:
            _finished(connection, token, job, sound=sound)

    failures: list[BaseException] = []

    def guarded(number: int) -> None:
        try:
            post(number)
        except BaseException as error:  # noqa: BLE001 - handed to the main thread
            failures.append(error)

    run_threads([lambda number=number: guarded(number) for number in range(CLIENTS)])
    if failures:
        raise failures[0]


def _finished(connection: Connection, token: str, job: str, *, sound: bool) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        status, _, answer = connection.ask(_request("GET", job, token))
        _require(answer, status, 200)
        state = json.loads(answer)
        if not state["running"]:
            _require(answer, state["success"], expected=sound)
            return
        time.sleep(0.2)
    raise TimeoutError(f"{job} did not end")


def _request(method: str, path: str, token: str, body: bytes = b"", behaviour: str = "rollback") -> bytes:
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nAccept: application/json\r\n"
        f"GS1-Capture-Error-Behaviour: {behaviour}\r\n"
    )
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def _location(head: bytes) -> str:
    (line,) = [line for line in head.decode().split("\r\n") if line.lower().startswith("location:")]
    target = line.split(":", 1)[1].strip()
    return "/" + target.split("/", 3)[3] if "://" in target else target


def projected(home: Path) -> None:
    """Wait until the read model has everything that is on the ledger."""
    gateway = bootstrap.open_gateway(home, settings.read())
    try:
        while gateway.readmodel.position() < gateway.ledger.height():
            time.sleep(0.02)
    finally:
        gateway.close()


def _bare(path: Path, bodies: list[bytes]) -> float:
    rows = [[(event.id, event.body) for event in document.read(body).events] for body in bodies]
    connection = sqlite3.connect(path)
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE events (id TEXT, body BLOB)"
    )
    began = time.monotonic()
    for each in rows:
        with connection:
            connection.executemany("INSERT INTO events VALUES (?, ?)", each)
    seconds = time.monotonic() - began
    connection.close()
    return sum(map(len, rows)) / seconds


def _require(answer: bytes, found: object, expected: object) -> None:
    if found != expected:
        raise AssertionError(answer[:300])


def _line(bench: str, value: float, baseline: float) -> dict[str, Any]:
    figures = {"value": round(value, 1), "unit": "events/s", "baseline": round(baseline, 1)}
    return {"bench": bench, **figures, "ratio": round(value / baseline, 4)}
