"""Request bodies: bounded bytes, and strict JSON.

JSON is parsed by the domain's own strict parser: duplicate names, broken UTF-8, NaN and deep nesting are refused with
their place, which Flask's parser would let through.
"""

from collections.abc import Collection
from typing import Any

from flask import request
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from provenance.domain import canonical
from provenance.http.problems import Problem, pointers

JSON = frozenset({"application/json", "application/ld+json"})
"""Media types of JSON bodies."""

DEPTH = 64
"""How deep a JSON body may nest."""


def read(media_types: Collection[str] = JSON) -> bytes:
    """Return the body.

    Raises `Problem` (400 `request.empty`, 415 `request.media_type`) and 413 where it is too large.
    """
    if request.mimetype not in media_types:
        given = request.mimetype or "no media type"
        raise Problem(415, "request.media_type", f"the body is {' or '.join(sorted(media_types))}, not {given}")
    content = request.get_data(cache=False)
    if len(content) == request.max_content_length and request.environ["wsgi.input"].read(1):
        raise RequestEntityTooLarge  # a body without a stated length is cut off at the limit without a word
    if not content:
        raise Problem(400, "request.empty", "the body is empty", pointer="")
    return content


def json() -> Any:
    """Return the body as JSON values; raises `Malformed` (`json.*`) and what `read` raises."""
    return canonical.parse(read(), max_depth=DEPTH)


def load(schema: Schema, value: Any) -> Any:
    """Return `value` as the schema reads it.

    Raises `Problem` (422 `request.invalid`) naming every place that is wrong.
    """
    try:
        return schema.load(value)
    except ValidationError as error:
        places = pointers(error.messages)
        errors = [{"pointer": place, "detail": sentence} for place, sentence in places]
        place, sentence = places[0]
        raise Problem(422, "request.invalid", sentence, pointer=place, members={"errors": errors}) from None
