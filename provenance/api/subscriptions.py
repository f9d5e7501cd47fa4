"""`/epcis/v2/queries/{queryName}/subscriptions`: webhooks that are told what a named query asks for (EPCIS 2.0, 8.2.5).

A subscription is its organisation's. The token that its deliveries are signed with is taken once and never shown. What
could not be delivered is a dead letter, which its organisation sees and sends again.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import orjson
from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from provenance.addresses import Network, Refused, destination
from provenance.api import binding, described, paging, standing
from provenance.api.events import PREFIX
from provenance.api.gateway import Gateway
from provenance.api.queries import found
from provenance.api.registry import add
from provenance.api.subscribing import controls_of_json
from provenance.domain.instant import format_instant
from provenance.http import body
from provenance.http.auth import principal
from provenance.http.problems import Problem
from provenance.operations import Level, NamedQuery, OperationsError, Subscription
from provenance.settings import networks

LONGEST_TOKEN = 1000
_KNOWN = frozenset(
    {"dest", "signatureToken", "secret", "initialRecordTime", "reportIfEmpty", "schedule", "stream", "epcFormat"}
)
_TEXT = {"schema": {"type": "string"}}
NAME = {"in": "path", "name": "queryName", "required": True, "description": "the query's name", **_TEXT}
ONE = {"in": "path", "name": "subscriptionID", "required": True, "description": "its id", **_TEXT}
_EXAMPLE = {
    "dest": "https://subscriber.example.com/told",
    "signatureToken": "13df38d8275b13f05704629e5f1cf3d45d6132d5",
    "reportIfEmpty": True,
    "schedule": {"hour": "1", "minute": "5"},
}


class ControlsSchema(Schema):
    """When to tell: fields of a schedule, each a list of numbers and ranges `[low-high]`, in UTC."""

    second = fields.String(metadata={"example": "0"})
    minute = fields.String(metadata={"example": "5"})
    hour = fields.String(metadata={"example": "1"})
    day_of_month = fields.String(data_key="dayOfMonth")
    month = fields.String()
    day_of_week = fields.String(data_key="dayOfWeek", metadata={"description": "1 is Monday"})


class SubscribeSchema(Schema):
    """Where and when to tell what a query asks for: either `schedule`, or `stream` with true."""

    dest = fields.String(required=True, metadata={"description": "an https URL"})
    signature_token = fields.String(
        data_key="signatureToken", metadata={"description": "deliveries are signed with it; it is never shown"}
    )
    initial_record_time = fields.String(data_key="initialRecordTime", metadata={"description": "now, if left out"})
    report_if_empty = fields.Boolean(data_key="reportIfEmpty", metadata={"description": "for schedules"})
    schedule = fields.Nested(ControlsSchema)
    stream = fields.Boolean()


class SubscriptionSchema(SubscribeSchema):
    """A subscription, without its token."""

    class Meta:
        """The token is never told."""

        exclude = ("signature_token",)

    subscription_id = fields.String(data_key="subscriptionID", required=True)
    query_name = fields.String(data_key="queryName", required=True)
    created = fields.String(data_key="createdAt", required=True)
    notified = fields.String(data_key="lastNotifiedAt", metadata={"description": "when a delivery was last taken"})
    least = fields.String(data_key="minRecordTime", metadata={"description": "when it was last looked for news"})
    epc_format = fields.String(data_key="epcFormat")


_BODY = {
    "required": True,
    "content": {kind: {"schema": SubscribeSchema, "example": _EXAMPLE} for kind in sorted(body.JSON)},
}
_MADE = {"Location": {"description": "the subscription", **_TEXT}, **binding.ANSWERED}


_LIST: dict[str, Any] = {
    "parameters": [NAME, *paging.PARAMETERS, *binding.READING],
    "responses": {
        "200": described.answer(
            "subscriptions", {"type": "array", "items": SubscriptionSchema}, {**binding.ANSWERED, **paging.HEADERS}
        ),
        **described.errors(400, 401, 403, 404, 406),
    },
}
_SUBSCRIBE: dict[str, Any] = {
    "requestBody": _BODY,
    "parameters": [NAME, binding.EPC_FORMAT, binding.CBV_FORMAT, *binding.WRITING],
    "responses": {
        "201": described.answer("it will be told", SubscriptionSchema, _MADE),
        **described.errors(400, 401, 403, 404, 406, 409, 413, 415),
    },
}
_SHOW: dict[str, Any] = {
    "parameters": [NAME, ONE, *binding.READING],
    "responses": {
        "200": described.answer("it", SubscriptionSchema, binding.ANSWERED),
        **described.errors(401, 403, 404, 406),
    },
}
_END: dict[str, Any] = {
    "parameters": [NAME, ONE, *binding.READING],
    "responses": {"204": {"description": "it is told no more"}, **described.errors(401, 403, 404, 406)},
}


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the routes of subscriptions."""
    routes = Blueprint("subscriptions", __name__, url_prefix=PREFIX, description="Subscriptions to named queries")
    binding.watch(routes)
    subscriptions = _Subscriptions(gateway)
    whole = "/queries/<segment:queryName>/subscriptions"
    one = f"{whole}/<segment:subscriptionID>"
    now = ("GS1-Query-Min-Record-Time", subscriptions.looked)
    binding.discover(routes, whole, "GET", "POST", parameters=[NAME])
    binding.discover(routes, one, "GET", "DELETE", parameters=[NAME, ONE], now=now)
    add(routes, "GET", whole, subscriptions.list_subscriptions, _LIST)
    add(routes, "POST", whole, subscriptions.subscribe, _SUBSCRIBE, level=Level.RECORD)
    add(routes, "GET", one, subscriptions.one_subscription, _SHOW)
    add(routes, "DELETE", one, subscriptions.unsubscribe, _END, level=Level.RECORD)
    return routes


