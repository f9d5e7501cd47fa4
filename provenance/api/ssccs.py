"""`/api/v1/sscc-ranges/{id}/next` and `/api/v1/ssccs/{sscc}/label`: logistic unit codes, one by one, and their labels.

Both are for who issued the range that a code is of, and for nobody else.
"""

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from provenance import labels
from provenance.api import described
from provenance.api.gateway import Gateway
from provenance.api.issuing import MOST_SSCCS, next_ssccs
from provenance.api.registry import add, json
from provenance.domain.gs1.keys import Sscc, prefix_candidates
from provenance.domain.records import SsccRange
from provenance.domain.world import World
from provenance.http import body
from provenance.http.auth import principal
from provenance.http.negotiation import best
from provenance.http.problems import Problem
from provenance.operations import Level

_IDENTIFIER = {"in": "path", "name": "identifier", "required": True, "schema": {"type": "string"}}


_SVG, _PNG = "image/svg+xml", "image/png"
_SSCC = {
    "in": "path",
    "name": "sscc",
    "required": True,
    "description": "18 digits",
    "schema": {"type": "string", "pattern": "^[0-9]{18}$"},
}
_CONTENT = [
    {"in": "query", "name": "format", "schema": {"type": "string", "enum": ["svg", "png"]}},
    {"in": "query", "name": "content", "schema": {"type": "string"}, "description": "GTIN of what is inside (AI 02)"},
    {"in": "query", "name": "count", "schema": {"type": "integer", "minimum": 1}, "description": "how many (AI 37)"},
    {"in": "query", "name": "lot", "schema": {"type": "string", "maxLength": 20}, "description": "its lot (AI 10)"},
]


class NextSchema(Schema):
    """How many codes are wanted."""

    count = fields.Integer(
        strict=True, load_default=1, validate=validate.Range(1, MOST_SSCCS), metadata={"description": "how many"}
    )


class NumbersSchema(Schema):
    """Codes that nobody else is given: fewer than were asked for where the range ends."""

    ssccs = fields.List(fields.String(), required=True, metadata={"description": "18 digits each"})
    items = fields.List(fields.String(), required=True, metadata={"description": "their links, in the same order"})


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the route that gives out numbers."""
    routes = Blueprint("sscc-numbers", __name__, url_prefix="/api/v1", description="Logistic unit codes, one by one")

    def following(identifier: str) -> Response:
        """Give out the next codes of a range that the caller issued, each once; used ones are passed over."""
        asked = body.load(NextSchema(), body.json())
        with gateway.readmodel.view() as view:
            issued = view.world.get(SsccRange, identifier)
            if issued is None:
                raise Problem(404, "sscc_range.unknown", "nothing has such an id on record")
            if issued.issued.by != principal().organisation:
                raise Problem(403, "authority.prefix", "another organisation issued this range")
            found = next_ssccs(gateway.operations.counters, issued, asked["count"], facts_of=view.facts)
        if not found:
            raise Problem(409, "sscc_range.spent", "every code of this range was given out; issue another range")
        return json({"ssccs": [str(each) for each in found], "items": [each.link for each in found]}, 200, {})

    def label(sscc: str) -> Response:
        """Return the GS1-128 symbols of a unit's label, as SVG to scale or PNG: its SSCC, and what is inside."""
        unit, content = _asked(sscc)
        _own(unit, gateway.readmodel.world())
        kind = best((_SVG, _PNG), {"svg": _SVG, "png": _PNG})
        return Response((labels.png if kind == _PNG else labels.svg)(unit, content), mimetype=kind)

    add(routes, "POST", "/sscc-ranges/<segment:identifier>/next", following, _described(), level=Level.RECORD)
    images = {"description": "the label", "content": {kind: {"schema": {"type": "string"}} for kind in (_SVG, _PNG)}}
    refusals = described.errors(400, 401, 403, 406, e404="no range that was issued has this code")
    description: dict[str, Any] = {"parameters": [_SSCC, *_CONTENT], "responses": {"200": images, **refusals}}
    add(routes, "GET", "/ssccs/<segment:sscc>/label", label, description)
    return routes


def _asked(digits: str) -> tuple[Sscc, labels.Content | None]:
    for name in request.args:
        if name not in ("format", "content", "count", "lot") or len(request.args.getlist(name)) > 1:
            raise Problem(400, "query.parameter", f"{name[:40]!r} is not a parameter here, or is given twice")
    content = labels.stated(*(request.args.get(name) for name in ("content", "count", "lot")))
    return Sscc.parse(digits), content


def _own(sscc: Sscc, world: World) -> None:
    """Let only who issued a code print it; raises `Problem` (404 `sscc.unknown`, 403 `authority.prefix`)."""
    number = str(sscc)[:-1]
    for prefix in prefix_candidates(sscc.prefix_digits):
        for issued in world.linked(SsccRange, f"sscc/{prefix}"):
            if issued.first <= number <= issued.last:
                if issued.issued.by == principal().organisation:
                    return
                raise Problem(403, "authority.prefix", "another organisation issued this code")
    raise Problem(404, "sscc.unknown", "no range that was issued has this code")


def _described() -> dict[str, Any]:
    content = {described.JSON: {"schema": NextSchema, "example": {"count": 10}}}
    responses = {"200": described.answer("the codes", NumbersSchema), **described.errors(400, 401, 403, 404, 409, 422)}
    return {"parameters": [_IDENTIFIER], "requestBody": {"required": True, "content": content}, "responses": responses}
