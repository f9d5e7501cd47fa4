"""A gateway under load that is told to stop, or killed: what it acknowledged is on record, once."""

import json
import os
import signal
from collections import Counter
from pathlib import Path

import pytest
from cli_load import EVENTS, facts_of, loaded, on_ledger
from test_cli_serve import Server, alive, children, running, until

pytestmark = pytest.mark.database("sqlite")

SERVE = ("serve", "--public-url", "https://verify.example.com")


def part(server: Server, name: str) -> set[int]:
    """Return the processes of a part; of `worker` the web workers, of `web` their master."""
    web = {pid for pid in children(server.process.pid) if _runs(pid, "web")}
    masters = {pid for pid in web if web & children(pid)}
    if name in ("web", "worker"):
        return masters if name == "web" else web - masters
    return {pid for pid in children(server.process.pid) if _runs(pid, name)}


def _runs(process: int, name: str) -> bool:
    try:
        command = Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False
    return b"provenance.parts\0" + name.encode() in command or (name == "web" and command.startswith(b"gunicorn"))


def jobs_done(server: Server, token: str, jobs: list[str]) -> list[str]:
    """Wait until every job is done and return the ids of what they recorded."""
    recorded: list[str] = []
    for job in jobs:
        until(lambda job=job: not _job(server, token, job)["running"])
        found = _job(server, token, job)
        assert found["success"], found
        assert len(found["eventIDs"]) == EVENTS
        recorded += found["eventIDs"]
    return recorded


def _job(server: Server, token: str, job: str) -> dict:
    status, _, answer = server.ask("GET", job, Authorization=f"Bearer {token}")
    assert status == 200, (job, answer)
    return json.loads(answer)


def test_a_stop_finishes_what_has_begun(home, token):
    with running("--home", str(home), *SERVE) as server, loaded(server.port, token, insist=False) as load:
        until(lambda: len(load.scanned) > 60 and len(load.jobs) > 5)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 0
    assert not load.refused
    recorded = on_ledger(home)
    assert len(recorded) == len(set(recorded))
    assert set(load.scanned) <= set(recorded)
    with running("--home", str(home), *SERVE) as server:
        assert set(jobs_done(server, token, load.jobs)) <= set(on_ledger(home))


def test_what_was_acknowledged_outlives_the_death_of_every_part(ready, home, token):
    with running("--home", str(home), *SERVE) as server, loaded(server.port, token, insist=True) as load:
        for name in ("worker", "projector", "captures", "web"):
            before, acknowledged = part(server, name), len(load.scanned)
            assert before, name
            os.kill(min(before), signal.SIGKILL)
            until(lambda name=name, before=before: len(part(server, name) - before) > 0)
            until(lambda acknowledged=acknowledged: len(load.scanned) > acknowledged + 20)
        family = {server.process.pid} | children(server.process.pid)
        for process in family:
            os.kill(process, signal.SIGKILL)
        server.process.wait()
        until(lambda: not any(map(alive, family)))
        acknowledged = len(load.scanned)
        with running("--home", str(home), *SERVE) as again:
            load.port = again.port
            until(lambda: len(load.scanned) > acknowledged + 20)
            load.stop.set()
            captured = jobs_done(again, token, load.jobs)
    assert {status for status, _ in load.refused} <= {503}
    assert len(captured) == EVENTS * len(load.jobs)
    assert ready("project", "--rebuild").status == 0
    assert ready("ledger", "verify").status == 0
    assert len(load.scanned) == len(set(load.scanned))
    assert facts_of(home, [*load.scanned, *captured]) == {1}
    transactions = Counter(on_ledger(home))
    sent = [load.sent[job] for job in load.jobs for _ in range(EVENTS)]
    assert all(1 <= transactions[event] <= times for event, times in zip(captured, sent, strict=True))
