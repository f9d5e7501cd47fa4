"""`/epcis/v2/queries`: named queries of an organisation, and the events that they ask for."""

from typing import Any
from urllib.parse import quote, urlencode

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from provenance.api import binding, described, named, positions, query
from provenance.api.asking import Asking
from provenance.api.events import FOUND, PAGED, PREFIX
from provenance.api.gateway import Gateway
from provenance.api.results import lead_on
from provenance.api.tokens import Question
from provenance.domain import canonical
from provenance.http import body
from provenance.http.auth import principal, requires
from provenance.http.problems import Problem
from provenance.operations import Level, NamedQuery

_TEXT = {"schema": {"type": "string"}}
_NAME = {"in": "path", "name": "queryName", "required": True, "description": "its name", **_TEXT}
_PAGING = [
    {"in": "query", "name": "perPage", "schema": {"type": "integer", "minimum": 1}},
    {"in": "query", "name": "nextPageToken", **_TEXT},
]
_UPGRADE = [
    {"in": "header", "name": name, "description": "with the other, begins a websocket", "schema": {"type": "string"}}
    for name in ("Upgrade", "Connection")
]
_MOMENTS = (
    "second",
    "minute",
    "hour",
    "dayOfMonth",
    "month",
    "dayOfWeek",
    "stream",
    "reportIfEmpty",
    "initialRecordTime",
)
_SOCKET = [
    *_UPGRADE,
    *({"in": "query", "name": name, "description": "of a websocket alone", **_TEXT} for name in _MOMENTS),
]
"""What a handshake says of when a websocket is told (`provenance.api.sockets`)."""

_EXAMPLE = {
    "name": "Shipped or received",
    "query": {"eventType": ["ObjectEvent"], "EQ_bizStep": ["shipping", "receiving"]},
}


class NamedQuerySchema(Schema):
    """A query of the caller's organisation, under its name."""

    name = fields.String(required=True)
    query = fields.Dict(required=True, metadata={"description": "parameters of the query interface with their values"})


_BODY = {
    "required": True,
    "content": {kind: {"schema": NamedQuerySchema, "example": _EXAMPLE} for kind in sorted(body.JSON)},
}
_MADE = {
    "description": "it is kept",
    "headers": {"Location": {"description": "the query", **_TEXT}, **binding.ANSWERED},
}


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the routes under `/epcis/v2/queries`."""
    routes = Blueprint("queries", __name__, url_prefix=PREFIX, description="Named EPCIS queries")
    binding.watch(routes)
    asking, kept = Asking(gateway), gateway.operations.queries
    binding.discover(routes, "/queries", "GET", "POST")
    binding.discover(routes, "/queries/<segment:queryName>", "GET", "DELETE", parameters=[_NAME])
    binding.discover(routes, "/queries/<segment:queryName>/events", "GET", parameters=[_NAME])

    @routes.get("/queries")
    @routes.doc(
        parameters=[*_PAGING, *binding.READING],
        responses={
            "200": described.answer(
                "queries", {"type": "array", "items": NamedQuerySchema}, {**binding.ANSWERED, **PAGED}
            ),
            **described.errors(400, 401, 403, 406),
        },
    )
    @requires(Level.READ)
    def list_queries() -> Response:
        """Return the queries of the caller's organisation in the order of their names, page by page."""
        return _page(gateway, asking)

    @routes.post("/queries")
    @routes.doc(
        requestBody=_BODY,
        parameters=binding.WRITING,
        responses={"201": _MADE, **described.errors(400, 401, 403, 406, 409, 413, 415)},
    )
    @requires(Level.RECORD)
    def create_query() -> Response:
        """Keep a query under a name."""
        name = _create(gateway, body.json())
        return Response(
            status=201, headers={**binding.VERSIONS, "Location": f"{PREFIX}/queries/{quote(name, safe='')}"}
        )

    @routes.get("/queries/<segment:queryName>")
    @routes.doc(
        parameters=[_NAME, *binding.READING],
        responses={
            "200": described.answer("the query", NamedQuerySchema, binding.ANSWERED),
            **described.errors(401, 403, 404, 406),
        },
    )
    @requires(Level.READ)
    def one_query(**path: str) -> Response:
        """Return a query as it was sent."""
        return _json(_document(found(gateway, path["queryName"])))

    @routes.delete("/queries/<segment:queryName>")
    @routes.doc(
        parameters=[_NAME, *binding.READING],
        responses={"204": {"description": "it is forgotten"}, **described.errors(401, 403, 404, 406)},
    )
    @requires(Level.RECORD)
    def delete_query(**path: str) -> Response:
        """Forget a query, and end what is subscribed to it."""
        if kept.delete(principal().organisation, path["queryName"]) is None:
            raise _unknown()
        return Response(status=204, headers=binding.VERSIONS)

    @routes.get("/queries/<segment:queryName>/events")
    @routes.doc(
        parameters=[_NAME, *_PAGING, *_SOCKET, *binding.FORMED, positions.PARAMETER],
        responses={**FOUND, **described.errors(400, 401, 403, 404, 406, 412, 413)},
    )
    @requires(Level.READ)
    def events_of(**path: str) -> Response:
        """Return the events that a query asks for and the caller may read, page by page; or tell them by websocket."""
        name = path["queryName"]
        definition = named.definition(found(gateway, name))
        url = f"{PREFIX}/queries/{quote(name, safe='')}/events"
        if set(request.args) - set(query.PAGING):
            raise query.refused("a named query takes perPage and nextPageToken alone")
        return asking.answer(url, definition.values, within=definition.within, name=name)

    return routes


