"""The numbers under which the facets of events are found: 32 bits of what is told, 32 bits of its value.

All values of a kind lie next to each other, so that one index finds both an event with a value and one with any. Two
facets may share a number: what is found under it is looked at before it counts.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from provenance.domain.epcis.context import Scope
from provenance.domain.epcis.fields import facets

_HALF = 32
_SIGN = 1 << 63
_WIDTH = 1 << _HALF
_LONGEST = 64
"""Longer values are not remembered: they hardly recur, and would fill the memory."""


def terms_of(said: Callable[[str], Any], document: Mapping[str, Any], within: Scope) -> set[int]:
    """Return the numbers of an event's facets; `said`, `document` and `within` are as `facets` takes them."""
    told = facets(said, document, within)
    return {_begin(kind) + (_recurring(value) if len(value) <= _LONGEST else _short(value)) for kind, value in told}


def exact(kinds: Iterable[str], values: Iterable[str]) -> list[int]:
    """Return the numbers of all facets of these kinds with these values."""
    shorts = {_short(value) for value in values}
    return sorted({_begin(kind) + short for kind in kinds for short in shorts})


def span(kind: str) -> tuple[int, int]:
    """Return the first number of a kind and its last."""
    begins = _begin(kind)
    return begins, begins + _WIDTH - 1


@lru_cache(maxsize=1 << 14)
def _begin(kind: str) -> int:
    return (_short(kind) << _HALF) - _SIGN


def _short(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(errors="surrogatepass"), digest_size=4).digest())


_recurring = lru_cache(maxsize=1 << 14)(_short)
"""Parties, orders and voyages recur in event after event."""
