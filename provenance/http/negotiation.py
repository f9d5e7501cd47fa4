"""Which form of an answer the caller wants: `?format=` first, then the `Accept` header (RFC 9110, 12.5.1)."""

from collections.abc import Sequence

from flask import request

from provenance.http.problems import Problem


def wants_json() -> bool:
    """Return whether the caller prefers JSON to a page; whoever takes anything gets the page."""
    if request.query_string and "format" in request.args:
        return request.args["format"] == "json"
    accept = request.environ.get("HTTP_ACCEPT", "")
    if "json" not in accept or accept == "application/json":
        return bool(accept) and "json" in accept
    choices = ["text/html", "application/json", "application/problem+json"]
    return request.accept_mimetypes.best_match(choices, "text/html") != "text/html"


def best(choices: Sequence[str], formats: dict[str, str]) -> str:
    """Return the media type to answer with: what `?format=` names, else the best of `choices`, the first by default.

    Raises `Problem` (400 `request.format`, 406 `request.not_acceptable`).
    """
    named = request.args.get("format")
    if named is not None:
        if named not in formats:
            raise Problem(400, "request.format", f"format is one of {', '.join(sorted(formats))}, not {named!r}")
        return formats[named]
    if "Accept" not in request.headers:
        return choices[0]
    found = request.accept_mimetypes.best_match(choices)
    if found is None:
        raise Problem(406, "request.not_acceptable", f"this resource comes as {' or '.join(choices)}")
    return found
