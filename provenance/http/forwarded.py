"""The address of whoever asks, where a proxy stands between: from `X-Forwarded-For`, of proxies that are trusted alone.

A proxy adds the address that it was asked from at the end of the header. So it is read from its end, past every address
that is a trusted proxy's, to the first that is none; whatever stands before that, anybody may have written.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Network = IPv4Network | IPv6Network

_MOST = 20
_SUBSCRIBER_V6 = 64


class ClientAddress:
    """WSGI middleware that makes `REMOTE_ADDR` the address of the client, where a trusted proxy asks for it."""

    def __init__(self, application: "WSGIApplication", proxies: Sequence[Network]) -> None:
        self._application = application
        self._proxies = proxies

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        stated = environ.get("HTTP_X_FORWARDED_FOR")
        if stated is not None:
            environ["REMOTE_ADDR"] = client(environ.get("REMOTE_ADDR", ""), stated, self._proxies)
        return self._application(environ, start_response)


def client(peer: str, forwarded: str, proxies: Sequence[Network]) -> str:
    """Return the address of the client: the peer's own, unless trusted proxies say whom they ask for."""
    found = peer
    for stated in reversed(forwarded.split(",")[-_MOST:]):
        if not within(found, proxies):
            return found
        try:
            found = str(ip_address(stated.strip().strip("[]")))
        except ValueError:
            return found
    return found


def within(address: str, networks: Sequence[Network]) -> bool:
    """Return whether an address is in one of the networks."""
    if not networks:
        return False
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(parsed.version == network.version and parsed in network for network in networks)


@lru_cache(maxsize=4096)
def subscriber(address: str) -> str:
    """Return what stands for one subscriber's line: an IPv4 address, or the first half of an IPv6 one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    if parsed.version == 4:  # noqa: PLR2004 - the protocol's number
        return str(parsed)
    return str(IPv6Network((int(parsed) >> _SUBSCRIBER_V6 << _SUBSCRIBER_V6, _SUBSCRIBER_V6)))
