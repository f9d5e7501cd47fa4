"""`/epcis/v2/capture` and the posting of single events: takes what partners saw, and tells what became of it.

A document is answered with 202 once its bytes and its job are on disk; what is in it is judged by the job. A single
event is answered with 201 once it is on the ledger. Nothing of a refused request is kept.
"""

from typing import Any

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from provenance.api import binding, described, paging, positions, taking
from provenance.api.gateway import Gateway
from provenance.api.people import recorded_by
from provenance.api.registry import add
from provenance.domain import canonical
from provenance.epcisxml.job import write_job
from provenance.http import negotiation
from provenance.http.auth import principal
from provenance.http.problems import Problem
from provenance.operations import Behaviour, Job, Level

PREFIX = "/epcis/v2"

_HEADER = {
    "in": "header",
    "name": taking.BEHAVIOUR,
    "description": "what a faulty event does to the others: all are refused, or the others are recorded",
    "schema": {"type": "string", "enum": [each.value for each in Behaviour], "default": Behaviour.ROLLBACK.value},
}


class JobSchema(Schema):
    """A capture job, as the EPCIS 2.0 REST binding shows it."""

    capture_id = fields.String(data_key="captureID", required=True)
    running = fields.Boolean(required=True, metadata={"description": "whether it is still to be done or being done"})
    success = fields.Boolean(required=True, metadata={"description": "whether nothing was refused so far"})
    behaviour = fields.Enum(Behaviour, by_value=True, data_key="captureErrorBehaviour", required=True)
    created = fields.String(data_key="createdAt", required=True)
    finished = fields.String(data_key="finishedAt")
    errors = fields.List(fields.Dict(), required=True, metadata={"description": "problem details of what was refused"})
    event_ids = fields.List(fields.String(), data_key="eventIDs", metadata={"description": "ids of what was recorded"})


_TEXT = {"schema": {"type": "string"}}
_ANSWERED = {**binding.ANSWERED, "Location": {"description": "where it is to be seen", **_TEXT}}
_JOB = {"in": "path", "name": "captureID", "required": True, "description": "its id", "schema": {"type": "string"}}
_STANDING = {
    positions.HEADER: {
        "description": "once it is finished: a ledger block by which all that it recorded is there",
        "schema": {"type": "integer"},
    }
}
_TAKE: dict[str, Any] = {
    "requestBody": taking.described_body(taking.DOCUMENT),
    "parameters": [_HEADER, *binding.WRITING],
    "responses": {"202": {"description": "accepted and on disk", "headers": _ANSWERED}, **taking.REFUSALS},
}
_TAKE_ONE: dict[str, Any] = {
    "requestBody": taking.ONE,
    "parameters": binding.WRITING,
    "responses": {
        "201": {**described.answer("on the ledger", {"type": "object"}, {**_ANSWERED, **positions.ANSWERED})},
        **taking.REFUSALS,
        **described.errors(503),
    },
}
_LIST: dict[str, Any] = {
    "parameters": [*paging.PARAMETERS, *binding.READING],
    "responses": {
        "200": described.answer(
            "the jobs",
            {"type": "array", "items": JobSchema},
            {**binding.ANSWERED, **paging.HEADERS},
        ),
        **described.errors(400, 401, 403, 406),
    },
}
_SHOW: dict[str, Any] = {
    "parameters": [_JOB, *binding.READING],
    "responses": {
        "200": described.answer("the job", JobSchema, {**binding.ANSWERED, **_STANDING}),
        **described.errors(401, 403, 404, 406),
    },
}


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the routes under `/epcis/v2/capture`, and the one that takes single events."""
    routes = Blueprint("capture", __name__, url_prefix=PREFIX, description="EPCIS 2.0 capture interface")
    binding.watch(routes)
    capturing = _Capturing(gateway)
    told = {**capturing.limits, taking.BEHAVIOUR: "all"}
    binding.discover(routes, "/capture", "GET", "HEAD", "POST", more=told)
    binding.discover(routes, "/capture/<segment:captureID>", "GET", "HEAD", parameters=[_JOB])

    def capture() -> Response:
        """Accept an EPCIS document, query document or bare event, to be recorded.

        JSON, JSON-LD, or XML of EPCIS 2.0 and 1.0 to 1.2. What is recorded is permanent, and every member of the ledger
        can read it.
        """
        return capturing.accept()

    def create_event() -> Response:
        """Record one event, and answer once it is on the ledger.

        What is recorded is permanent, and every member of the ledger can read it.
        """
        return capturing.record()

    def list_jobs() -> Response:
        """Return the capture jobs of the caller's organisation, newest first, page by page."""
        return capturing.jobs()

    def job(**path: str) -> Response:
        """Return what became of an accepted document, to the organisation that sent it."""
        return capturing.job(path["captureID"])

    add(routes, "POST", "/capture", capture, _TAKE, level=Level.RECORD)
    add(routes, "POST", "/events", create_event, _TAKE_ONE, level=Level.RECORD)
    add(routes, "GET", "/capture", list_jobs, _LIST)
    add(routes, "GET", "/capture/<segment:captureID>", job, _SHOW)
    return routes


class _Capturing:
    """What the routes do."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._jobs = gateway.operations.jobs
        self._accounts = gateway.operations.accounts
        self.limits = taking.limits(gateway.settings)

    def accept(self) -> Response:
        """Keep a document and its job."""
        behaviour = taking.behaviour()
        content = taking.document(behaviour, self.limits)
        job = self._jobs.accept(principal().organisation, content, behaviour, account=principal().account)
        headers = {**binding.VERSIONS, **self.limits, taking.BEHAVIOUR: behaviour.value}
        return Response(status=202, headers={**headers, "Location": f"{PREFIX}/capture/{job.id}"})

    def record(self) -> Response:
        """Record one event in a transaction, together with others that arrive now."""
        event = taking.event(self.limits)
        receipt = self._gateway.record(principal().organisation, event)
        shown = {**event.event, "eventID": event.event.get("eventID", event.id)}
        headers = {**binding.VERSIONS, **positions.header(receipt), "Location": taking.place_of(event.id)}
        return Response(canonical.dump(shown), 201, headers, mimetype="application/json")

    def jobs(self) -> Response:
        """Show a page of jobs."""
        paging.alone()
        turn = paging.turn(self._gateway, {"of": "capture"})
        found = self._jobs.of(principal().organisation, count=turn.count + 1, after=turn.after)
        shown, last = turn.cut(found, lambda job: job.id)
        content = canonical.dump([self._shown(job) for job in shown])
        response = Response(content, headers=binding.VERSIONS, mimetype="application/json")
        return turn.lead_on(response, f"{PREFIX}/capture", last)

    def job(self, job_id: str) -> Response:
        """Show a job, in JSON or XML."""
        found = self._jobs.get(job_id)
        if found is None or found.organisation != principal().organisation:
            raise Problem(404, "capture.unknown_job", "your organisation has no such capture job")
        kind = negotiation.best(_KINDS, {"json": _KINDS[0], "xml": _KINDS[2]})
        standing = {}
        if not found.running:
            height = positions.catch_up(self._gateway.readmodel.position, self._gateway.height)
            standing = {positions.HEADER: str(height - 1)}
        shown = self._shown(found)
        content = write_job(shown) if kind in taking.XML else canonical.dump(shown)
        return Response(content, headers={**binding.VERSIONS, **standing}, mimetype=kind)

    def _shown(self, job: Job) -> dict[str, Any]:
        return {**job.document(), **recorded_by(self._accounts, job)}


_KINDS = ("application/json", "application/ld+json", "application/xml", "text/xml")
