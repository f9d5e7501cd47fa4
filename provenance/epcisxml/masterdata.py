"""A document's header, both ways: master data (EPCIS 2.0, 9.4), and who sent the document to whom."""

from collections.abc import Mapping
from typing import Any

from lxml import etree

from provenance.domain.epcis.context import Scope
from provenance.epcisxml.extensions import Extensions
from provenance.epcisxml.syntax import Element, children, text, unexpected
from provenance.epcisxml.values import write_members, write_text

SBDH = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
"""Namespace of the Standard Business Document Header."""

_PARTIES = {
    "sender": ("Sender", "Identifier"),
    "receiver": ("Receiver", "Identifier"),
    "instanceIdentifier": ("DocumentIdentification", "InstanceIdentifier"),
}
PARTIES = tuple(_PARTIES)
"""The fields of a document that say who sent it to whom, and which it is."""


def read_list(element: Element, extensions: Extensions) -> list[dict[str, Any]]:
    """Return a `VocabularyList` as JSON has it."""
    found = []
    for vocabulary in children(element):
        if vocabulary.tag != "Vocabulary":
            raise unexpected(vocabulary, element)
        listed = [child for each in children(vocabulary) if each.tag == "VocabularyElementList" for child in each]
        elements = [_read_element(child, extensions) for child in listed]
        found.append({**_attributes(vocabulary), "vocabularyElementList": elements})
    return found


def write_list(parent: Element, vocabularies: list[Mapping[str, Any]], within: Scope) -> None:
    """Write master data as a `VocabularyList`."""
    written = etree.SubElement(parent, "VocabularyList")
    for vocabulary in vocabularies:
        one = etree.SubElement(written, "Vocabulary", {"type": str(vocabulary["type"])})
        elements = vocabulary.get("vocabularyElementList", [])
        if elements:
            listed = etree.SubElement(one, "VocabularyElementList")
            for element in elements:
                _write_element(listed, element, within)


def read_parties(header: Element) -> dict[str, str]:
    """Return who sent a document to whom, and its identifier, from a Standard Business Document Header."""
    way = "/".join(f"{{{SBDH}}}{name}" for name in ("StandardBusinessDocumentHeader", "%s", "%s"))
    found = {name: header.findtext(way % steps) for name, steps in _PARTIES.items()}
    return {name: value.strip() for name, value in found.items() if value is not None and value.strip()}


def write_parties(header: Element, document: Mapping[str, Any]) -> None:
    """Write a Standard Business Document Header that says it, with what such a header must have."""
    written = etree.SubElement(header, f"{{{SBDH}}}StandardBusinessDocumentHeader", nsmap={"sbdh": SBDH})

    def put(parent: Element, name: str, text: Any = None) -> Element:
        element = etree.SubElement(parent, f"{{{SBDH}}}{name}")
        if text is not None:
            write_text(element, text)
        return element

    put(written, "HeaderVersion", "1.0")
    for party in ("Sender", "Receiver"):
        put(put(written, party), "Identifier", document.get(party.lower(), ""))
    identification = put(written, "DocumentIdentification")
    put(identification, "Standard", "EPCglobal")
    put(identification, "TypeVersion", "2.0")
    put(identification, "InstanceIdentifier", document.get("instanceIdentifier", ""))
    put(identification, "Type", "Events")
    put(identification, "CreationDateAndTime", document.get("creationDate", ""))


def _read_element(element: Element, extensions: Extensions) -> dict[str, Any]:
    found: dict[str, Any] = _attributes(element)
    attributes: list[dict[str, Any]] = []
    for child in children(element):
        if child.tag == "attribute":
            value = extensions.text_or_object(child)
            named = _attributes(child)
            attributes.append({**named, "attribute": _without(value, named)})
        elif child.tag == "children":
            inside = [text(each) for each in children(child)]
            found |= {"children": inside} if inside else {}
    return found | ({"attributes": attributes} if attributes else {})


def _without(value: Any, named: Mapping[str, str]) -> Any:
    """Return the value of an attribute without its id, which names it."""
    if not isinstance(value, dict):
        return value
    rest = {name: content for name, content in value.items() if name not in named}
    return rest.get("#text", "") if rest.keys() <= {"#text"} else rest


def _attributes(element: Element) -> dict[str, Any]:
    return {str(name): str(value) for name, value in element.attrib.items() if not str(name).startswith("{")}


def _write_element(parent: Element, element: Mapping[str, Any], within: Scope) -> None:
    one = etree.SubElement(parent, "VocabularyElement", {"id": str(element["id"])})
    for attribute in element.get("attributes", []):
        written = etree.SubElement(one, "attribute", {"id": str(attribute["id"])})
        value = attribute.get("attribute", "")
        if isinstance(value, Mapping):
            write_members(written, value, within)
        else:
            write_text(written, value)
    inside = element.get("children", [])
    if inside:
        listed = etree.SubElement(one, "children")
        for identifier in inside:
            etree.SubElement(listed, "id").text = str(identifier)
