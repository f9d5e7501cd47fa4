"""`/api/v1/scans`: what a handheld or a warehouse system saw, recorded at once.

A scan is a code, a step and perhaps a place, a time and a partner; it becomes an EPCIS ObjectEvent and is recorded in
the name of the key's organisation before the answer is given. A list is recorded whole or not at all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from provenance.api.gateway import Gateway
from provenance.domain import canonical
from provenance.domain.epcis import chunk, document
from provenance.domain.epcis.vocabulary import BIZ_STEP
from provenance.domain.errors import Malformed
from provenance.domain.fold.steps import ARRIVALS, DEPARTURES
from provenance.domain.gs1 import link as links
from provenance.domain.gs1.convert import identify
from provenance.domain.gs1.keys import Link
from provenance.domain.instant import format_instant, parse_instant
from provenance.domain.records import Organisation
from provenance.domain.vocabulary import ORGANISATION
from provenance.domain.world import World
from provenance.http import body
from provenance.http.auth import principal, requires
from provenance.http.problems import Problem
from provenance.ledger.port import Receipt
from provenance.operations import Level

MOST = 500
"""How many scans one request may carry."""

STANDARD_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
_CLASSES = (links.Level.CLASS, links.Level.LOT)


class ScanSchema(Schema):
    """One scan."""

    code = fields.String(
        required=True,
        validate=validate.Length(min=1, max=2048),
        metadata={
            "description": "GS1 Digital Link or EPC URN that was read",
            "example": "https://id.gs1.org/01/.../21/...",
        },
    )
    step = fields.String(
        required=True, validate=validate.OneOf(BIZ_STEP.words), metadata={"description": "CBV business step"}
    )
    time = fields.String(metadata={"description": "RFC 3339 date-time with its zone; now where it is left out"})
    place = fields.String(metadata={"description": "GLN of the place as Digital Link or EPC URN"})
    partner = fields.String(
        metadata={
            "description": "organisation, or its Party GLN, that the goods go to (departures) or come from (arrivals)"
        }
    )


_ONE, _MANY = ScanSchema(), ScanSchema(many=True)


class ScansSchema(Schema):
    """The events that scans became."""

    events = fields.List(
        fields.String(), required=True, metadata={"description": "event ids, in the order of the scans"}
    )
    transaction = fields.String(required=True, metadata={"description": "the ledger transaction that holds them"})


_DOCUMENTED = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"oneOf": [ScanSchema, {"type": "array", "items": ScanSchema, "maxItems": MOST}]}
        }
    },
}


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan, read and checked."""

    code: Link
    step: str
    time: str
    place: Link | None = None
    partner: str | None = None


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the route that takes scans."""
    routes = Blueprint("scans", __name__, url_prefix="/api/v1", description="Scans, recorded at once")

    @routes.post("/scans")
    @routes.doc(requestBody=_DOCUMENTED)
    @routes.alt_response(422, description="A field is missing or wrong; `pointer` says where")
    @routes.response(201, ScansSchema)
    @requires(Level.RECORD)
    def scans() -> Any:
        """Record one scan, or a list of at most 500: all or none of them.

        What is recorded is permanent, and every member of the ledger can read it.
        """
        now = datetime.now(UTC)
        seen = _read(body.json(), now, gateway.readmodel.world())
        captured = document.read(_document(seen, now)).events
        receipt = _record(gateway, principal().organisation, captured)
        return {"events": [event.id for event in captured], "transaction": receipt.transaction_id}

    return routes


def _record(gateway: Gateway, organisation: str, captured: Sequence[document.Captured]) -> Receipt:
    """Record one event together with those of other requests, several in a transaction of their own."""
    if len(captured) == 1:
        return gateway.record(organisation, captured[0])
    chunks = chunk.build(captured)
    if len(chunks) > 1:
        raise Problem(413, "scan.too_many", "these scans do not fit into one transaction; send fewer at a time")
    return gateway.contracts_for(organisation).append(chunks[0])


def _read(value: Any, now: datetime, world: World) -> list[Scan]:
    if not isinstance(value, list):
        return [_scan(body.load(_ONE, value), now, world, "")]
    if not 0 < len(value) <= MOST:
        raise Problem(422, "scan.count", f"a list has 1 to {MOST} scans, not {len(value)}", pointer="")
    return [_scan(fields, now, world, f"/{index}") for index, fields in enumerate(body.load(_MANY, value))]


def _scan(stated: Mapping[str, str], now: datetime, world: World, pointer: str) -> Scan:
    readers: dict[str, Callable[[str], Any]] = {
        "code": identify,
        "step": str,
        "time": _time,
        "place": _place,
        "partner": lambda text: _partner(text, stated["step"], world),
    }
    found: dict[str, Any] = {"time": format_instant(now)}
    for name, text in stated.items():
        try:
            found[name] = readers[name](text)
        except Malformed as error:
            raise error.under(f"{pointer}/{name}") from None
    return Scan(**found)


def _time(text: str) -> str:
    parse_instant(text)
    return text


def _place(text: str) -> Link:
    place = identify(text)
    if links.parts(place).level is not links.Level.PLACE:
        raise Malformed("scan.place", f"{text!r} names no place; a place has a GLN (AI 414)")
    return place


def _partner(text: str, step: str, world: World) -> str:
    if step not in DEPARTURES | ARRIVALS:
        raise Malformed("scan.partner", f"a scan with step {step!r} hands nothing over, so it has no partner")
    if ":" in text:
        party = identify(text)
        if links.parts(party).level not in (links.Level.PARTY, links.Level.PLACE):
            raise Malformed("scan.partner", f"{text!r} names no party; a party has a GLN (AI 417)")
        return party
    if world.get(Organisation, text) is None:
        raise Malformed("scan.partner", f"there is no organisation {text!r} on record")
    return ORGANISATION + text


def _document(scans: Sequence[Scan], now: datetime) -> bytes:
    return canonical.dump(
        {
            "@context": [STANDARD_CONTEXT],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": format_instant(now),
            "epcisBody": {"eventList": [_event(scan) for scan in scans]},
        }
    )


def _event(scan: Scan) -> dict[str, Any]:
    level = links.parts(scan.code).level
    named = {"quantityList": [{"epcClass": scan.code}]} if level in _CLASSES else {"epcList": [scan.code]}
    event: dict[str, Any] = {
        "type": "ObjectEvent",
        "eventTime": scan.time,
        "eventTimeZoneOffset": _offset(scan.time),
        **named,
    }
    event |= {"action": "OBSERVE", "bizStep": scan.step}
    if scan.place is not None:
        event["readPoint"] = {"id": scan.place}
    if scan.partner is not None:
        ends, end = ("destinationList", "destination") if scan.step in DEPARTURES else ("sourceList", "source")
        event[ends] = [{"type": "possessing_party", end: scan.partner}]
    return event


def _offset(time: str) -> str:
    return "+00:00" if time[-1] in "Zz" else time[-6:]
