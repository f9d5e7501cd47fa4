"""`provenance serve`: the gateway with everything that runs beside it, supervised."""

from collections.abc import Callable
from typing import Any

import click

from provenance.cli.context import Context, progress
from provenance.settings import table

_FLAGS = ("public_url", "host", "port", "workers", "threads", "captures", "grace", "connection_profile")


def _settings(command: Callable[..., Any]) -> Callable[..., Any]:
    for row in reversed([row for row in table() if row.name in _FLAGS]):
        default = "required" if row.default is None else f"default {row.default}"
        command = click.option(
            "--" + row.name.replace("_", "-"),
            type=int if isinstance(row.default, int) else str,
            help=f"{row.meaning} [{row.variable}; {default}]",
        )(command)
    return command


@click.command()
@_settings
@click.pass_obj
def serve(context: Context, /, **flags: Any) -> int:
    """Serve pages and API, project the ledger and run captures, until stopped with SIGTERM or Ctrl-C.

    Put a proxy that speaks TLS in front. Settings not listed here: see `docs/operations.md`.
    """
    from provenance import settings, supervisor

    chosen = settings.read(**flags)
    settings.require_public_url(chosen)
    with context.gateway():
        pass  # what keeps a gateway from opening is said before any process is started
    progress(f"serving {context.home} on http://{chosen.host}:{chosen.port} as {chosen.public_url}")
    return supervisor.serve(context.home, chosen)
