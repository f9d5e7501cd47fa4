"""Events as answers: an EPCISQueryDocument, in the form that the caller wants.

The bytes of an event stay as they were recorded, with its record time, and its id where the sender gave none. A field
of the event's own context stays what its sender declared: the context travels with the event.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import orjson
from flask import Response, request

from provenance.api.binding import VERSIONS
from provenance.api.prefixes import lengths
from provenance.domain import canonical
from provenance.domain.epcis.format import EpcFormat, Formatter
from provenance.domain.errors import Malformed
from provenance.domain.instant import format_instant
from provenance.domain.world import World
from provenance.epcisxml import writing
from provenance.epcisxml.writing import CbvFormat
from provenance.http.negotiation import best
from provenance.http.problems import Problem
from provenance.readmodel.query import RecordedEvent

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
SIMPLE = "SimpleEventQuery"
JSON, JSON_LD, XML, TEXT_XML = "application/json", "application/ld+json", "application/xml", "text/xml"
FORMS = (JSON, JSON_LD, XML, TEXT_XML)
"""The media types that events come in, the first by default."""

_XML = (XML, TEXT_XML)
_URN = b"urn:epc:"
_DEFAULT = EpcFormat.ALWAYS_GS1_DIGITAL_LINK
"""What the REST binding says where a request says nothing."""


def document(
    events: Iterable[RecordedEvent],
    *,
    query: str = SIMPLE,
    subscription: str | None = None,
    formatter: Formatter | None = None,
) -> bytes:
    """Return an EPCISQueryDocument of events as JSON; `query` names what they answer.

    `formatter` brings identifiers into one form; without it they stay as they were recorded.
    """
    head = {
        "@context": [CONTEXT],
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": format_instant(datetime.now(UTC)),
    }
    bodies = [orjson.Fragment(_formed(body(recorded), formatter)) for recorded in events]
    named = {"queryName": query} | ({} if subscription is None else {"subscriptionID": subscription})
    results = {**named, "resultsBody": {"eventList": bodies}}
    return orjson.dumps({**head, "epcisBody": {"queryResults": results}})


def _formed(content: bytes, formatter: Formatter | None) -> bytes:
    """Return an event's bytes with its identifiers in one form; those that have it already stay as they are."""
    if formatter is None or (formatter.wanted is not EpcFormat.ALWAYS_EPC_URN and _URN not in content):
        return content
    event = canonical.parse(content)
    written = formatter.event(event)
    return content if written is event else canonical.dump(written)


def body(recorded: RecordedEvent) -> bytes:
    """Return the event's bytes as recorded, with its record time, and its id where the sender gave none."""
    fact = recorded.fact
    added = {"recordTime": format_instant(fact.recorded)}
    if fact.event.sender_id is None:
        added["eventID"] = fact.id
    return orjson.dumps(added)[:-1] + b"," + recorded.body[1:]


def answer(events: Sequence[RecordedEvent], world: World, *, query: str = SIMPLE) -> Response:
    """Return the answer that has events, in the form and with the identifiers that the request wants.

    Raises `Problem` (406 `request.not_acceptable`, 400 `request.format`).
    """
    kind = best(FORMS, {"json": JSON, "xml": XML})
    formatter = Formatter(EpcFormat(request.headers.get("GS1-EPC-Format", _DEFAULT)), lengths(world))
    content = document(events, query=query, formatter=formatter)
    response = Response(headers=VERSIONS, mimetype=kind)
    response.set_data(_xml(content) if kind in _XML else content)
    if formatter.kept:
        told = f"{len(formatter.kept)} identifiers stay links: nobody knows how long their company prefix is"
        response.headers["Warning"] = f'299 - "{told}"'
    return response


def _xml(content: bytes) -> bytes:
    asked = request.headers.get("GS1-CBV-XML-Format", CbvFormat.NO_PREFERENCE)
    try:
        return writing.write(canonical.parse(content), cbv=CbvFormat(asked))
    except Malformed as error:
        raise Problem(406, error.code, f"an event cannot be written as XML: {error.detail}") from None
