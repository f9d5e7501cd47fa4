"""`/api/v1/files/{sha256}`: files that acts and evidence name by their hash, kept by the gateway beside the ledger.

A file is its organisation's; auditors and courts may read it too, and nobody else learns that it is there. What is
sent is compared with the hash in the address while it arrives, and is kept whole or not at all. It is always given
back as an attachment: no browser shows or runs what somebody uploaded.
"""

import base64
import re
from collections.abc import Iterator
from typing import Any

from flask import Response, request, send_file
from flask_smorest import Blueprint
from marshmallow import Schema, fields
from werkzeug.exceptions import RequestEntityTooLarge

from provenance.api import described
from provenance.api.gateway import Gateway
from provenance.api.registry import PREFIX, add, json
from provenance.domain.instant import format_instant
from provenance.domain.records import Organisation, Role
from provenance.http.auth import principal
from provenance.http.problems import Problem
from provenance.operations import DigestMismatch, Level, OperationsError, Retention, Stated, StoredFile, TooLarge

OCTETS = "application/octet-stream"
RETENTION = "File-Retention"
"""The header that says whether a file may be erased."""

_READERS = frozenset({Role.AUDITOR, Role.COURT})
_PIECE = 256 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}", re.ASCII)
_EXAMPLE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class FileSchema(Schema):
    """A file that is kept here."""

    sha256 = fields.String(required=True)
    media_type = fields.String(data_key="mediaType", required=True)
    size = fields.Integer(required=True, metadata={"description": "bytes"})
    uploaded = fields.String(required=True)
    retention = fields.Enum(Retention, by_value=True, required=True)
    erased = fields.String(metadata={"description": "since when it is no more"})


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the routes of files."""
    routes = Blueprint("files", __name__, url_prefix=PREFIX, description="Files by their SHA-256")

    def put(sha256: str) -> Response:
        """Keep a file under its SHA-256 (201; 200 where your organisation has it already)."""
        kept, fresh = _keep(gateway, _named(sha256))
        return json(_shown(kept), 201 if fresh else 200, {"Location": f"{PREFIX}/files/{sha256}"})

    def get(sha256: str) -> Response:
        """Return a file as an attachment, to its organisation, auditors and courts."""
        found = _found(gateway, sha256)
        try:
            answer = send_file(
                gateway.operations.files.path(sha256),
                mimetype=found.media_type,
                as_attachment=True,
                download_name=sha256,
                etag=sha256,
            )
        except FileNotFoundError:
            raise Problem(410, "file.erased", "its body is no longer here") from None
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"
        return answer

    def delete(sha256: str) -> Response:
        """Erase a file of your organisation, and return what is left: that it was here, and until when."""
        try:
            left = gateway.operations.files.erase(_named(sha256), principal().organisation)
        except OperationsError as error:
            raise Problem(409, error.code, error.detail) from None
        if left is None:
            raise _unknown()
        return json(_shown(left), 200, {})

    path = "/files/<segment:sha256>"
    add(routes, "PUT", path, put, _puts(), level=Level.RECORD)
    add(routes, "GET", path, get, _gets())
    add(routes, "DELETE", path, delete, _deletes(), level=Level.DECIDE)
    return routes


def _keep(gateway: Gateway, sha256: str) -> tuple[StoredFile, bool]:
    most, caller = gateway.settings.file_limit, principal()
    stated = Stated(
        sha256=sha256,
        organisation=caller.organisation,
        media_type=_media_type(),
        retention=_retention(),
        account=caller.account,
    )
    try:
        return gateway.operations.files.put(stated, _pieces(most), most=most)
    except DigestMismatch as error:
        raise Problem(422, error.code, error.detail) from None
    except TooLarge as error:
        request.environ["wsgi.input"].read(_PIECE)  # who sent a little too much gets the answer, and no reset
        raise Problem(413, error.code, error.detail) from None


def _pieces(most: int) -> Iterator[bytes]:
    """Give the body as it arrives, one byte more than the most at most."""
    request.max_content_length = most + 1
    try:
        while piece := request.stream.read(_PIECE):
            yield piece
    except RequestEntityTooLarge:
        raise TooLarge("file.too_large", f"a file has at most {most} bytes") from None


def _found(gateway: Gateway, sha256: str) -> StoredFile:
    """Return the file that the caller may read; raises `Problem` (404, 410)."""
    caller = principal().organisation
    holders = gateway.operations.files.holders(_named(sha256))
    if not _reads_all(gateway, caller):
        holders = [each for each in holders if each.organisation == caller]
    if not holders:
        raise _unknown()
    standing = [each for each in holders if each.erased is None]
    if not standing:
        when = format_instant(holders[0].erased or holders[0].uploaded)
        raise Problem(410, "file.erased", f"it was erased at {when}", members={"erased": when})
    return standing[0]


def _reads_all(gateway: Gateway, organisation: str) -> bool:
    with gateway.readmodel.view() as view:
        member = view.world.get(Organisation, organisation)
    return member is not None and not _READERS.isdisjoint(member.roles)


def _named(sha256: str) -> str:
    if _DIGEST.fullmatch(sha256) is None:
        raise Problem(404, "file.unknown", "a file is named by its SHA-256 in 64 lower-case hexadecimal digits")
    return sha256


def _media_type() -> str:
    stated = request.mimetype or OCTETS
    if _MEDIA_TYPE.fullmatch(stated) is None:
        raise Problem(415, "request.media_type", "Content-Type is a media type, such as image/jpeg")
    return stated


def _retention() -> Retention:
    try:
        return Retention(request.headers.get(RETENTION, Retention.ERASABLE.value))
    except ValueError:
        raise Problem(400, "file.retention", f"{RETENTION} is {' or '.join(Retention)}") from None


def _unknown() -> Problem:
    return Problem(404, "file.unknown", "there is no such file, or you may not read it")


def _shown(file: StoredFile) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "sha256": file.sha256,
        "mediaType": file.media_type,
        "size": file.size,
        "uploaded": format_instant(file.uploaded),
        "retention": file.retention.value,
    }
    return shown if file.erased is None else {**shown, "erased": format_instant(file.erased)}


_IDENTIFIER = {
    "in": "path",
    "name": "sha256",
    "required": True,
    "description": "the file's SHA-256, 64 lower-case hexadecimal digits",
    "schema": {"type": "string", "example": _EXAMPLE},
}
_BINARY = {"schema": {"type": "string", "format": "binary"}, "example": "test"}


def _puts() -> dict[str, Any]:
    retention = {
        "in": "header",
        "name": RETENTION,
        "description": "whether it can be erased, or is kept as evidence",
        "schema": {"type": "string", "enum": [each.value for each in Retention], "default": Retention.ERASABLE.value},
    }
    kept = {"Location": {"description": "where it is", "schema": {"type": "string"}}}
    answers = {
        "200": described.answer("it was here already", FileSchema, kept),
        "201": described.answer("it is kept, and on disk", FileSchema, kept),
    }
    mismatch = "what was sent has another SHA-256; nothing is kept"
    errors = described.errors(400, 401, 403, 404, 413, 415, e422=mismatch)
    body = {"required": True, "content": {OCTETS: _BINARY}}
    return {"parameters": [_IDENTIFIER, retention], "requestBody": body, "responses": {**answers, **errors}}


def _gets() -> dict[str, Any]:
    found = {"description": "the file", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
    responses = {"200": found, **described.errors(401, 403, 404, e410="it was erased")}
    return {"parameters": [_IDENTIFIER], "responses": responses}


def _deletes() -> dict[str, Any]:
    answers = {"200": described.answer("what is left of it", FileSchema)}
    errors = described.errors(401, 403, 404, e409="it was uploaded as evidence, and is kept")
    return {"parameters": [_IDENTIFIER], "responses": {**answers, **errors}}
