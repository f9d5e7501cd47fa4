"""`provenance serve` and `demo` as they run: what they refuse, what they answer, and that nothing of them stays
behind."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cli_documents import LINK, PROGRAM, document, observed

pytestmark = pytest.mark.database("sqlite")

PATIENCE = 180.0


@dataclass
class Server:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()


def children(process: int) -> set[int]:
    """Return the descendants of a process."""
    found: set[int] = set()
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # threads end while they are looked at
            for child in map(int, task.read_text().split()):
                found |= {child} | children(child)
    return found


def alive(process: int) -> bool:
    stat = Path(f"/proc/{process}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


@contextlib.contextmanager
def running(*arguments: str, **variables: str) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PROVENANCE_")}
    environ |= {"PROVENANCE_METRICS_PORT": "0", "PROVENANCE_LOG": "plain", **variables}
    command = [PROGRAM, *arguments, "--port", str(port)]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    server = Server(process, port)
    try:
        until(lambda: _answers(server))
        yield server
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def _answers(server: Server) -> bool:
    assert server.process.poll() is None, server.process.communicate()[1]
    try:
        return server.ask("GET", "/")[0] == 200
    except OSError:
        return False


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "PROVENANCE_PUBLIC_URL (--public-url) is not set"),
        ({"PROVENANCE_PUBLIC_URL": "http://shop.example"}, "must be https"),
        ({"PROVENANCE_PUBLIC_URL": "https://shop.example/verify"}, "scheme and host alone"),
    ],
)
def test_serve_refuses_without_a_canonical_public_address(ready, variables, said):
    ran = ready("serve", **variables)
    assert ran.status == 1
    assert said in ran.err


def test_serve_refuses_without_a_ledger(run):
    ran = run("serve", "--public-url", "https://verify.example.com")
    assert ran.status == 1
    assert ran.err.endswith("init\n")


def test_serve_refuses_a_port_that_is_taken(ready):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = ready("serve", "--public-url", "http://localhost", "--port", str(taken.getsockname()[1]))
    assert ran.status == 1
    assert "choose another --host or --port" in ran.err


def test_what_is_captured_is_shown(home, token):
    with running("--home", str(home), "serve", "--public-url", "https://verify.example.com") as server:
        bearer = {"Authorization": f"Bearer {token}"}
        status, headers, _ = server.ask("POST", "/epcis/v2/capture", document(observed()), **bearer)
        assert status == 202
        job = "/" + headers["Location"].split("/", 3)[3] if "://" in headers["Location"] else headers["Location"]
        until(lambda: not json.loads(server.ask("GET", job, **bearer)[2])["running"])
        page = "/verify" + LINK.removeprefix("https://id.gs1.org")
        until(lambda: b"seen_early" not in (found := server.ask("GET", page, Accept="application/json")[2])
              and len(json.loads(found)["history"]) == 1)  # fmt: skip


def test_a_part_that_ends_is_started_again(home):
    with running("--home", str(home), "serve", "--public-url", "https://verify.example.com") as server:
        before = children(server.process.pid)
        victim = next(pid for pid in before if b"projector" in Path(f"/proc/{pid}/cmdline").read_bytes())
        os.kill(victim, signal.SIGKILL)
        until(lambda: any(b"projector" in _command(pid) for pid in children(server.process.pid) - {victim}))


def _command(process: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes()
    return b""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_stays_behind(home, number):
    with running("--home", str(home), "serve", "--public-url", "https://verify.example.com") as server:
        family = children(server.process.pid)
        assert len(family) >= 5
        server.process.send_signal(number)
        until(lambda: not alive(server.process.pid) and not any(map(alive, family)))
        if number is not signal.SIGKILL:
            assert server.process.wait(PATIENCE) == 0


def test_the_demonstration_is_served(tmp_path):
    with running("--home", str(tmp_path / "demo"), "demo") as server:
        status, headers, _ = server.ask("GET", "/01/09521101000016/21/2600101")
        assert (status, headers["Location"]) == (307, "/verify/01/09521101000016/21/2600101")
        status, _, page = server.ask("GET", headers["Location"])
        assert status == 200
        assert b"Record consistent" in page


def test_the_demonstration_as_json(spawn):
    first, second = (spawn("demo", "--once", "--json") for _ in range(2))
    told = json.loads(first.out)
    assert set(told) == {"stories", "events", "seconds"}
    assert len(told["stories"]) == 10
    assert all(set(story) == {"name", "item", "grade", "findings", "url"} for story in told["stories"])
    assert json.loads(second.out)["stories"] == told["stories"]
