"""`/api/v1/items`: what is on record about a thing, for members.

`{item}` is a GS1 Digital Link or an EPC URN as one percent-encoded segment, or the path of a Digital Link as it is:
`/api/v1/items/01/09520123456788/21/A%2FB/verdict`. Events that the caller may not read appear in histories as they are
released to everybody.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import orjson
from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema

from provenance.api import described, positions, qr, shapes
from provenance.api.gateway import Gateway
from provenance.api.visibility import reader, reads_all
from provenance.domain import summary
from provenance.domain.codec import encode
from provenance.domain.facts import Fact
from provenance.domain.fold.register import Register
from provenance.domain.gs1 import link as links
from provenance.domain.gs1.convert import identify
from provenance.domain.gs1.keys import Link
from provenance.domain.gs1.link import Level as LinkLevel
from provenance.domain.trace import trace
from provenance.domain.verdict import Entry, EntryKind, Verdict, fold, judge
from provenance.http import released
from provenance.http.auth import principal, requires
from provenance.http.negotiation import best
from provenance.operations import Level
from provenance.readmodel.view import View

_SVG, _PNG = "image/svg+xml", "image/png"
_ITEM = {
    "in": "path",
    "name": "item",
    "required": True,
    "description": "a GS1 Digital Link or EPC URN as one percent-encoded segment, or the path of a Digital Link",
    "schema": {"type": "string"},
}
_FORMAT = {"in": "query", "name": "format", "schema": {"type": "string", "enum": ["svg", "png"]}}
_IMAGES = {"description": "the symbol", "content": {kind: {"schema": {"type": "string"}} for kind in (_SVG, _PNG)}}


def _described(text: str, shape: type[Schema]) -> dict[str, Any]:
    refusals = described.errors(400, 401, 403, 412)
    responses = {"200": described.answer(text, shape), **refusals}
    return {"parameters": [_ITEM, positions.PARAMETER], "responses": responses}


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the routes under `/api/v1/items`."""
    routes = Blueprint("items", __name__, url_prefix="/api/v1", description="What is on record about things")

    @routes.get("/items/<thing:item>")
    @routes.doc(**_described("how it stands", shapes.ThingSchema))
    @requires(Level.READ)
    def item(item: str) -> Response:
        """Return what a link names and how it stands: an item's grade and state, a lot's recalls, a unit's contents."""
        with gateway.readmodel.view() as view:
            return _json(_summary(Seen(identify(item), view)))

    @routes.get("/items/<thing:item>/history")
    @routes.doc(**_described("what happened to it", shapes.HistorySchema))
    @requires(Level.READ)
    def history(item: str) -> Response:
        """Return what happened to a thing, in order, what happened to its containers meanwhile included."""
        with gateway.readmodel.view() as view:
            seen = Seen(identify(item), view)
            return _json({"item": seen.thing, "history": [seen.shown(each) for each in _history(seen)]})

    @routes.get("/items/<thing:item>/verdict")
    @routes.doc(**_described("the verdict", shapes.VerdictSchema))
    @requires(Level.READ)
    def verdict(item: str) -> Response:
        """Return the verdict on an item, with its reasons and the facts that they rest on."""
        with gateway.readmodel.view() as view:
            return _json(_judged(Seen(identify(item), view)).document())

    _add_ways(routes, gateway)
    return routes


def _add_ways(routes: Blueprint, gateway: Gateway) -> None:
    """Add the ways from an item: back to its rights, and through its symbol to its page."""
    base = gateway.settings.base_url

    @routes.get("/items/<thing:item>/trace")
    @routes.doc(**_described("the way back", shapes.TraceSchema))
    @requires(Level.READ)
    def traced(item: str) -> Response:
        """Return the way back: product, rights, holder and licensees, and where the record stops fitting."""
        with gateway.readmodel.view() as view:
            seen = Seen(identify(item), view)
            found = trace(_judged(seen), view.world)
            ends = {"last_consistent": found.last_consistent, "first_inconsistent": found.first_inconsistent}
            shown = {name: None if end is None else seen.shown(end) for name, end in ends.items()}
            return _json({**encode(found), **shown})

    @routes.get("/items/<thing:item>/qr")
    @routes.doc(parameters=[_ITEM, _FORMAT], responses={"200": _IMAGES, **described.errors(400, 401, 403, 406)})
    @requires(Level.READ)
    def symbol(item: str) -> Response:
        """Return the QR symbol that leads to the item's page, as SVG or PNG."""
        address = base + links.path(identify(item))
        kind = best((_SVG, _PNG), {"svg": _SVG, "png": _PNG})
        return Response(qr.png(address) if kind == _PNG else qr.svg(address), mimetype=kind)


