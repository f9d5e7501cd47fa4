"""Linksets as they are answered: as JSON, as JSON-LD, or as a page for people; and the resolver's description."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from flask import Response, request

from provenance.domain.gs1 import targets
from provenance.operations import StoredLink
from web.rendering import Pages

Stored = Mapping[str, Sequence[StoredLink]]
"""Links by what they are attached to."""

LINKSET = "application/linkset+json"
_JSON, _JSON_LD, _HTML = "application/json", "application/ld+json", "text/html"
_CONTEXT = "https://ref.gs1.org/standards/resolver/linkset-context"
_CONTEXT_LINK = f'<{_CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="{_JSON_LD}"'
_NOT_RELATIONS = ("anchor", "itemDescription")


def preferred() -> bool:
    """Return whether the request prefers a linkset, by its media type, to being redirected."""
    if LINKSET not in request.headers.get("Accept", ""):
        return False
    return request.accept_mimetypes.best_match([_HTML, _JSON, LINKSET]) == LINKSET


def show(linkset: dict[str, Any], pages: Pages) -> Response:
    """Return a linkset in the form that the request prefers, the linkset's own by default."""
    form = request.accept_mimetypes.best_match([LINKSET, _JSON, _JSON_LD, _HTML], LINKSET)
    if form == _HTML:
        return pages.show("links", levels=[_level(each) for each in linkset["linkset"]])
    if form == _JSON_LD:
        linkset = {"@context": _CONTEXT, **linkset}
    return answer(linkset, HTTPStatus.OK, form)


def answer(linkset: dict[str, Any], status: HTTPStatus, form: str = LINKSET) -> Response:
    """Return a linkset as JSON, with the link to the context that makes it JSON-LD."""
    return Response(orjson.dumps(linkset), status, {"Link": _CONTEXT_LINK}, mimetype=form)


def description(base_url: str) -> Response:
    """Return the resolver description file."""
    content = {
        "name": "Provenance",
        "resolverRoot": base_url,
        "supportedPrimaryKeys": ["all"],
        "supportedLinkType": [{"namespace": uri, "prefix": prefix} for prefix, uri in targets.NAMESPACES.items()],
        "linkTypeDefaultCanBeLinkset": False,
    }
    return Response(orjson.dumps(content), mimetype=_JSON)


def _level(context: dict[str, Any]) -> dict[str, Any]:
    """Return one level of a linkset as the page shows it."""
    shown = [
        {
            "type": targets.short_type(relation),
            "href": each["href"],
            "title": each["title"],
            "languages": ", ".join(each.get("hreflang", ())),
        }
        for relation, found in context.items()
        if relation not in _NOT_RELATIONS
        for each in found
    ]
    return {"anchor": context["anchor"], "described": context["itemDescription"], "links": shown}
