"""Who of an organisation did something: `GET /api/v1/keys`, and how a capture job names who sent it.

People are known to this gateway alone. What is said of them is told to their own organisation, as that organisation
stated it, and is never on the ledger.
"""

from typing import Any

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from provenance.api import described
from provenance.api.gateway import Gateway
from provenance.api.registry import PREFIX, add, json
from provenance.domain.instant import format_instant
from provenance.http.auth import principal
from provenance.operations import Accounts, Job, Key, Level


class KeySchema(Schema):
    """An API key, without its secret."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    level = fields.Enum(Level, by_value=True, required=True, metadata={"description": "never above its account's"})
    created = fields.String(required=True)
    revoked = fields.String(metadata={"description": "since when it opens nothing"})
    last_used = fields.String(data_key="lastUsed", metadata={"description": "the day"})
    recorded_by = fields.String(data_key="recordedBy", metadata={"description": "the person whose key it is"})
    as_stated_by = fields.String(data_key="asStatedBy", metadata={"description": "who says so: the organisation"})


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the route that lists keys."""
    routes = Blueprint("api-keys", __name__, url_prefix=PREFIX, description="API keys of the caller's organisation")

    def keys() -> Response:
        """List the API keys of the caller's organisation, revoked ones too, oldest first, without their secrets."""
        return json([_shown(each) for each in gateway.operations.keys.all(principal().organisation)], 200, {})

    listed = described.answer("the keys", {"type": "array", "items": KeySchema})
    description = {"responses": {"200": listed, **described.errors(401, 403)}}
    add(routes, "GET", "/keys", keys, description, level=Level.ADMIN)
    return routes


def recorded_by(accounts: Accounts, job: Job) -> dict[str, str]:
    """Return the members that tell whose key sent a job's document; none where it was nobody's in particular."""
    account = accounts.get(job.account) if job.account is not None else None
    return {} if account is None else _stated(account.name, account.organisation)


def _stated(name: str, organisation: str) -> dict[str, str]:
    return {"recordedBy": name, "asStatedBy": organisation}


def _shown(key: Key) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": key.id,
        "name": key.name,
        "level": key.level.value,
        "created": format_instant(key.created),
    }
    if key.revoked is not None:
        shown["revoked"] = format_instant(key.revoked)
    if key.last_used is not None:
        shown["lastUsed"] = key.last_used.isoformat()
    return shown | (_stated(key.account_name, key.organisation) if key.account_name is not None else {})
