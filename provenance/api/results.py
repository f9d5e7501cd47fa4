"""Events as answers: an EPCISQueryDocument, in the form that the caller wants.

The bytes of an event stay as they were recorded, with its record time, and its id where the sender gave none. A field
of the event's own context stays what its sender declared: the context travels with the event.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

import orjson
from flask import Response

from provenance.api.binding import VERSIONS
from provenance.api.tokens import Token, expiry
from provenance.domain.instant import format_instant
from provenance.readmodel.query import RecordedEvent

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
SIMPLE = "SimpleEventQuery"


def document(events: Iterable[RecordedEvent], *, query: str = SIMPLE, subscription: str | None = None) -> bytes:
    """Return an EPCISQueryDocument of events as JSON; `query` names what they answer."""
    head = {
        "@context": [CONTEXT],
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": format_instant(datetime.now(UTC)),
    }
    bodies = [orjson.Fragment(body(recorded)) for recorded in events]
    named = {"queryName": query} | ({} if subscription is None else {"subscriptionID": subscription})
    results = {**named, "resultsBody": {"eventList": bodies}}
    return orjson.dumps({**head, "epcisBody": {"queryResults": results}})


def body(recorded: RecordedEvent) -> bytes:
    """Return the event's bytes as recorded, with its record time, and its id where the sender gave none."""
    fact = recorded.fact
    added = {"recordTime": format_instant(fact.recorded)}
    if fact.event.sender_id is None:
        added["eventID"] = fact.id
    return orjson.dumps(added)[:-1] + b"," + recorded.body[1:]


def answer(events: Iterable[RecordedEvent], *, query: str = SIMPLE) -> Response:
    """Return the answer that has events."""
    return Response(document(events, query=query), headers=VERSIONS, mimetype="application/json")


def lead_on(response: Response, url: str, token: Token) -> None:
    """Tell in headers where the next page is, and until when."""
    response.headers["Link"] = f'<{url}>; rel="next"'
    response.headers["GS1-Next-Page-Token-Expires"] = expiry(token)
