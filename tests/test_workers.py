"""Kept connections spread evenly over the web workers, also where one was there first."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from provenance.workers import Shares, Waking

_SERVER = """
import os
from pathlib import Path
from provenance import settings
from provenance.parts import Web

class Told(Web):
    def load(self):
        def app(environ, start):
            body = str(os.getpid()).encode()
            start("200 OK", [("Content-Length", str(len(body)))])
            return [body]
        return app

Told(Path(), settings.read()).run()
"""
_PATIENCE = 180.0


@pytest.fixture
def port() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    environ = {**os.environ, "PROVENANCE_PORT": str(free), "PROVENANCE_WORKERS": "2", "PROVENANCE_THREADS": "4"}
    folder = Path(__file__).parents[1]
    process = subprocess.Popen([sys.executable, "-c", _SERVER], env=environ, cwd=folder, stdin=subprocess.DEVNULL)
    try:
        yield free
    finally:
        process.terminate()
        process.wait(_PATIENCE)


def test_kept_connections_come_to_lie_evenly(port: int) -> None:
    connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE) for _ in range(6)]
    deadline = time.monotonic() + _PATIENCE
    try:
        while (answered := Counter(_ask(each, deadline) for each in connections)) and time.monotonic() < deadline:
            if sorted(answered.values()) == [3, 3]:
                break
        assert sorted(answered.values()) == [3, 3]
    finally:
        for each in connections:
            each.close()


def _ask(connection: http.client.HTTPConnection, deadline: float) -> int:
    while True:
        try:
            connection.request("GET", "/")
            return int(connection.getresponse().read())
        except (OSError, http.client.HTTPException):
            connection.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def test_more_connections_than_threads_are_all_answered(port: int) -> None:
    connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE) for _ in range(20)]
    deadline = time.monotonic() + _PATIENCE
    try:
        assert all(_ask(each, deadline) for _ in range(5) for each in connections)
    finally:
        for each in connections:
            each.close()


def test_requests_that_follow_at_once_are_answered_one_after_the_other(port: int) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)) as first:
        assert _ask(first, time.monotonic() + _PATIENCE)
    asked = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE) as connection:
        connection.sendall(asked * 2 + asked[:20])
        connection.sendall(asked[20:])
        connection.sendall(last)
        answers = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answers.count(b"HTTP/1.1 200 OK") == 4
    assert len({each.rpartition(b"\r\n")[2] for each in answers.split(b"HTTP/1.1 200 OK")[1:]}) == 1


def test_workers_whose_server_is_gone_send_their_clients_away(port: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)) as kept:
        os.kill(_parent(_ask(kept, deadline)), signal.SIGKILL)
        leaving = False
        while not leaving and time.monotonic() < deadline:
            kept.request("GET", "/")
            answer = kept.getresponse()
            assert answer.read()
            leaving = answer.will_close
    assert leaving


def _parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_worker_that_ended_is_nobody_to_wait_for() -> None:
    shares, arbiter = Shares(2), SimpleNamespace(WORKERS={})
    first, second = SimpleNamespace(), SimpleNamespace()
    for number, worker in enumerate((first, second)):
        shares.enter(arbiter, worker)
        arbiter.WORKERS[number] = worker
    shares.tell(first.place, 5)
    shares.tell(second.place, 2)
    assert shares.fewest() == 2
    del arbiter.WORKERS[1]
    shares.leave(arbiter, second)
    assert shares.fewest() == 5
    third = SimpleNamespace()
    shares.enter(arbiter, third)
    assert third.place == second.place


def test_more_workers_than_places_are_left_out() -> None:
    shares, worker = Shares(1), SimpleNamespace()
    shares.enter(SimpleNamespace(WORKERS={number: SimpleNamespace(place=number) for number in range(2)}), worker)
    shares.tell(worker.place, 3)
    assert (worker.place, shares.fewest()) == (None, 0)


def test_what_a_thread_tells_an_ended_loop_goes_into_no_other_file(tmp_path: Path) -> None:
    waking = Waking()
    waking.init()
    waking.close()
    files = [tmp_path / str(number) for number in range(16)]
    with contextlib.ExitStack() as opened:
        for each in files:
            opened.enter_context(each.open("wb", buffering=0))
        waking.defer(print)
    assert [each.read_bytes() for each in files] == [b""] * len(files)
