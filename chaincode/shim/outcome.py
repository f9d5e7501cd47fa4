"""What a transaction is answered with: the peer's `Response`, in the one form in which clients find codes.

A result is status 200 with the contract's bytes. Everything else is status 500 whose message is a small JSON object
{"code","detail"}: the peer puts its own words before it, and copies it into headers that are bounded, so it is short.
"""

import json
from typing import Final

from fabric_protos.peer import proposal_response_pb2 as responses

from chaincode.shim.errors import ShimError
from provenance.domain.errors import DomainError

OK: Final = 200
ERROR: Final = 500
LONGEST: Final = 1000
"""The most characters of a detail that are told."""


def success(result: bytes) -> responses.Response:
    """Return the response with a contract's result."""
    return responses.Response(status=OK, payload=result)


def failure(error: DomainError | ShimError) -> responses.Response:
    """Return the response that tells why there is no result."""
    return responses.Response(status=ERROR, message=message(error.code, error.detail))


def message(code: str, detail: str) -> str:
    """Return the message of a failure: {"code","detail"}, in ASCII, so that any bytes in a detail survive every hop."""
    return json.dumps({"code": code, "detail": detail[:LONGEST]}, separators=(",", ":"))
