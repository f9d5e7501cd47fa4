"""Who is calling: API keys of an organisation, and the level that each route declares.

`Authorization: Bearer pvk_...` names a key; the key names an organisation and a level. Levels are nested: read <
record < decide < admin. A route says what it needs with `requires`, or is on the list of public endpoints below; a
route that does neither is denied to everybody, so that a forgotten declaration can never open a door.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Protocol, TypeVar

from flask import Flask, g, request

from provenance.domain.gs1.keys import Link
from provenance.http import telling
from provenance.http.limits import Rates, check_target
from provenance.http.problems import Problem
from provenance.operations.keys import Key, Level

PUBLIC = frozenset(
    {
        "api-docs.openapi_json",
        "docs.asset",
        "docs.bare",
        "docs.page",
        "docs.start",
        "health.live",
        "health.ready",
        "web.compressed",
        "web.description",
        "web.home",
        "web.look_up",
        "web.report",
        "web.resolve",
        "web.static",
        "web.term",
        "web.verify",
        "web.vocabulary",
    }
)
"""Every endpoint that answers without a key."""

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Principal:
    """The organisation for which a request is made, at the level of its key; `key` is the key's public id.

    `account` is the id of the person whose key it is, if it is one's; `place` is where the key's scans are made, if it
    says so.
    """

    organisation: str
    level: Level
    key: str
    account: str | None = None
    place: Link | None = None


class Keys(Protocol):
    """Where keys are kept."""

    def authenticate(self, token: str) -> Key | None:
        """Return the key that the token is of, or None where it is of none or of a revoked one."""


def requires(level: Level) -> Callable[[View], View]:
    """Declare the level that a view needs; it goes below the route decorator."""

    def declare(view: View) -> View:
        @wraps(view)
        def declared(*arguments: Any, **named: Any) -> Any:
            return view(*arguments, **named)

        declared.required_level = level  # type: ignore[attr-defined]
        return declared  # type: ignore[return-value]

    return declare


def required_level(view: Callable[..., Any]) -> Level | None:
    """Return the level that a view declares, if any."""
    return getattr(view, "required_level", None)


def principal() -> Principal:
    """Return who makes the current request; only for views that declare a level."""
    found: Principal = g.principal
    return found


def install(app: Flask, keys: Keys, rates: Rates) -> None:
    """Check every request of the app before its view runs."""
    app.before_request(lambda: guard(app, keys, rates))


def guard(app: Flask, keys: Keys, rates: Rates) -> None:
    """Let the request through to a public endpoint, or to a declared one with a key of its level; raises `Problem`."""
    check_target()
    endpoint = request.endpoint
    request.environ[telling.ROUTE] = endpoint
    if endpoint is None or endpoint in PUBLIC:
        rates.count_address()
        return
    caller = _identify(keys)
    if caller is None:
        rates.count_address()
        raise _unauthenticated()
    request.environ[telling.ORGANISATION] = caller.organisation
    rates.count_key(caller.key)
    level = required_level(app.view_functions[endpoint])
    if level is None or not caller.level.covers(level):
        needed = f"a key of level {level.value!r}" if level else "a door that is not open to keys"
        raise Problem(403, "auth.level", f"this needs {needed}; yours has {caller.level.value!r}")
    g.principal = caller


def _identify(keys: Keys) -> Principal | None:
    token = _token()
    key = keys.authenticate(token) if token else None
    if key is None:
        return None
    return Principal(key.organisation, key.level, key.id, account=key.account, place=key.place)


def _token() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _unauthenticated() -> Problem:
    if _token():
        challenge = {"WWW-Authenticate": 'Bearer realm="provenance", error="invalid_token"'}
        return Problem(401, "auth.unknown_key", "this API key is unknown or revoked", headers=challenge)
    challenge = {"WWW-Authenticate": 'Bearer realm="provenance"'}
    return Problem(401, "auth.missing", "an API key is needed: Authorization: Bearer pvk_...", headers=challenge)
