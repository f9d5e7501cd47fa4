"""`/epcis/v2/capture`: takes EPCIS documents, and tells what became of them.

A document is answered with 202 once its bytes and its job are on disk; what is in it is judged by the job. Nothing of
it is recorded before that answer, and nothing of a refused request is kept.
"""

from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from provenance.api import described, positions
from provenance.api.gateway import Gateway
from provenance.api.people import recorded_by
from provenance.api.query import refused
from provenance.domain.epcis import chunk, shape
from provenance.http import body
from provenance.http.auth import principal, requires
from provenance.http.problems import Problem
from provenance.operations import Behaviour, Jobs, Level

VERSIONS = {"GS1-EPCIS-Version": "2.0", "GS1-CBV-Version": "2.0"}
"""Headers that tell which versions of the standards an answer follows."""

MOST_PER_PAGE = 500
_PER_PAGE = 30
_PAGING = [
    {"in": "query", "name": "perPage", "schema": {"type": "integer", "minimum": 1}},
    {"in": "query", "name": "nextPageToken", "schema": {"type": "string"}},
]

_BEHAVIOUR = "GS1-Capture-Error-Behaviour"


_HEADER = {
    "in": "header",
    "name": _BEHAVIOUR,
    "description": "what a faulty event does to the others: all are refused, or the others are recorded",
    "schema": {"type": "string", "enum": [each.value for each in Behaviour], "default": Behaviour.ROLLBACK.value},
}
_DOCUMENTS = {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in shape.declaration()]}
_EXAMPLE = {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
    "type": "EPCISDocument",
    "schemaVersion": "2.0",
    "creationDate": "2026-03-02T00:00:00Z",
    "epcisBody": {
        "eventList": [
            {
                "type": "ObjectEvent",
                "eventTime": "2026-03-01T10:00:00+08:00",
                "eventTimeZoneOffset": "+08:00",
                "epcList": ["https://id.gs1.org/01/09521234000013/21/1000"],
                "action": "ADD",
                "bizStep": "commissioning",
                "readPoint": {"id": "https://id.gs1.org/414/9521234000013"},
            }
        ]
    },
}
_DOCUMENTED = {
    "required": True,
    "content": {kind: {"schema": _DOCUMENTS, "example": _EXAMPLE} for kind in sorted(body.JSON)},
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
    recorded_by = fields.String(data_key="recordedBy", metadata={"description": "the person whose key sent it"})
    as_stated_by = fields.String(data_key="asStatedBy", metadata={"description": "who says so: the organisation"})
    event_ids = fields.List(fields.String(), data_key="eventIDs", metadata={"description": "ids of what was recorded"})


_LOCATION = {"Location": {"description": "the capture job", "schema": {"type": "string"}}}
_ACCEPTED = {
    "202": {"description": "accepted and on disk", "headers": _LOCATION},
    **described.errors(400, 401, 403, 413, 415),
}
_JOBS = {
    "200": described.answer("the jobs", {"type": "array", "items": JobSchema}),
    **described.errors(400, 401, 403),
}
_STANDING = {
    positions.HEADER: {
        "description": "once it is finished: a ledger block by which all that it recorded is there",
        "schema": {"type": "integer"},
    }
}
_ONE = {"200": described.answer("the job", JobSchema, _STANDING), **described.errors(401, 403, 404)}
_JOB = {"in": "path", "name": "job_id", "required": True, "description": "its id", "schema": {"type": "string"}}


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the routes under `/epcis/v2/capture`."""
    routes = Blueprint("capture", __name__, url_prefix="/epcis/v2", description="EPCIS 2.0 capture interface")
    jobs, accounts = gateway.operations.jobs, gateway.operations.accounts
    announced = {
        **VERSIONS,
        _BEHAVIOUR: Behaviour.ROLLBACK.value,
        "GS1-EPCIS-Capture-Limit": str(chunk.MOST_EVENTS),
        "GS1-EPCIS-Capture-File-Size-Limit": str(gateway.settings.body_limit),
    }

    @routes.route("/capture", methods=["OPTIONS"])
    @routes.doc(responses={"204": {"description": "what it takes, in headers"}, **described.errors(401, 403)})
    @requires(Level.READ)
    def discover() -> Response:
        """Tell which versions, limits and error behaviours the capture interface has."""
        return Response(status=204, headers={**announced, "Allow": "GET, HEAD, OPTIONS, POST"})

    @routes.route("/capture", methods=["POST"], provide_automatic_options=False)
    @routes.doc(requestBody=_DOCUMENTED, parameters=[_HEADER], responses=_ACCEPTED)
    @requires(Level.RECORD)
    def capture() -> Response:
        """Accept an EPCIS document, query document or bare event, to be recorded.

        What is recorded is permanent, and every member of the ledger can read it.
        """
        behaviour = _behaviour()
        job = jobs.accept(principal().organisation, body.read(), behaviour, account=principal().account)
        headers = {**announced, _BEHAVIOUR: behaviour.value, "Location": f"/epcis/v2/capture/{job.id}"}
        return Response(status=202, headers=headers)

    @routes.get("/capture")
    @routes.doc(parameters=_PAGING, responses=_JOBS)
    @requires(Level.READ)
    def list_jobs() -> Any:
        """Return the capture jobs of the caller's organisation, newest first, page by page."""
        count, after = _asked(jobs)
        found = jobs.of(principal().organisation, count=count + 1, after=after)
        headers = dict(VERSIONS)
        if len(found) > count:
            query = urlencode({"perPage": count, "nextPageToken": found[count - 1].id})
            headers["Link"] = f'<{gateway.settings.base_url}/epcis/v2/capture?{query}>; rel="next"'
        return [{**each.document(), **recorded_by(accounts, each)} for each in found[:count]], 200, headers

    @routes.get("/capture/<segment:job_id>")
    @routes.doc(parameters=[_JOB], responses=_ONE)
    @requires(Level.READ)
    def job(job_id: str) -> Any:
        """Return what became of an accepted document, to the organisation that sent it."""
        found = jobs.get(job_id)
        if found is None or found.organisation != principal().organisation:
            raise Problem(404, "capture.unknown_job", "your organisation has no such capture job")
        standing = {} if found.running else {positions.HEADER: str(gateway.height() - 1)}
        return {**found.document(), **recorded_by(accounts, found)}, 200, {**VERSIONS, **standing}

    return routes


def _asked(jobs: Jobs) -> tuple[int, str | None]:
    """Return how many jobs are asked for, and after which one; raises `Problem` (400)."""
    for name in request.args:
        if name not in ("perPage", "nextPageToken") or len(request.args.getlist(name)) > 1:
            raise refused(f"{name[:40]!r} is not a parameter here, or is given twice")
    count, after = request.args.get("perPage", str(_PER_PAGE)), request.args.get("nextPageToken")
    if not (count.isascii() and count.isdigit() and int(count[:9]) > 0):
        raise refused("perPage is a positive number")
    if after is not None:
        last = jobs.get(after)
        if last is None or last.organisation != principal().organisation:
            raise refused("the page token is not one that was given here")
    return min(int(count[:9]), MOST_PER_PAGE), after


def _behaviour() -> Behaviour:
    stated = request.headers.get(_BEHAVIOUR, Behaviour.ROLLBACK.value)
    try:
        return Behaviour(stated)
    except ValueError:
        raise Problem(400, "capture.behaviour", f"{_BEHAVIOUR} is rollback or proceed, not {stated[:40]!r}") from None