class _Subscriptions:
    """What the routes do; the first sentences are theirs in the OpenAPI document."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._kept = gateway.operations.subscriptions
        self._allowed = networks("WEBHOOK_NETWORKS", gateway.settings.webhook_networks)

    def list_subscriptions(self, **path: str) -> Response:
        """Return the subscriptions of the caller's organisation to a query, page by page."""
        of = found(self._gateway, path["queryName"])
        paging.alone()
        turn = paging.turn(self._gateway, {"at": "subscriptions", "query": of.name})
        listed = self._kept.of(of.organisation, of.name, after=turn.after or "", count=turn.count + 1)
        shown, last = turn.cut(listed, lambda each: each.id)
        return turn.lead_on(_json([_shown(each) for each in shown]), _path(of.name), last)

    def subscribe(self, **path: str) -> Response:
        """Subscribe to a query: what is recorded from now on, or from `initialRecordTime`, is posted to `dest`.

        A delivery is an EPCISQueryDocument, at least once and in order, with `GS1-Signature`: the HMAC of the body with
        SHA-256 under `signatureToken`, in hexadecimal digits.
        """
        made = _create(self._gateway, found(self._gateway, path["queryName"]), body.json(), self._allowed)
        return _json(_shown(made), 201, {"Location": f"{_path(made.query)}/{made.id}"})

    def one_subscription(self, **path: str) -> Response:
        """Return a subscription, and when it was last told."""
        return _json(_shown(self._one(path)))

    def unsubscribe(self, **path: str) -> Response:
        """End a subscription; what was to be delivered is not."""
        of = found(self._gateway, path["queryName"])
        if not self._kept.delete(of.organisation, of.name, _whole(path["subscriptionID"])):
            raise unknown()
        return Response(status=204, headers=binding.VERSIONS)

    def looked(self, path: Mapping[str, str]) -> str:
        """Return up to when was last looked for news of the subscription that a path names."""
        return str(_shown(self._one(path))["minRecordTime"])

    def _one(self, path: Mapping[str, str]) -> Subscription:
        of = found(self._gateway, path["queryName"])
        subscription = self._kept.get(of.organisation, of.name, _whole(path["subscriptionID"]))
        if subscription is None:
            raise unknown()
        return subscription


