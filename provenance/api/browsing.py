"""Browsing what is on record: event types, EPCs, business steps, locations, read points, dispositions, their events.

Words of the standard are always listed, before all others. Everything else is listed where the caller may read an event
that has it, as far as the first few hundred such events tell; what it may not read of does not exist for it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

import orjson
from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from provenance.api import binding, described, paging, positions
from provenance.api.asking import Asking
from provenance.api.events import FOUND, PREFIX, QUERY
from provenance.api.gateway import Gateway
from provenance.api.results import CONTEXT
from provenance.api.tokens import Tokens
from provenance.api.visibility import reader
from provenance.domain.epcis import vocabulary
from provenance.domain.epcis.event import EventType
from provenance.domain.epcis.fields import OWN_TYPE
from provenance.domain.epcis.patterns import Pattern
from provenance.domain.epcis.query import Column, Condition, Has, Is, Named
from provenance.domain.gs1.convert import canonical_or_none
from provenance.domain.gs1.keys import Link
from provenance.http.auth import principal, requires
from provenance.http.problems import Problem
from provenance.operations import Level
from provenance.readmodel.view import View

TOP = (
    "events", "eventTypes", "epcs", "bizSteps", "bizLocations", "readPoints", "dispositions", "capture", "queries"
)  # fmt: skip
"""The resources at the top."""

MOST_TRIED = 300
"""How many values one request tries before it leaves the rest to the next page."""

_LISTS = (
    "epcs", "children", "parent", "inputs", "outputs",
    "quantities", "child_quantities", "input_quantities", "output_quantities",
)  # fmt: skip
_TYPES = tuple(str(each) for each in EventType if each is not EventType.EXTENDED)


class CollectionSchema(Schema):
    """Names of resources, or of what is on record."""

    context = fields.Raw(data_key="@context", required=True)
    type = fields.Constant("Collection", required=True)
    member = fields.List(fields.String(), required=True)


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection of what events name: its words in the standard, and how events are asked for a value of it."""

    name: str
    parameter: str
    what: str
    words: tuple[str, ...]
    values: Callable[[View, str], Iterable[str]]
    condition: Callable[[str], Condition]
    spelled: Callable[[str], str]
    example: str


def _of_column(column: Column) -> Callable[[View, str], Iterable[str]]:
    return lambda view, after: view.values(column, after)


def _is(column: Column) -> Callable[[str], Condition]:
    return lambda value: Is(column, (value,))


def _of_type(value: str) -> Condition:
    return Is(Column.TYPE, (value,)) if value in _TYPES else Has((OWN_TYPE,), (value,))


def _place(text: str) -> str:
    return canonical_or_none(text) or text


def _names(value: str) -> Condition:
    return Named(_LISTS, (Pattern(Link(value)),))


def _things(view: View, after: str) -> Iterator[str]:
    found = view.things(Link(after) if after else None, MOST_TRIED)
    return iter(found)


def _words(listed: vocabulary.WordList) -> Callable[[str], str]:
    return lambda text: listed.bare.get(text, text)


