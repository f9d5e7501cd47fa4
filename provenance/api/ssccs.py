"""`POST /api/v1/sscc-ranges/{id}/next`: the next logistic unit codes of an issued range."""

from typing import Any

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from provenance.api import described
from provenance.api.gateway import Gateway
from provenance.api.issuing import MOST_SSCCS, next_ssccs
from provenance.api.registry import add, json
from provenance.domain.records import SsccRange
from provenance.http import body
from provenance.http.auth import principal
from provenance.http.problems import Problem
from provenance.operations import Level

_IDENTIFIER = {"in": "path", "name": "identifier", "required": True, "schema": {"type": "string"}}


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

    add(routes, "POST", "/sscc-ranges/<segment:identifier>/next", following, _described(), level=Level.RECORD)
    return routes


def _described() -> dict[str, Any]:
    content = {described.JSON: {"schema": NextSchema, "example": {"count": 10}}}
    responses = {"200": described.answer("the codes", NumbersSchema), **described.errors(400, 401, 403, 404, 409, 422)}
    return {"parameters": [_IDENTIFIER], "requestBody": {"required": True, "content": content}, "responses": responses}
