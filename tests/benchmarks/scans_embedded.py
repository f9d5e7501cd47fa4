"""How fast single scans get on record: 64 clients post one scan after the other to a real `provenance serve`.

Each answer means that the scan is durable on the embedded ledger; each scan is of an item of its own. The baseline is a
bare SQLite table into which one writer puts the same events, one durable transaction a scan.
"""

import json
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from provenance import bootstrap, settings
from provenance.domain.epcis import chunk
from provenance.domain.gs1.keys import check_digit
from tests.benchmarks.capture_embedded import prepared
from tests.benchmarks.served import Connection, provenance_serve, run_threads

CLIENTS = 64
_GTIN = "0952123400001" + check_digit("0952123400001")
_PLACE = "952123400001" + check_digit("952123400001")


def run(*, full: bool) -> Iterator[dict[str, Any]]:
    """Yield scans a second and their latencies."""
    seconds = 30.0 if full else 8.0
    with tempfile.TemporaryDirectory(prefix="provenance-bench-") as folder:
        home = Path(folder)
        token = prepared(home)
        with provenance_serve(home) as port:
            posted(port, token, 1.0, "w")
            spans = posted(port, token, seconds, "s")
        baseline = _bare(home)
    spans.sort()
    rate = len(spans) / seconds
    yield _line("scans-embedded", rate, "scans/s", baseline)
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        yield _line(f"scans-embedded.{name}", 1000 * spans[int(len(spans) * share)], "ms")


def posted(port: int, token: str, seconds: float, stem: str, *, clients: int = CLIENTS) -> list[float]:
    """Post scans from all clients for so long and return how long each took."""
    spans: list[float] = []
    failures: list[BaseException] = []
    end = time.monotonic() + seconds

    def client(number: int) -> None:
        try:
            _client(Connection(port), token, end, f"{stem}{number}", spans)
        except BaseException as error:  # noqa: BLE001 - handed to the main thread
            failures.append(error)

    run_threads([lambda number=number: client(number) for number in range(clients)])
    if failures:
        raise failures[0]
    return spans


def _client(connection: Connection, token: str, end: float, stem: str, spans: list[float]) -> None:
    head = (
        f"POST /api/v1/scans HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    )
    count = 0
    while (began := time.monotonic()) < end:
        code = f"https://id.gs1.org/01/{_GTIN}/21/{stem}.{count}"
        scan = {
            "code": code,
            "step": "storing",
            "time": "2026-03-01T09:00:00Z",
            "place": f"https://id.gs1.org/414/{_PLACE}",
        }
        body = json.dumps(scan)
        status, _, answer = connection.ask(f"{head}{len(body)}\r\n\r\n{body}".encode())
        if status != 201:
            raise AssertionError(f"status {status}: {answer[:300]!r}")
        spans.append(time.monotonic() - began)
        count += 1


def _bare(home: Path) -> float:
    """Return the durable transactions a second of a bare table that takes the recorded events one by one."""
    gateway = bootstrap.open_gateway(home, settings.read())
    try:
        chunks = [
            each.arguments
            for block in gateway.ledger.blocks(max(0, gateway.ledger.height() - 50))
            for each in block.transactions
            if each.name == "custody:append"
        ]
    finally:
        gateway.close()
    rows = [(entry.id, entry.body) for arguments in chunks for entry in chunk.entries(arguments)][:1000]
    connection = sqlite3.connect(home / "bare.db")
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE events (id TEXT, body BLOB)"
    )
    began = time.monotonic()
    for row in rows:
        with connection:
            connection.execute("INSERT INTO events VALUES (?, ?)", row)
    seconds = time.monotonic() - began
    connection.close()
    return len(rows) / seconds


def _line(bench: str, value: float, unit: str, baseline: float | None = None) -> dict[str, Any]:
    against = None if baseline is None else round(baseline, 1)
    ratio = None if baseline is None else round(value / baseline, 4)
    return {"bench": bench, "value": round(value, 2), "unit": unit, "baseline": against, "ratio": ratio}
