"""Our own vocabulary where its terms point: a page for people, JSON-LD for software."""

from typing import Any

import orjson
from flask import Blueprint, Response, request

from provenance.domain.vocabulary import NAMESPACE, TERMS
from provenance.http.problems import Problem
from web.rendering import Pages

_HTML, _JSON_LD, _JSON = "text/html", "application/ld+json", "application/json"
_CONTEXT = {
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "comment": "rdfs:comment",
    "label": "rdfs:label",
    "isDefinedBy": {"@id": "rdfs:isDefinedBy", "@type": "@id"},
}


def add_routes(blueprint: Blueprint, pages: Pages) -> None:
    """Add the routes of the vocabulary and of each of its terms."""

    @blueprint.get("/voc/")
    def vocabulary() -> Response:
        """Show every term of our own."""
        return _show(pages, list(TERMS))

    @blueprint.get("/voc/<segment:name>")
    def term(name: str) -> Response:
        """Show one term of our own."""
        if name not in TERMS:
            raise Problem(404, "vocabulary.unknown", "there is no such term in our vocabulary")
        return _show(pages, [name])


def _show(pages: Pages, names: list[str]) -> Response:
    form = request.accept_mimetypes.best_match([_HTML, _JSON_LD, _JSON], _HTML)
    if form == _HTML:
        terms = [{"name": name, "meaning": TERMS[name].meaning} for name in names]
        answer = pages.show("vocabulary", terms=terms, namespace=NAMESPACE)
    else:
        answer = Response(orjson.dumps({"@context": _CONTEXT, "@graph": list(map(_node, names))}), mimetype=form)
    answer.headers.update({"Vary": "Accept", "Access-Control-Allow-Origin": "*"})
    return answer


def _node(name: str) -> dict[str, Any]:
    term = TERMS[name]
    return {
        "@id": NAMESPACE + name,
        "@type": term.kind,
        "label": name,
        "comment": term.meaning,
        "isDefinedBy": NAMESPACE,
    }
