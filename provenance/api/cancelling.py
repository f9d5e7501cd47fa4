"""`POST /api/v1/shipments/{id}/cancel`: goods that were sent off, called off by who sent them before they arrived.

A `void_shipping` event is recorded that names the goods, the parties and the business transactions of the event that
sent them off (CBV 2.0, 7.1.2). Nothing is erased: both stay on record, and the sender is the one who holds the goods.
What was offered as a handover is voided as one; what went inside a unit is cancelled with the unit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from provenance import observations
from provenance.api import described, positions, repeating
from provenance.api.gateway import Gateway
from provenance.api.registry import add
from provenance.api.repeating import Work
from provenance.api.scans import ScansSchema, recorded
from provenance.api.shipments import SHIPMENT, find
from provenance.domain.epcis.event import Event, Typed
from provenance.domain.errors import Malformed
from provenance.domain.fold import handovers
from provenance.domain.fold.register import Register
from provenance.domain.fold.steps import VOIDING
from provenance.domain.fold.timeline import Moment
from provenance.domain.gs1 import scanning
from provenance.domain.gs1.keys import Link
from provenance.domain.instant import format_instant, parse_instant
from provenance.domain.verdict import fold
from provenance.http import body
from provenance.http.auth import principal
from provenance.http.problems import Problem
from provenance.observations import Observation
from provenance.operations import Level
from provenance.readmodel.view import View


class CancelSchema(Schema):
    """When and where goods were called off."""

    time = fields.String(metadata={"description": "RFC 3339 date-time with its zone; now where it is left out"})
    place = fields.String(metadata={"description": "GLN of the place; the key's, if it has one"})


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the route that calls shipments off."""
    routes = Blueprint("cancelling", __name__, url_prefix="/api/v1", description="Shipments, called off")
    answers = gateway.operations.answers

    def cancel(shipment: str) -> Response:
        """Declare that goods that the own organisation sent off, and that nobody took in, do not come.

        All that was sent of a consignment, or nothing, is called off.
        """
        stated = body.load(CancelSchema(), body.json() if request.get_data(cache=True) else {})
        organisation = principal().organisation
        return repeating.once(answers, organisation, stated, lambda at: _cancelling(gateway, shipment, stated, at))

    content = {described.JSON: {"schema": CancelSchema, "example": {"place": "9525678000011"}}}
    done = described.answer("called off, all of it", ScansSchema, positions.ANSWERED)
    refusals = described.errors(
        400, 401, 403, 415, 422, 503, e404="your organisation sent off no such thing", e409="it has arrived, or so"
    )
    description = {
        "requestBody": {"required": False, "content": content},
        "parameters": [SHIPMENT, repeating.PARAMETER],
        "responses": {"201": done, **refusals},
    }
    add(routes, "POST", "/shipments/<thing:shipment>/cancel", cancel, description, level=Level.RECORD)
    return routes


def _cancelling(gateway: Gateway, shipment: str, stated: Mapping[str, str], at: datetime) -> Work:
    time = stated.get("time", format_instant(at))
    when = _at("/time", parse_instant, time)
    place = _at("/place", scanning.place, stated["place"]) if "place" in stated else principal().place
    with gateway.readmodel.view() as view:
        sent = _sent(find(shipment, view.world).things, view, Register(view.world, max(at, when)))
    if any(moment.at > when for _, moment in sent):
        raise Malformed("shipment.time", "it was called off before it was sent off", "/time")
    named: dict[str, list[Link]] = defaultdict(list)
    events = {moment.fact.id: moment.event for _, moment in sent}
    for thing, moment in sent:
        named[moment.fact.id].append(thing)
    made = [
        Observation(tuple(things), VOIDING, time, place, more=_parties(events[each])) for each, things in named.items()
    ]
    captured = observations.captured(made, at)
    return lambda: recorded(gateway, captured)


def _sent(things: Iterable[Link], view: View, register: Register) -> list[tuple[Link, Moment]]:
    """Return the things that are on their way for the caller, each with the moment of its last departure.

    Raises `Problem` (404 `shipment.unknown`, 409 `shipment.arrived`, `.cancelled`, `.inside`, `.handover`).
    """
    found = [(thing, moment) for thing in things if (moment := _departure(thing, view, register)) is not None]
    if not found:
        raise Problem(404, "shipment.unknown", "your organisation sent off no such thing")
    return found


def _departure(thing: Link, view: View, register: Register) -> Moment | None:
    caller, folded = principal().organisation, fold(thing, view.facts, register)
    departures, _ = handovers.read(folded.timeline, folded.handovers, register)
    own = [each for each in departures if each.by == caller]
    if not own:
        return None
    last = own[-1]
    if last.evidence.startswith("handover:"):
        detail = f"{thing} was offered as handover {last.evidence.partition(':')[2]}; void that"
        raise Problem(409, "shipment.handover", detail)
    if last.completed is not None or folded.custody.custodian not in (caller, None):
        raise Problem(409, "shipment.arrived", f"somebody took {thing} in; what has arrived is not called off")
    if last.cancelled is not None:
        raise Problem(409, "shipment.cancelled", f"{thing} was called off already")
    moment = next(each for each in folded.timeline.moments if each.digest == last.evidence)
    if moment.through is not None:
        raise Problem(409, "shipment.inside", f"{thing} was sent off inside {moment.through}; cancel that")
    return moment


def _parties(event: Event) -> dict[str, Any]:
    listed = {
        "bizTransactionList": _written(event.transactions, "bizTransaction"),
        "sourceList": _written(event.sources, "source"),
        "destinationList": _written(event.destinations, "destination"),
    }
    return {name: each for name, each in listed.items() if each}


def _written(typed: Iterable[Typed], name: str) -> list[dict[str, str]]:
    return [{**({"type": each.type} if each.type else {}), name: each.id} for each in typed]


def _at(pointer: str, read: Any, text: str) -> Any:
    try:
        return read(text)
    except Malformed as error:
        raise error.under(pointer) from None
