"""Where a subscriber's address may lead: to the public internet over https, and to networks that the operator names.

A gateway stands inside somebody's network, and whoever subscribes says where it connects to. So a name is resolved
once, every address that it has is judged, and the connection goes to an address that was judged: there is no second
look-up in between that could answer otherwise. Over plain http only the networks that the operator names are reached.
"""

import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Sequence[str]]

LONGEST = 2000
_PORTS = {"https": 443, "http": 80}
_NAT64 = ip_network("64:ff9b::/96")
_LOCAL_NAT64 = ip_network("64:ff9b:1::/48")


class Refused(Exception):
    """An address that no delivery goes to, with a stable dotted `code` and one plain sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Destination:
    """A subscriber's address in its parts; `target` is what stands in the request line."""

    secure: bool
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS["https" if self.secure else "http"] else f"{host}:{self.port}"


def destination(url: str, allowed: Sequence[Network] = ()) -> Destination:
    """Return the parts of a subscriber's URL; one that can be seen to be refused is. Raises `Refused`."""
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise Refused("dest.form", f"it is a URL of at most {LONGEST} printable ASCII characters")
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise Refused("dest.form", f"it is no URL: {error}") from None
    if parts.scheme not in _PORTS or not host or parts.username is not None or parts.password is not None:
        raise Refused("dest.form", "it is an https URL with a host and without a user")
    if parts.scheme == "http" and not allowed:
        raise Refused("dest.scheme", "it is an https URL: plain http is not allowed here")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    found = Destination(parts.scheme == "https", host, _PORTS[parts.scheme] if port is None else port, target)
    _judge_literal(found, allowed)
    return found


def resolve(to: Destination, allowed: Sequence[Network] = (), resolver: Resolver | None = None) -> list[str]:
    """Return the addresses that a delivery may go to, in the order in which they are tried.

    Raises `Refused` (`dest.unresolved`, `dest.refused`).
    """
    try:
        found = (resolver or _resolver)(to.host, to.port)
    except (OSError, UnicodeError):
        raise Refused("dest.unresolved", "the name of the host cannot be resolved") from None
    fit = [address for address in dict.fromkeys(found) if permitted(address, allowed, secure=to.secure)]
    if not fit:
        raise Refused("dest.refused", "the host is in no network that deliveries may go to")
    return fit


def permitted(address: str, allowed: Iterable[Network], *, secure: bool) -> bool:
    """Return whether a connection to an address may be made."""
    try:
        parsed = _embedded(ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    if any(parsed.version == network.version and parsed in network for network in allowed):
        return True
    return secure and parsed.is_global and not (parsed.is_multicast or parsed.is_reserved or parsed.is_unspecified)


def _embedded(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one leads to; what cannot be told leads to nowhere."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None or address in _LOCAL_NAT64:
        return IPv6Address("::")
    if address in _NAT64 or (int(address) >> 32 == 0 and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _judge_literal(to: Destination, allowed: Sequence[Network]) -> None:
    """Refuse an address that is stated as numbers, or that is this very machine by its name."""
    local = to.host == "localhost" or to.host.endswith(".localhost")
    try:
        stated = "127.0.0.1" if local else str(ip_address(to.host.partition("%")[0]))
    except ValueError:
        return
    if not permitted(stated, allowed, secure=to.secure):
        raise Refused("dest.refused", "the host is in no network that deliveries may go to")


def _resolver(host: str, port: int) -> Sequence[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
