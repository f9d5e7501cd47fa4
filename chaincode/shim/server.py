"""The chaincode server: what peers connect to (chaincode as a service, `protos.Chaincode/Connect`).

The peer is the client. It connects again whenever it likes, and registers anew each time; what an older stream had
begun is dropped with it. Messages are bounded in both directions. Without TLS files only this host is listened to.
"""

import asyncio
import ipaddress
import logging
import re
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import grpc

from chaincode.shim import admin
from chaincode.shim.errors import ProtocolError
from chaincode.shim.exchanges import Message
from chaincode.shim.logs import FIELDS
from chaincode.shim.metrics import PrometheusFigures
from chaincode.shim.protocol import Conversation
from chaincode.shim.running import Chaincode
from chaincode.shim.streams import Engine, Limits, Stream
from chaincode.shim.turns import Turns

_ADDRESS: Final = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}")
_MOST_PORT: Final = 65_535
_CLOSING_SECONDS: Final = 1.0
_log = logging.getLogger("chaincode.shim")


class _Closing(Exception):
    """The server stops."""


class ServerError(Exception):
    """The server cannot start: one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Tls:
    """The server's certificate and key, and the authority whose certificates peers show; files in PEM."""

    certificate: Path
    key: Path
    client_authority: Path

    def credentials(self) -> grpc.ServerCredentials:
        """Return what gRPC serves with; raises `OSError`."""
        pair = (self.key.read_bytes(), self.certificate.read_bytes())
        authority = self.client_authority.read_bytes()
        return grpc.ssl_server_credentials([pair], root_certificates=authority, require_client_auth=True)


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where and how to serve. `address` is host:port, `package_id` what the peers installed."""

    address: str
    package_id: str
    tls: Tls | None = None
    metrics_port: int | None = None
    threads: int = 64
    most_streams: int = 64
    most_message_bytes: int = 64 * 1024 * 1024
    grace_seconds: float = 5.0
    limits: Limits = field(default_factory=Limits)


class Server:
    """Serves one chaincode to the peers that connect."""

    def __init__(self, settings: ServerSettings, chaincode: Chaincode) -> None:
        self._settings = settings
        self._streams: set[Stream] = set()
        self.figures = PrometheusFigures(lambda: len(self._streams))
        self._pool = ThreadPoolExecutor(settings.threads, thread_name_prefix="contract")
        self._closing = asyncio.Event()
        self._engine = Engine(chaincode, self._pool, Turns(1), self.figures, settings.limits)

    async def serve(self, stopped: asyncio.Event, *, started: Callable[[int], None] = lambda _: None) -> None:
        """Serve until `stopped` is set; `started` is told the port. Raises `ServerError`."""
        pages = None if self._settings.metrics_port is None else await self._admin(self._settings.metrics_port)
        server = self._listening()
        try:
            await server.start()
            _log.info("serving", extra={FIELDS: {"address": self._settings.address, "tls": bool(self._settings.tls)}})
            started(self._port)
            await stopped.wait()
            await self._drain()
        finally:
            if pages is not None:
                pages.close()
            self._closing.set()
            await server.stop(_CLOSING_SECONDS)
            self._pool.shutdown(wait=False, cancel_futures=True)
            _log.info("stopped")

    async def connect(self, _: object, context: "grpc.aio.ServicerContext[Message, Message]") -> None:
        """Talk with one peer until its stream ends."""
        outbox: asyncio.Queue[Message | None] = asyncio.Queue()
        conversation = Conversation(self._settings.package_id)
        stream = Stream(conversation, self._engine, outbox.put_nowait)
        self._streams.add(stream)
        outbox.put_nowait(conversation.opening())
        try:
            await _talk(stream, outbox, context, self._closing)
        except ProtocolError as error:
            _log.error("the peer left the protocol", extra={FIELDS: {"detail": error.detail}})
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, error.detail)
        except _Closing:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "the chaincode server stops")
        finally:
            self._streams.discard(stream)
            told = {"open": len(conversation), "passed_over": conversation.passed_over}
            _log.info("disconnected", extra={FIELDS: told})
            stream.cut()

    async def _drain(self) -> None:
        """Wait a while for open transactions to be answered."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._settings.grace_seconds
        while self._open() and loop.time() < deadline:  # noqa: ASYNC110 - once, when the server stops
            await asyncio.sleep(0.02)

    def _open(self) -> int:
        return sum(len(each.conversation) for each in self._streams)

    def _listening(self) -> grpc.aio.Server:
        server = grpc.aio.server(
            options=_options(self._settings.most_message_bytes), maximum_concurrent_rpcs=self._settings.most_streams
        )
        handler = grpc.stream_stream_rpc_method_handler(
            self.connect,
            request_deserializer=Message.FromString,
            response_serializer=Message.SerializeToString,
        )
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler("protos.Chaincode", {"Connect": handler}),)
        )
        self._port = self._bind(server)
        return server

    def _bind(self, server: grpc.aio.Server) -> int:
        address, tls = self._settings.address, self._settings.tls
        if _ADDRESS.fullmatch(address) is None or int(address.rpartition(":")[2]) > _MOST_PORT:
            raise ServerError(f"{address!r} is not host:port")
        try:
            if tls is not None:
                return server.add_secure_port(address, tls.credentials())
            if not is_loopback(address):
                raise ServerError(f"{address} is reached from other hosts: give TLS files, or listen on 127.0.0.1")
            return server.add_insecure_port(address)
        except OSError as error:
            raise ServerError(f"cannot read a TLS file: {error}") from None
        except RuntimeError:
            raise ServerError(
                f"cannot listen on {address}: the port is taken, or the address is not this host's"
            ) from None

    async def _admin(self, port: int) -> asyncio.Server:
        pages = {
            "/metrics": ("text/plain; version=0.0.4; charset=utf-8", self.figures.page),
            "/health": ("application/json", lambda: admin.health(len(self._streams))),
        }
        try:
            return await admin.serve(port, pages)
        except OSError:
            raise ServerError(f"cannot listen on 127.0.0.1:{port} for metrics: the port is taken") from None


