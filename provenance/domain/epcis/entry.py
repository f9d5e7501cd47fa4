"""One event as the ledger takes it: with its effective context inside, without the record time of whoever sent it on.

The same functions serve the gateway before it submits and the contract when it checks, so both reach the same id and
the same bytes. What they take is a JSON object as `canonical.parse` gives it.
"""

from collections.abc import Mapping
from typing import Any

from provenance.domain import canonical
from provenance.domain.epcis import eventhash, shape, usual
from provenance.domain.epcis.context import Scope, scope
from provenance.domain.errors import Malformed

LONGEST = 256 * 1024
"""The most bytes that an event's canonical body may have."""

_REMEMBERED = 2048
_SOUND: dict[bytes, str] = {}
"""The ids of the events whose form was checked lately, by their canonical bodies: a gateway's, then its contract's."""


def check(event: Any) -> None:
    """Raise `Malformed` (`epcis.*`, `time.malformed`) for the first thing that is wrong with an event that stands
    alone.

    Such an event has the form of its type and brings its context.
    """
    _check(event, _scope_of(event))


def checked(event: Any) -> tuple[bytes, str]:
    """Return the canonical body and the id of an event that stands alone after checking its form.

    Form and id are functions of the body: a process that has worked them out for the same bytes does not do so again.
    Raises as `check` does, and `epcis.too_large`.
    """
    if type(event) is not dict or "@context" not in event:
        check(event)
    written = body(event)
    found = known(written)
    if found is not None and "recordTime" not in event:
        return written, found
    found = usual.event_id(event)
    if found is not None:
        return written, remember(written, found)
    within = _scope_of(event)
    _check(event, within)
    return written, sound(event, written, within)


def known(written: bytes) -> str | None:
    """Return the id of the event with this canonical body if its form was checked lately."""
    return _SOUND.get(written)


def sound(event: Mapping[str, Any], written: bytes, within: Scope) -> str:
    """Return the id of an event whose form was checked, given its canonical body and its scope; remembers it.

    Raises `Malformed` (`epcis.too_large`).
    """
    return remember(written, eventhash.event_id(event, within))


def remember(written: bytes, event_id: str) -> str:
    """Return the id of a checked event after remembering it; raises `Malformed` (`epcis.too_large`)."""
    if len(written) > LONGEST:
        raise Malformed("epcis.too_large", f"an event has at most {LONGEST} bytes, this has {len(written)}")
    if len(_SOUND) >= _REMEMBERED:
        _SOUND.clear()
    _SOUND[written] = event_id
    return event_id


def event_id(event: Mapping[str, Any]) -> str:
    """Return the id of a well-formed event, `ni:///sha-256;<hex>?ver=CBV2.0`."""
    return usual.event_id(event) or eventhash.event_id(event, scope(event.get("@context")))


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
