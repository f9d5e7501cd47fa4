"""JSON-LD documents as EPCIS XML 2.0, in the order of the standard's schema.

What is written reads back to events with the same event hash. Words of the CBV are written as their web URIs or as
their URNs (`GS1-CBV-XML-Format`); identifiers stay as they are.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from typing import Any, Final

from lxml import etree

from provenance.domain.epcis import vocabulary
from provenance.domain.epcis.context import Scope, fold, scope
from provenance.domain.errors import Malformed
from provenance.epcisxml import masterdata
from provenance.epcisxml.fields import KINDS, METADATA, NEEDED, ORDER, REPORT, SENSOR_WORDS, WORDS, Kind
from provenance.epcisxml.names import MASTER_DATA
from provenance.epcisxml.syntax import Element
from provenance.epcisxml.values import is_free, set_attribute, tag_of, write_member, write_members, write_text

EPCIS: Final = "urn:epcglobal:epcis:xsd:2"
QUERY: Final = "urn:epcglobal:epcis-query:xsd:2"


class CbvFormat(StrEnum):
    """How words of the CBV are spelled in XML (`GS1-CBV-XML-Format`)."""

    NO_PREFERENCE = "No_Preference"
    ALWAYS_WEB_URI = "Always_Web_URI"
    ALWAYS_URN = "Always_URN"
    NEVER_TRANSLATES = "Never_Translates"


def write(document: Mapping[str, Any], *, cbv: CbvFormat = CbvFormat.ALWAYS_WEB_URI) -> bytes:
    """Return a document (`EPCISDocument`, `EPCISQueryDocument`, or one event) as XML 2.0 in UTF-8.

    The events are well-formed. Raises `Malformed` (`xml.inexpressible`) for text that XML cannot hold.
    """
    kind, within = str(document["type"]), scope(document.get("@context"))
    if kind not in _DOCUMENTS:
        root = _Writer(cbv).event(None, document, within)
    else:
        root = etree.Element(
            f"{{{_DOCUMENTS[kind]}}}{kind}", nsmap=_prefixes(within) | {"epcis": EPCIS, "epcisq": QUERY}
        )
        root.set("schemaVersion", "2.0")
        root.set("creationDate", str(document.get("creationDate", "")))
        _write_header(root, document, within)
        _write_body(root, document, within, _Writer(cbv))
    etree.cleanup_namespaces(root, keep_ns_prefixes=list(_prefixes(within)))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


_DOCUMENTS: Final = {"EPCISDocument": EPCIS, "EPCISQueryDocument": QUERY}
_OF_DOCUMENT: Final = frozenset(
    {"@context", "id", "type", "schemaVersion", "creationDate", "epcisHeader", "epcisBody", *masterdata.PARTIES}
)


def _write_body(root: Element, document: Mapping[str, Any], within: Scope, writer: "_Writer") -> None:
    body = etree.SubElement(root, "EPCISBody")
    content: Mapping[str, Any] = document["epcisBody"]
    if "queryResults" in content:
        results = content["queryResults"]
        inner = etree.SubElement(body, f"{{{QUERY}}}QueryResults")
        for name in ("queryName", "subscriptionID"):
            if name in results:
                etree.SubElement(inner, name).text = str(results[name])
        held = results["resultsBody"]
        _write_events(etree.SubElement(inner, "resultsBody"), held, within, writer)
        _write_others(inner, results, within, {"queryName", "subscriptionID", "resultsBody"})
    else:
        _write_events(body, content, within, writer)
    _write_others(root, document, within, _OF_DOCUMENT)


def _write_events(parent: Element, content: Mapping[str, Any], within: Scope, writer: "_Writer") -> None:
    listed = etree.SubElement(parent, "EventList")
    for event in content.get("eventList", []):
        writer.event(listed, event, within)
    if content.get("vocabularyList"):
        masterdata.write_list(parent, content["vocabularyList"], within)
    _write_others(parent, content, within, {"eventList", "vocabularyList", "queryResults"})


def _write_header(root: Element, document: Mapping[str, Any], within: Scope) -> None:
    header = document.get("epcisHeader", {})
    vocabularies = header.get("epcisMasterData", {}).get("vocabularyList", [])
    sent = any(name in document for name in masterdata.PARTIES)
    if not sent and not vocabularies:
        return
    written = etree.SubElement(root, "EPCISHeader")
    if sent:
        masterdata.write_parties(written, document)
    if vocabularies:
        extension = etree.SubElement(etree.SubElement(written, "extension"), "EPCISMasterData")
        masterdata.write_list(extension, vocabularies, within)


def _write_others(parent: Element, content: Mapping[str, Any], within: Scope, known: frozenset[str] | set[str]) -> None:
    for name, value in content.items():
        if name not in known and ":" in name and value is not None:
            write_member(parent, name, value, within)


def _prefixes(within: Scope) -> dict[str, str]:
    """Return the prefixes that a document's context declares itself, as XML spells their namespaces."""
    built_in = vocabulary.PREFIXES
    own = {prefix: home for prefix, home in within.prefixes.items() if built_in.get(prefix) != home}
    usable = {prefix: home for prefix, home in own.items() if tag_of(f"{prefix}:x", within) is not None}
    named = {prefix: home for prefix, home in usable.items() if is_free(prefix)}
    return {prefix: MASTER_DATA if home == built_in["cbvmda"] else home for prefix, home in named.items()}


_Write = Callable[[Element, str, Any, Scope], None]


