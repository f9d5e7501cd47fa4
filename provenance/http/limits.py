"""How much a caller may ask for: bounds on rates, on the size of a body and on the length of a target.

Rates are per minute, by key where a key is known and by address otherwise, counted in this worker's memory: the
configured rate is divided by the number of workers. An address is a client's, never a trusted proxy's own, which speaks
for everybody; of an IPv6 address the half counts that a subscriber has. The counting engine is that of flask-limiter
without its request hooks, which cost more than the page that they would guard (180 us a request against 7).
"""

import math
import time
from threading import Lock
from typing import Protocol

from flask import request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from provenance.http.forwarded import subscriber, within
from provenance.http.problems import Problem
from provenance.settings import networks

TARGET_LIMIT = 8190
"""The longest request target that is read, in bytes."""


class Bounds(Protocol):
    """The settings that bound what callers ask for; a rate of 0 is no limit."""

    @property
    def workers(self) -> int:
        """How many processes share the rates."""

    @property
    def body_limit(self) -> int:
        """The largest body, in bytes."""

    @property
    def key_rate(self) -> int:
        """Requests a minute of one API key."""

    @property
    def page_rate(self) -> int:
        """Requests a minute of one address without a key."""

    @property
    def proxy_networks(self) -> str | None:
        """The networks of proxies that say whom they ask for."""


class Rates:
    """Counts requests by key and by address."""

    def __init__(self, bounds: Bounds) -> None:
        self._limiter = FixedWindowRateLimiter(_Counts())
        self._of_key = _per_worker(bounds.key_rate, bounds.workers)
        self._of_address = _per_worker(bounds.page_rate, bounds.workers)
        self._proxies = networks("PROXY_NETWORKS", bounds.proxy_networks)

    def count_key(self, key: str) -> None:
        """Count one request of an API key; raises `Problem` (429 `request.rate`)."""
        self._count(self._of_key, "key", key)

    def count_address(self) -> None:
        """Count one request of the caller's address; raises `Problem` (429 `request.rate`)."""
        address = request.remote_addr or ""
        if not within(address, self._proxies):
            self._count(self._of_address, "address", subscriber(address))

    def _count(self, rate: RateLimitItemPerMinute | None, kind: str, who: str) -> None:
        if rate is None or self._limiter.hit(rate, kind, who):
            return
        detail = f"more than {rate.amount} requests a minute; wait a little"
        raise Problem(429, "request.rate", detail, headers={"Retry-After": "60"})


class _Counts(MemoryStorage):
    """Counts in memory, of which those that ended are dropped while others are counted.

    The engine's own starts a thread for that, up to a hundred times a second: a seventh of what a request costs.
    """

    _EVERY = 1.0

    def __init__(self) -> None:
        super().__init__()
        self._counting = Lock()
        self._due = 0.0

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Return the count of a key after adding to it; a new one ends `expiry` seconds from now."""
        with self._counting:
            now = time.time()
            if now >= self._due:
                self._drop(now)
            if self.expirations.get(key, 0.0) <= now:
                self.storage[key], self.expirations[key] = 0, now + expiry
            self.storage[key] += amount
            return self.storage[key]

    def _drop(self, now: float) -> None:
        self._due = now + self._EVERY
        for key in [key for key, end in self.expirations.items() if end <= now]:
            del self.expirations[key], self.storage[key]


def _per_worker(rate: int, workers: int) -> RateLimitItemPerMinute | None:
    return RateLimitItemPerMinute(math.ceil(rate / max(workers, 1))) if rate > 0 else None


def check_target() -> None:
    """Raise `Problem` (414 `request.uri_too_long`) where the request target is longer than is read."""
    length = len(request.environ.get("RAW_URI", "")) or len(request.path) + len(request.query_string)
    if length > TARGET_LIMIT:
        raise Problem(414, "request.uri_too_long", f"the target of a request has at most {TARGET_LIMIT} bytes")
