"""`/api/docs/`: a page on which every operation can be tried in the browser, over the OpenAPI document.

The scripts are those that flask-swagger-ui ships, served from here: nothing is loaded from elsewhere. The page alone
has a policy that lets them style themselves and ask this server; no script stands in the page itself.
"""

from importlib.resources import files

from flask import Blueprint, Response, redirect, send_file
from flask.typing import ResponseReturnValue

from provenance.http.problems import Problem

_ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": _POLICY}
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Try the API of Provenance</title>
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/api/docs/favicon-32x32.png">
</head>
<body>
<main id="operations"></main>
<noscript>This page needs JavaScript; the description itself is at <a href="/api/openapi.json">/api/openapi.json</a>.
</noscript>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
"""
_START = """SwaggerUIBundle({
  dom_id: "#operations",
  url: "/api/openapi.json",
  deepLinking: true,
  docExpansion: "none",
  tryItOutEnabled: true,
  validatorUrl: null,
});
"""


def create_blueprint() -> Blueprint:
    """Return the routes of the page."""
    routes = Blueprint("docs", __name__, url_prefix="/api/docs")

    @routes.get("")
    def bare() -> ResponseReturnValue:
        return redirect("/api/docs/", 308)

    @routes.get("/")
    def page() -> ResponseReturnValue:
        return Response(_PAGE, headers=_HEADERS, mimetype="text/html")

    @routes.get("/start.js")
    def start() -> ResponseReturnValue:
        return Response(_START, mimetype="text/javascript")

    @routes.get("/<name>")
    def asset(name: str) -> ResponseReturnValue:
        if name not in _ASSETS:
            raise Problem(404, "resource.unknown", "there is nothing here under this name")
        return send_file(str(files("flask_swagger_ui") / "dist" / name), mimetype=_ASSETS[name], max_age=86_400)

    return routes
