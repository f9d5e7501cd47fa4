"""What the API and the pages share: the raw request target, keys and levels, bounds, headers, and problems."""

from typing import Protocol

from flask import Flask

from provenance.http import answering, auth, forwarded, headers, limits, target
from provenance.settings import networks


class Settings(limits.Bounds, Protocol):
    """The settings that HTTP reads."""

    @property
    def base_url(self) -> str:
        """The canonical public address, without a final slash."""

    @property
    def file_limit(self) -> int:
        """The largest file, in bytes."""

    @property
    def webhook_networks(self) -> str | None:
        """Networks beside the public internet that subscribers may be in."""

    @property
    def socket_limit(self) -> int:
        """How many websockets a worker holds open."""


class Gateway(Protocol):
    """What HTTP needs of the composed gateway."""

    @property
    def settings(self) -> Settings:
        """The settings of the deployment."""

    @property
    def operations(self) -> auth.Keys:
        """Where API keys are kept."""


def install(app: Flask, gateway: Gateway) -> None:
    """Prepare an app for our routes: before any blueprint is registered, because rules name the converters."""
    settings = gateway.settings
    app.config["MAX_CONTENT_LENGTH"] = settings.body_limit
    app.url_map.converters.update(target.CONVERTERS)
    app.url_map.merge_slashes = False
    addressed = forwarded.ClientAddress(
        target.RawTarget(app.wsgi_app), networks("PROXY_NETWORKS", settings.proxy_networks)
    )
    app.wsgi_app = headers.Headed(addressed, settings.base_url)  # type: ignore[method-assign]
    auth.install(app, gateway.operations, limits.Rates(settings))
    answering.install(app)
