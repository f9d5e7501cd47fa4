"""Which HTTP status a contract's refusal is, by its stable code.

=== ===============================================================================================================
403 the caller does not hold the authority: `authority.*`, `identity.*`, and what ends in a `not_...` of the caller
404 the thing that the request's path names is not on record (only a route knows what its path names)
409 the act does not fit what is on record now: it may have fitted before, or fit later
422 the request can never fit: it names what is not on record, is not well-formed, or contradicts itself
=== ===============================================================================================================
"""

from collections.abc import Collection

DENIED = frozenset({"authority", "identity"})
"""First words of codes that say who may do something."""

UNFIT = frozenset(
    {
        "arguments",
        "case.court",
        "chunk",
        "epcis",
        "handover.receiver",
        "identifier",
        "json",
        "measure.declaration",
        "measure.size",
        "registry.stewards_fixed",
        "state.size",
        "time",
    }
)
"""Codes, or their first words, of requests that can never fit."""


def status_of(code: str, *, named: Collection[str] = ()) -> int:
    """Return the status of a refusal with the code; `named` are the kinds of things that the request's path names."""
    first, _, what = code.partition(".")
    if first in DENIED or what.startswith("not_"):
        return 403
    if what == "unknown":
        return 404 if first in named or first == "contract" else 422
    return 422 if first in UNFIT or code in UNFIT else 409
