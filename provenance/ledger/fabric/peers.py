"""Peers as a client reaches them: lazily connected, and asked one after the other where one does not answer.

No channel is opened before it is used, nor taken over by a forked process: gRPC's threads do not survive a fork.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from fabric_protos.gateway import gateway_pb2_grpc
from fabric_protos.peer import events_pb2_grpc, peer_pb2_grpc

T = TypeVar("T")

LARGEST: Final = 128 * 1024 * 1024
"""The largest message that is received: a block may hold many transactions of a megabyte, and gRPC's own limit is 4."""

RESTS = 2.0
"""How many seconds a peer that did not answer is asked after the others."""

_OPTIONS: Final = (
    ("grpc.max_receive_message_length", LARGEST),
    ("grpc.max_send_message_length", LARGEST),
    ("grpc.keepalive_time_ms", 120_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 5_000),
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a peer is: its name, `host:port`, organisation (MSP id), TLS roots (PEM) and the name on its certificate.

    Without roots it is spoken to in the clear.
    """

    name: str
    address: str
    organisation: str
    roots: bytes | None = None
    server_name: str | None = None


@dataclass(frozen=True, slots=True)
class ClientTls:
    """What a client shows of itself in TLS, where peers ask for it: certificate and key in PEM."""

    certificate: bytes
    key: bytes

    def fingerprint(self) -> bytes:
        """Return the SHA-256 of the certificate, which a Deliver request must repeat."""
        return x509.load_pem_x509_certificate(self.certificate).fingerprint(hashes.SHA256())


class Lagging(Exception):
    """A peer has not got as far as its caller has seen already; another may have."""


class Peer:
    """One peer's services over one channel, opened at first use; safe to use from several threads."""

    def __init__(self, endpoint: Endpoint, tls: ClientTls | None = None) -> None:
        self.endpoint = endpoint
        self.height = 0
        """How many blocks it is known to have."""
        self._tls = tls
        self._mutex = threading.Lock()
        self._opened: _Services | None = None
        self._rests_until = 0.0

    @property
    def gateway(self) -> gateway_pb2_grpc.GatewayStub:
        """The Gateway service."""
        return self._services().gateway

    @property
    def endorser(self) -> peer_pb2_grpc.EndorserStub:
        """The Endorser service."""
        return self._services().endorser

    @property
    def deliver(self) -> events_pb2_grpc.DeliverStub:
        """The Deliver service."""
        return self._services().deliver

    @property
    def tls_fingerprint(self) -> bytes:
        """The SHA-256 of the client's TLS certificate, empty where it shows none."""
        return b"" if self._tls is None else self._tls.fingerprint()

    @property
    def resting(self) -> bool:
        """Whether it did not answer a moment ago."""
        return time.monotonic() < self._rests_until

    def rest(self) -> None:
        """Be asked after the others for a moment."""
        self._rests_until = time.monotonic() + RESTS

    def has(self, height: int) -> None:
        """Remember how many blocks it has at least."""
        self.height = max(self.height, height)

    def close(self) -> None:
        """Close the channel, if this process opened one."""
        with self._mutex:
            if self._opened is not None and self._opened.process == os.getpid():
                self._opened.channel.close()
            self._opened = None

    def _services(self) -> "_Services":
        opened = self._opened
        if opened is None or opened.process != os.getpid():
            with self._mutex:
                opened = self._opened
                if opened is None or opened.process != os.getpid():
                    opened = self._opened = _Services(_channel(self.endpoint, self._tls))
        return opened


class _Services:
    """The stubs of one channel, and the process that it belongs to."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.process = os.getpid()
        self.channel = channel
        self.gateway = gateway_pb2_grpc.GatewayStub(channel)
        self.endorser = peer_pb2_grpc.EndorserStub(channel)
        self.deliver = events_pb2_grpc.DeliverStub(channel)


class Peers:
    """Peers that can stand in for each other, in the order of preference."""

    def __init__(self, peers: Sequence[Peer]) -> None:
        if not peers:
            raise ValueError("there must be a peer to ask")
        self._peers = tuple(peers)

    def __iter__(self) -> Iterator[Peer]:
        """Give all of them, in the order of preference."""
        return iter(self._peers)

    def ask(self, work: Callable[[Peer], T]) -> T:
        """Return what the first peer that answers says; one that is not there, or lags, is passed over.

        Raises the last one's `grpc.RpcError` or `Lagging` where none is left, and every other error at once.
        """
        missed: grpc.RpcError | Lagging | None = None
        for peer in sorted(self._peers, key=lambda each: each.resting):
            try:
                return work(peer)
            except Lagging as error:
                missed = error if missed is None else missed
            except grpc.RpcError as error:
                if status_of(error) is not grpc.StatusCode.UNAVAILABLE:
                    raise
                peer.rest()
                missed = error
        if missed is None:
            raise AssertionError("there is at least one peer")
        raise missed

    def close(self) -> None:
        """Close all channels."""
        for peer in self._peers:
            peer.close()


def status_of(error: grpc.RpcError) -> grpc.StatusCode:
    """Return the gRPC status that an error carries."""
    return error.code() if isinstance(error, grpc.Call) else grpc.StatusCode.UNKNOWN


def message_of(error: grpc.RpcError) -> str:
    """Return the message that an error carries."""
    return (error.details() or "") if isinstance(error, grpc.Call) else str(error)


def _channel(endpoint: Endpoint, tls: ClientTls | None) -> grpc.Channel:
    options: list[tuple[str, str | int]] = list(_OPTIONS)
    if endpoint.roots is None:
        return grpc.insecure_channel(endpoint.address, options=options)
    named = endpoint.server_name
    if named is not None:
        options += [("grpc.ssl_target_name_override", named), ("grpc.default_authority", named)]
    shown = (None, None) if tls is None else (tls.key, tls.certificate)
    credentials = grpc.ssl_channel_credentials(endpoint.roots, *shown)
    return grpc.secure_channel(endpoint.address, credentials, options=options)
