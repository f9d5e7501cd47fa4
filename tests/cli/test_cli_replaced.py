"""A gateway goes on while its keys are replaced and while it is backed up, and its backup is the same gateway."""

import json

import pytest
from cli_documents import LINK, document, observed
from test_cli_serve import Server, running, until

pytestmark = pytest.mark.database("sqlite")


def capture(server: Server, token: str, day: int) -> None:
    """Have a document captured, and wait until it is done."""
    bearer = {"Authorization": f"Bearer {token}"}
    body = document(observed(eventTime=f"2026-03-{day:02}T09:00:00Z"))
    status, headers, answer = server.ask("POST", "/epcis/v2/capture", body, **bearer)
    assert status == 202, answer
    job = "/" + headers["Location"].split("/", 3)[3] if "://" in headers["Location"] else headers["Location"]
    until(lambda: not json.loads(server.ask("GET", job, **bearer)[2])["running"])
    assert json.loads(server.ask("GET", job, **bearer)[2])["success"]


def test_a_running_gateway_takes_up_what_is_replaced(ready, token, tmp_path):
    home = str(tmp_path / "home")
    with running("--home", home, "serve", "--public-url", "https://verify.example.com") as server:
        capture(server, token, 1)
        assert ready("certs", "rotate", "--org", "Carrier").status == 0
        capture(server, token, 2)
        assert ready("certs", "rotate", "--ledger").status == 0
        capture(server, token, 3)
        assert ready("certs", "renew", "--all").status == 0
        capture(server, token, 4)
        fresh = ready("keys", "rotate", token.split("_")[1]).out.strip()
        assert server.ask("POST", "/epcis/v2/capture", document(observed()), Authorization=f"Bearer {token}")[0] == 401
        capture(server, fresh, 5)
        assert ready("backup", "file").status == 0
        capture(server, fresh, 6)
    assert ready("ledger", "verify").status == 0
    elsewhere = ("--home", str(tmp_path / "elsewhere"))
    assert ready(*elsewhere, "restore", "file").status == 0
    assert ready(*elsewhere, "project", "--rebuild").status == 0
    assert len(ready(*elsewhere, "history", LINK).lines) == 5
    assert ready("ledger", "export", "-o", "all.jsonl").status == 0
    assert ready(*elsewhere, "ledger", "import", "all.jsonl").status == 0
    assert ready(*elsewhere, "project").out == ready("project").out
    assert len(ready(*elsewhere, "history", LINK).lines) == 6
