"""How the operations describe themselves in the OpenAPI document: bodies, answers, parameters, errors, examples."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from provenance.api import positions
from provenance.api.derived import schema, schema_of
from provenance.api.doing import Door
from provenance.api.examples import EXAMPLES
from provenance.api.resources import Resource

PROBLEM = "Problem"
"""The name under which the document has the schema and the response of every error."""

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
_ERRORS: Mapping[int, str] = {
    400: "something in the request is not well-formed; `pointer` says where",
    401: "there is no key, or it is unknown or revoked",
    403: "the key's level or the organisation's authority does not allow it",
    404: "what the path names is not on record, or not for the caller",
    406: "it does not come in a form that `Accept` names",
    409: "what is on record does not allow it now",
    412: "the block of `Ledger-Position-Min` is not readable here yet; ask again after `Retry-After` seconds",
    413: "it is too large",
    415: "the body is not of the media type that this takes",
    422: "a field is missing or wrong, or names what is not on record",
    503: "the ledger did not answer; ask again after `Retry-After` seconds",
}
PAGING: list[dict[str, Any]] = [
    {"in": "query", "name": "perPage", "schema": {"type": "integer", "minimum": 1}, "description": "how many at most"},
    {"in": "query", "name": "nextPageToken", "schema": {"type": "string"}, "description": "from the page before"},
]


def errors(*statuses: int, **meanings: str) -> dict[str, Any]:
    """Return the descriptions of error responses; `meanings` (`e404`) say it more closely."""
    texts = {**{status: _ERRORS[status] for status in statuses}, **{int(k[1:]): v for k, v in meanings.items()}}
    return {
        str(status): {"description": text, "content": {PROBLEM_JSON: {"schema": PROBLEM}}}
        for status, text in sorted(texts.items())
    }


def answer(text: str, content: Any, headers: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the description of an answer in JSON."""
    described: dict[str, Any] = {"description": text, "content": {JSON: {"schema": content}}}
    return described | ({"headers": dict(headers)} if headers else {})


def reads_one(resource: Resource) -> dict[str, Any]:
    """Describe reading one record."""
    parameters = [positions.PARAMETER] if resource.single else [_identifier(resource), positions.PARAMETER]
    found = {"200": answer("the record", schema_of(resource.record))}
    return {"parameters": parameters, "responses": {**found, **errors(401, 403, 404, 412)}}


def lists(resource: Resource) -> dict[str, Any]:
    """Describe listing records."""
    filters = [_filter(name) for name in resource.filters]
    page = schema(
        f"{resource.record.__name__}Page",
        "Records in the order of their ids, and how to ask for the rest.",
        {
            "records": fields.List(fields.Nested(schema_of(resource.record)), required=True),
            "nextPageToken": fields.String(metadata={"description": "there is more: ask with this"}),
        },
    )
    responses = {"200": answer("a page of records", page), **errors(400, 401, 403, 412)}
    return {"parameters": [*filters, *PAGING, positions.PARAMETER], "responses": responses}


def acts(resource: Resource, door: Door, body: type[Schema], verb: str | None) -> dict[str, Any]:
    """Describe doing an act."""
    members: dict[str, fields.Field[Any]] = {
        "transaction": fields.String(required=True, metadata={"description": "the ledger transaction that holds it"}),
        "record": fields.Nested(schema_of(resource.record), required=True),
        **door.tells,
    }
    name = body.__name__ + "Done"
    done = answer("done, and on the ledger", schema(name, "What is on record now.", members), positions.ANSWERED)
    status = "201" if verb is None and not resource.single else "200"
    parameters = [_identifier(resource)] if verb else []
    content = {JSON: {"schema": body, "example": EXAMPLES[door.act]}}
    request = {"required": any(each.required for each in body._declared_fields.values()), "content": content}  # noqa: SLF001
    found = errors(400, 401, 403, 409, 415, 422, 503, *((404,) if verb else ()))
    return {"requestBody": request, "parameters": parameters, "responses": {status: done, **found}}


def _identifier(resource: Resource) -> dict[str, Any]:
    text = "a GLN's link, percent-encoded or as the path of a Digital Link" if resource.shape == "thing" else "the id"
    schema = {"type": "string"}
    return {"in": "path", "name": "identifier", "required": True, "description": text, "schema": schema}


def _filter(name: str) -> dict[str, Any]:
    return {"in": "query", "name": name, "schema": {"type": "string"}, "description": f"those of this {name} alone"}
