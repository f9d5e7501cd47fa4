"""Percent-encoding of values in the path and in the query of a GS1 Digital Link URI (URI Syntax 1.6, RFC 3986).

Written values are encoded in full: everything but `A-Z a-z 0-9 - . _ ~`, so that one value has one form (version 1.1
still left `' ; =` as they are; the grammar has encoded them since 1.2). Reading follows the same rule for any form:
`%XX` is the character, `+` is itself in a path and a space in a query, and a `%` that begins no escape is itself.
"""

import re
from urllib.parse import quote

_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")


def escape_path(value: str) -> str:
    """Return `value` as a path segment."""
    return quote(value, safe="")


def escape_query(value: str) -> str:
    """Return `value` as a value in the query, where a space is written `+`."""
    return quote(value, safe="").replace("%20", "+")


def unescape_path(text: str) -> str:
    """Return the value of a path segment; an escaped byte becomes the character of that number."""
    return _ESCAPE.sub(_character, text) if "%" in text else text


def unescape_query(text: str) -> str:
    """Return the value of a query value, where `+` is a space."""
    return unescape_path(text.replace("+", " "))


def _character(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))
