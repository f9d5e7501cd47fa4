"""Events that the gateway writes for its callers: what was seen, where, when, and who hands it to whom.

An observation becomes an EPCIS ObjectEvent in the caller's name. A partner is the destination of a departure and the
source of an arrival, as possessing party.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from provenance.domain import canonical
from provenance.domain.epcis import document
from provenance.domain.epcis.document import Captured
from provenance.domain.errors import Malformed
from provenance.domain.fold.steps import DEPARTURES, VOIDING
from provenance.domain.gs1 import link as links
from provenance.domain.gs1.keys import CANONICAL_STEM, Link
from provenance.domain.instant import format_instant

STANDARD_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
_CLASSES = (links.Level.CLASS, links.Level.LOT)
_ITEM = re.compile(rf"{re.escape(CANONICAL_STEM)}/01/[0-9]{{14}}/21/[^/]+")
"""What nearly every scan names: a fortieth of its request would go into taking it apart again."""


@dataclass(frozen=True, slots=True)
class Observation:
    """Things that were seen in a business step; `time` is RFC 3339 with its zone, `partner` a party's identifier.

    `more` are members of the event that it takes over as they are, such as those of the shipment that it cancels.
    """

    things: tuple[Link, ...]
    step: str
    time: str
    place: Link | None = None
    partner: str | None = None
    disposition: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    def event(self) -> dict[str, Any]:
        """Return it as an EPCIS event of plain strings: acts have kinds of their own for things and places."""
        event: dict[str, Any] = {"type": "ObjectEvent", "eventTime": self.time, "eventTimeZoneOffset": self._offset()}
        event |= {**self._named(), "action": "OBSERVE", "bizStep": self.step}
        if self.disposition is not None:
            event["disposition"] = self.disposition
        if self.place is not None:
            event["readPoint"] = {"id": str(self.place)}
        return event | self._handed() | dict(self.more)

    def _named(self) -> dict[str, Any]:
        classes = [str(thing) for thing in self.things if _names_class(thing)]
        single = [str(thing) for thing in self.things if thing not in classes]
        listed = {"epcList": single, "quantityList": [{"epcClass": each} for each in classes]}
        return {name: content for name, content in listed.items() if content}

    def _handed(self) -> dict[str, Any]:
        if self.partner is None:
            return {}
        leaves = self.step in DEPARTURES or self.step == VOIDING
        ends, end = ("destinationList", "destination") if leaves else ("sourceList", "source")
        return {ends: [{"type": "possessing_party", end: self.partner}]}

    def _offset(self) -> str:
        return "+00:00" if self.time[-1] in "Zz" else self.time[-6:]


def _names_class(thing: Link) -> bool:
    return _ITEM.fullmatch(thing) is None and links.parts(thing).level in _CLASSES


def captured(observations: Iterable[Observation], now: datetime) -> list[Captured]:
    """Return observations as events that are ready for the ledger, in their order; raises `Malformed`."""
    return _sound(document_of(observations, now))


def document_of(observations: Iterable[Observation], now: datetime) -> document.Document:
    """Return observations as a document that was read, with the problems of those that cannot be recorded."""
    stated = list(observations)
    head = {"@context": [STANDARD_CONTEXT], "type": "EPCISDocument", "schemaVersion": "2.0"}
    body = {"epcisBody": {"eventList": [each.event() for each in stated]}}
    content = {**head, "creationDate": format_instant(now), **body}
    if any(each.more for each in stated):  # all else is no deeper than it is written here
        canonical.refuse_depth(content, canonical.DEEPEST)
    return document.of(content)


def captured_event(event: Mapping[str, Any]) -> Captured:
    """Return an event as its sender wrote it, with the standard's context where it names none; raises `Malformed`."""
    events = _sound(document.read(canonical.dump({"@context": [STANDARD_CONTEXT], **event})))
    if len(events) != 1:
        raise Malformed("arguments.length", f"this is one event, not {len(events)}")
    return events[0]


def _sound(read: document.Document) -> list[Captured]:
    if read.problems:
        first = read.problems[0]
        raise Malformed(first.code, first.detail, first.pointer)
    return read.events
