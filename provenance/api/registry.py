"""The routes of the resources: read one record, list them, put one on record, act on one.

All of them are made out of the table of resources in the same way, so that whoever knows one knows them all.
"""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson
from flask import Response, request
from flask_smorest import Blueprint

from provenance.api import described, paging, positions
from provenance.api.doing import Done, Door, do, refused
from provenance.api.gateway import Gateway
from provenance.api.resources import RESOURCES, Resource
from provenance.domain.acts import ACTS
from provenance.domain.codec import encode
from provenance.domain.errors import Malformed
from provenance.domain.records import Record
from provenance.http import body
from provenance.http.auth import principal, requires
from provenance.http.problems import Problem
from provenance.ledger.port import Rejected
from provenance.operations import Level
from provenance.readmodel.view import View

PREFIX = "/api/v1"
_MOST_PER_PAGE, _PER_PAGE = 500, 100


def create_blueprints(gateway: Gateway) -> list[Blueprint]:
    """Return the routes of every resource."""
    return [_blueprint(gateway, resource) for resource in RESOURCES]


def _blueprint(gateway: Gateway, resource: Resource) -> Blueprint:
    routes = Blueprint(resource.name, __name__, url_prefix=PREFIX, description=resource.title)
    whole = f"/{resource.name}"
    one = whole if resource.single else f"{whole}/<{resource.shape}:identifier>"
    add(routes, "GET", one, _one(gateway, resource), described.reads_one(resource))
    if not resource.single:
        add(routes, "GET", whole, _page(gateway, resource), described.lists(resource))
    if resource.create is not None:
        _acting(routes, gateway, resource, resource.create, verb=None)
    for verb, door in resource.verbs.items():
        _acting(routes, gateway, resource, door, verb=verb)
    return routes


def add(
    routes: Blueprint,
    method: str,
    path: str,
    view: Callable[..., Response],
    description: Mapping[str, Any],
    *,
    level: Level = Level.READ,
) -> None:
    """Add a view under its own name, with the level that it needs and its description."""
    routes.route(path, methods=[method])(routes.doc(**description)(requires(level)(view)))


def _acting(routes: Blueprint, gateway: Gateway, resource: Resource, door: Door, *, verb: str | None) -> None:
    given = frozenset(resource.arguments_of("")) if verb else frozenset[str]()
    schema = door.schema(given)

    def act(identifier: str = "") -> Response:
        named = resource.arguments_of(identifier) if verb else {}
        stated = body.load(schema(), {} if verb and not request.get_data(cache=True) else body.json())
        try:
            done = do(gateway, principal().organisation, door, named=named, stated=stated)
        except Rejected as error:
            raise refused(error, named={*given, resource.record.kind} if verb else ()) from None
        return _done(resource, done, 201 if verb is None and not resource.single else 200)

    act.__name__, act.__doc__ = verb or "create", ACTS[door.act].doc
    path = f"/{resource.name}" + (f"/<{resource.shape}:identifier>/{verb}" if verb else "")
    add(routes, "POST", path, act, described.acts(resource, door, schema, verb), level=door.level)


def _done(resource: Resource, done: Done, status: int) -> Response:
    shown = {"transaction": done.receipt.transaction_id, "record": encode(done.record), **done.told}
    headers = positions.header(done.receipt)
    if status == HTTPStatus.CREATED:
        headers["Location"] = f"{PREFIX}/{resource.name}/{quote(done.record.id, safe='')}"
    return json(shown, status, headers)


def _one(gateway: Gateway, resource: Resource) -> Callable[..., Response]:
    def get(identifier: str = "") -> Response:
        with gateway.readmodel.view() as view:
            if resource.single:
                found = next(iter(view.records(resource.record, count=1)), None)
            else:
                found = view.world.get(resource.record, _id(resource, identifier))
        if found is None:
            raise Problem(404, f"{resource.record.kind}.unknown", "nothing has such an id on record")
        return json(encode(found), 200, {positions.HEADER: str(view.position - 1)})

    get.__doc__ = f"Return one of these: {resource.title[:1].lower()}{resource.title[1:]}."
    return get


def _page(gateway: Gateway, resource: Resource) -> Callable[..., Response]:
    def page() -> Response:
        paging.alone(*resource.filters)
        terms = _terms(resource)
        turn = listed(gateway, {"at": resource.name, "terms": terms})
        with gateway.readmodel.view() as view:
            found = _found(view, resource.record, terms, count=turn.count + 1, after=turn.after or "")
        shown, last = turn.cut(found, lambda each: each.id)
        told, headers = turn.told(f"{PREFIX}/{resource.name}", last)
        position = {positions.HEADER: str(view.position - 1)}
        return json({"records": [encode(each) for each in shown], **told}, 200, {**position, **headers})

    page.__name__ = "list"
    page.__doc__ = f"List these, page by page: {resource.title[:1].lower()}{resource.title[1:]}."
    return page


def _found(view: View, kind: type[Record], filters: Sequence[str], *, count: int, after: str) -> Sequence[Record]:
    """Return the records that carry every term of the filters, in the order of their ids."""
    if not filters:
        return view.records(kind, after=after, count=count)
    first, *others = ({each.id: each for each in view.world.linked(kind, term)} for term in filters)
    wanted = [each for key, each in first.items() if key > after and all(key in other for other in others)]
    return wanted[:count]


def listed(gateway: Gateway, asked: Mapping[str, Any]) -> paging.Turn:
    """Return which page of a list the request asks for; raises `Problem` (400)."""
    return paging.turn(gateway, asked, count=paging.per_page(usual=_PER_PAGE, most=_MOST_PER_PAGE))


def _terms(resource: Resource) -> list[str]:
    """Return the terms of the filters that the request states."""
    stated = {name: request.args[name] for name in resource.filters if name in request.args}
    return [f"{resource.filters[name].term}/{_read(resource, name, text)}" for name, text in stated.items()]


def _read(resource: Resource, name: str, text: str) -> str:
    try:
        return resource.filters[name].read(text)
    except Malformed as error:
        raise Problem(400, error.code, f"{name}: {error.detail}") from None


def _id(resource: Resource, text: str) -> str:
    """Return the id of a record as records have it; what cannot be one is nobody's."""
    try:
        return resource.read_id(text)
    except Malformed as error:
        raise Problem(404, f"{resource.record.kind}.unknown", error.detail) from None


def json(content: Any, status: int, headers: Mapping[str, str]) -> Response:
    """Return an answer in JSON."""
    return Response(orjson.dumps(content), status, headers, mimetype="application/json")
