"""Places as the header of a document states them (EPCIS 2.0, 9.4; CBV 2.0, master data attributes of locations).

Of a header's master data a statement keeps what rules use: country, UN/LOCODE and a position, to two decimals of a
degree (about a kilometre: enough for travel, too coarse for a doorstep). Names, addresses and contacts are never taken.
A statement is canonical JSON, `{"id":"...","place":{...}}`, with the place's identifier as events are read. What a
document contradicts itself in, or what is no value of its attribute, it does not state.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from provenance.domain import canonical
from provenance.domain.canonical import Number
from provenance.domain.countries import is_country
from provenance.domain.epcis.context import Scope
from provenance.domain.errors import Malformed
from provenance.domain.gs1.convert import canonical_or_none
from provenance.domain.trade import UnLocode

_PLACES: Final = frozenset({"urn:epcglobal:epcis:vtype:BusinessLocation", "urn:epcglobal:epcis:vtype:ReadPoint"})
_ATTRIBUTE: Final = re.compile(r"urn:epcglobal:cbv:mda[:#]?(.*)")
FIELDS: Final = {
    "countryCode": "country",
    "unLocationCode": "unlocode",
    "latitude": "latitude",
    "longitude": "longitude",
}
"""From the CBV's attributes of places to what rules use of them."""
_IDENTIFIER: Final = re.compile(r"[^\x00-\x20\x7f]{1,300}")
_DEGREES: Final = re.compile(r"(-?[0-9]{1,3})(\.[0-9]{1,2})?")
_MEASURED: Final = re.compile(r"(-?[0-9]{1,3}(?:\.[0-9]{1,2})?)[0-9]*")
_ENDS: Final = {"latitude": 90, "longitude": 180}
_EXTENSION: Final = "/254/"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a document states of a place, and the canonical bytes that state it; degrees are WGS 84."""

    place: str
    body: bytes
    country: str | None = None
    unlocode: str | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None

    @property
    def digest(self) -> str:
        """The SHA-256 of the canonical bytes as hex."""
        return canonical.digest(self.body)


def attribute_name(uri: str) -> str:
    """Return the name of an attribute of the CBV's master data, the empty text for any other URI."""
    match = _ATTRIBUTE.fullmatch(uri)
    return "" if match is None else match[1]


def named(place: str) -> tuple[str, ...]:
    """Return the identifiers that tell where a place is, best first: its own, and of a GLN with extension its site's.

    `place` is an identifier as events are read.
    """
    site = place.partition(_EXTENSION)[0]
    return (place,) if site == place else (place, site)


def stated(vocabularies: Iterable[Mapping[str, Any]], within: Scope) -> dict[str, bytes]:
    """Return the statements of well-formed lists of master data, by the identifiers of their places."""
    told: dict[str, dict[str, set[str]]] = {}
    for place, field, value in _told(vocabularies, within):
        told.setdefault(place, {}).setdefault(field, set()).add(value)
    found = ((place, _agreed(fields)) for place, fields in told.items())
    return {place: canonical.dump({"id": place, "place": fields}) for place, fields in found if fields}


def chosen(event: Mapping[str, Any], statements: Mapping[str, bytes]) -> tuple[bytes, ...]:
    """Return the statements of the places where a well-formed event says that it happened and where things then are."""
    said = (event[name]["id"] for name in ("readPoint", "bizLocation") if name in event)
    tried = (named(canonical_or_none(each) or each) for each in said)
    found = (next((statements[name] for name in names if name in statements), None) for names in tried)
    return tuple(dict.fromkeys(each for each in found if each is not None))


def read(value: Any) -> Statement:
    """Return the statement that a JSON value is; raises `Malformed` (`chunk.master_data`) for what is none."""
    if not isinstance(value, dict) or value.keys() != {"id", "place"}:
        raise _malformed("a statement of a place has an 'id' and a 'place'", "")
    place, fields = value["id"], value["place"]
    if not isinstance(place, str) or not _IDENTIFIER.fullmatch(place) or (canonical_or_none(place) or place) != place:
        raise _malformed("a place is named as events are read, by at most 300 characters", "/id")
    if not isinstance(fields, dict) or not fields or not fields.keys() <= set(FIELDS.values()):
        raise _malformed(f"a place has some of {', '.join(FIELDS.values())}", "/place")
    for field, text in fields.items():
        if not isinstance(text, str) or not _holds(field, text):
            raise _malformed(f"this is no {field}", f"/place/{field}")
    if ("latitude" in fields) != ("longitude" in fields):
        raise _malformed("a place has both coordinates or none", "/place")
    latitude, longitude = (Decimal(fields[field]) if field in fields else None for field in _ENDS)
    return Statement(place, canonical.dump(value), fields.get("country"), fields.get("unlocode"), latitude, longitude)


def _told(vocabularies: Iterable[Mapping[str, Any]], within: Scope) -> Iterator[tuple[str, str, str]]:
    """Give (place, field, value) of every attribute of a place that is kept and is what it should be."""
    for vocabulary in vocabularies:
        if within.expand(vocabulary["type"]) not in _PLACES:
            continue
        for element in vocabulary.get("vocabularyElementList", ()):
            place = canonical_or_none(element["id"]) or element["id"]
            if not _IDENTIFIER.fullmatch(place):
                continue
            for attribute in element.get("attributes", ()):
                field = FIELDS.get(attribute_name(within.expand(attribute["id"])))
                value = None if field is None else _value(field, attribute.get("attribute"))
                if field is not None and value is not None:
                    yield place, field, value


def _value(field: str, written: Any) -> str | None:
    """Return the value of an attribute as statements have it, None where it is none of its field."""
    if isinstance(written, Number):
        written = written.literal
    text = str(written).strip() if isinstance(written, str | int) else ""
    if field in _ENDS:
        match = _MEASURED.fullmatch(text)
        text = "" if match is None else match[1]
    elif field == "unlocode":
        text = text.replace(" ", "")
    return text if _holds(field, text) else None


def _holds(field: str, text: str) -> bool:
    """Return whether a statement may have the text as its field."""
    if field == "country":
        return is_country(text)
    if field in _ENDS:
        return _DEGREES.fullmatch(text) is not None and abs(Decimal(text)) <= _ENDS[field]
    try:
        return str(UnLocode.parse(text)) == text
    except Malformed:
        return False


def _agreed(fields: Mapping[str, set[str]]) -> dict[str, str]:
    """Return what was stated in one way only, and coordinates only in pairs."""
    found = {field: next(iter(values)) for field, values in fields.items() if len(values) == 1}
    if not _ENDS.keys() <= found.keys():
        found = {field: value for field, value in found.items() if field not in _ENDS}
    return found


def _malformed(detail: str, pointer: str) -> Malformed:
    return Malformed("chunk.master_data", detail, pointer)


def listed(bodies: Iterable[bytes]) -> list[bytes]:
    """Return statements as a chunk lists them: each once, in the order of their bytes."""
    return sorted(set(bodies))
