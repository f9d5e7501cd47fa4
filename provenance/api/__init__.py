"""The programming interface: EPCIS 2.0 capture and query, scans, items, and the document that describes them."""

from threading import Lock

from flask import Flask, Response
from flask_smorest import Api, Blueprint
from marshmallow import INCLUDE, Schema, fields

from provenance.api import (
    browsing,
    cancelling,
    capture,
    deliveries,
    described,
    docs,
    events,
    files,
    items,
    links,
    people,
    positions,
    queries,
    registry,
    scans,
    sheets,
    shipments,
    ssccs,
    subscriptions,
)
from provenance.api.gateway import Gateway
from provenance.domain.epcis import shape

_BLUEPRINTS = (
    events.create_blueprint,  # before what adds to its paths, so that it answers OPTIONS on them
    capture.create_blueprint,
    queries.create_blueprint,
    browsing.create_blueprint,
    subscriptions.create_blueprint,
    deliveries.create_blueprint,
    scans.create_blueprint,
    sheets.create_blueprint,
    items.create_blueprint,
    ssccs.create_blueprint,
    shipments.create_blueprint,
    cancelling.create_blueprint,
    people.create_blueprint,
    files.create_blueprint,
    links.create_blueprint,
)


class ProblemSchema(Schema):
    """Problem details (RFC 9457)."""

    class Meta:
        """Problems may say more than this (RFC 9457, 3.2)."""

        unknown = INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "stable and dotted, for software to react to"})
    detail = fields.String(required=True, metadata={"description": "one plain sentence"})
    pointer = fields.String(metadata={"description": "the place in the input, a JSON pointer (RFC 6901)"})
    instance = fields.String(metadata={"description": "the request's id"})
    errors = fields.List(fields.Dict(), metadata={"description": "every place that is wrong, where there are several"})
    transaction = fields.String(metadata={"description": "the id of the ledger transaction that it is about"})


class DescribedApi(Api):
    """The OpenAPI side of flask-smorest; errors are answered by `provenance.http.problems`.

    Its description is written when somebody asks for it: that takes as long as all else that a worker begins with.
    """

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = described.PROBLEM

    def __init__(self, app: Flask) -> None:
        """Serve an application's description."""
        self._undescribed: list[Blueprint] = []
        self._writing = Lock()
        super().__init__(app)

    def register_blueprint(self, blp: Blueprint) -> None:
        """Add routes, to be described later."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp)
        self._undescribed.append(blp)

    def _openapi_json(self) -> Response:
        with self._writing:
            for blp in self._undescribed:
                blp.register_views_in_doc(self, self._app, self.spec, name=blp.name, parameters=None)
                self.spec.tag({"name": blp.name, "description": blp.description})
            self._undescribed.clear()
        answer: Response = super()._openapi_json()
        return answer


def create_api(app: Flask) -> Api:
    """Return the API of an app, which serves its description at `/api/openapi.json` and a page for it beside."""
    app.register_blueprint(docs.create_blueprint())
    app.config.setdefault("API_TITLE", "Provenance")
    app.config.setdefault("API_VERSION", "1")
    app.config.setdefault("OPENAPI_VERSION", "3.0.3")
    app.config.setdefault("OPENAPI_URL_PREFIX", "/api")
    app.config.setdefault("OPENAPI_JSON_PATH", "openapi.json")
    return DescribedApi(app)


def register(api: Api, gateway: Gateway) -> None:
    """Add the routes and the schemas that they speak of."""
    problem = {"application/problem+json": {"schema": ProblemSchema}}
    api.spec.components.response(described.PROBLEM, {"description": "any other problem", "content": problem})
    key = {"type": "http", "scheme": "bearer", "description": "an API key of an organisation, pvk_..."}
    api.spec.components.security_scheme("key", key)
    api.spec.options["security"] = [{"key": []}]
    for name, schema in shape.declaration().items():
        api.spec.components.schema(name, schema)
    for routes in (*(create(gateway) for create in _BLUEPRINTS), *registry.create_blueprints(gateway)):
        positions.watch(routes, gateway.readmodel.position, gateway.height)
        api.register_blueprint(routes)
