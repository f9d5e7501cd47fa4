"""The pages: what a consumer sees after scanning a code, the resolver, our vocabulary. No JavaScript, no cookies."""

from typing import Protocol

from flask import Blueprint

from provenance import http
from provenance.http import answering
from provenance.operations import Operations
from provenance.readmodel import ReadModel
from web import pages, resolver, vocabulary
from web.rendering import Pages


class Gateway(Protocol):
    """What the pages need of the composed gateway."""

    @property
    def settings(self) -> http.Settings:
        """The settings of the deployment."""

    @property
    def operations(self) -> Operations:
        """What must survive, among it where links lead."""

    @property
    def readmodel(self) -> ReadModel:
        """What the ledger says, laid out for reading."""


class Routes(Blueprint):
    """The pages' blueprint; its static files are named by their content, so browsers keep them."""

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """Return how long a static file is kept, in seconds."""
        del filename
        return _YEAR


_YEAR = 31_536_000


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the routes of the pages; problems elsewhere than in the API are then answered with a page as well."""
    blueprint = Routes("web", __name__, static_folder="static", static_url_path="/assets")
    rendered = Pages(gateway.settings.base_url)
    vocabulary.add_routes(blueprint, rendered)
    base_url = gateway.settings.base_url
    resolver.add_routes(blueprint, gateway.readmodel, gateway.operations.links, rendered, base_url=base_url)
    pages.add_routes(blueprint, gateway.readmodel, rendered)
    blueprint.record_once(lambda state: state.app.extensions.update({answering.PAGE: rendered.problem}))
    return blueprint
