"""One event element, of EPCIS 2.0 or 1.x, as the JSON object that says the same.

Elements may stand in any order. What the schema does not know here becomes a field that the form of events refuses by
its name; what cannot be said in JSON at all (an element twice, text between elements) is refused here, with its line.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from provenance.domain import canonical
from provenance.domain.epcis import vocabulary
from provenance.domain.errors import Malformed
from provenance.epcisxml.extensions import Extensions
from provenance.epcisxml.fields import KINDS, NUMBERS, OLD_VOC, ORDER, REPORT, SENSOR_WORDS, WORDS, Kind
from provenance.epcisxml.syntax import SCHEMA_INSTANCE, Element, children, text, unexpected, where

DEEPEST: Final = 56
"""How deep the JSON form of an event may nest; a document and a chunk of events add their own levels."""

_NUMBER: Final = re.compile(r"([+-]?)([0-9]*)(?:(\.[0-9]*))?([eE][+-]?[0-9]{1,9})?")
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


class Events:
    """Reads the events of one document."""

    def __init__(self, extensions: Extensions) -> None:
        self._extensions = extensions
        self._readers: Mapping[Kind, Callable[[Element], Any]] = {
            Kind.TEXT: text,
            Kind.WORD: _word,
            Kind.TEXTS: text,
            Kind.EPCS: _epcs,
            Kind.QUANTITIES: _quantities,
            Kind.TYPED: _typed,
            Kind.PLACE: self._place,
            Kind.DISPOSITIONS: _dispositions,
            Kind.SENSORS: self._sensors,
            Kind.ERROR: self._error,
            Kind.ILMD: self._ilmd,
        }

    def read(self, element: Element, kind: str) -> dict[str, Any]:
        """Return the event of type `kind`; raises `Malformed` (`xml.*`, `json.depth`) for what JSON could not say."""
        event: dict[str, Any] = {"type": kind}
        others = []
        for child in children(element):
            tag = str(child.tag)
            held = KINDS.get(tag)
            if held is None:
                others.append(child)
            elif held is Kind.TEXTS:
                event.setdefault(tag, []).append(text(child))
            else:
                _once(event, tag, self._readers[held](child), child)
        _merge(event, self._extensions.content(others, _attributes(element)), element)
        try:
            canonical.refuse_depth(event, DEEPEST)
        except Malformed as error:
            raise Malformed(error.code, f"{where(element)}: {error.detail}") from None
        return _as_object_event(event) if event["type"] == "QuantityEvent" else event

    def _place(self, element: Element) -> dict[str, Any]:
        return self._extended(element, {"id": text})

    def _error(self, element: Element) -> dict[str, Any]:
        readers = {"declarationTime": text, "reason": _word, "correctiveEventIDs": _corrective}
        return self._extended(element, readers)

    def _ilmd(self, element: Element) -> dict[str, Any]:
        return self._extended(element, {})

    def _sensors(self, element: Element) -> list[dict[str, Any]]:
        return [self._sensor(each) for each in _only(element, "sensorElement")]

    def _sensor(self, element: Element) -> dict[str, Any]:
        found: dict[str, Any] = {}
        reports, rest = [], []
        for child in children(element):
            if child.tag == "sensorReport":
                reports.append(self._report(child))
            elif child.tag == "sensorMetadata":
                _once(found, "sensorMetadata", self._metadata(child), child)
            else:
                rest.append(child)
        if reports:
            found["sensorReport"] = reports
        return _merge(found, self._extensions.content(rest, _attributes(element)), element)

    def _metadata(self, element: Element) -> dict[str, Any]:
        return self._extensions.content(children(element), _attributes(element))

    def _report(self, element: Element) -> dict[str, Any]:
        report = self._extensions.content(children(element), _attributes(element))
        return {name: _reading(name, value) if name in REPORT else value for name, value in report.items()}

    def _extended(self, element: Element, readers: Mapping[str, Callable[[Element], Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        rest = []
        for child in children(element):
            reader = readers.get(str(child.tag))
            if reader is None:
                rest.append(child)
            else:
                _once(found, str(child.tag), reader(child), child)
        return _merge(found, self._extensions.content(rest, _attributes(element)), element)


def is_event(element: Element) -> bool:
    """Return whether an element is an event of a type of the standard."""
    return element.tag in ORDER or element.tag == "QuantityEvent"


def may_be_event(element: Element) -> bool:
    """Return whether an element can be an event in a list: of the standard's types, or of somebody's own namespace."""
    tag = str(element.tag)
    return is_event(element) or (tag[0] == "{" and not tag.startswith("{urn:epcglobal:"))


def number(literal: str) -> Any:
    """Return an XML number (xsd:decimal, xsd:double) as a JSON number, every digit kept; other text as it is.

    So is an exponent longer than JSON is read with: the event is then refused in its place.
    """
    match = _NUMBER.fullmatch(literal)
    if match is None or not (match[2] or (match[3] or "")[1:]):
        return literal
    sign, whole, fraction, exponent = match[1], match[2], match[3] or "", match[4] or ""
    written = f"{'-' if sign == '-' else ''}{whole.lstrip('0') or '0'}{fraction if len(fraction) > 1 else ''}{exponent}"
    return canonical.parse(written.encode())


def word(value: str, words: vocabulary.WordList) -> str:
    """Return the bare word for any spelling of one of the standard's, and another value as it is."""
    if value.startswith(OLD_VOC):
        value = vocabulary.VOC + value.partition("/voc/")[2]
    return words.bare.get(value, value)


