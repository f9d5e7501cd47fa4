"""`/api/v1/links`: where the links of brands lead, which the resolver follows.

An organisation attaches links to what its GS1 company prefixes identify, and sees its own alone. A batch is put whole
or not at all and removes nothing; a change names the version that it was made from (`If-Match`), so that nobody's work
is lost. What a target may be is decided in `domain/gs1/targets.py`: https on a named host.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from provenance.api import described, paging
from provenance.api.gateway import Gateway
from provenance.api.registry import PREFIX, add, json, listed
from provenance.domain.errors import Malformed
from provenance.domain.gs1 import convert, targets
from provenance.domain.gs1 import link as digital_links
from provenance.domain.gs1.keys import CANONICAL_STEM
from provenance.domain.gs1.link import DigitalLink
from provenance.domain.gs1.targets import Target
from provenance.domain.instant import format_instant
from provenance.domain.world import prefix_of
from provenance.http import body
from provenance.http.auth import principal
from provenance.http.problems import Problem
from provenance.operations import Level, OperationsError, StoredLink
from provenance.readmodel.view import View

MOST = 1000
"""How many links one batch may put."""

_ETAG = re.compile(r'"([1-9][0-9]{0,8})"')
_STATUSES = {"links.version": 412, "links.exists": 409, "links.too_many": 409}


class TargetSchema(Schema):
    """Where a link leads, as in a linkset (RFC 9264)."""

    link_type = fields.String(
        data_key="linkType", required=True, metadata={"description": "gs1:pip, or any URI", "example": "gs1:pip"}
    )
    href = fields.String(required=True, metadata={"description": "https on a named host", "format": "uri"})
    title = fields.String(required=True, metadata={"description": "for people"})
    languages = fields.List(
        fields.String(), data_key="hreflang", metadata={"description": "languages of the target: en, en-GB"}
    )
    media_type = fields.String(data_key="type", allow_none=True, metadata={"description": "media type of the target"})
    contexts = fields.List(
        fields.String(), data_key="context", metadata={"description": "where or for whom it holds, such as a country"}
    )


class LinkSchema(TargetSchema):
    """A link to put: what it is attached to, and where it leads."""

    anchor = fields.String(
        required=True,
        metadata={"description": "GS1 Digital Link or EPC URN of a product, lot, item, unit, place, ..."},
    )


class LinksSchema(Schema):
    """A batch of links."""

    links = fields.List(fields.Nested(LinkSchema), required=True, validate=validate.Length(min=1, max=MOST))


class KeptSchema(LinkSchema):
    """A link as it is kept."""

    id = fields.String(required=True)
    version = fields.Integer(required=True, metadata={"description": "grows with every change; the ETag"})
    created = fields.String(required=True, metadata={"format": "date-time"})
    changed = fields.String(required=True, metadata={"format": "date-time"})
    outcome = fields.String(metadata={"description": "in answer to a batch: created, updated or unchanged"})


class KeptLinksSchema(Schema):
    """Links, and how to ask for the rest."""

    links = fields.List(fields.Nested(KeptSchema), required=True)
    next_page_token = fields.String(data_key="nextPageToken")


@dataclass(frozen=True, slots=True)
class _Stated:
    """One link of a batch, or what is wrong with it."""

    anchor: str = ""
    target: Target | None = None
    error: Malformed | None = None


_BATCH, _CHANGE = LinksSchema(), TargetSchema(partial=True)


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the routes of links."""
    routes = Blueprint("links", __name__, url_prefix=PREFIX, description="Where the links of brands lead")
    links, one = _Links(gateway), "/links/<segment:link_id>"
    add(routes, "PUT", "/links", links.put, _puts(), level=Level.DECIDE)
    add(routes, "GET", "/links", links.page, _lists())
    add(routes, "GET", one, links.get, _gets())
    add(routes, "PATCH", one, links.change, _changes(), level=Level.DECIDE)
    add(routes, "DELETE", one, links.delete, _deletes(), level=Level.DECIDE)
    return routes


