"""Facets of an event: what can be asked of it for equality or existence, each a kind and a value in one spelling.

Senders' own fields are known by where they stand (the event, its ilmd, its error declaration, a sensor element, its
metadata or a report, the read point, the business location), how deep (at the top of that, or anywhere inside a field
that is), and their full URI; so no prefix that a sender chose matters. A value is spelled as the event hash spells it:
numbers plain, identifiers as canonical links, times in UTC.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from provenance.domain.canonical import Number
from provenance.domain.epcis import vocabulary
from provenance.domain.epcis.context import Scope
from provenance.domain.epcis.event import EventType
from provenance.domain.epcis.moment import instant
from provenance.domain.epcis.plain import plain_number, plain_text
from provenance.domain.errors import Malformed

Facet = tuple[str, str]
"""A kind, and a value of it."""


class Area(StrEnum):
    """Where an event may carry fields of its sender's own."""

    EVENT = "event"
    ILMD = "ilmd"
    ERROR = "error"
    SENSOR_ELEMENT = "sensorElement"
    SENSOR_METADATA = "sensorMetadata"
    SENSOR_REPORT = "sensorReport"
    READ_POINT = "readPoint"
    LOCATION = "bizLocation"


class Depth(StrEnum):
    """Whether a field stands at the top of its area, or inside a field that does, however deep."""

    TOP = "top"
    INNER = "inner"


SENSOR_WORDS: Final = (
    "type",
    "deviceID",
    "dataProcessingMethod",
    "bizRules",
    "microorganism",
    "chemicalSubstance",
    "stringValue",
    "hexBinaryValue",
    "uriValue",
    "booleanValue",
)
"""What sensor elements say in words that are asked for (EPCIS 2.0, 8.2.7.1)."""

OWN_TYPE: Final = "type"
"""The kind of the facet that has the full URI of a type that is none of the standard's."""

ERROR: Final = "error"
SENSED: Final = "sensed"
SET, UNSET, TRANSFORMATION = "set", "unset", "transformation"
REASON, CORRECTIVE = "error.reason", "error.corrective"
_SHORT: Final = 64
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d.*", re.ASCII)
_LISTED: Final = (("transactions", "transaction"), ("sources", "source"), ("destinations", "destination"))
_WORDS: Final = (("set_dispositions", SET), ("unset_dispositions", UNSET))
_PLACES: Final = (("readPoint", Area.READ_POINT), ("bizLocation", Area.LOCATION))


def field_kind(area: Area, depth: Depth, name: str) -> str:
    """Return the kind of the facets of a sender's own field, `name` being its full URI."""
    return f"{area.value}/{depth.value}/{name}"


def sensor_kind(word: str) -> str:
    """Return the kind of the facets of one of `SENSOR_WORDS`."""
    return f"sensor/{word}"


def typed_kind(listed: str, type_: str | None) -> str:
    """Return the kind of the facets of `transaction`s, `source`s or `destination`s of a type."""
    return f"{listed}/{type_ or ''}"


def facets(said: Callable[[str], Any], document: Mapping[str, Any], within: Scope) -> Iterator[Facet]:
    """Give the facets of an event beyond its own few columns.

    `said` gives the fields of the `Event` by name, None or nothing where they are not said; `document` is its JSON with
    its effective context, and `within` the scope of that.
    """
    if said("type") is EventType.EXTENDED:
        yield OWN_TYPE, within.expand(document["type"])
    for name, listed in _LISTED:
        for each in said(name) or ():
            yield typed_kind(listed, each.type), each.id
    for name, kind in _WORDS:
        for word in said(name) or ():
            yield kind, word
    if said("transformation"):
        yield TRANSFORMATION, said("transformation")
    if said("error"):
        yield from _error(said("error"))
    yield from _own(said, document, within)


def _error(error: Any) -> Iterator[Facet]:
    yield ERROR, ""
    if error.reason is not None:
        yield REASON, error.reason
    for identifier in error.corrective_ids:
        yield CORRECTIVE, identifier