class Seen:
    """The facts that a judgement looked at, so that its entries can be shown as far as the caller may read them."""

    def __init__(self, thing: Link, view: View) -> None:
        self.thing = thing
        self.world = view.world
        self._view = view
        self._may_read = reader(view.world, principal().organisation)
        self._events: dict[str, list[Fact]] = defaultdict(list)

    def facts(self, link: Link) -> Sequence[Fact]:
        """Return the facts that name a thing."""
        found = self._view.facts(link)
        for fact in found:
            self._events[fact.id].append(fact)
        return found

    def shown(self, entry: Entry) -> dict[str, Any]:
        """Return an entry whole where the caller may read it, else as it is released to everybody."""
        is_act = entry.kind not in (EntryKind.EVENT, EntryKind.WITHDRAWN)
        if is_act or self._all or self._readable(self._events[entry.event_id or ""]):
            return {**encode(entry), "readable": True}
        return {**released.entry(entry), "readable": False}

    def reads_any(self) -> bool:
        """Return whether the caller may read any event that names the thing."""
        return self._readable(self.facts(self.thing))

    def reads_it(self) -> bool:
        """Return whether the caller may read any event that names the thing, or all that happened to it."""
        return self._all or self.reads_any()

    @cached_property
    def _all(self) -> bool:
        return reads_all(self.world, principal().organisation, self.thing, self._happened())

    def _happened(self) -> Iterator[Fact]:
        """Give what happened to the thing, to its containers while it was inside included."""
        yield from (
            moment.fact for moment in fold(self.thing, self.facts, Register(self.world, _now())).timeline.moments
        )

    def _readable(self, witnesses: Iterable[Fact]) -> bool:
        return any(self._may_read(fact) for fact in witnesses)


def _judged(seen: Seen) -> Verdict:
    return judge(seen.thing, seen.facts, seen.world, as_of=_now())


def _history(seen: Seen) -> tuple[Entry, ...]:
    """Return the history of an item, or of whatever else moves."""
    if links.class_of(seen.thing) is not None:
        return _judged(seen).history
    return summary.unit(seen.thing, seen.facts, seen.world, as_of=_now()).history


def _summary(seen: Seen) -> dict[str, Any]:
    link = seen.thing
    level, now = links.parts(link).level, _now()
    head = {"item": link, "level": level.value}
    if level is LinkLevel.ITEM and links.class_of(link) is not None:
        judged = _judged(seen)
        return {**head, **judged.document(), "state": released.state(judged.state)}
    if level is LinkLevel.LOT:
        return {**head, **encode(summary.lot(link, seen.world, as_of=now))}
    if level is LinkLevel.CLASS and links.class_of(link) is not None:
        return {**head, **encode(summary.product(link, seen.world, as_of=now))}
    return {**head, **_unit(summary.unit(link, seen.facts, seen.world, as_of=now), seen)}


def _unit(unit: summary.UnitSummary, seen: Seen) -> dict[str, Any]:
    """Return a unit without its history; what is inside, and its papers, are for who may read an event about it."""
    counts = {"inside": len(unit.all_contents), "stopped": unit.stopped}
    findings = [each.document() for each in unit.findings]
    if not seen.reads_any():
        return {"state": released.state(unit.state), "findings": findings, **counts}
    papers = {"consignments": encode(unit.consignments), "declarations": encode(unit.declarations)}
    contents = {"contents": list(unit.contents), "all_contents": list(unit.all_contents)}
    return {"state": encode(unit.state), "findings": findings, **counts, **contents, **papers}


def _now() -> datetime:
    return datetime.now(UTC)


def _json(content: dict[str, Any]) -> Response:
    return Response(orjson.dumps(content), mimetype="application/json")
