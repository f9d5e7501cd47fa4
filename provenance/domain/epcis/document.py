"""EPCIS 2.0 documents in JSON: from their bytes to events that are ready for the ledger, and to everything that is
wrong in them.

An `EPCISDocument`, an `EPCISQueryDocument` or a bare event. What a document declares for its events (context, fields
that the event hash ignores) is folded into each of them, so that each can be checked, hashed and read alone. A problem
names its place in the document; an event with problems does not hide the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from provenance.domain import canonical
from provenance.domain.epcis import entry, masterdata, shape, usual
from provenance.domain.epcis.context import IGNORE_FIELDS, Scope, fold, scope
from provenance.domain.epcis.form import Issue
from provenance.domain.errors import Malformed

_WAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "EPCISDocument": ("epcisBody", "eventList"),
    "EPCISQueryDocument": ("epcisBody", "queryResults", "resultsBody", "eventList"),
}
NOTHING: Final[Mapping[int, Issue]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a document; `index` is the event's place in its list, None for the document itself."""

    pointer: str
    code: str
    detail: str
    index: int | None


@dataclass(frozen=True, slots=True)
class Captured:
    """A well-formed event: its place in the document, itself as the ledger takes it, its canonical bytes, its id, and
    what the document's master data states of its places.
    """

    index: int
    event: Mapping[str, Any]
    body: bytes
    id: str
    stated: tuple[bytes, ...] = ()

    @property
    def digest(self) -> str:
        """The SHA-256 of the canonical bytes as hex."""
        return canonical.digest(self.body)


@dataclass(frozen=True, slots=True)
class Document:
    """A document as read: how many events it has, the well-formed ones, what is wrong with it and the others."""

    size: int
    events: list[Captured]
    problems: list[Problem]
    header: Mapping[str, Any] | None = None

    @property
    def sound(self) -> bool:
        """Whether nothing at all is wrong."""
        return not self.problems

    @property
    def acceptable(self) -> list[Captured]:
        """The events that may be recorded without the others: none when the document itself is wrong."""
        return [] if any(problem.index is None for problem in self.problems) else self.events


def read(body: bytes) -> Document:
    """Return the document with its events and problems.

    Raises `Malformed` (`json.*`, `epcis.type`, `epcis.missing`) when it is not even a document: not JSON, not an
    object, without a type.
    """
    return of(canonical.parse(body))


def of(content: Any, *, unread: Mapping[int, Issue] = NOTHING) -> Document:
    """Return the document that a JSON value is, with its events and problems; raises as `read` does.

    `unread` are events of its list that their syntax kept from being read, by their places.
    """
    if not isinstance(content, dict):
        raise Malformed("epcis.type", "an EPCIS document is a JSON object")
    kind = content.get("type")
    if type(kind) is not str:
        raise Malformed(
            "epcis.missing", "an EPCIS document or event has a 'type'", "/type" if "type" in content else ""
        )
    way = _WAYS.get(kind)
    return _bare_event(content) if way is None else _document(content, way, unread)


def size(content: Any) -> int:
    """Return how many events a JSON value has as a document, without judging any; 1 for what may be a bare event.

    Raises `Malformed` (`epcis.type`) for what is no object.
    """
    if not isinstance(content, dict):
        raise Malformed("epcis.type", "an EPCIS document is a JSON object")
    kind = content.get("type")
    way = _WAYS.get(kind) if isinstance(kind, str) else None
    return 1 if way is None else len(_follow(content, way))


@dataclass(frozen=True, slots=True)
class _Envelope:
    """What a document gives each of its events: the folded context, what it declares, the lists of ignored fields, and
    its statements of places.
    """

    context: list[Any]
    scope: Scope
    ignored: Mapping[str, list[Any]]
    places: Mapping[str, bytes]


def _bare_event(event: dict[str, Any]) -> Document:
    missing = [] if "@context" in event else [Issue("", "epcis.missing", "missing field '@context'")]
    captured, found = _capture(event, 0, _Envelope([], scope(None), {}, {}))
    problems = [Problem(issue.pointer, issue.code, issue.detail, 0) for issue in (*found, *missing)]
    return Document(1, [captured] if captured is not None and not problems else [], problems)


def _document(content: dict[str, Any], way: tuple[str, ...], unread: Mapping[int, Issue]) -> Document:
    context = fold(content.get("@context"))
    outer = scope(context)
    found = shape.envelope_issues(content, outer)
    places = {} if found else masterdata.stated(_vocabularies(content, way), outer)
    envelope = _Envelope(context, outer, _ignore_lists(content, way, outer), places)
    problems = [Problem(issue.pointer, issue.code, issue.detail, None) for issue in found]
    events: list[Captured] = []
    listed = _follow(content, way)
    for index, event in enumerate(listed):
        captured, issues = (None, [unread[index]]) if index in unread else _capture(event, index, envelope)
        if captured is not None:
            events.append(captured)
        place = f"/{'/'.join(way)}/{index}"
        problems += [Problem(place + issue.pointer, issue.code, issue.detail, index) for issue in issues]
    header = content.get("epcisHeader")
    return Document(len(listed), events, problems, header if isinstance(header, dict) else None)


def _follow(content: Any, way: tuple[str, ...]) -> list[Any]:
    for name in way:
        content = content.get(name) if isinstance(content, dict) else None
    return content if isinstance(content, list) else []


def _vocabularies(content: dict[str, Any], way: tuple[str, ...]) -> list[Any]:
    """Return the lists of master data of a document: its header's, and those beside the events of a query's result."""
    in_header = _follow(content, ("epcisHeader", "epcisMasterData", "vocabularyList"))
    return [*in_header, *_follow(content, (*way[:-1], "vocabularyList"))]


def _ignore_lists(content: dict[str, Any], way: tuple[str, ...], outer: Scope) -> dict[str, list[Any]]:
    """Return the `PREFIX:ignoreFields` of the document and of what leads to its events, names as full URIs."""
    found: dict[str, list[Any]] = {}
    node: Any = content
    for name in way:
        for field, value in node.items() if isinstance(node, dict) else ():
            if field.endswith(":" + IGNORE_FIELDS) and isinstance(value, list):
                found[field] = found.get(field, []) + [_expanded(each, outer) for each in value]
        node = node.get(name) if isinstance(node, dict) else None
    return found


def _expanded(name: Any, outer: Scope) -> Any:
    return outer.expand(name) if isinstance(name, str) else name


def _capture(event: Any, index: int, envelope: _Envelope) -> tuple[Captured | None, list[Issue]]:
    if type(event) is not dict:
        return None, shape.event_issues(event, envelope.scope)
    within = envelope.scope
    context = envelope.context
    if "@context" in event:
        context = fold(context, event["@context"])
        within = scope(context)
    folded = {**event, "@context": context}
    usually = None if "@context" in event or envelope.ignored else usual.event_id(folded)
    if usually is None and (issues := shape.event_issues(event, within)):
        return None, issues
    folded.pop("recordTime", None)
    for field, names in envelope.ignored.items():
        folded[field] = [*names, *_own_list(folded.get(field))]
    body = canonical.dump(folded)
    try:
        stated = masterdata.chosen(folded, envelope.places) if envelope.places else ()
        event_id = entry.sound(folded, body, within) if usually is None else entry.remember(body, usually)
        return Captured(index, folded, body, event_id, stated), []
    except Malformed as error:
        return None, [Issue(error.pointer, error.code, error.detail)]


def _own_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
