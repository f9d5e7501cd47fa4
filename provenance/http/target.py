"""The raw request target as the path that is routed.

WSGI servers percent-decode the path before routing, which loses where a segment ends: a serial may contain `/`, `%`
and `+`, and an event id is a URI. `RawTarget` puts the target as it was sent back into `PATH_INFO`, with only
unreserved characters decoded (RFC 3986, 6.2.2.2), so a rule sees `%2F` inside a segment; the converters here decode a
value once, after the rule has matched. It must never take the target from a header of the request: only from what the
server itself says it received.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes

from werkzeug.exceptions import BadRequest
from werkzeug.routing import BaseConverter

from provenance.domain.gs1.keys import CANONICAL_STEM

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_ESCAPED_UNRESERVED = re.compile(r"%(?:2[DdEe]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9AaEe])")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?]*")


def raw_path(environ: "WSGIEnvironment") -> str:
    """Return the path of the request target as it was sent, beginning with `/`, below the application's mount point."""
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if target is None:
        return quote(environ.get("PATH_INFO", "").encode("latin-1"), safe="/:;,@&=+$!*'()")
    if not target.startswith("/"):
        target = _ABSOLUTE.sub("", target, count=1)
    path = target.partition("?")[0]
    mount = environ.get("SCRIPT_NAME", "")
    if mount and path.startswith(mount) and path[len(mount) :][:1] in ("", "/"):
        path = path[len(mount) :]
    return _decode_unreserved(path) if "%" in path else path or "/"


def _decode_unreserved(path: str) -> str:
    return _ESCAPED_UNRESERVED.sub(lambda match: chr(int(match[0][1:], 16)), path)


class RawTarget:
    """WSGI middleware that routes by the raw path of the request target."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        environ["PATH_INFO"] = raw_path(environ)
        return self._application(environ, start_response)


def decode(text: str) -> str:
    """Return a percent-encoded piece of a path decoded once; raises `BadRequest` where that is not UTF-8."""
    if "%" not in text:
        return text
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise BadRequest("the path is not percent-encoded UTF-8") from None


class Segment(BaseConverter):
    """One path segment, decoded once."""

    def to_python(self, value: str) -> str:
        """Return the value that the view gets."""
        return decode(value)

    def to_url(self, value: Any) -> str:
        """Return the piece of a path for a value."""
        return quote(str(value), safe="")


class Rest(BaseConverter):
    """Everything to the end of the path, slashes included, decoded once."""

    part_isolating = False
    regex = ".+"

    def to_python(self, value: str) -> str:
        """Return the value that the view gets."""
        return decode(value)

    def to_url(self, value: Any) -> str:
        """Return the piece of a path for a value."""
        return quote(str(value), safe="")


class ElementString(BaseConverter):
    """A GS1 Digital Link path, `01/{gtin}/21/{serial}`, as it was sent: still percent-encoded, not judged."""

    part_isolating = False
    regex = r"[0-9]{2,4}/.*"

    def to_url(self, value: Any) -> str:
        """Return the piece of a path for a value."""
        return str(value)


class Compressed(BaseConverter):
    """One path segment that may be a compressed GS1 Digital Link: URL-safe base64."""

    regex = "[0-9A-Za-z_-]{8,}"


class Thing(BaseConverter):
    """What names a thing in an API path: a link or EPC URN as one encoded segment, or a Digital Link path as it is.

    The value is always the text to identify; a path becomes a link on the canonical domain.
    """

    part_isolating = False
    regex = r"(?:[0-9]{2,4}/[^/]+(?:/[0-9]{2,4}/[^/]+)*|[^/]+)"

    def to_python(self, value: str) -> str:
        """Return the value that the view gets."""
        return f"{CANONICAL_STEM}/{value}" if "/" in value else decode(value)

    def to_url(self, value: Any) -> str:
        """Return the piece of a path for a value."""
        return quote(str(value), safe="")


CONVERTERS: dict[str, type[BaseConverter]] = {
    "segment": Segment,
    "rest": Rest,
    "elements": ElementString,
    "compressed": Compressed,
    "thing": Thing,
}
"""The converters by the names that rules use."""
