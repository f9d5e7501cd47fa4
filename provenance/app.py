"""The WSGI application: API and pages over one composed gateway. A server calls `create_app` in each of its workers."""

from flask import Flask

import web
from provenance import api, http
from provenance.api import sockets
from provenance.bootstrap import Gateway
from provenance.observe import health
from provenance.observe.requests import Observed


def create_app(gateway: Gateway) -> Flask:
    """Return the application of a gateway."""
    app = Flask(__name__, static_folder=None)
    http.install(app, gateway)
    api.register(api.create_api(app), gateway)
    app.register_blueprint(sockets.create_blueprint(gateway))
    app.register_blueprint(web.create_blueprint(gateway))
    app.register_blueprint(health.create_blueprint(health.Health(gateway)))
    app.wsgi_app = Observed(app.wsgi_app, gateway.consumers.note)  # type: ignore[method-assign]
    return app
