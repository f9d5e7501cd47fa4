"""`/epcis/v2/queries/{queryName}/events` as a websocket: the same query, told of as events come (EPCIS 2.0, REST).

The handshake says when: `stream=true`, or the fields of a schedule. Each message is an EPCISQueryDocument with what was
recorded since the one before, as far as the caller's organisation may see it. Every open socket takes a thread of its
worker, so there is a bound; a socket ends when its key stops opening, its query is gone, or the gateway stops.
"""

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import BoundedSemaphore
from typing import TYPE_CHECKING
from uuid import uuid4

from flask import Blueprint, Response, current_app, request
from simple_websocket import ConnectionClosed, Server
from wsproto.utilities import RemoteProtocolError

from provenance.api import binding, standing
from provenance.api.gateway import Gateway
from provenance.api.subscribing import Controls, controls_of_url
from provenance.http.auth import principal, requires
from provenance.http.problems import Problem
from provenance.operations import Level, NamedQuery

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

STOPPING = "provenance.stopping"
"""Under this name in `app.extensions` stands what tells whether the server stops."""

_PULSE, _CHECKED, _PING, _PARTING = 0.5, 5.0, 25, 1.0
_LARGEST_MESSAGE = 4096
_GOING_AWAY, _POLICY, _FAILED = 1001, 1008, 1011


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the route; it is the websocket's alone, beside the one that answers with pages."""
    routes = Blueprint("sockets", __name__, url_prefix="/epcis/v2")
    binding.watch(routes)
    free = BoundedSemaphore(max(1, gateway.settings.socket_limit))

    @requires(Level.READ)
    def events(name: str) -> Response:
        """Tell a named query's events over a websocket, as they are recorded or at the moments of a schedule."""
        telling = _Telling.begun(gateway, name, controls_of_url(request.args))
        with _slot(free), _opened() as opened, suppress(ConnectionClosed, OSError):
            _serve(opened, telling, current_app.extensions.get(STOPPING, lambda: False))
        return _Over()

    routes.add_url_rule("/queries/<segment:name>/events", "events", events, websocket=True)
    return routes


@dataclass(slots=True)
class _Telling:
    """One socket's query, and how far it was told."""

    gateway: Gateway
    organisation: str
    name: str
    token: str
    controls: Controls
    told: standing.Told
    position: int
    due: datetime
    checked: datetime

    @classmethod
    def begun(cls, gateway: Gateway, name: str, controls: Controls) -> "_Telling":
        """Return it at its beginning; raises `Problem` (404) where there is no such query, and where it is wrong."""
        now = datetime.now(UTC)
        told = standing.Told(name, str(uuid4()), request.headers.get("GS1-EPC-Format"))
        whose = principal().organisation
        telling = cls(gateway, whose, name, _token(), controls, told, -1, controls.first(now), now)
        named = telling.named()
        if named is None:
            detail = "your organisation has no query of that name"
            raise Problem(404, "query.unknown", detail, epcis="NoSuchNameException")
        with gateway.readmodel.view() as view:
            standing.standing(view, named, controls.initial)
            telling.position = -1 if controls.initial < now else view.newest
        return telling

    def named(self) -> NamedQuery | None:
        """Return the query, None where it is gone."""
        return self.gateway.operations.queries.get(self.organisation, self.name) if "\0" not in self.name else None

    def ended(self, now: datetime) -> bool:
        """Return whether the key opens nothing any more, or the query is gone; looked up now and then."""
        if (now - self.checked).total_seconds() < _CHECKED:
            return False
        self.checked = now
        return self.gateway.operations.authenticate(self.token) is None or self.named() is None

    def messages(self, now: datetime) -> Iterator[bytes]:
        """Give what is to be told now."""
        named = self.named() if now >= self.due else None
        while named is not None:
            with self.gateway.readmodel.view() as view:
                if self.controls.schedule is None and self.position >= view.newest:
                    return
                asked = standing.standing(view, named, self.controls.initial)
                found = standing.find(view, asked, self.position)
                message = standing.document(view, found.events, self.told, identifier=str(uuid4()))
            if found.events or (self.controls.report_if_empty and self.controls.schedule is not None):
                yield message
            self.position = found.reached
            if not found.more:
                self.due = self.controls.following(now)
                return


def _serve(opened: Server, telling: _Telling, stopping: Callable[[], bool]) -> None:
    while True:
        now = datetime.now(UTC)
        if stopping():
            opened.close(_GOING_AWAY, "the gateway stops")
            return
        if telling.ended(now):
            opened.close(_POLICY, "the key opens nothing any more, or the query is gone")
            return
        try:
            for message in telling.messages(now):
                opened.send(message.decode())
        except Problem as problem:
            opened.send(standing.problem(problem, telling.told).decode())
            opened.close(_FAILED, problem.code)
            return
        while opened.receive(timeout=_PULSE) is not None:
            pass  # nothing that a client says means anything here


@contextmanager
def _opened() -> Iterator[Server]:
    """Give the socket after the handshake, closed in the end; raises `Problem` where there can be none.

    It speaks over a descriptor of its own. It has a thread that reads, and closes what it reads from: were that the
    server's, the server would find it closed, or, worse, under its number another connection.
    """
    name = next((name for name in ("gunicorn.socket", "werkzeug.socket") if name in request.environ), None)
    if name is None:
        raise Problem(501, "subscriptions.no_sockets", "this server opens no websockets")
    connection: socket.socket = request.environ[name]
    ours = connection.dup()
    _bound(ours)
    try:
        environ = {**request.environ, name: ours}
        opened = Server.accept(environ, ping_interval=_PING, max_message_size=_LARGEST_MESSAGE)
    except (RemoteProtocolError, ConnectionClosed, OSError, ValueError):
        ours.close()
        raise Problem(400, "request.malformed", "the handshake of the websocket is not well-formed") from None
    try:
        yield opened
    finally:
        _end(opened, connection)


def _bound(connection: socket.socket) -> None:
    """Let a write give up where nobody reads: a thread must not wait for ever."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 20, 0))


def _end(opened: Server, connection: socket.socket) -> None:
    """Say goodbye, wait a little for the other side's, and hang up, so that the server has nothing to wait for."""
    with suppress(ConnectionClosed, OSError):
        opened.close()
    opened.thread.join(_PARTING)
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    opened.thread.join()


@contextmanager
def _slot(free: BoundedSemaphore) -> "Iterator[None]":
    if not free.acquire(blocking=False):
        detail = "as many websockets as this server holds are open; come back, or subscribe with a webhook"
        raise Problem(503, "subscriptions.sockets", detail, headers={"Retry-After": "30"})
    try:
        yield
    finally:
        free.release()


class _Over(Response):
    """The end of a connection that was a websocket: nothing may be written to it any more."""

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        """Tell the server to close the connection, in the way that gunicorn understands."""
        start_response("101 Switching Protocols", [("Upgrade", "websocket")])
        if "gunicorn.socket" in environ:
            raise StopIteration
        return []


def _token() -> str:
    """Return the key that the handshake came with."""
    stated = request.authorization
    return (stated.token or "") if stated is not None else ""
