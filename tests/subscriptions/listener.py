"""A subscriber: a real HTTP server on this machine that keeps what it is told, and answers as a test wants."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

LOOPBACK = (ip_network("127.0.0.0/8"),)


@dataclass
class Told:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Listener:
    """What came, and the status that is answered to the next request."""

    url: str = ""
    told: list[Told] = field(default_factory=list)
    status: Callable[[int], int] = lambda _count: 200
    headers: dict[str, str] = field(default_factory=dict)
    more: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, count: int, seconds: float = 120) -> list[Told]:
        """Wait until so many requests came, and return all that did."""
        with self.more:
            assert self.more.wait_for(lambda: len(self.told) >= count, timeout=seconds), f"{len(self.told)} came"
            return list(self.told)


@contextmanager
def listening(**answers) -> Iterator[Listener]:
    """Listen for as long as the block lasts."""
    listener = Listener(**answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            with listener.more:
                listener.told.append(Told(self.path, dict(self.headers), body))
                count = len(listener.told)
                listener.more.notify_all()
            status = listener.status(count)
            self.send_response(status)
            for name, value in listener.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    listener.url = f"http://127.0.0.1:{server.server_address[1]}/told"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
