"""`POST /api/v1/scans/csv`: a table of scans, checked line by line, and recorded only where that is asked for.

Without `record=true` it is a dry run: the report says what each line was understood as, or what is wrong with it. With
it, a table in which anything is wrong is refused whole, with the same report.
"""

from datetime import UTC, datetime, tzinfo
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from provenance import sheets, tabular
from provenance.api import described, positions
from provenance.api.gateway import Gateway
from provenance.api.registry import add, json
from provenance.api.scans import ReadSchema
from provenance.http import body
from provenance.http.auth import principal
from provenance.http.problems import Problem
from provenance.operations import Level
from provenance.sheets import Sheet

CSV = "text/csv"
_RECORD = {"true": True, "false": False}


class LineProblemSchema(Schema):
    """What is wrong with a line."""

    line = fields.Integer(required=True, metadata={"description": "from 1, as editors count; 0 for the whole"})
    column = fields.String(required=True, metadata={"description": "its name, empty for the whole line"})
    code = fields.String(required=True, metadata={"description": "stable and dotted"})
    detail = fields.String(required=True, metadata={"description": "one sentence"})


class LineSchema(ReadSchema):
    """How a line was understood."""

    line = fields.Integer(required=True, metadata={"description": "from 1, as editors count"})
    event = fields.String(required=True, metadata={"description": "the id of the event that it is"})


class SheetSchema(Schema):
    """The report on a table of scans."""

    recorded = fields.Boolean(required=True, metadata={"description": "whether it is on the ledger now"})
    sound = fields.Boolean(required=True, metadata={"description": "whether all lines are good"})
    encoding = fields.String(required=True, metadata={"description": "`utf-8` or `gb18030`"})
    separator = fields.String(required=True, metadata={"description": "`;` or `,`"})
    lines = fields.Integer(required=True, metadata={"description": "how many lines of scans there are"})
    repeated = fields.Integer(required=True, metadata={"description": "how many say what a line before says"})
    problems = fields.List(fields.Nested(LineProblemSchema), required=True)
    scans = fields.List(fields.Nested(LineSchema), required=True)
    transactions = fields.List(fields.String(), metadata={"description": "the ledger transactions that hold it"})


_PARAMETERS = [
    {
        "in": "query",
        "name": "record",
        "description": "whether to record it, if all lines are good; otherwise this is a dry run",
        "schema": {"type": "string", "enum": list(_RECORD), "default": "false"},
    },
    {
        "in": "query",
        "name": "zone",
        "description": "the zone of times that state none: `Europe/Amsterdam`, `+08:00`, `Z`; without it they are "
        "refused",
        "schema": {"type": "string", "maxLength": 60},
    },
]
_BODY = {
    "required": True,
    "content": {
        CSV: {
            "schema": {"type": "string"},
            "example": "code;step;time;place\n"
            "]d20109521234000013211000;receiving;2026-03-01T09:30:00+01:00;9525678000011\n",
        }
    },
}


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the route that takes tables."""
    routes = Blueprint("sheets", __name__, url_prefix="/api/v1", description="Tables of scans")

    def sheet() -> Response:
        """Check a table of scans, and record it whole if `record=true` asks for it and all its lines are good.

        Columns: code, step, time, and place, partner, disposition if wanted. What is recorded is permanent, and every
        member of the ledger can read it. Sent again, it records nothing twice.
        """
        wanted, local = _asked()
        request.max_content_length = tabular.MOST_BYTES
        content, place = body.read((CSV,)), principal().place
        read = sheets.read(content, gateway.readmodel.world(), now=datetime.now(UTC), local=local, place=place)
        return _recorded(gateway, read) if wanted else json({"recorded": False, **read.document()}, 200, {})

    responses = {
        "200": described.answer("the report; nothing was recorded", SheetSchema),
        "201": described.answer("recorded, all of it", SheetSchema, positions.ANSWERED),
        **described.errors(400, 401, 403, 413, 415, 503, e422="lines are wrong: `problems` names them"),
    }
    description: dict[str, Any] = {"requestBody": _BODY, "parameters": _PARAMETERS, "responses": responses}
    add(routes, "POST", "/scans/csv", sheet, description, level=Level.RECORD)
    return routes


def _asked() -> tuple[bool, tzinfo | None]:
    for name in request.args:
        if name not in ("record", "zone") or len(request.args.getlist(name)) > 1:
            raise Problem(400, "query.parameter", f"{name[:40]!r} is not a parameter here, or is given twice")
    wanted = _RECORD.get(request.args.get("record", "false"))
    if wanted is None:
        raise Problem(400, "query.parameter", "record is true or false")
    stated = request.args.get("zone")
    return wanted, None if stated is None else tabular.zone(stated)


def _recorded(gateway: Gateway, sheet: Sheet) -> Response:
    if not sheet.sound:
        problems = [each.document() for each in sheet.problems]
        detail = f"nothing was recorded: {sheet.problems[0].detail}"
        raise Problem(422, "csv.refused", detail, members={"problems": problems})
    receipts = sheets.record(gateway.contracts_for(principal().organisation), sheet)
    transactions = [each.transaction_id for each in receipts]
    content = {"recorded": True, **sheet.document(), "transactions": transactions}
    return json(content, 201, positions.header(receipts[-1]))
