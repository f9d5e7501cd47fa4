"""`provenance demo`: the whole job on an invented trade lane, told as ten stories."""

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provenance.cli.context import DEFAULT_HOME, Context, print_json, progress
from provenance.settings import LEDGERS

if TYPE_CHECKING:
    from provenance.demo.run import Told
    from provenance.settings import Settings


@click.command()
@click.option("--once", is_flag=True, help="End after the stories instead of serving them.")
@click.option("--json", "as_json", is_flag=True, help="Print the stories as one JSON object.")
@click.option(
    "--ledger",
    type=click.Choice(LEDGERS),
    help="embedded, or fabric: a Hyperledger Fabric network of its own, unless a connection profile is set.",
)
@click.option("--host", help="The address to serve on [default 127.0.0.1].")
@click.option("--port", type=int, help="The port to serve on [default 8000].")
@click.option(
    "--public-url", help="What QR codes lead to, such as http://192.168.1.20:8000 for a phone in the same network."
)
@click.pass_obj
def demo(
    context: Context,
    *,
    once: bool,
    as_json: bool,
    ledger: str | None,
    host: str | None,
    port: int | None,
    public_url: str | None,
) -> int:
    """Build an invented trade lane on a real ledger, judge ten items on it, and serve their pages.

    Brands, makers, carriers, customs and offices are fictitious and say so. A demonstration that is in the folder
    already is used again; a folder that holds anything else is left alone.
    """
    from provenance import settings, supervisor

    chosen = settings.read(host=host, port=port, public_url=public_url)
    chosen = replace(chosen, ledger=ledger or chosen.ledger)
    home = context.given or DEFAULT_HOME / ("demo-fabric" if chosen.on_fabric else "demo")
    if not once:
        supervisor.require_free(chosen)
    if not chosen.on_fabric or chosen.connection_profile is not None:
        return _tell(home, chosen, once=once, as_json=as_json)
    from provenance.demo import fabric

    try:
        with fabric.network(home / "network", home / "gateway", chosen) as joined:
            return _tell(home / "gateway", joined, once=once, as_json=as_json)
    except fabric.NoNetwork as error:
        raise click.ClickException(str(error)) from None


def _tell(home: Path, chosen: "Settings", *, once: bool, as_json: bool) -> int:
    """Build or find the demonstration, print its stories, and serve it unless once is enough."""
    from provenance import bootstrap
    from provenance.demo import run

    began = time.monotonic()
    try:
        events = run.prepare(home, chosen, progress)
    except run.NotADemo as error:
        raise click.ClickException(str(error)) from None
    gateway = bootstrap.open_gateway(home, chosen)
    try:
        told = run.tell(gateway)
    finally:
        gateway.close()
    seconds = time.monotonic() - began
    if as_json:
        print_json(run.report(told, events=events, seconds=seconds))
    else:
        _print(told)
    astray = [each.story.name for each in told if each.verdict.grade.value != each.story.grade]
    if astray:
        raise click.ClickException(f"these stories did not reach their grade: {', '.join(astray)}")
    progress(f"told {len(told)} stories over {events} events in {seconds:.1f} s, each with its grade; kept in {home}")
    return 0 if once else _serve(home, chosen)


def _print(told: "list[Told]") -> None:
    from provenance.cli import wording

    for each in told:
        click.echo(f"\n{each.story.name}: {each.story.line}")
        click.echo(wording.indented(wording.verdict(each.verdict)))
        click.echo(f"  {each.url}")
    click.echo(f"\nScan this one ({told[0].story.name}):\n")
    click.echo(wording.qr_text(told[0].url))


def _serve(home: Path, chosen: "Settings") -> int:
    from provenance import supervisor

    served = replace(chosen, public_url=chosen.base_url, log="quiet")
    progress(f"serving on {served.base_url}; stop with Ctrl-C")
    return supervisor.serve(home, served)
