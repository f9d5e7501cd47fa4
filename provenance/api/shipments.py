"""`GET /api/v1/shipments/{id}`: what customs look up, by item, SSCC, consignment (UCR) or declaration.

For each thing: its history, what it was inside of and when, what is inside it, which products those are and under
which rights they may be made, its measures and its papers. It is for customs of a country on the route, for parties to
it, the brand, auditors, and a court whose docket names it; to everybody else there is no such shipment.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from provenance.api import described, paging, positions
from provenance.api.gateway import Gateway
from provenance.api.items import Seen
from provenance.api.registry import add, json
from provenance.api.shapes import ShipmentSchema
from provenance.domain import summary
from provenance.domain.codec import encode
from provenance.domain.errors import Malformed
from provenance.domain.fold.contents import inside
from provenance.domain.fold.register import Register
from provenance.domain.gs1 import link as links
from provenance.domain.gs1.convert import identify
from provenance.domain.gs1.keys import Link, Sscc
from provenance.domain.instant import format_instant
from provenance.domain.records import Bar, Consignment, Declaration
from provenance.domain.verdict import Folded, fold, judge, state_and_history
from provenance.domain.world import World
from provenance.http import released
from provenance.http.auth import principal
from provenance.http.problems import Problem
from provenance.readmodel.view import View

PER_PAGE = 20
"""How many things of a consignment are told on one page."""

_SSCC_DIGITS = 18
SHIPMENT = {
    "in": "path",
    "name": "shipment",
    "required": True,
    "description": "a link or EPC URN of an item or unit, percent-encoded or as the path of a Digital Link; the 18 "
    "digits of an SSCC; a consignment's UCR; or a declaration, `country%2Fnumber`",
    "schema": {"type": "string"},
}
_PAGE = {"in": "query", "name": "nextPageToken", "schema": {"type": "string"}, "description": "from the page before"}


@dataclass(frozen=True, slots=True)
class Shipment:
    """What was asked for: things that move, and the consignment that they are asked for by, if any."""

    things: tuple[Link, ...]
    consignment: Consignment | None = None


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the route that tells shipments."""
    routes = Blueprint("shipments", __name__, url_prefix="/api/v1", description="What customs look up")

    def shipment(shipment: str) -> Response:
        """Return the history of goods under way, what is inside them, what they were inside of, and their papers."""
        with gateway.readmodel.view() as view:
            found = find(shipment, view.world)
            turn = paging.turn(gateway, {"at": "shipments", "shipment": shipment}, count=PER_PAGE)
            start = turn.after or 0
            told = _tell(found, view, found.things[start : start + PER_PAGE])
        ends = start + PER_PAGE
        token, headers = turn.told(request.environ.get("PATH_INFO", ""), ends if ends < len(found.things) else None)
        position = {positions.HEADER: str(view.position - 1)}
        return json({"shipment": shipment, **told, **token}, 200, {**position, **headers})

    responses = {"200": described.answer("the shipment", ShipmentSchema)}
    refusals = described.errors(400, 401, 403, 412, e404="there is no such shipment, or it is not for the caller")
    description = {"parameters": [SHIPMENT, _PAGE, positions.PARAMETER], "responses": {**responses, **refusals}}
    add(routes, "GET", "/shipments/<thing:shipment>", shipment, description)
    return routes


def find(text: str, world: World) -> Shipment:
    """Return what a text names; raises `Problem` (404 `shipment.unknown`)."""
    if "/" in text and (declaration := world.get(Declaration, text)) is not None:
        text = declaration.consignment
    if (consignment := world.get(Consignment, text)) is not None:
        return Shipment(consignment.units, consignment)
    try:
        thing = Sscc.parse(text).link if text.isdigit() and len(text) == _SSCC_DIGITS else identify(text)
    except Malformed as error:
        raise Problem(404, "shipment.unknown", f"there is no such shipment: {error.detail}") from None
    level = links.parts(thing).level
    if level in (links.Level.CLASS, links.Level.LOT, links.Level.PLACE, links.Level.PARTY):
        raise Problem(400, "identifier.no_item", f"{thing} names nothing that moves by itself")
    return Shipment((thing,))


def _tell(found: Shipment, view: View, things: Sequence[Link]) -> dict[str, Any]:
    register = Register(view.world, datetime.now(UTC))
    told = [_Unit(thing, view, register) for thing in things]
    own = found.consignment is not None and _is_party(found.consignment, view.world)
    if not own and not any(each.seen.reads_it() for each in told):
        raise Problem(404, "shipment.unknown", "there is no such shipment, or it is not for you")
    papers = _papers([found.consignment] if found.consignment else [], view.world)
    return {**papers, "units": [each.told() for each in told]}


def _is_party(consignment: Consignment, world: World) -> bool:
    lodged = (each.lodged.by for each in world.linked(Declaration, f"consignment/{consignment.id}"))
    return principal().organisation in (consignment.opened.by, *lodged)


def _papers(consignments: Iterable[Consignment], world: World) -> dict[str, Any]:
    found = {each.id: each for each in consignments}
    declared = [each for key in sorted(found) for each in world.linked(Declaration, f"consignment/{key}")]
    return {"consignments": encode(tuple(found[key] for key in sorted(found))), "declarations": encode(tuple(declared))}


class _Unit:
    """One thing that moves, folded once for everything that is told of it."""

    def __init__(self, thing: Link, view: View, register: Register) -> None:
        self.seen = Seen(thing, view)
        self._world = view.world
        self._register = register
        self._folded: Folded = fold(thing, self.seen.facts, register)

    def told(self) -> dict[str, Any]:
        """Return what is told of it."""
        thing, seen = self.seen.thing, self.seen
        state, history = state_and_history(self._folded, self._register)
        stays = self._folded.timeline.stays
        around = (thing, *(stay.container for stay in stays))
        consignments = [each for link in around for each in self._world.linked(Consignment, f"item/{link}")]
        contents = inside(thing, seen.facts, self._register).everything
        return {
            "thing": thing,
            "level": links.parts(thing).level.value,
            **self._judged(),
            "state": encode(state) if seen.reads_it() else released.state(state),
            "history": [seen.shown(each) for each in history],
            "containers": [_stay(each.container, each.start, each.end) for each in stays],
            "contents": [self._inner(each) for each in contents],
            "products": self._products((thing, *contents)),
            "measures": [encode(each) for each in self._folded.measures],
            **_papers(consignments, self._world),
        }

    def _judged(self) -> dict[str, Any]:
        thing = self.seen.thing
        if links.class_of(thing) is None:
            return {}
        verdict = judge(thing, self.seen.facts, self._world, as_of=self._register.as_of).document()
        return {"grade": verdict["grade"], "findings": verdict["findings"]}

    def _inner(self, thing: Link) -> dict[str, Any]:
        bar = self._world.get(Bar, thing)
        barred = list(bar.measures) if bar is not None else []
        return {"thing": thing, "level": links.parts(thing).level.value, "measures": barred}

    def _products(self, things: Iterable[Link]) -> list[Any]:
        gtins = {str(gtin): gtin.link for gtin in map(links.class_of, things) if gtin is not None}
        as_of = self._register.as_of
        return [encode(summary.product(gtins[key], self._world, as_of=as_of)) for key in sorted(gtins)]


def _stay(container: Link, start: datetime, end: datetime | None) -> dict[str, Any]:
    return {"container": container, "from": format_instant(start), "until": format_instant(end) if end else None}