class _Writer:
    """Writes events, words in one spelling."""

    def __init__(self, cbv: CbvFormat) -> None:
        self._urns = cbv is CbvFormat.ALWAYS_URN
        self._writers: Mapping[Kind, _Write] = {
            Kind.TEXT: _write_plain,
            Kind.WORD: self._word,
            Kind.TEXTS: _write_each,
            Kind.EPCS: partial(_write_list, "epc"),
            Kind.QUANTITIES: _write_quantities,
            Kind.TYPED: self._typed,
            Kind.PLACE: self._fields,
            Kind.DISPOSITIONS: self._dispositions,
            Kind.SENSORS: self._sensors,
            Kind.ERROR: self._fields,
            Kind.ILMD: self._fields,
        }

    def event(self, parent: Element | None, event: Mapping[str, Any], outer: Scope) -> Element:
        """Write one event, with the prefixes that its own context declares."""
        within = scope(fold(outer.context, event["@context"])) if "@context" in event else outer
        kind = str(event["type"])
        written = _root(kind, within) if parent is None else _under(parent, kind, within)
        for name in ORDER.get(kind, tuple(KINDS)):
            if name in event:
                self._writers[KINDS[name]](written, name, event[name], within)
            elif name in NEEDED.get(kind, ()):
                etree.SubElement(written, name)
        _write_others(written, event, within, KINDS.keys() | {"type", "@context"})
        return written

    def _word(self, parent: Element, name: str, value: str, _: Scope) -> None:
        _write_plain(parent, name, self._spelled(value, WORDS[name]), _)

    def _spelled(self, value: str, words: vocabulary.WordList) -> str:
        bare = words.bare.get(value)
        if bare is None:
            return value
        uri = words.uris[bare]
        return _as_urn(uri) if self._urns else uri

    def _typed(self, parent: Element, name: str, value: list[Mapping[str, str]], _: Scope) -> None:
        if not value:
            return
        listed, item = etree.SubElement(parent, name), name.removesuffix("List")
        for each in value:
            kind = {"type": self._spelled(each["type"], WORDS[item])} if "type" in each else {}
            etree.SubElement(listed, item, kind).text = each[item]

    def _dispositions(self, parent: Element, name: str, value: Mapping[str, list[str]], within: Scope) -> None:
        written = etree.SubElement(parent, name)
        for field in ("unset", "set"):
            for each in value.get(field, ()):
                self._word(written, field, each, within)

    def _fields(self, parent: Element, name: str, value: Mapping[str, Any], within: Scope) -> None:
        """Write an element with standard fields that are text, and extensions: a place, an error declaration, ilmd."""
        written = etree.SubElement(parent, name)
        for field, content in value.items():
            if field == "reason":
                self._word(written, field, content, within)
            elif field == "correctiveEventIDs":
                _write_list("correctiveEventID", written, field, content, within)
            elif ":" not in field and not isinstance(content, Mapping | list):
                _write_plain(written, field, content, within)
        write_members(written, {field: content for field, content in value.items() if ":" in field}, within)

    def _sensors(self, parent: Element, name: str, value: list[Mapping[str, Any]], within: Scope) -> None:
        if not value:
            return
        listed = etree.SubElement(parent, name)
        for each in value:
            written = etree.SubElement(listed, "sensorElement")
            if "sensorMetadata" in each:
                self._reading(written, "sensorMetadata", each["sensorMetadata"], within)
            for report in each["sensorReport"]:
                self._reading(written, "sensorReport", report, within)
            rest = {field: content for field, content in each.items() if ":" in field}
            write_members(written, rest, within)

    def _reading(self, parent: Element, name: str, value: Mapping[str, Any], within: Scope) -> None:
        """Write metadata or a report of a sensor: attributes, and elements for what no attribute can hold."""
        known = METADATA if name == "sensorMetadata" else REPORT
        standard = {field: value[field] for field in known if field in value}
        spelled = {
            field: self._spelled(content, SENSOR_WORDS[field]) if field in SENSOR_WORDS else content
            for field, content in standard.items()
        }
        written = etree.SubElement(parent, name)
        for field, content in spelled.items():
            set_attribute(written, field, content)
        for field, content in value.items():
            if field not in standard and content is not None:
                _write_extension(written, field, content, within)


def _root(kind: str, within: Scope) -> Element:
    return etree.Element(_tag(kind, within), nsmap=_prefixes(within))


def _under(parent: Element, kind: str, within: Scope) -> Element:
    return etree.SubElement(parent, _tag(kind, within), nsmap=_prefixes(within))


def _tag(kind: str, within: Scope) -> str:
    tag = kind if kind in ORDER else tag_of(kind, within)
    if tag is None:
        raise Malformed("xml.inexpressible", f"no element can be called {kind!r}")
    return tag


def _write_plain(parent: Element, name: str, value: Any, _: Scope) -> None:
    write_text(etree.SubElement(parent, name), value)


def _write_each(parent: Element, name: str, value: Any, within: Scope) -> None:
    for each in value if isinstance(value, list) else [value]:
        _write_plain(parent, name, each, within)


def _write_list(item: str, parent: Element, name: str, value: list[str], within: Scope) -> None:
    listed = etree.SubElement(parent, name)
    for each in value:
        _write_plain(listed, item, each, within)


def _write_quantities(parent: Element, name: str, value: list[Mapping[str, Any]], within: Scope) -> None:
    listed = etree.SubElement(parent, name)
    for each in value:
        written = etree.SubElement(listed, "quantityElement")
        for field in ("epcClass", "quantity", "uom"):
            if field in each:
                _write_plain(written, field, each[field], within)


def _write_extension(parent: Element, name: str, value: Any, within: Scope) -> None:
    tag = tag_of(name, within)
    if tag is None or isinstance(value, Mapping | list) or tag.endswith("List"):
        write_member(parent, name, value, within)
    else:
        set_attribute(parent, tag, value)


def _as_urn(uri: str) -> str:
    for urn, stem in vocabulary.URN_STEMS.items():
        if uri.startswith(stem):
            return urn + uri[len(stem) :]
    return uri
