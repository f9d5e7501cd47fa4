"""EPCIS documents as requests bring them: their media types, their syntax and the limits, before anything is kept.

What is not even JSON or XML, or goes beyond the announced limits, is refused with the request. Everything else about a
document is for its job to judge.
"""

from typing import Any
from urllib.parse import quote

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from provenance import documents, http
from provenance.api import described
from provenance.domain.epcis import chunk, shape
from provenance.domain.epcis.document import Captured
from provenance.domain.errors import Malformed
from provenance.http import body
from provenance.http.problems import Problem
from provenance.operations import Behaviour

XML = frozenset({"application/xml", "text/xml"})
"""Media types of XML bodies."""
_TAKEN = body.JSON | XML
BEHAVIOUR = "GS1-Capture-Error-Behaviour"

_DOCUMENTS = {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in shape.declaration()]}
EVENT: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2026-03-01T10:00:00+08:00",
    "eventTimeZoneOffset": "+08:00",
    "epcList": ["https://id.gs1.org/01/09521234000013/21/1000"],
    "action": "ADD",
    "bizStep": "commissioning",
    "readPoint": {"id": "https://id.gs1.org/414/9521234000013"},
}
_CONTEXT = {"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]}
DOCUMENT: dict[str, Any] = {
    **_CONTEXT,
    "type": "EPCISDocument",
    "schemaVersion": "2.0",
    "creationDate": "2026-03-02T00:00:00Z",
    "epcisBody": {"eventList": [EVENT]},
}
_XML_EXAMPLE = (
    '<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0" '
    'creationDate="2026-03-02T00:00:00Z"><EPCISBody><EventList/></EPCISBody></epcis:EPCISDocument>'
)


def described_body(example: dict[str, Any]) -> dict[str, Any]:
    """Describe a body with an EPCIS document or event, in JSON or XML."""
    in_json = {kind: {"schema": _DOCUMENTS, "example": example} for kind in sorted(body.JSON)}
    in_xml = {kind: {"schema": {"type": "string"}, "example": _XML_EXAMPLE} for kind in sorted(XML)}
    return {"required": True, "content": {**in_json, **in_xml}}


ONE = described_body(_CONTEXT | EVENT)
"""The description of a body with one event."""

REFUSALS = described.errors(400, 401, 403, 406, 413, 415)


def limits(settings: http.Settings) -> dict[str, str]:
    """Return the headers that announce how much is taken at once."""
    return {
        "GS1-EPCIS-Capture-Limit": str(chunk.MOST_EVENTS),
        "GS1-EPCIS-Capture-File-Size-Limit": str(settings.body_limit),
    }


def document(behaviour: Behaviour, announced: dict[str, str]) -> bytes:
    """Return the document that the request brings.

    Raises `Problem`: 400 for what is neither JSON nor XML, or is one and said to be the other; 413 beyond the limits,
    of which the number of events is one where they are recorded all or none; 415.
    """
    content = _body(announced)
    count = documents.size(content)
    if behaviour is Behaviour.ROLLBACK and count > chunk.MOST_EVENTS:
        text = f"a document recorded whole has at most {chunk.MOST_EVENTS} events, this has {count}; send parts"
        raise Problem(413, "capture.limit_exceeded", text, headers=announced)
    return content


def event(announced: dict[str, str]) -> Captured:
    """Return the one event that the request brings; raises as `document` does, and 400 for what is wrong in it."""
    content = _body(announced)
    value = documents.content(content)
    if isinstance(value, dict) and value.get("type") in ("EPCISDocument", "EPCISQueryDocument"):
        raise Problem(400, "capture.not_an_event", "this takes one event; documents go to /capture", pointer="/type")
    read = documents.read(content)
    for problem in read.problems:
        if problem.code == "epcis.too_large":
            raise Problem(413, problem.code, problem.detail, headers=announced)
        raise Malformed(problem.code, problem.detail, problem.pointer)
    return read.events[0]


def behaviour() -> Behaviour:
    """Return what a faulty event is to do to the others; raises `Problem` (400)."""
    stated = request.headers.get(BEHAVIOUR, Behaviour.ROLLBACK.value)
    try:
        return Behaviour(stated)
    except ValueError:
        raise Problem(400, "capture.behaviour", f"{BEHAVIOUR} is rollback or proceed, not {stated[:40]!r}") from None


def place_of(event_id: str) -> str:
    """Return the path of an event."""
    return f"/epcis/v2/events/{quote(event_id, safe='')}"


def _body(announced: dict[str, str]) -> bytes:
    try:
        content = body.read(_TAKEN)
    except RequestEntityTooLarge:
        text = f"a document has at most {announced['GS1-EPCIS-Capture-File-Size-Limit']} bytes"
        raise Problem(413, "request.too_large", text, headers=announced) from None
    if documents.is_xml(content) is not (request.mimetype in XML):
        raise Problem(400, "capture.syntax", f"the body is not {request.mimetype}", pointer="")
    return content