class _Links:
    """What the routes do; the first sentences are theirs in the OpenAPI document."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._kept = gateway.operations.links

    def put(self) -> Response:
        """Put up to 1000 links, all or none; those that are there already are changed, no other is touched."""
        stated = body.load(_BATCH, body.json())["links"]
        with self._gateway.readmodel.view() as view:
            read = [_read(each, f"/links/{place}", view) for place, each in enumerate(stated)]
        found = _tried(lambda: self._kept.put(principal().organisation, _all_sound(read)))
        return json({"links": [{**_shown(link), "outcome": outcome.value} for link, outcome in found]}, 200, {})

    def page(self) -> Response:
        """List the links of your organisation, page by page."""
        paging.alone("anchor", "linkType")
        asked = _asked()
        turn = listed(self._gateway, {"at": "links", **asked})
        found = self._kept.page(principal().organisation, count=turn.count + 1, after=turn.after or "", **asked)
        shown, last = turn.cut(found, lambda each: each.id)
        told, headers = turn.told(f"{PREFIX}/links", last)
        return json({"links": [_shown(each) for each in shown], **told}, 200, headers)

    def get(self, link_id: str) -> Response:
        """Return a link of your organisation, with its version as the ETag."""
        return _one(self._kept.get(link_id, principal().organisation))

    def change(self, link_id: str) -> Response:
        """Change what is stated of a link and nothing else; `If-Match` names the version that was read."""
        stated, version = body.load(_CHANGE, body.json()), _version()
        if version is None:
            raise Problem(428, "links.unconditional", 'state the version that you change, If-Match: "3"')
        found = self._kept.get(link_id, principal().organisation)
        if found is None:
            raise _unknown()
        target = targets.checked(_changed(found.target, stated))
        return _one(_tried(lambda: self._kept.change(link_id, principal().organisation, target, version=version)))

    def delete(self, link_id: str) -> Response:
        """Delete a link, of the version that `If-Match` names if it names one."""
        version = _version()
        if not _tried(lambda: self._kept.delete(link_id, principal().organisation, version=version)):
            raise _unknown()
        return Response(status=204)


def _read(stated: Mapping[str, Any], pointer: str, view: View) -> _Stated:
    """Return one link of a batch; what is malformed is kept, to be told with all the rest.

    Raises `Problem` (403) where the caller does not hold the company prefix.
    """
    try:
        anchor = _anchor(stated["anchor"])
        target = targets.checked(Target(**_arguments(stated)))
    except Malformed as error:
        place = error if error.pointer else error.under("/anchor")
        return _Stated(error=place.under(pointer))
    prefix = prefix_of(view.world, anchor.prefix_digits)
    if prefix is None or prefix.holder != principal().organisation:
        detail = f"your organisation does not hold the company prefix of {anchor.printed}"
        raise Problem(403, "authority.prefix", detail, pointer=f"{pointer}/anchor")
    return _Stated(targets.anchor(anchor), target)


def _anchor(text: str) -> DigitalLink:
    found = digital_links.parts(convert.canonical(text)) if text.startswith("urn:") else convert.parse(text)
    targets.check_attachable(found)
    return found


def _arguments(stated: Mapping[str, Any]) -> dict[str, Any]:
    lists = {name: tuple(stated.get(name, ())) for name in ("languages", "contexts")}
    return {name: value for name, value in stated.items() if name != "anchor"} | lists


def _changed(target: Target, stated: Mapping[str, Any]) -> Target:
    named: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in stated.items()}
    return replace(target, **named)


def _all_sound(read: list[_Stated]) -> list[tuple[str, Target]]:
    wrong = [each.error for each in read if each.error is not None]
    if wrong:
        errors = [{"pointer": each.pointer, "code": each.code, "detail": each.detail} for each in wrong]
        first = wrong[0]
        raise Problem(400, first.code, first.detail, pointer=first.pointer, members={"errors": errors})
    return [(each.anchor, each.target) for each in read if each.target is not None]


def _tried(work: Any) -> Any:
    try:
        return work()
    except OperationsError as error:
        raise Problem(_STATUSES.get(error.code, 409), error.code, error.detail) from None


def _version() -> int | None:
    stated = request.headers.get("If-Match")
    if stated is None:
        return None
    match = _ETAG.fullmatch(stated)
    if match is None:
        raise Problem(400, "request.if_match", 'If-Match names one version, as the ETag gave it: "3"')
    return int(match[1])


def _asked() -> dict[str, str | None]:
    """Return whose links the request asks for: the anchor's, and of the type, that it states."""
    anchor, kind = request.args.get("anchor"), request.args.get("linkType")
    found = None if kind is None else targets.link_type(kind)
    if kind is not None and found is None:
        raise Problem(400, "link.type", f"{kind[:80]!r} is no link type, such as gs1:pip")
    return {"anchor": None if anchor is None else targets.anchor(_anchor(anchor)), "link_type": found}


