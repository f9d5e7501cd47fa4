"""`provenance verdict`, `history`, `trace` and `qr`: what the record says about one thing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from provenance.cli.context import Context, print_json

if TYPE_CHECKING:
    from provenance.bootstrap import Gateway

F = TypeVar("F", bound=Callable[..., Any])


def _identifier(command: F) -> F:
    return click.argument("identifier", metavar="ID")(command)


@contextmanager
def _current(context: Context) -> "Iterator[Gateway]":
    with context.gateway() as gateway:
        gateway.projector().catch_up()
        yield gateway


@click.command()
@_identifier
@click.option("--json", "as_json", is_flag=True, help='Print {"item","grade","findings","as_of","rules"}.')
@click.pass_obj
def verdict(context: Context, identifier: str, as_json: bool) -> None:  # noqa: FBT001
    """Say what the record shows about the item ID, with reasons.

    ID is any GS1 Digital Link URI (https://example.com/01/.../21/...) or EPC URN (urn:epc:id:sgtin:...). The verdict
    is about the record: a copied code shows the record of the item that it was copied from.
    """
    from provenance.cli import wording
    from provenance.domain.gs1 import convert

    item = convert.identify(identifier)
    with _current(context) as gateway:
        judged = gateway.judge(item)
    if as_json:
        print_json(judged.document())
    else:
        click.echo(wording.verdict(judged))


@click.command()
@_identifier
@click.pass_obj
def history(context: Context, identifier: str) -> None:
    """Print what happened to the item or logistic unit ID in the order in which it counts, one line each.

    What happened to a pallet while an item was inside it is the item's history too, and says so.
    """
    from provenance.cli import wording
    from provenance.domain.gs1 import convert

    thing = convert.identify(identifier)
    with _current(context) as gateway:
        for entry in gateway.history(thing):
            click.echo(wording.entry(entry))


@click.command()
@_identifier
@click.pass_obj
def trace(context: Context, identifier: str) -> None:
    """Trace the item ID back: product, brand, the rights in it, their holder and licensees, and where its record
    breaks.
    """
    from provenance.cli import wording
    from provenance.domain.gs1 import convert

    item = convert.identify(identifier)
    with _current(context) as gateway:
        click.echo(wording.trace(gateway.trace(item)))


@click.command()
@_identifier
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="x.svg or x.png")
def qr(identifier: str, output: Path) -> None:
    """Write the QR code of ID, whose link leads to this deployment's page (PROVENANCE_PUBLIC_URL)."""
    from provenance import settings
    from provenance.domain.gs1 import convert
    from provenance.domain.gs1 import link as links

    chosen = settings.read()
    url = chosen.base_url + links.path(convert.identify(identifier))
    output.write_bytes(_qr(url, output.suffix.lower()))
    click.echo(url)


def _qr(url: str, ending: str) -> bytes:
    from provenance.api import qr

    formats = {".svg": qr.svg, ".png": qr.png}
    if ending not in formats:
        raise click.UsageError(
            f"{ending or 'no ending'} is not a format of QR images; end the file's name in .svg or .png."
        )
    return formats[ending](url)