def _once(found: dict[str, Any], name: str, value: Any, element: Element) -> None:
    if name in found:
        raise Malformed("xml.repeated", f"{where(element)}: <{name}> occurs twice")
    found[name] = value


def _merge(found: dict[str, Any], others: dict[str, Any], element: Element) -> dict[str, Any]:
    for name, value in others.items():
        _once(found, name, value, element)
    return found


def _attributes(element: Element) -> list[tuple[str, str]]:
    typing = f"{{{SCHEMA_INSTANCE}}}"
    return [(str(tag), str(value)) for tag, value in element.attrib.items() if not str(tag).startswith(typing)]


def _only(element: Element, name: str) -> list[Element]:
    """Return the children of a list of one kind of element."""
    found = list(children(element))
    for child in found:
        if child.tag != name:
            raise unexpected(child, element)
    return found


def _word(element: Element) -> str:
    return word(text(element), WORDS[str(element.tag)])


def _epcs(element: Element) -> list[str]:
    return [text(each) for each in _only(element, "epc")]


def _corrective(element: Element) -> list[str]:
    return [text(each) for each in _only(element, "correctiveEventID")]


def _quantities(element: Element) -> list[dict[str, Any]]:
    return [_quantity(each) for each in _only(element, "quantityElement")]


def _quantity(element: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in children(element):
        written = text(child)
        if child.tag == "quantity" and not written and child.get(f"{{{SCHEMA_INSTANCE}}}nil") in ("true", "1"):
            continue
        _once(found, str(child.tag), number(written) if child.tag == "quantity" else written, child)
    return found


def _typed(element: Element) -> list[dict[str, str]]:
    name = str(element.tag).removesuffix("List")
    return [_reference(each, name) for each in _only(element, name)]


def _reference(element: Element, name: str) -> dict[str, str]:
    attributes = dict(_attributes(element))
    found = {"type": word(attributes.pop("type"), WORDS[name])} if "type" in attributes else {}
    return found | attributes | {name: text(element)}


def _dispositions(element: Element) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for child in children(element):
        if child.tag not in ("set", "unset"):
            raise unexpected(child, element)
        found.setdefault(str(child.tag), []).append(_word(child))
    return found


def _reading(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name in NUMBERS:
        return number(value.strip())
    if name == "booleanValue":
        return _BOOLEANS.get(value.strip(), value)
    return word(value, SENSOR_WORDS[name]) if name in SENSOR_WORDS else value


def _as_object_event(event: dict[str, Any]) -> dict[str, Any]:
    """Return what replaced the QuantityEvent of EPCIS 1.0 (EPCIS 1.1, 7.4.4): an observation of a quantity."""
    kept = {name: value for name, value in event.items() if name not in ("epcClass", "quantity")}
    quantity = {name: event[name] for name in ("epcClass", "quantity") if name in event}
    if "quantity" in quantity:
        quantity["quantity"] = number(quantity["quantity"])
    return kept | {"type": "ObjectEvent", "action": "OBSERVE", "quantityList": [quantity]}