def found(gateway: Gateway, name: str) -> NamedQuery:
    """Return the query of that name of the caller's organisation; raises `Problem` (404 `query.unknown`)."""
    pathquery = gateway.operations.queries.get(principal().organisation, name) if "\0" not in name else None
    if pathquery is None:
        raise _unknown()
    return pathquery


def _unknown() -> Problem:
    detail = "your organisation has no query of that name"
    return Problem(404, "query.unknown", detail, epcis="NoSuchNameException")


def _create(gateway: Gateway, content: Any) -> str:
    if not isinstance(content, dict) or set(content) - {"@context"} != {"name", "query"}:
        detail = "a named query is an object with 'name' and 'query'"
        raise Problem(400, "query.form", detail, pointer="", epcis="QueryValidationException")
    name, sent = named.check_name(content["name"]), content["query"]
    if "@context" in content and isinstance(sent, dict):
        sent = {"@context": content["@context"], **sent}
    text, definition = named.define(sent, request.headers.get("GS1-Extensions"))
    with gateway.readmodel.view() as view:
        named.asked(definition, view)
    if gateway.operations.queries.create(principal().organisation, name, text) is None:
        raise Problem(409, "query.exists", "your organisation has a query of that name")
    return name


def _page(gateway: Gateway, asking: Asking) -> Response:
    count, token = query.per_page(request.args), request.args.get("nextPageToken")
    if set(request.args) - set(query.PAGING):
        raise query.refused("queries are listed by perPage and nextPageToken alone")
    question = Question(principal().organisation, {"at": "queries"})
    after = "" if token is None else asking.tokens.read(token, question)
    listed = gateway.operations.queries.of(principal().organisation, after=after, count=count + 1)
    response = _json(b"[" + b",".join(map(_document, listed[:count])) + b"]")
    if len(listed) > count:
        following = asking.tokens.make(question, listed[count - 1].name)
        arguments = urlencode({"perPage": count, "nextPageToken": following.text})
        lead_on(response, f"{gateway.settings.base_url}{PREFIX}/queries?{arguments}", following)
    return response


def _document(each: NamedQuery) -> bytes:
    return canonical.dump({"name": each.name, "query": canonical.parse(each.definition.encode())})


def _json(content: bytes) -> Response:
    return Response(content, headers=binding.VERSIONS, mimetype="application/json")