def unknown() -> Problem:
    """Return the problem that there is no such subscription."""
    return Problem(404, "subscriptions.unknown", "your organisation has no such subscription")


def _whole(identifier: str) -> str:
    if "\0" in identifier:
        raise unknown()
    return identifier


def _create(gateway: Gateway, of: NamedQuery, content: Any, allowed: Sequence[Network]) -> Subscription:
    if not isinstance(content, Mapping):
        raise _invalid("a subscription is an object", "")
    for name in content:
        if name not in _KNOWN:
            raise _invalid(f"a subscription has no field {name[:40]!r}", f"/{name[:40]}")
    controls = controls_of_json(content)
    dest, token = _dest(content, allowed), _token(content)
    now = gateway.operations.pages.now()
    with gateway.readmodel.view() as view:
        standing.standing(view, of, controls.initial)
        position = -1 if controls.initial < now else view.newest
    wanted = Subscription(
        organisation=of.organisation,
        query=of.name,
        dest=dest,
        token=token,
        schedule=None if controls.schedule is None else controls.schedule.stated,
        report_if_empty=controls.report_if_empty,
        initial=controls.initial,
        epc_format=request.headers.get("GS1-EPC-Format"),
        account=principal().account,
        batch=standing.BATCH,
        position=position,
        due=controls.first(now),
        created=now,
        looked=now,
    )
    try:
        return gateway.operations.subscriptions.create(wanted)
    except OperationsError as error:
        raise Problem(404 if error.code == "subscriptions.query" else 409, error.code, error.detail) from None


def _dest(content: Mapping[str, Any], allowed: Sequence[Network]) -> str:
    stated = content.get("dest")
    if not isinstance(stated, str):
        raise _invalid("dest is the URL that is told", "/dest")
    try:
        destination(stated, allowed)
    except Refused as error:
        raise Problem(400, error.code, f"dest: {error.detail}", pointer="/dest") from None
    return stated


def _token(content: Mapping[str, Any]) -> str | None:
    stated = content.get("signatureToken", content.get("secret"))
    if stated is None:
        return None
    if not isinstance(stated, str) or not 1 <= len(stated) <= LONGEST_TOKEN or "\0" in stated:
        raise _invalid(f"signatureToken has 1 to {LONGEST_TOKEN} characters", "/signatureToken")
    return stated


def _invalid(detail: str, pointer: str) -> Problem:
    return Problem(400, "subscriptions.form", detail, pointer=pointer)


def _path(query: str) -> str:
    return f"{PREFIX}/queries/{quote(query, safe='')}/subscriptions"


def _shown(each: Subscription) -> dict[str, Any]:
    """Return a subscription as it is shown: everything but its token."""
    shown: dict[str, Any] = {
        "subscriptionID": each.id,
        "queryName": each.query,
        "dest": each.dest,
        "createdAt": format_instant(each.created),
        "initialRecordTime": format_instant(each.initial),
        "minRecordTime": format_instant(each.initial if each.looked == each.created else each.looked),
    }
    when: dict[str, Any] = {"stream": True}
    if each.schedule is not None:
        when = {"schedule": dict(each.schedule), "reportIfEmpty": each.report_if_empty}
    optional = {
        "lastNotifiedAt": None if each.notified is None else format_instant(each.notified),
        "epcFormat": each.epc_format,
    }
    return {**shown, **when, **{name: value for name, value in optional.items() if value is not None}}


def _json(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    told = {**binding.VERSIONS, **(headers or {})}
    return Response(orjson.dumps(content), status, told, mimetype="application/json")
