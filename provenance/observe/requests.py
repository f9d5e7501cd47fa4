"""Every request observed from outside the application: counted, and told in one line.

The line has the request's id, route, organisation, status, duration and code: no path, no header, no address. Probes of
health that find all well leave no line.
"""

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from provenance.http import telling
from provenance.http.headers import REQUEST_ID
from provenance.observe import logs, metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_QUIET = frozenset({"health.live", "health.ready"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Observed:
    """WSGI middleware around everything else; the answer passes unchanged."""

    def __init__(self, application: "WSGIApplication", note: Callable[["WSGIEnvironment"], None]) -> None:
        """Observe an application; `note` is given each request's environment after its answer."""
        self._application = application
        self._note = note

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        began = time.perf_counter()
        status = "500"

        def start(line: str, headers: list[tuple[str, str]], *failed: Any) -> Any:
            nonlocal status
            status = line[:3]
            return start_response(line, headers, *failed)

        try:
            return self._application(environ, start)
        finally:
            _tell(environ, status, time.perf_counter() - began)
            self._note(environ)


def _tell(environ: "WSGIEnvironment", status: str, seconds: float) -> None:
    route, code = environ.get(telling.ROUTE) or "none", environ.get(telling.CODE)
    metrics.count_request(route, status, seconds, code)
    if route in _QUIET and status == "200":
        return
    method = environ.get("REQUEST_METHOD", "")
    fields = {
        "request": environ.get(REQUEST_ID),
        "method": method if method in _METHODS else "other",
        "route": route,
        "status": int(status),
        "ms": round(1000 * seconds, 2),
    }
    optional = {"organisation": environ.get(telling.ORGANISATION), "code": code}
    fields |= {name: value for name, value in optional.items() if value is not None}
    logs.answered(fields)
