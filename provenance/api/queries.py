"""`/epcis/v2/queries`: named queries of an organisation, and the events that they ask for."""

from typing import Any
from urllib.parse import quote

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from provenance.api import binding, described, named, paging, positions
from provenance.api.asking import Asking
from provenance.api.events import FOUND, PREFIX
from provenance.api.gateway import Gateway
from provenance.api.registry import add
from provenance.domain import canonical
from provenance.http import body
from provenance.http.auth import principal
from provenance.http.problems import Problem
from provenance.operations import Level, NamedQuery

_TEXT = {"schema": {"type": "string"}}
_NAME = {"in": "path", "name": "queryName", "required": True, "description": "its name", **_TEXT}
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


_LIST: dict[str, Any] = {
    "parameters": [*paging.PARAMETERS, *binding.READING],
    "responses": {
        "200": described.answer(
            "queries", {"type": "array", "items": NamedQuerySchema}, {**binding.ANSWERED, **paging.HEADERS}
        ),
        **described.errors(400, 401, 403, 406),
    },
}
_CREATE: dict[str, Any] = {
    "requestBody": _BODY,
    "parameters": binding.WRITING,
    "responses": {"201": _MADE, **described.errors(400, 401, 403, 406, 409, 413, 415)},
}
_SHOW: dict[str, Any] = {
    "parameters": [_NAME, *binding.READING],
    "responses": {
        "200": described.answer("the query", NamedQuerySchema, binding.ANSWERED),
        **described.errors(401, 403, 404, 406),
    },
}
_DELETE: dict[str, Any] = {
    "parameters": [_NAME, *binding.READING],
    "responses": {"204": {"description": "it is forgotten"}, **described.errors(401, 403, 404, 406)},
}
_EVENTS: dict[str, Any] = {
    "parameters": [_NAME, *paging.PARAMETERS, *_SOCKET, *binding.FORMED, positions.PARAMETER],
    "responses": {**FOUND, **described.errors(400, 401, 403, 404, 406, 412, 413)},
}


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the routes under `/epcis/v2/queries`."""
    routes = Blueprint("queries", __name__, url_prefix=PREFIX, description="Named EPCIS queries")
    binding.watch(routes)
    whole, one = "/queries", "/queries/<segment:queryName>"
    binding.discover(routes, whole, "GET", "POST")
    binding.discover(routes, one, "GET", "DELETE", parameters=[_NAME])
    binding.discover(routes, f"{one}/events", "GET", parameters=[_NAME])
    queries = _Queries(gateway)
    add(routes, "GET", whole, queries.list_queries, _LIST)
    add(routes, "POST", whole, queries.create_query, _CREATE, level=Level.RECORD)
    add(routes, "GET", one, queries.one_query, _SHOW)
    add(routes, "DELETE", one, queries.delete_query, _DELETE, level=Level.RECORD)
    add(routes, "GET", f"{one}/events", queries.events_of, _EVENTS)
    return routes


class _Queries:
    """What the routes do; the first sentences are theirs in the OpenAPI document."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._asking = Asking(gateway)
        self._kept = gateway.operations.queries

    def list_queries(self) -> Response:
        """Return the queries of the caller's organisation in the order of their names, page by page."""
        paging.alone()
        turn = paging.turn(self._gateway, {"at": "queries"})
        found = self._kept.of(principal().organisation, after=turn.after or "", count=turn.count + 1)
        shown, last = turn.cut(found, lambda each: each.name)
        return turn.lead_on(_json(b"[" + b",".join(map(_document, shown)) + b"]"), f"{PREFIX}/queries", last)

    def create_query(self) -> Response:
        """Keep a query under a name."""
        name = _create(self._gateway, body.json())
        return Response(status=201, headers={**binding.VERSIONS, "Location": _path(name)})

    def one_query(self, **path: str) -> Response:
        """Return a query as it was sent."""
        return _json(_document(found(self._gateway, path["queryName"])))

    def delete_query(self, **path: str) -> Response:
        """Forget a query, and end what is subscribed to it."""
        if self._kept.delete(principal().organisation, found(self._gateway, path["queryName"]).name) is None:
            raise _unknown()
        return Response(status=204, headers=binding.VERSIONS)

    def events_of(self, **path: str) -> Response:
        """Return the events that a query asks for and the caller may read, page by page; or tell them by websocket."""
        name = path["queryName"]
        definition = named.definition(found(self._gateway, name))
        paging.alone()
        return self._asking.answer(f"{_path(name)}/events", definition.values, within=definition.within, name=name)


def found(gateway: Gateway, name: str) -> NamedQuery:
    """Return the query of that name of the caller's organisation; raises `Problem` (404 `query.unknown`)."""
    kept = gateway.operations.queries.get(principal().organisation, name) if "\0" not in name else None
    if kept is None:
        raise _unknown()
    return kept


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


def _path(name: str) -> str:
    return f"{PREFIX}/queries/{quote(name, safe='')}"


def _document(each: NamedQuery) -> bytes:
    return canonical.dump({"name": each.name, "query": canonical.parse(each.definition.encode())})


def _json(content: bytes) -> Response:
    return Response(content, headers=binding.VERSIONS, mimetype="application/json")
