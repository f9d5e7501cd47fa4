"""`/api/v1/items`: what is on record about a thing, for members.

`{id}` is a GS1 Digital Link or an EPC URN as one percent-encoded segment, or the path of a Digital Link as it is:
`/api/v1/items/01/09520123456788/21/A%2FB/verdict`.
"""

from flask import Response
from flask_smorest import Blueprint

from provenance.api import qr
from provenance.api.gateway import Gateway
from provenance.domain.gs1 import link as links
from provenance.domain.gs1.convert import identify
from provenance.http.auth import requires
from provenance.http.negotiation import best
from provenance.operations import Level

_SVG, _PNG = "image/svg+xml", "image/png"


def create_blueprint(gateway: Gateway) -> Blueprint:
    """Return the routes under `/api/v1/items`."""
    routes = Blueprint("items", __name__, url_prefix="/api/v1", description="What is on record about things")
    base = gateway.settings.base_url

    @routes.get("/items/<thing:item>/qr")
    @routes.doc(parameters=[_ITEM, _FORMAT], responses={200: _IMAGES})
    @requires(Level.READ)
    def symbol(item: str) -> Response:
        """Return the QR symbol that leads to the item's page, as SVG or PNG."""
        address = base + links.path(identify(item))
        kind = best((_SVG, _PNG), {"svg": _SVG, "png": _PNG})
        return Response(qr.png(address) if kind == _PNG else qr.svg(address), mimetype=kind)

    return routes


_ITEM = {
    "in": "path",
    "name": "item",
    "required": True,
    "description": "a GS1 Digital Link or EPC URN as one percent-encoded segment, or the path of a Digital Link",
    "schema": {"type": "string"},
}
_FORMAT = {"in": "query", "name": "format", "schema": {"type": "string", "enum": ["svg", "png"]}}
_IMAGES = {"description": "the symbol", "content": {kind: {"schema": {"type": "string"}} for kind in (_SVG, _PNG)}}
