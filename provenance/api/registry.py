"""The routes of the resources: read one record, list them, put one on record, act on one.

All of them are made out of the table of resources in the same way, so that whoever knows one knows them all.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from flask import Response, request
from flask_smorest import Blueprint

from provenance.api import described, positions
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
MOST_PER_PAGE = 500
PER_PAGE = 100
_PAGING = ("perPage", "nextPageToken")


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
        count, after, filters = _asked(resource)
        with gateway.readmodel.view() as view:
            found = _found(view, resource.record, filters, count=count + 1, after=after)
        shown: dict[str, Any] = {"records": [encode(each) for each in found[:count]]}
        headers = {positions.HEADER: str(view.position - 1)}
        if len(found) > count:
            shown["nextPageToken"] = token = _token(found[count - 1].id)
            arguments = urlencode({**request.args.to_dict(), "nextPageToken": token})
            headers["Link"] = f'<{gateway.settings.base_url}{PREFIX}/{resource.name}?{arguments}>; rel="next"'
        return json(shown, 200, headers)

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


def _asked(resource: Resource) -> tuple[int, str, list[str]]:
    for name in request.args:
        if name not in (*resource.filters, *_PAGING) or len(request.args.getlist(name)) > 1:
            known = ", ".join((*resource.filters, *_PAGING))
            raise Problem(400, "query.parameter", f"{name[:40]!r} is not a parameter here, or is given twice: {known}")
    count = request.args.get("perPage", str(PER_PAGE))
    if not (count.isascii() and count.isdigit() and int(count[:9]) > 0):
        raise Problem(400, "query.parameter", "perPage is a positive number")
    stated = {name: request.args[name] for name in resource.filters if name in request.args}
    terms = [f"{resource.filters[name].term}/{_read(resource, name, text)}" for name, text in stated.items()]
    return min(int(count[:9]), MOST_PER_PAGE), _after(request.args.get("nextPageToken")), terms


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


def _token(last: str) -> str:
    return base64.urlsafe_b64encode(last.encode()).decode().rstrip("=")


def _after(token: str | None) -> str:
    if token is None:
        return ""
    try:
        return base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True).decode()
    except ValueError:
        raise Problem(400, "query.cursor", "the page token is not one that was given here") from None


def json(content: Any, status: int, headers: Mapping[str, str]) -> Response:
    """Return an answer in JSON."""
    return Response(orjson.dumps(content), status, headers, mimetype="application/json")