STEPS, DISPOSITIONS = vocabulary.BIZ_STEP, vocabulary.DISPOSITION
COLLECTIONS = (
    Collection(
        "eventTypes",
        "eventType",
        "event type",
        _TYPES,
        lambda view, after: view.own_types(after),
        _of_type,
        str,
        "ObjectEvent",
    ),
    Collection("epcs", "epc", "EPC", (), _things, _names, _place, "urn:epc:id:sgtin:9521234.000001.1000"),
    Collection(
        "bizSteps",
        "bizStep",
        "business step",
        STEPS.words,
        _of_column(Column.STEP),
        _is(Column.STEP),
        _words(STEPS),
        "shipping",
    ),
    Collection(
        "bizLocations",
        "bizLocation",
        "business location",
        (),
        _of_column(Column.LOCATION),
        _is(Column.LOCATION),
        _place,
        "urn:epc:id:sgln:9521234.00001.0",
    ),
    Collection(
        "readPoints",
        "readPoint",
        "read point",
        (),
        _of_column(Column.READ_POINT),
        _is(Column.READ_POINT),
        _place,
        "urn:epc:id:sgln:9521234.00001.0",
    ),
    Collection(
        "dispositions",
        "disposition",
        "disposition",
        DISPOSITIONS.words,
        _of_column(Column.DISPOSITION),
        _is(Column.DISPOSITION),
        _words(DISPOSITIONS),
        "in_transit",
    ),
)
"""Every collection, by the name of its resource."""


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the routes that lead to events by what they name."""
    routes = Blueprint("browsing", __name__, url_prefix=PREFIX, description="What is on record, to browse")
    binding.watch(routes)
    asking = Asking(gateway)
    _add_top(routes, Tokens(gateway.operations.pages))
    for collection in COLLECTIONS:
        _Browsed(collection, gateway, asking).add(routes)
    return routes


def _add_top(routes: Blueprint, tokens: Tokens) -> None:
    binding.discover(routes, "/", "GET")
    token = {"in": "path", "name": "token", "required": True, "schema": {"type": "string"}}

    @routes.get("/")
    @routes.doc(
        parameters=binding.READING,
        responses={
            "200": described.answer("the resources", CollectionSchema, binding.ANSWERED),
            **described.errors(401, 403, 406),
        },
    )
    @requires(Level.READ)
    def top() -> Response:
        """Return the resources at the top."""
        return _collection(TOP)

    @routes.delete("/nextPageToken/<segment:token>")
    @routes.doc(
        parameters=[token], responses={"204": {"description": "it counts no more"}, **described.errors(400, 401, 403)}
    )
    @requires(Level.READ)
    def end_page(token: str) -> Response:
        """End a token of a next page before its time."""
        tokens.end(token)
        return Response(status=204, headers=binding.VERSIONS)


@dataclass(frozen=True, slots=True)
class _Browsed:
    """The routes of one collection."""

    collection: Collection
    gateway: Gateway
    asking: Asking

    def add(self, routes: Blueprint) -> None:
        name, what, parameter = self.collection.name, self.collection.what, self.collection.parameter
        rule = f"/{name}/<segment:{parameter}>"
        one = {"in": "path", "name": parameter, "required": True, "description": f"the {what}, percent-encoded",
               "example": self.collection.example, "schema": {"type": "string"}}  # fmt: skip
        binding.discover(routes, f"/{name}", "GET")
        binding.discover(routes, rule, "GET", parameters=[one])
        binding.discover(routes, f"{rule}/events", "GET", parameters=[one])
        listed = described.answer(f"{what}s", CollectionSchema, {**binding.ANSWERED, **paging.HEADERS})
        leads = described.answer("what there is of it", CollectionSchema, binding.ANSWERED)

        @routes.route(f"/{name}", methods=["GET"], endpoint=name)
        @routes.doc(
            summary=f"Return every {what} that the caller may read an event with, page by page",
            parameters=[*paging.PARAMETERS, *binding.FORMED, positions.PARAMETER],
            responses={"200": listed, **described.errors(400, 401, 403, 406, 412)},
        )
        @requires(Level.READ)
        def members() -> Response:
            return self.members()

        @routes.route(rule, methods=["GET"], endpoint=f"{name} one")
        @routes.doc(
            summary=f"Return what there is of one {what}",
            parameters=[one, *paging.PARAMETERS, *binding.FORMED, positions.PARAMETER],
            responses={"200": leads, **described.errors(400, 401, 403, 404, 406, 412)},
        )
        @requires(Level.READ)
        def lead(**named: str) -> Response:
            self.known(named[parameter])
            return _collection(("events",))

        @routes.route(f"{rule}/events", methods=["GET"], endpoint=f"{name} events")
        @routes.doc(
            summary=f"Return the events with one {what} that the caller may read, page by page",
            parameters=[
                one,
                *(each for each in QUERY if each["name"] != parameter),
                *binding.FORMED,
                positions.PARAMETER,
            ],
            responses={**FOUND, **described.errors(400, 401, 403, 404, 406, 412, 413)},
        )
        @requires(Level.READ)
        def events(**named: str) -> Response:
            value = named[parameter]
            self.known(value)
            path = f"{PREFIX}/{name}/{quote(value, safe='')}/events"
            return self.asking.of_url(path, self._condition(value))

    def members(self) -> Response:
        """Return a page of the collection."""
        paging.alone()
        turn = paging.turn(self.gateway, {"at": self.collection.name})
        at, after = turn.after or (0, "")
        words = list(self.collection.words[at : at + turn.count])
        at, last = at + len(words), after
        more = at < len(self.collection.words)
        if not more:
            found, last, more = self._found(after, turn.count - len(words))
            words += found
        return turn.lead_on(_collection(words), f"{PREFIX}/{self.collection.name}", [at, last] if more else None)

    def _found(self, after: str, count: int) -> tuple[list[str], str, bool]:
        """Return values after one that the caller may read of, the last one tried, and whether there may be more."""
        found, last, tried = list[str](), after, 0
        with self.gateway.readmodel.view() as view:
            visible = reader(view.world, principal().organisation)
            for value in self.collection.values(view, after):
                if len(found) == count or tried == MOST_TRIED - 1:
                    return found, last, True
                tried, last = tried + 1, value
                if value not in self.collection.words and view.any_of((self.collection.condition(value),), visible):
                    found.append(value)
        return found, last, False

    def known(self, value: str) -> None:
        """Raise `Problem` (404) for a value that the caller may not read of; words of the standard are always known."""
        if self.collection.spelled(value) in self.collection.words:
            return
        with self.gateway.readmodel.view() as view:
            if not view.any_of(self._condition(value), reader(view.world, principal().organisation)):
                detail = f"there is no such {self.collection.what} on record, or you may not read of it"
                raise Problem(404, "resource.unknown", detail)

    def _condition(self, value: str) -> tuple[Condition, ...]:
        return (self.collection.condition(self.collection.spelled(value)),)


def _collection(members: Iterable[str]) -> Response:
    content = {"@context": CONTEXT, "type": "Collection", "member": list(members)}
    return Response(orjson.dumps(content), headers=binding.VERSIONS, mimetype="application/json")
