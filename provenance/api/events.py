"""`/epcis/v2/events`: recorded events, as far as the caller may read them."""

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from provenance.api import binding, described, paging, positions, results
from provenance.api.asking import Asking
from provenance.api.gateway import Gateway
from provenance.api.query import PARAMETERS
from provenance.api.visibility import reader
from provenance.http.auth import principal, requires
from provenance.http.problems import Problem
from provenance.operations import Level

PREFIX = "/epcis/v2"

_WHOLE = frozenset({"perPage", "eventCountLimit", "maxEventCount"})
QUERY: list[dict[str, Any]] = [
    {"in": "query", "name": name, "schema": {"type": "integer", "minimum": 1} if name in _WHOLE else {"type": "string"}}
    for name in PARAMETERS
]
"""The parameters of queries that have fixed names; the others have a field's, a type's or a unit's in theirs."""


def formed(text: str, headers: dict[str, Any]) -> dict[str, Any]:
    """Return the description of an answer that has events, in every form of it."""
    told = described.answer(text, "EPCISQueryDocument", headers)
    told["content"] = {
        kind: {"schema": {"type": "string"} if "xml" in kind else "EPCISQueryDocument"} for kind in results.FORMS
    }
    return {"200": told}


FOUND = formed("the events that are asked for", {**binding.ANSWERED, **paging.HEADERS})
_EVENT = {
    "in": "path",
    "name": "eventID",
    "required": True,
    "description": "its CBV hash, percent-encoded: `ni%3A%2F%2F%2Fsha-256%3B...%3Fver%3DCBV2.0`, or its sender's id",
    "schema": {"type": "string"},
}
_ONE = formed("the event with its error declarations", binding.ANSWERED)


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the routes under `/epcis/v2` that read events."""
    routes = Blueprint("events", __name__, url_prefix=PREFIX, description="Recorded EPCIS events")
    binding.watch(routes)
    asking = Asking(gateway)
    binding.discover(routes, "/events", "GET", "POST")
    binding.discover(routes, "/events/<rest:eventID>", "GET", parameters=[_EVENT])

    @routes.get("/events")
    @routes.doc(
        parameters=[*QUERY, *binding.FORMED, positions.PARAMETER],
        responses={**FOUND, **described.errors(400, 401, 403, 406, 412, 413)},
    )
    @requires(Level.READ)
    def events() -> Response:
        """Return the events that the caller may read and the parameters ask for, page by page.

        Parameters are those of the EPCIS 2.0 query interface; several values are separated by `|`.
        """
        return asking.of_url(f"{PREFIX}/events")

    @routes.get("/events/<rest:eventID>")
    @routes.doc(
        parameters=[_EVENT, *binding.FORMED, positions.PARAMETER],
        responses={**_ONE, **described.errors(400, 401, 403, 404, 406, 412)},
    )
    @requires(Level.READ)
    def event(**path: str) -> Response:
        """Return the event with an id: every organisation's copy of it, and the declarations that it is in error.

        An `ni:///` id is percent-encoded.
        """
        identifier = path["eventID"] + (f"?{request.query_string.decode()}" if "ver" in request.args else "")
        with gateway.readmodel.view() as view:
            may_read = reader(view.world, principal().organisation)
            found = [recorded for recorded in view.event(identifier) if may_read(recorded.fact)]
            if not found:
                raise Problem(404, "event.unknown", "there is no such event, or you may not read it")
            return results.answer(found, view.world)

    return routes
