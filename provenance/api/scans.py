"""`/api/v1/scans`: what a handheld or a warehouse system saw, recorded at once, and taken back.

A scan is a code, a step and perhaps a place, a time and a partner; it becomes an EPCIS ObjectEvent and is recorded in
the name of the key's organisation before the answer is given. A list is recorded whole or not at all. A scan that
states no time is given one, which is kept under its `Idempotency-Key`: sent again, it is the same scan. One that
states no place was made at the place of its key, if that has one; the answer says what was added so. Nothing is ever
erased: a scan is taken back by an error declaration.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from provenance import observations
from provenance.api import described, positions, repeating
from provenance.api.gateway import Gateway
from provenance.api.registry import add
from provenance.api.repeating import Answer, Work
from provenance.domain import canonical
from provenance.domain.epcis import chunk
from provenance.domain.epcis.document import Captured
from provenance.domain.epcis.vocabulary import BIZ_STEP, DISPOSITION
from provenance.domain.gs1.scanning import Form
from provenance.domain.instant import format_instant
from provenance.domain.world import World
from provenance.http import body
from provenance.http.auth import principal
from provenance.http.problems import Problem
from provenance.ledger.port import Receipt
from provenance.operations import Level
from provenance.readmodel.query import RecordedEvent
from provenance.scans import Scan, read

MOST = 500
"""How many scans one request may carry."""

LONGEST = 2048
"""How many characters a code may have."""


class ScanSchema(Schema):
    """One scan."""

    code = fields.String(
        required=True,
        validate=validate.Length(min=1, max=LONGEST),
        metadata={
            "description": "what was read, as the scanner sends it: an element string with FNC1 (GS) and a symbology "
            "identifier or without, `(01)...(21)...`, a GS1 Digital Link, an EPC URN, the digits of a bar code",
            "example": "]d20109521234000013211000",
        },
    )
    step = fields.String(
        required=True, validate=validate.OneOf(BIZ_STEP.words), metadata={"description": "CBV business step"}
    )
    time = fields.String(
        metadata={"description": "RFC 3339 date-time with its zone; with an Idempotency-Key, now where it is left out"}
    )
    place = fields.String(
        metadata={"description": "GLN of the place: digits, Digital Link or EPC URN; the key's, if it has one"}
    )
    partner = fields.String(
        metadata={
            "description": "organisation, or its Party GLN, that the goods go to (departures, also one that is called "
            "off) or come from (arrivals)"
        }
    )
    disposition = fields.String(
        validate=validate.OneOf(DISPOSITION.words), metadata={"description": "CBV disposition: the state of the goods"}
    )


_ONE, _MANY = ScanSchema(), ScanSchema(many=True)


class ReadSchema(Schema):
    """How one scan was understood."""

    item = fields.String(required=True, metadata={"description": "canonical link of what was scanned", "format": "uri"})
    form = fields.Enum(Form, by_value=True, required=True, metadata={"description": "in what form its code came"})
    defaults = fields.Dict(
        required=True,
        metadata={"description": "what it did not state: `time`, by this server's clock; `place`, by the key"},
    )


class ScansSchema(Schema):
    """The events that scans became."""

    events = fields.List(
        fields.String(), required=True, metadata={"description": "event ids, in the order of the scans"}
    )
    transaction = fields.String(required=True, metadata={"description": "the ledger transaction that holds them"})
    scans = fields.List(fields.Nested(ReadSchema), metadata={"description": "in the order of the scans"})


_TAKEN = {
    "required": True,
    "content": {
        described.JSON: {
            "schema": {"oneOf": [ScanSchema, {"type": "array", "items": ScanSchema, "minItems": 1, "maxItems": MOST}]},
            "example": {
                "code": "https://id.gs1.org/01/09521234000013/21/1000",
                "step": "receiving",
                "time": "2026-03-01T09:30:00+01:00",
                "place": "https://id.gs1.org/414/9525678000011",
            },
        }
    },
}


_EVENT = {
    "in": "path",
    "name": "event_id",
    "required": True,
    "description": "the event's id, percent-encoded: `ni%3A%2F%2F%2Fsha-256%3B...%3Fver%3DCBV2.0`",
    "schema": {"type": "string"},
}


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the routes that take scans, and take them back."""
    routes = Blueprint("scans", __name__, url_prefix="/api/v1", description="Scans, recorded at once")
    answers = gateway.operations.answers

    def scans() -> Response:
        """Record one scan, or a list of at most 500: all or none of them.

        What is recorded is permanent, and every member of the ledger can read it.
        """
        content, organisation = body.json(), principal().organisation
        return repeating.once(answers, organisation, content, lambda at: _scanning(gateway, content, at))

    def void(event_id: str) -> Response:
        """Declare that a scan of the own organisation did not happen, by its event's id."""
        _nothing()
        return repeating.once(answers, principal().organisation, None, lambda at: _voiding(gateway, event_id, at))

    done = {"201": described.answer("recorded, all of them", ScansSchema, positions.ANSWERED)}
    description: dict[str, Any] = {"requestBody": _TAKEN, "parameters": [repeating.PARAMETER]}
    refusals = described.errors(400, 401, 403, 413, 415, 422, 503)
    add(routes, "POST", "/scans", scans, {**description, "responses": {**done, **refusals}}, level=Level.RECORD)
    refusals = described.errors(
        400, 401, 403, 503, e404="your organisation recorded no such event", e409="it was voided"
    )
    description = {"parameters": [_EVENT, repeating.PARAMETER], "responses": {**done, **refusals}}
    add(routes, "POST", "/scans/<segment:event_id>/void", void, description, level=Level.RECORD)
    return routes


