"""`/api/v1/subscriptions/{id}/deliveries`: what became of what subscribers were told, and dead letters sent again."""

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from provenance.api import described
from provenance.api.gateway import Gateway
from provenance.api.registry import PREFIX, add, json
from provenance.api.subscriptions import ONE, unknown
from provenance.domain.instant import format_instant
from provenance.http.auth import principal
from provenance.http.problems import Problem
from provenance.operations import Delivery, DeliveryState, Level, Subscription

_NEWEST = 100
_DELIVERY = {
    "in": "path",
    "name": "deliveryID",
    "required": True,
    "description": "its id",
    "schema": {"type": "string"},
}
_STATE = {
    "in": "query",
    "name": "state",
    "description": "those of one state alone",
    "schema": {"type": "string", "enum": [each.value for each in DeliveryState]},
}


class DeliverySchema(Schema):
    """What became of a delivery."""

    id = fields.String(required=True, metadata={"description": "the same in every copy that the subscriber gets"})
    state = fields.Enum(DeliveryState, by_value=True, required=True)
    events = fields.Integer(required=True)
    attempts = fields.Integer(required=True)
    created = fields.String(required=True)
    due = fields.String(metadata={"description": "when it is tried next"})
    finished = fields.String(metadata={"description": "when it was taken, or given up"})
    status = fields.Integer(metadata={"description": "what the subscriber answered last"})
    error = fields.String(metadata={"description": "why the last attempt failed, a code"})


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the routes of deliveries."""
    routes = Blueprint("deliveries", __name__, url_prefix=PREFIX, description="What subscribers were told")
    kept = gateway.operations.deliveries

    def deliveries(**path: str) -> Response:
        """List the newest deliveries of a subscription of the caller's organisation, newest first."""
        found = kept.of(_own(gateway, path["subscriptionID"]).id, count=_NEWEST, state=_state())
        return json([_shown(each) for each in found], 200, {})

    def retry(**path: str) -> Response:
        """Send a dead letter again: it is tried anew, as often as any other."""
        own, identifier = _own(gateway, path["subscriptionID"]), path["deliveryID"]
        revived = kept.revive(own.id, identifier) if "\0" not in identifier else None
        if revived is None:
            raise Problem(404, "deliveries.unknown", "the subscription has no such dead letter")
        return json(_shown(revived), 200, {})

    rule = "/subscriptions/<segment:subscriptionID>/deliveries"
    listed = described.answer("the deliveries", {"type": "array", "items": DeliverySchema})
    listing = {"parameters": [ONE, _STATE], "responses": {"200": listed, **described.errors(400, 401, 403, 404)}}
    add(routes, "GET", rule, deliveries, listing)
    again = {"200": described.answer("it waits to be sent", DeliverySchema), **described.errors(401, 403, 404)}
    retrying = {"parameters": [ONE, _DELIVERY], "responses": again}
    add(routes, "POST", f"{rule}/<segment:deliveryID>/retry", retry, retrying, level=Level.RECORD)
    return routes


def _own(gateway: Gateway, identifier: str) -> Subscription:
    """Return a subscription of the caller's organisation; raises `Problem` (404)."""
    own = principal().organisation
    found = gateway.operations.subscriptions.find(own, identifier) if "\0" not in identifier else None
    if found is None:
        raise unknown()
    return found


def _state() -> DeliveryState | None:
    stated = request.args.get("state")
    try:
        return None if stated is None else DeliveryState(stated)
    except ValueError:
        raise Problem(400, "query.parameter", f"state is one of {', '.join(DeliveryState)}") from None


def _shown(each: Delivery) -> dict[str, Any]:
    waits = each.state is DeliveryState.PENDING
    optional = {
        "due": format_instant(each.due) if waits else None,
        "finished": None if each.finished is None else format_instant(each.finished),
        "status": each.status,
        "error": each.error,
    }
    shown = {
        "id": each.id,
        "state": each.state.value,
        "events": each.events,
        "attempts": each.attempts,
        "created": format_instant(each.created),
    }
    return {**shown, **{name: value for name, value in optional.items() if value is not None}}
