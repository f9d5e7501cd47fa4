"""A day of a gateway: keys, capture, a death, a rebuild, rotated keys, a backup, and its restore elsewhere."""

import json
import os
import signal

from cli_documents import LINK, document, observed
from test_cli_killed import SERVE, part
from test_cli_serve import Server, running, until

PAGE = "/verify" + LINK.removeprefix("https://id.gs1.org")
BROWSER = {"User-Agent": "Mozilla/5.0 (Android 14; Mobile)", "Accept": "text/html"}


def scan(server: Server, token: str, hour: int) -> int:
    """Scan the item and return the status of the answer."""
    body = {"code": LINK, "step": "storing", "time": f"2026-03-02T{hour:02}:00:00Z"}
    return server.ask("POST", "/api/v1/scans", body, Authorization=f"Bearer {token}")[0]


def history(server: Server) -> int:
    """Return how many entries the item's page has."""
    return len(json.loads(server.ask("GET", PAGE, Accept="application/json")[2])["history"])


def test_a_day(ready, stores, tmp_path):
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    token = ready("keys", "create", "--org", "Carrier", "--level", "record", "--name", "handhelds").out.strip()
    key = token.split("_")[1]
    with running("--home", str(home), *SERVE, **stores(home)) as server:
        until(lambda: server.ask("GET", "/health/ready")[0] == 200)
        assert scan(server, token, 8) == 201
        status, headers, _ = server.ask(
            "POST", "/epcis/v2/capture", document(observed()), Authorization=f"Bearer {token}"
        )
        assert status == 202
        until(lambda: history(server) == 2)
        before = part(server, "projector")
        os.kill(min(before), signal.SIGKILL)
        assert scan(server, token, 9) == 201
        until(lambda: history(server) == 3)
        assert ready("project", "--rebuild").status == 0
        until(lambda: history(server) == 3)
        assert scan(server, token, 10) == 201
        until(lambda: history(server) == 4)
        assert server.ask("GET", PAGE, **BROWSER)[0] == 200
        fresh = ready("keys", "rotate", key).out.strip()
        assert (scan(server, token, 11), scan(server, fresh, 11)) == (401, 201)
        assert ready("certs", "rotate", "--org", "Carrier").status == 0
        assert scan(server, fresh, 12) == 201
        assert ready("backup", "evening.backup").status == 0
        until(lambda: history(server) == 6)
    digest = ready("project").out
    there = ("--home", str(elsewhere))
    assert ready(*there, "restore", "evening.backup").status == 0
    assert ready(*there, "ledger", "verify").status == 0
    assert ready(*there, "project", "--rebuild").out == digest
    with running(*there, *SERVE, **stores(elsewhere)) as restored:
        assert history(restored) == 6
        job = headers["Location"]
        assert json.loads(restored.ask("GET", job, Authorization=f"Bearer {fresh}")[2])["success"]
        assert (scan(restored, token, 13), scan(restored, fresh, 13)) == (401, 201)
        until(lambda: history(restored) == 7)
