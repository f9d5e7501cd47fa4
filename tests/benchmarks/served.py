"""What benchmarks of a running gateway share: a real `provenance serve`, a bare server to compare with, and clients.

Clients speak HTTP/1.1 over kept connections with as little work of their own as can be: they share the machine's cores
with the server that they measure.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PATIENCE = 60.0
_WARM_UP = 4.0
"""Seconds in which clients ask and nothing is counted: every worker has then started and compiled its templates."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What clients measured: the latency of each answer in seconds, in how many seconds; the size of the last one."""

    spans: tuple[float, ...]
    seconds: float
    size: int

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.spans) / self.seconds

    def at(self, share: float) -> float:
        """Return the latency in ms that so great a share of answers stays below."""
        every = sorted(self.spans)
        return 1000 * every[min(len(every) - 1, int(len(every) * share))]

    def and_then(self, other: "Timing") -> "Timing":
        """Return both measurements as one."""
        return Timing(self.spans + other.spans, self.seconds + other.seconds, other.size)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def provenance_serve(home: Path, **environ: str) -> Iterator[int]:
    """Run `provenance serve` on a data folder, with more settings in its environment if need be, and give its port."""
    port = free_port()
    command = [str(Path(sys.executable).parent / "provenance"), "--home", str(home), "serve"]
    with _process(
        [*command, "--port", str(port), "--public-url", f"http://localhost:{port}"], port, {**os.environ, **environ}
    ):
        yield port


@contextmanager
def bare_server(size: int) -> Iterator[int]:
    """Run a bare Flask view that answers `size` bytes, in the same server with the same settings."""
    port = free_port()
    environ = {**os.environ, "PROVENANCE_PORT": str(port)}
    with _process([sys.executable, "-m", "tests.benchmarks.bare", str(size)], port, environ):
        yield port


@contextmanager
def _process(command: Sequence[str], port: int, environ: dict[str, str]) -> Iterator[None]:
    with tempfile.TemporaryFile() as lines:
        process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=lines)
    try:
        _wait_for(port, process)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=_PATIENCE)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with status {process.returncode}")
        try:
            Connection(port).ask(request("/", "text/html"))
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the server did not answer in time")


def request(path: str, accept: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n\r\n".encode()


class Connection:
    """One kept connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._port = port

    def ask(self, content: bytes) -> tuple[int, bytes, bytes]:
        """Return status, head and body of the answer."""
        self._socket.sendall(content)
        received = self._socket.recv(65536)
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, _, body = received.partition(b"\r\n\r\n")
        found = _LENGTH.search(head)
        expected = int(found[1]) if found else 0
        while len(body) < expected:
            body += self._more()
        if b"connection: close" in head.lower():
            self.__init__(self._port)  # type: ignore[misc]
        return int(head[9:12]), head, body

    def _more(self) -> bytes:
        piece = self._socket.recv(65536)
        if not piece:
            raise ConnectionError("the server closed the connection in an answer")
        return piece


def measure(port: int, requests: Sequence[bytes], *, clients: int, seconds: float, warm_up: float = _WARM_UP) -> Timing:
    """Ask for the requests over and over from so many clients; every answer must be 200."""
    spans: list[list[float]] = [[] for _ in range(clients)]
    sizes = [0] * clients
    errors: list[BaseException] = []
    begin = time.monotonic() + warm_up
    end = begin + seconds

    def ask(number: int) -> None:
        connection = Connection(port)
        turn = number
        while (now := time.monotonic()) < end:
            status, _, body = connection.ask(requests[turn % len(requests)])
            if status != 200:
                raise AssertionError(f"status {status}: {body[:200]!r}")
            if now >= begin:
                spans[number].append(time.monotonic() - now)
            sizes[number] = len(body)
            turn += clients

    run_threads([_guarded(ask, number, errors) for number in range(clients)])
    if errors:
        raise errors[0]
    return Timing(tuple(span for each in spans for span in each), seconds, sizes[0])


def run_threads(targets: Sequence[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _guarded(ask: Callable[[int], None], number: int, errors: list[BaseException]) -> Callable[[], None]:
    def run() -> None:
        try:
            ask(number)
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
            errors.append(error)

    return run
