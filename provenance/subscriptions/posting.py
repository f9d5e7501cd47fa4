"""Posting a body to a subscriber: to an address that was judged, once, with bounds on everything.

No redirect is followed, no proxy of the environment is asked, no cookie or key of ours goes along. The connection is
cut when the whole exchange takes longer than its bound, however slowly the other side drips; of an answer only the
status is read, and a little of the body so that the connection ends well.
"""

import hashlib
import hmac
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException
from threading import Timer

from provenance.addresses import Destination, Network, Resolver, resolve

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 20.0
_READ = 16 * 1024


class Unreachable(Exception):
    """A subscriber that did not answer, with a stable dotted `code`; nothing of its words is repeated."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Post:
    """What is sent: where, a body, and the headers beside those that every request has."""

    to: Destination
    body: bytes
    headers: Mapping[str, str]


def signature(token: str, body: bytes) -> str:
    """Return the value of `GS1-Signature`: the HMAC of the body with SHA-256 under the subscriber's token, in hex."""
    return hmac.new(token.encode(), body, hashlib.sha256).hexdigest()


def post(
    message: Post,
    *,
    allowed: Sequence[Network] = (),
    resolver: Resolver | None = None,
    seconds: float = WHOLE_SECONDS,
) -> int:
    """Send a message and return the status of the answer.

    Raises `Refused` where it may not be sent there, `Unreachable` (`dest.connect`, `dest.tls`, `dest.answer`,
    `dest.timeout`).
    """
    addresses = resolve(message.to, allowed, resolver)
    connected = _connect(addresses, message.to.port)
    with _cut_off(connected, seconds) as late:
        try:
            return _exchange(_secured(connected, message.to), message)
        except (OSError, HTTPException, ValueError) as error:
            if late():
                raise Unreachable("dest.timeout") from None
            raise Unreachable("dest.tls" if isinstance(error, ssl.SSLError) else "dest.answer") from None


def _connect(addresses: Sequence[str], port: int) -> socket.socket:
    for address in addresses[:4]:
        with suppress(OSError):
            return socket.create_connection((address, port), timeout=CONNECT_SECONDS)
    raise Unreachable("dest.connect")


def _secured(connected: socket.socket, to: Destination) -> socket.socket:
    return _context().wrap_socket(connected, server_hostname=to.host) if to.secure else connected


def _exchange(connected: socket.socket, message: Post) -> int:
    connection = HTTPConnection(message.to.host, message.to.port)
    connection.sock = connected
    with connected:
        headers = {"Host": message.to.authority, "User-Agent": "Provenance", "Connection": "close", **message.headers}
        connection.request("POST", message.to.target, message.body, headers)
        answer = connection.getresponse()
        with suppress(OSError, HTTPException):
            answer.read(_READ)
        return answer.status


@contextmanager
def _cut_off(connected: socket.socket, seconds: float) -> Iterator["_Late"]:
    """Cut a connection when its time is over; gives what tells whether that happened."""
    late = _Late()
    connected.settimeout(seconds)
    duplicate = connected.dup()

    def cut() -> None:
        late.came = True
        with suppress(OSError):
            duplicate.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()
        duplicate.close()
        connected.close()


class _Late:
    """Whether the time was over."""

    def __init__(self) -> None:
        self.came = False

    def __call__(self) -> bool:
        """Tell it."""
        return self.came


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()
