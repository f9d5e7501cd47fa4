"""The resolver: every GS1 Digital Link path on this domain leads to its page, the default link (GS1 Resolver 1.2)."""

from flask import Blueprint, Response, request

from provenance.domain.gs1 import link as links
from provenance.domain.gs1.keys import CANONICAL_STEM


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of Digital Link paths."""

    @blueprint.get("/<elements:path>")
    def resolve(path: str) -> Response:
        """Lead to the page of what the path names; a path of wrong form is a problem with its reason."""
        query = request.query_string.decode("ascii", "replace")
        target = f"/{path}?{query}" if query else f"/{path}"
        links.parse(CANONICAL_STEM + target)
        return Response(status=307, headers={"Location": f"/verify{target}"})
