"""`/epcis/v2/events`: recorded events, as far as the caller may read them."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

import orjson
from flask import Response, request
from flask_smorest import Blueprint

from provenance.api import described, positions
from provenance.api.gateway import Gateway
from provenance.api.query import PARAMETERS, Asked, read, refused, token_of
from provenance.api.visibility import reader
from provenance.domain.errors import Malformed
from provenance.domain.facts import Fact
from provenance.domain.instant import format_instant
from provenance.http.auth import principal, requires
from provenance.http.problems import Problem
from provenance.operations import Level
from provenance.readmodel.query import MOST_PER_PAGE, EventQuery, Page, RecordedEvent
from provenance.readmodel.view import View

_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
VERSIONS = {"GS1-EPCIS-Version": "2.0", "GS1-CBV-Version": "2.0"}
"""Headers that tell which versions of the standards an answer follows."""

_QUERY = [{"in": "query", "name": name, "schema": {"type": "string"}} for name in PARAMETERS]
_EVENT = {
    "in": "path",
    "name": "event_id",
    "required": True,
    "description": "its CBV hash, percent-encoded: `ni%3A%2F%2F%2Fsha-256%3B...%3Fver%3DCBV2.0`, or its sender's id",
    "schema": {"type": "string"},
}
_FOUND = {"200": described.answer("the events as they were recorded", "EPCISQueryDocument")}


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the routes under `/epcis/v2` that read events."""
    routes = Blueprint("events", __name__, url_prefix="/epcis/v2", description="Recorded EPCIS events")

    @routes.get("/events")
    @routes.doc(
        parameters=[*_QUERY, positions.PARAMETER], responses={**_FOUND, **described.errors(400, 401, 403, 412, 413)}
    )
    @requires(Level.READ)
    def events() -> Response:
        """Return the events that the caller may read and the parameters ask for, page by page.

        Parameters are those of the EPCIS 2.0 query interface; several values are separated by `|`.
        """
        asked = read(request.args)
        with gateway.readmodel.view() as view:
            page = _page(asked, view)
        response = _document(page.events)
        if page.cursor is not None:
            response.headers["Link"] = f'<{_next(gateway, asked, page)}>; rel="next"'
        return response

    @routes.get("/events/<rest:event_id>")
    @routes.doc(
        parameters=[_EVENT, positions.PARAMETER], responses={**_FOUND, **described.errors(400, 401, 403, 404, 412)}
    )
    @requires(Level.READ)
    def event(event_id: str) -> Response:
        """Return the event with an id, every organisation's copy of it; an `ni:///` id is percent-encoded."""
        identifier = event_id + (f"?{request.query_string.decode()}" if "ver" in request.args else "")
        with gateway.readmodel.view() as view:
            may_read = reader(view.world, principal().organisation)
            found = [recorded for recorded in view.event(identifier) if may_read(recorded.fact)]
        if not found:
            raise Problem(404, "event.unknown", "there is no such event, or you may not read it")
        return _document(found)

    return routes


def _page(asked: Asked, view: View) -> Page:
    may_read = reader(view.world, principal().organisation)
    try:
        if asked.most is not None:
            return _at_most(asked.most, asked.query, view, may_read)
        page = view.events(asked.query, may_read) if asked.first != 0 else Page((), None)
    except Malformed as error:
        raise refused(error.detail) from None
    if asked.first is not None and len(page.events) >= asked.first:
        return Page(page.events[: asked.first], None)
    return page


def _at_most(most: int, query: EventQuery, view: View, may_read: Callable[[Fact], bool]) -> Page:
    found: list[RecordedEvent] = []
    cursor: str | None = query.cursor
    while len(found) <= min(most, MOST_PER_PAGE):
        page = view.events(replace(query, cursor=cursor, per_page=MOST_PER_PAGE), may_read)
        found.extend(page.events)
        cursor = page.cursor
        if cursor is None and len(found) <= most:
            return Page(tuple(found), None)
        if cursor is None:
            break
    detail = f"more than {min(most, MOST_PER_PAGE)} events match"
    raise Problem(413, "query.too_large", detail, epcis="QueryTooLargeException")


def _next(gateway: Gateway, asked: Asked, page: Page) -> str:
    arguments = {name: value for name, value in request.args.items() if name != "nextPageToken"}
    token = token_of(page.cursor or "", asked.given + len(page.events))
    return f"{gateway.settings.base_url}/epcis/v2/events?{urlencode({**arguments, 'nextPageToken': token})}"


def _document(events: Iterable[RecordedEvent]) -> Response:
    head = {
        "@context": [_CONTEXT],
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": format_instant(datetime.now(UTC)),
    }
    bodies = [orjson.Fragment(_body(recorded)) for recorded in events]
    results = {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": bodies}}
    document = orjson.dumps({**head, "epcisBody": {"queryResults": results}})
    return Response(document, headers=VERSIONS, mimetype="application/json")


def _body(recorded: RecordedEvent) -> bytes:
    """Return the event's bytes as recorded, with its record time, and its id where the sender gave none."""
    fact = recorded.fact
    added = {"recordTime": format_instant(fact.recorded)}
    if fact.event.sender_id is None:
        added["eventID"] = fact.id
    return orjson.dumps(added)[:-1] + b"," + recorded.body[1:]
