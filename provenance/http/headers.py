"""Headers that every answer carries: what a browser must not do with it, and the id to ask about it.

They are added around the application, so that no answer is without them, whoever made it; one that states its own
keeps it.
"""

import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REQUEST_ID = "provenance.request_id"
"""Where a request's id stands in its WSGI environment."""

_SAFE_ID = re.compile(r"[0-9A-Fa-f-]{16,64}", re.ASCII)
"""What a caller's id looks like, a UUID or a trace id: too poor a form for keys, names or addresses."""

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = (
    ("Content-Security-Policy", _POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
_HSTS = (("Strict-Transport-Security", "max-age=31536000"),)
_NOT_KEPT = ("Cache-Control", "no-store")


class Headed:
    """WSGI middleware that gives every request an id, its caller's or a new one, and every answer its headers.

    Over https browsers are told to stay there.
    """

    def __init__(self, application: "WSGIApplication", base_url: str) -> None:
        self._application = application
        self._fixed = _ALWAYS + (_HSTS if base_url.startswith("https:") else ())

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        request_id = environ[REQUEST_ID] = _id(environ.get("HTTP_X_REQUEST_ID"))

        def start(status: str, headers: list[tuple[str, str]], *failed: Any) -> Any:
            own = {name for name, _ in headers}
            added = [*headers, *(each for each in self._fixed if each[0] not in own), ("X-Request-Id", request_id)]
            if "Cache-Control" not in own:
                added.append(_NOT_KEPT)
            return start_response(status, added, *failed)

        return self._application(environ, start)


def _id(stated: str | None) -> str:
    """Return the id that the caller gave the request, where it can stand in a header and a log line, or a new one."""
    return stated if stated is not None and _SAFE_ID.fullmatch(stated) else os.urandom(8).hex()