def serve(settings: ServerSettings, chaincode: Chaincode) -> None:
    """Serve until SIGTERM or SIGINT. Raises `ServerError`."""

    async def main() -> None:
        stopped = asyncio.Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(each, stopped.set)
        await Server(settings, chaincode).serve(stopped)

    asyncio.run(main())


def is_loopback(address: str) -> bool:
    """Return whether `host:port` can be reached from this host alone."""
    host = address.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _talk(
    stream: Stream,
    outbox: "asyncio.Queue[Message | None]",
    context: "grpc.aio.ServicerContext[Message, Message]",
    closing: asyncio.Event,
) -> None:
    """Receive and send until one of it ends or `closing` is set, and raise what ended it.

    What is being sent is sent to its end, or for a moment: the core takes no status beside a message that is on its
    way, and a peer that gets none waits for ever.
    """
    sending = asyncio.ensure_future(_send_all(outbox, context))
    tasks = [sending, *map(asyncio.ensure_future, (_receive_all(stream, context), _raise_when(closing)))]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for each in done:
            each.result()
    finally:
        outbox.put_nowait(None)
        await asyncio.wait([sending], timeout=_CLOSING_SECONDS)
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _raise_when(closing: asyncio.Event) -> None:
    await closing.wait()
    raise _Closing


async def _send_all(
    outbox: "asyncio.Queue[Message | None]", context: "grpc.aio.ServicerContext[Message, Message]"
) -> None:
    while (message := await outbox.get()) is not None:
        await context.write(message)


async def _receive_all(stream: Stream, context: "grpc.aio.ServicerContext[Message, Message]") -> None:
    while True:
        message = await context.read()
        if message is grpc.aio.EOF:
            return
        stream.receive(message)


def _options(most_bytes: int) -> list[tuple[str, int]]:
    return [
        ("grpc.max_receive_message_length", most_bytes),
        ("grpc.max_send_message_length", most_bytes),
        ("grpc.so_reuseport", 0),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
    ]