def _scanning(gateway: Gateway, content: Any, at: datetime) -> Work:
    scans = _read(content, at, gateway.readmodel.world())
    captured = observations.captured([each.observation for each in scans], at)
    return lambda: recorded(gateway, captured, scans)


def _voiding(gateway: Gateway, event_id: str, at: datetime) -> Work:
    with gateway.readmodel.view() as view:
        found = [each for each in view.event(event_id) if each.fact.recorder == principal().organisation]
    if not found:
        raise Problem(404, "event.unknown", "your organisation recorded no such event")
    if any(each.fact.event.error is not None for each in found):
        raise Problem(409, "event.voided", "your organisation declared it an error already")
    captured = [_withdrawn(each, at) for each in found]
    return lambda: recorded(gateway, captured)


def _withdrawn(recorded: RecordedEvent, at: datetime) -> Captured:
    """Return the same event with its error declaration (EPCIS 2.0, 7.4.1.4)."""
    event = canonical.parse(recorded.body)
    event["errorDeclaration"] = {"declarationTime": format_instant(at), "reason": "did_not_occur"}
    return observations.captured_event(event)


def recorded(gateway: Gateway, captured: Sequence[Captured], scans: Sequence[Scan] = ()) -> Answer:
    """Record events in the name of the caller, all or none of them, and return the answer; raises `LedgerError`."""
    receipt = _record(gateway, principal().organisation, captured)
    content: dict[str, Any] = {"events": [event.id for event in captured], "transaction": receipt.transaction_id}
    if scans:
        content["scans"] = [each.understood() for each in scans]
    return Answer(201, content, positions.header(receipt))


def _record(gateway: Gateway, organisation: str, captured: Sequence[Captured]) -> Receipt:
    """Record one event together with those of other requests, several in a transaction of their own."""
    if len(captured) == 1:
        return gateway.record(organisation, captured[0])
    chunks = chunk.build(captured)
    if len(chunks) > 1:
        raise Problem(413, "scan.too_many", "these scans do not fit into one transaction; send fewer at a time")
    return gateway.contracts_for(organisation).append(chunks[0])


def _nothing() -> None:
    if request.get_data(cache=True):
        raise Problem(422, "request.invalid", "this takes no body", pointer="")


def _read(value: Any, now: datetime, world: World) -> list[Scan]:
    if not isinstance(value, list):
        return [_scan(body.load(_ONE, value), now, world, "")]
    if not 0 < len(value) <= MOST:
        raise Problem(422, "scan.count", f"a list has 1 to {MOST} scans, not {len(value)}", pointer="")
    return [_scan(fields, now, world, f"/{index}") for index, fields in enumerate(body.load(_MANY, value))]


def _scan(stated: Mapping[str, str], now: datetime, world: World, pointer: str) -> Scan:
    if "time" not in stated and repeating.key() is None:
        detail = f"state the time of the scan, or send it with an {repeating.HEADER}: sent twice it would be two scans"
        raise Problem(422, "scan.time", detail, pointer=f"{pointer}/time")
    return read(stated, world, defaults={"time": format_instant(now), "place": principal().place}, pointer=pointer)
