"""EPCIS documents in XML as the domain's documents: the JSON that says the same, checked and hashed as any other.

`EPCISDocument` and `EPCISQueryDocument` of EPCIS 2.0 and 1.0 to 1.2, and bare events. Every problem of an event names
the line in the XML beside its JSON pointer.
"""

import re
from dataclasses import replace
from typing import Any, Final

from provenance.domain.epcis import document
from provenance.domain.epcis.document import Document, Problem
from provenance.domain.epcis.form import Issue
from provenance.domain.errors import Malformed
from provenance.epcisxml import masterdata
from provenance.epcisxml.events import Events, is_event, may_be_event
from provenance.epcisxml.extensions import Extensions
from provenance.epcisxml.names import Names
from provenance.epcisxml.syntax import Element, children, local, parse, text, unexpected, where

_ROOTS: Final = re.compile(
    r"\{urn:epcglobal:epcis:xsd:([12])\}EPCISDocument|\{urn:epcglobal:epcis-query:xsd:([12])\}EPCISQueryDocument"
)
_RESULTS: Final = re.compile(r"\{urn:epcglobal:epcis-query:xsd:[12]\}QueryResults")
_VERSIONS: Final = {"1": ("1.0", "1.1", "1.2", "1"), "2": ("2.0", "2")}
_ZONED: Final = re.compile(r".*(?:[Zz]|[+-][0-9]{2}:[0-9]{2})", re.DOTALL)
_LOCALS: Final = {"EPCISBody": "epcisBody", "QueryResults": "queryResults", "resultsBody": "resultsBody"}


def read(body: bytes) -> Document:
    """Return the document with its events and problems.

    Raises `Malformed` (`xml.*`) when it is not even a document: not XML, or of another kind.
    """
    return _Reader(parse(body)).read()


def convert(body: bytes) -> Any:
    """Return the JSON-LD document that says the same; its events may not be well-formed.

    Raises `Malformed` (`xml.*`) for the first thing that JSON could not say.
    """
    reader = _Reader(parse(body))
    content = reader.content()
    for index, issue in reader.unread.items():
        raise Malformed(issue.code, issue.detail, f"/{index}")
    return content


def size(body: bytes) -> int:
    """Return how many events a document has, without reading any; raises `Malformed` (`xml.*`)."""
    root = parse(body)
    if is_event(root):
        return 1
    _version(root)
    return sum(1 for listed in root.iter("EventList") for _ in children(listed))


def _version(root: Element) -> None:
    """Refuse a root that is no EPCIS document of a version that is read."""
    kind = local(str(root.tag))
    match = _ROOTS.fullmatch(str(root.tag))
    if match is None:
        raise Malformed("xml.root", f"{where(root)}: <{kind}> is no EPCIS document")
    version = root.get("schemaVersion")
    if version not in _VERSIONS[match[1] or match[2]]:
        stated = "no schemaVersion" if version is None else f"schemaVersion {version[:20]!r}"
        raise Malformed("xml.version", f"{where(root)}: {stated} does not fit the namespace of <{kind}>")


class _Reader:
    """Reads one document; remembers where its events stand."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._names = Names(root)
        self._extensions = Extensions(self._names)
        self._events = Events(self._extensions)
        self._elements: list[Element] = []
        self.unread: dict[int, Issue] = {}

    def read(self) -> Document:
        read = document.of(self.content(), unread=self.unread)
        return replace(read, problems=[self._placed(problem) for problem in read.problems])

    def content(self) -> dict[str, Any]:
        """Return the document as JSON; what could not be read of an event is in `unread`."""
        kind = local(str(self._root.tag))
        if is_event(self._root):
            self._elements.append(self._root)
            event = self._events.read(self._root, kind)
            return {"@context": self._names.context, **event}
        _version(self._root)
        inside = self._document()
        return {"@context": self._names.context, "type": kind, "schemaVersion": "2.0", **inside}

    def _document(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        created = self._root.get("creationDate")
        if created is not None:
            found["creationDate"] = created if _ZONED.fullmatch(created) else created + "Z"
        rest = []
        for child in children(self._root):
            if child.tag == "EPCISHeader":
                found |= self._header(child)
            elif child.tag == "EPCISBody":
                found["epcisBody"] = self._step(child)
            else:
                rest.append(child)
        return found | self._extensions.content(rest)

    def _step(self, element: Element) -> dict[str, Any]:
        """Return an element on the way to the events, with what stands beside the way."""
        found: dict[str, Any] = {}
        rest = []
        for child in children(element):
            tag = str(child.tag)
            name = _LOCALS.get("QueryResults" if _RESULTS.fullmatch(tag) else tag)
            if tag == "EventList":
                found["eventList"] = [self._event(each, element) for each in children(child)]
            elif tag == "VocabularyList":
                found["vocabularyList"] = masterdata.read_list(child, self._extensions)
            elif tag in ("queryName", "subscriptionID"):
                found[tag] = text(child)
            elif name is not None:
                found[name] = self._step(child)
            else:
                rest.append(child)
        empty: dict[str, Any] = {"eventList": []} if element.tag == "EPCISBody" and "queryResults" not in found else {}
        return {**empty, **found, **self._extensions.content(rest)}

    def _event(self, element: Element, parent: Element) -> Any:
        self._elements.append(element)
        try:
            if not may_be_event(element):
                raise unexpected(element, parent)
            return self._events.read(element, self._names.of(element))
        except Malformed as error:
            self.unread[len(self._elements) - 1] = Issue("", error.code, error.detail)
            return None

    def _header(self, element: Element) -> dict[str, Any]:
        found: dict[str, Any] = masterdata.read_parties(element)
        for child in children(element):
            if child.tag == "EPCISMasterData":
                listed = [each for each in children(child) if each.tag == "VocabularyList"]
                lists = [one for each in listed for one in masterdata.read_list(each, self._extensions)]
                found["epcisHeader"] = {"epcisMasterData": {"vocabularyList": lists}}
        return found

    def _placed(self, problem: Problem) -> Problem:
        """Return a problem with its line, where it is an event's and does not say its line itself."""
        if problem.index is None or problem.index in self.unread:
            return problem
        element = self._elements[problem.index]
        for token in filter(str.isalpha, problem.pointer.split("/")):
            element = next(element.iterdescendants(token), element)
        return replace(problem, detail=f"{where(element)}: {problem.detail}")
