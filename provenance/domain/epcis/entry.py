"""One event as the ledger takes it: with its effective context inside, without the record time of whoever sent it on.

The same functions serve the gateway before it submits and the contract when it checks, so both reach the same id and the same
bytes. What they take is a JSON object as `canonical.parse` gives it.
"""

from collections.abc import Mapping
from typing import Any

from provenance.domain import canonical
from provenance.domain.epcis import eventhash, shape
from provenance.domain.epcis.context import scope
from provenance.domain.epcis.form import Issue
from provenance.domain.errors import Malformed

LONGEST = 256 * 1024
"""The most bytes that an event's canonical body may have."""


def issues(event: Any) -> list[Issue]:
    """Return everything that is wrong with an event that stands on its own: its form, and that it has a context."""
    found = shape.event_issues(event, scope(event.get("@context") if isinstance(event, Mapping) else None))
    if isinstance(event, Mapping) and "@context" not in event:
        found.append(Issue("", "epcis.missing", "missing field '@context'"))
    return found


def check(event: Any) -> None:
    """Raise `Malformed` (`epcis.*`, `time.malformed`) for the first thing that is wrong with an event that stands on its own."""
    for issue in issues(event):
        raise Malformed(issue.code, issue.detail, issue.pointer)


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
