"""Headers that every answer carries: what a browser must not do with it, and the id to ask about it."""

import os

from flask import Flask, Response, g

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


def install(app: Flask, base_url: str) -> None:
    """Give every request an id and every answer its headers; over https browsers are told to stay there."""
    fixed = _ALWAYS + (_HSTS if base_url.startswith("https:") else ())

    def begin() -> None:
        g.request_id = os.urandom(8).hex()

    def finish(response: Response) -> Response:
        headers = response.headers
        headers.extend(fixed)
        headers.add("X-Request-Id", g.get("request_id", "-"))
        if "Cache-Control" not in headers:
            headers.add("Cache-Control", "no-store")
        return response

    app.before_request(begin)
    app.after_request(finish)
