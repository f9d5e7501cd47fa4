"""What goes wrong over HTTP, as RFC 9457 problem details on API routes and as a page elsewhere.

::

    Problem          status, stable dotted `code`, one plain sentence, and the place in the input where there is one

Everything that reaches the edge becomes a problem: malformed input (400), what marshmallow refuses (422), what the
ledger refuses (409) or did not answer (503), Werkzeug's own, and whatever was not foreseen (500, logged, without a
word about it to the caller). EPCIS routes carry the exception's name of the EPCIS 2.0 REST binding as the problem's
`type`. A stack trace, a path or a value of another organisation must never be in an answer.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from flask import Response, request
from werkzeug.exceptions import HTTPException, InternalServerError

from provenance.domain.codec import escape
from provenance.domain.errors import DomainError, Malformed
from provenance.http.headers import REQUEST_ID
from provenance.http.refusals import status_of
from provenance.ledger.port import Conflict, Failed, LedgerError, Rejected, Unknown

EPCIS_TYPES = {
    400: "ValidationException",
    401: "SecurityException",
    403: "SecurityException",
    404: "NoSuchResourceException",
    406: "NotAcceptableException",
    409: "ResourceAlreadyExistsException",
    413: "CaptureLimitExceededException",
    414: "URITooLongException",
    415: "UnsupportedMediaTypeException",
    422: "ValidationException",
}
"""Exception names of the EPCIS 2.0 REST binding by status; every other status is an ImplementationException."""

REVOKED = "membership.revoked"
"""The code of a ledger that takes nothing more from the key of the organisation that asks."""

_CODES = {
    400: "request.malformed",
    401: "auth.missing",
    403: "auth.denied",
    404: "resource.unknown",
    405: "request.method",
    406: "request.not_acceptable",
    413: "request.too_large",
    414: "request.uri_too_long",
    415: "request.media_type",
    422: "request.invalid",
    429: "request.rate",
    500: "server.failed",
}

_log = logging.getLogger(__name__)


class Problem(Exception):
    """An answer that is a problem: `code` is stable, `detail` one plain sentence, `pointer` the place in the input."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        pointer: str | None = None,
        epcis: str | None = None,
        members: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.pointer = pointer
        self.epcis = epcis
        self.members = members or {}
        self.headers = headers or {}

    def document(self) -> dict[str, Any]:
        """Return the problem details object."""
        document: dict[str, Any] = {
            "type": self._type(),
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.pointer is not None:
            document["pointer"] = self.pointer
        document.update(self.members)
        document["instance"] = f"urn:request:{request_id()}"
        return document

    def _type(self) -> str:
        if request.path.startswith("/epcis/"):
            return "epcisException:" + (self.epcis or EPCIS_TYPES.get(self.status, "ImplementationException"))
        return f"urn:provenance:problem:{self.code}"

    def response(self) -> Response:
        """Return the answer as `application/problem+json`."""
        body = orjson.dumps(self.document())
        return Response(body, self.status, dict(self.headers), mimetype="application/problem+json")


def request_id() -> str:
    """Return the id of the current request."""
    return str(request.environ.get(REQUEST_ID, "-"))


def of_domain(error: DomainError) -> Problem:
    """Return the problem that a domain error is: 400 for what is malformed, 403 for what is refused."""
    if isinstance(error, Malformed):
        return Problem(400, error.code, error.detail, pointer=error.pointer)
    return Problem(403, error.code, error.detail)


_FAILURES: Mapping[str, str] = {
    "ledger.endorse": "since not enough organisations that endorse transactions could be reached, or agreed to",
    "ledger.mismatch": "since organisations that endorse transactions came to different results",
    "ledger.disagreement": "since organisations that endorse transactions disagree whether to accept it",
    "ledger.unavailable": "since it cannot be reached",
}
"""What is told of a failure, by its code."""


def of_ledger(error: LedgerError) -> Problem:
    """Return the problem that a ledger error is: what a refusal's code says, 503 where it failed or did not answer."""
    members = {"transaction": error.transaction_id} if error.transaction_id else {}
    if isinstance(error, Rejected):
        return Problem(status_of(error.code), error.code, error.detail, members=members)
    if isinstance(error, Conflict):
        return Problem(409, error.code, error.detail, members=members)
    if error.code == REVOKED:
        return Problem(403, error.code, "the key that signs for your organisation here is revoked", members=members)
    if isinstance(error, Failed):
        detail = _FAILURES.get(error.code, "for a reason of its own")  # its words name its hosts
        detail = f"the ledger did not record it, {detail}; ask again later"
        return Problem(503, error.code, detail, members=members, headers={"Retry-After": "5"})
    if not isinstance(error, Unknown):
        return Problem(503, error.code, "this gateway cannot sign for your organisation", members=members)
    detail = "the ledger did not say whether the transaction was recorded; ask for it before sending it again"
    return Problem(503, error.code, detail, members=members)


def of_http(error: HTTPException) -> Problem:
    """Return the problem that one of Werkzeug's or webargs' exceptions is."""
    status = error.code or 500
    headers = {name: value for name, value in error.get_headers() if name not in ("Content-Type", "Content-Length")}
    messages = getattr(error, "data", {}).get("messages")
    if messages:
        places = pointers(messages.get("json", messages) if isinstance(messages, dict) else messages)
        detail = "; ".join(f"{place or 'the whole'}: {sentence}" for place, sentence in places[:5])
        errors = [{"pointer": place, "detail": sentence} for place, sentence in places]
        first = places[0][0] if places else ""
        return Problem(status, "request.invalid", detail, pointer=first, members={"errors": errors}, headers=headers)
    code = _CODES.get(status, "request.failed")
    return Problem(status, code, error.description or error.name, headers=headers)


def pointers(messages: Any, prefix: str = "") -> list[tuple[str, str]]:
    """Return marshmallow's nested messages as (JSON pointer, sentence) pairs."""
    if isinstance(messages, Mapping):
        pairs = (
            (prefix if key == "_schema" else f"{prefix}/{escape(str(key))}", inner) for key, inner in messages.items()
        )
        return [pair for place, inner in pairs for pair in pointers(inner, place)]
    if isinstance(messages, list | tuple):
        return [pair for inner in messages for pair in pointers(inner, prefix)]
    return [(prefix, str(messages))]


def of(error: Exception) -> Problem:
    """Return the problem that any exception is; what was not foreseen is logged and says nothing of itself."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, DomainError):
        return of_domain(error)
    if isinstance(error, LedgerError):
        return of_ledger(error)
    if isinstance(error, HTTPException) and not isinstance(error, InternalServerError):
        return of_http(error)
    cause = getattr(error, "original_exception", None) or error
    _log.error("request %s failed", request_id(), exc_info=cause)
    return Problem(500, "server.failed", "something went wrong on our side; the request id helps us to find it")
