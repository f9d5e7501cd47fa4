"""`provenance ledger` and `provenance project`: check the ledger, take it out, and read it again."""

import sys
from contextlib import closing
from pathlib import Path

import click

from provenance.cli.context import Context, progress


@click.group()
def ledger() -> None:
    """The ledger itself: signed, hash-chained blocks and the state that follows from them."""


@ledger.command()
@click.option(
    "--checkpoint",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file made by `ledger checkpoint`: finds history that was cut off or rewritten since then.",
)
@click.pass_obj
def verify(context: Context, checkpoint: Path | None) -> int:
    """Recompute every hash, signature and stored value; exit status 0, or 1 naming each `block N` that is wrong.

    Without a checkpoint from elsewhere this cannot tell a ledger from one whose operator cut off its end or wrote it
    anew: the embedded ledger has a single operator. Keep checkpoints where that operator cannot change them.
    """
    from provenance.ledger.embedded import verify as verification

    context.require_ledger()
    report = verification.verify(context.home, checkpoint.read_bytes() if checkpoint else None)
    for problem in report.problems:
        click.echo(problem)
    if report.ok:
        click.echo("ledger verified" + ("" if checkpoint else "; no checkpoint given, so a missing end would not show"))
    return 0 if report.ok else 1


@ledger.command()
@click.pass_obj
def checkpoint(context: Context) -> None:
    """Print a signed head of the ledger (its height and last hash) to keep outside it."""
    from provenance.ledger.embedded import checkpoint as checkpoints

    with context.gateway() as gateway:
        click.echo(checkpoints.checkpoint(gateway.ledger).decode(), nl=False)


@ledger.command()
@click.pass_obj
def export(context: Context) -> None:
    """Print every block as one line of JSON."""
    from provenance.ledger.embedded import export as exports

    with context.gateway() as gateway:
        for line in exports.lines(gateway.ledger):
            sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


@click.command()
@click.option("--rebuild", is_flag=True, help="Build a new read model beside the live one, then swap them.")
@click.pass_obj
def project(context: Context, rebuild: bool) -> None:  # noqa: FBT001
    """Bring the read model up to the ledger and print its logical digest.

    The read model is disposable: everything in it follows from the ledger. The digest is the same after a rebuild,
    whatever the order in which observations arrived; two gateways of one ledger can compare theirs.
    """
    click.echo(_rebuilt(context) if rebuild else _projected(context))


def _projected(context: Context) -> str:
    from provenance.readmodel.digest import logical_digest

    with context.gateway() as gateway:
        gateway.projector().catch_up(_report)
        return logical_digest(gateway.readmodel)


def _rebuilt(context: Context) -> str:
    from provenance import bootstrap, settings
    from provenance.readmodel.rebuild import rebuild

    with context.stores(), closing(bootstrap.open_ledger(context.home, settings.read())) as opened:
        return rebuild(bootstrap.readmodel_url(context.home), opened, _report)


def _report(done: int, blocks: int) -> None:
    progress(f"{done} of {blocks} blocks")
