"""One event as the ledger takes it: with its effective context inside, without the record time of whoever sent it on.

The same functions serve the gateway before it submits and the contract when it checks, so both reach the same id and
the same bytes. What they take is a JSON object as `canonical.parse` gives it.
"""

from collections.abc import Mapping
from typing import Any

from provenance.domain import canonical
from provenance.domain.epcis import eventhash, shape
from provenance.domain.epcis.context import Scope, scope
from provenance.domain.errors import Malformed

LONGEST = 256 * 1024
"""The most bytes that an event's canonical body may have."""


def check(event: Any) -> None:
    """Raise `Malformed` (`epcis.*`, `time.malformed`) for the first thing that is wrong with an event that stands
    alone.

    Such an event has the form of its type and brings its context.
    """
    _check(event, _scope_of(event))


def checked_id(event: Any) -> str:
    """Return the id of an event that stands alone after checking its form; raises as `check` does."""
    within = _scope_of(event)
    _check(event, within)
    return eventhash.event_id(event, within)


def event_id(event: Mapping[str, Any]) -> str:
    """Return the id of a well-formed event, `ni:///sha-256;<hex>?ver=CBV2.0`."""
    return eventhash.event_id(event, scope(event.get("@context")))


def prehash(event: Mapping[str, Any]) -> str:
    """Return the string that the event's id is the hash of."""
    return eventhash.prehash(event, scope(event.get("@context")))


def body(event: Mapping[str, Any]) -> bytes:
    """Return the canonical bytes without `recordTime`: what makes a fact, together with who recorded it."""
    if "recordTime" in event:
        event = {name: value for name, value in event.items() if name != "recordTime"}
    return canonical.dump(event)


def digest(event: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical bytes as hex."""
    return canonical.digest(body(event))


def _scope_of(event: Any) -> Scope:
    return scope(event.get("@context") if isinstance(event, dict) else None)


def _check(event: Any, within: Scope) -> None:
    for issue in shape.event_issues(event, within):
        raise Malformed(issue.code, issue.detail, issue.pointer)
    if "@context" not in event:
        raise Malformed("epcis.missing", "missing field '@context'")