def _own(said: Callable[[str], Any], document: Mapping[str, Any], within: Scope) -> Iterator[Facet]:
    if said("extensions"):
        yield from _colons(document, Area.EVENT, within)
    if said("ilmd"):
        yield from _members(document["ilmd"], Area.ILMD, Depth.TOP, within)
    if said("error") and len(document["errorDeclaration"]) > 1:
        yield from _colons(document["errorDeclaration"], Area.ERROR, within)
    for name, area in _PLACES:
        place = document.get(name)
        if place is not None and len(place) > 1:
            yield from _colons(place, area, within)
    if said("sensors"):
        yield SENSED, ""
        for element in document["sensorElementList"]:
            yield from _sensor(element, within)


def _sensor(element: Mapping[str, Any], within: Scope) -> Iterator[Facet]:
    yield from _colons(element, Area.SENSOR_ELEMENT, within)
    parts = [(Area.SENSOR_METADATA, element.get("sensorMetadata") or {})]
    parts += [(Area.SENSOR_REPORT, report) for report in element.get("sensorReport") or ()]
    for area, part in parts:
        for word in SENSOR_WORDS:
            if word in part:
                yield sensor_kind(word), sensor_word(word, part[word], within)
        yield from _colons(part, area, within)


def sensor_word(word: str, value: Any, within: Scope) -> str:
    """Return what a sensor part says under one of `SENSOR_WORDS`, in one spelling."""
    if word == "type" and isinstance(value, str):
        uri = within.expand(value)
        words = vocabulary.MEASUREMENT_TYPE.bare
        return words.get(value) or words.get(uri) or uri
    if word == "hexBinaryValue" and isinstance(value, str):
        return value.upper()
    return value if word == "stringValue" and isinstance(value, str) else plain(value)


def _colons(content: Mapping[str, Any], area: Area, within: Scope) -> Iterator[Facet]:
    """Give the facets of the members that are no names of the standard's."""
    return _members({name: each for name, each in content.items() if ":" in name}, area, Depth.TOP, within)


def _members(content: Mapping[str, Any], area: Area, depth: Depth, within: Scope) -> Iterator[Facet]:
    if "@context" in content:
        within = within.under(content["@context"])
    for name, value in content.items():
        if not name.startswith("@"):
            kind = field_kind(area, depth, within.expand(name))
            for each in value if isinstance(value, list) else (value,):
                yield from _values(kind, each, area, within)


def _values(kind: str, value: Any, area: Area, within: Scope) -> Iterator[Facet]:
    if isinstance(value, Mapping):
        yield kind, plain(value["@value"]) if "@value" in value else ""
        yield from _members(value, area, Depth.INNER, within)
    elif isinstance(value, list):
        for each in value:
            yield from _values(kind, each, area, within)
    else:
        yield kind, plain(value)


def plain(value: Any) -> str:
    """Return a JSON scalar in one spelling; a structure has none, which is the empty text."""
    if isinstance(value, str):
        return _plain_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return plain_number(value.literal) if isinstance(value, Number) else ""


def _plain_text(text: str) -> str:
    return _remembered(text) if len(text) <= _SHORT else _spelled(text)


def _spelled(text: str) -> str:
    moment = as_moment(text)
    return plain_text(text) if moment is None else moment.isoformat()


_remembered: Final = lru_cache(maxsize=8192)(_spelled)
"""Voyages, lots and countries recur in event after event."""


def as_moment(text: str) -> datetime | None:
    """Return the instant that a text is in full, if any."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return instant(text).astimezone(UTC)
    except Malformed:
        return None


def by_kind(found: Iterable[Facet]) -> dict[str, set[str]]:
    """Return facets as a mapping from kind to values."""
    kinds: dict[str, set[str]] = {}
    for kind, value in found:
        kinds.setdefault(kind, set()).add(value)
    return kinds
