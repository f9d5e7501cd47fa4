"""Linksets as they are answered: as JSON, as JSON-LD, or as a page for people; and the resolver's description."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from flask import Response, request
from markupsafe import Markup

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


def show(linkset: dict[str, Any], pages: Pages, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Return a linkset in the form that the request prefers, the linkset's own by default; a page has it as JSON-LD."""
    form = request.accept_mimetypes.best_match([LINKSET, _JSON, _JSON_LD, _HTML], LINKSET)
    if form == _HTML:
        levels = [_level(each) for each in linkset["linkset"]]
        return pages.show("links", status, levels=levels, embedded=_embedded(linkset))
    content = _linked_data(linkset) if form == _JSON_LD else linkset
    return Response(orjson.dumps(content), status, {"Link": _CONTEXT_LINK}, mimetype=form)


def description(base_url: str) -> Response:
    """Return the resolver description file."""
    content = {
        "name": "Provenance",
        "resolverRoot": base_url,
        "supportedPrimaryKeys": ["all"],
        "supportedLinkType": [{"namespace": uri, "prefix": prefix} for prefix, uri in targets.NAMESPACES.items()],
        "linkTypeDefaultCanBeLinkset": False,
        "jsonLdContextLocation": _CONTEXT,
    }
    return Response(orjson.dumps(content), mimetype=_JSON)


def _linked_data(linkset: dict[str, Any]) -> dict[str, Any]:
    return {"@context": _CONTEXT, **linkset}


def _embedded(linkset: dict[str, Any]) -> Markup:
    """Return a linkset as the content of a script element, which no `<` of a title can end."""
    return Markup(orjson.dumps(_linked_data(linkset)).decode().replace("<", "\\u003c"))  # noqa: S704


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