def _one(found: StoredLink | None) -> Response:
    if found is None:
        raise _unknown()
    return json(_shown(found), 200, {"ETag": f'"{found.version}"'})


def _unknown() -> Problem:
    return Problem(404, "link.unknown", "your organisation has no such link")


def _shown(link: StoredLink) -> dict[str, Any]:
    target = link.target
    return {
        "id": link.id,
        "anchor": CANONICAL_STEM + link.anchor,
        "linkType": targets.short_type(target.link_type),
        "href": target.href,
        "title": target.title,
        "hreflang": list(target.languages),
        "type": target.media_type,
        "context": list(target.contexts),
        "version": link.version,
        "created": format_instant(link.created),
        "changed": format_instant(link.changed),
    }


_EXAMPLE = {
    "links": [
        {
            "anchor": "https://id.gs1.org/01/09521234000013",
            "linkType": "gs1:pip",
            "href": "https://brand.example/stride",
            "title": "Example Stride",
            "hreflang": ["en"],
        }
    ]
}
_TAGGED = {"ETag": {"description": "the link's version", "schema": {"type": "string", "example": '"1"'}}}
_ID = {"in": "path", "name": "link_id", "required": True, "description": "the link's id", "schema": {"type": "string"}}
_MATCH = {
    "in": "header",
    "name": "If-Match",
    "description": "the version that was read, as its ETag",
    "schema": {"type": "string", "example": '"1"'},
}


def _puts() -> dict[str, Any]:
    prefix = "the key's level does not allow it, or your organisation does not hold the company prefix"
    errors = described.errors(400, 401, 413, 415, 422, e403=prefix, e409="a thing would have too many links")
    content = {described.JSON: {"schema": LinksSchema, "example": _EXAMPLE}}
    return {
        "requestBody": {"required": True, "content": content},
        "responses": {"200": described.answer("put, all of them, in their order", KeptLinksSchema), **errors},
    }


def _lists() -> dict[str, Any]:
    parameters = [
        {"in": "query", "name": "anchor", "schema": {"type": "string"}, "description": "those of this link alone"},
        {"in": "query", "name": "linkType", "schema": {"type": "string"}, "description": "those of this type alone"},
        *described.PAGING,
    ]
    answer = described.answer("a page of links", KeptLinksSchema)
    return {"parameters": parameters, "responses": {"200": answer, **described.errors(400, 401, 403)}}


def _gets() -> dict[str, Any]:
    answer = described.answer("the link", KeptSchema, _TAGGED)
    return {"parameters": [_ID], "responses": {"200": answer, **described.errors(401, 403, 404)}}


def _changes() -> dict[str, Any]:
    outdated = {"e412": "somebody changed it since: read it again", "e428": "there is no If-Match"}
    errors = described.errors(400, 401, 403, 404, 415, 422, e409="there is such a link already", **outdated)
    content = {described.JSON: {"schema": TargetSchema(partial=True), "example": {"title": "Example Stride, new"}}}
    return {
        "parameters": [_ID, _MATCH],
        "requestBody": {"required": True, "content": content},
        "responses": {"200": described.answer("the link as it is now", KeptSchema, _TAGGED), **errors},
    }


def _deletes() -> dict[str, Any]:
    errors = described.errors(400, 401, 403, 404, e412="somebody changed it since: read it again")
    return {"parameters": [_ID, _MATCH], "responses": {"204": {"description": "deleted"}, **errors}}
