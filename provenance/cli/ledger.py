"""`provenance ledger` and `provenance project`: check the ledger, take it out, and read it again."""

from contextlib import closing
from pathlib import Path

import click

from provenance.cli.context import Context, progress

_FILE = click.Path(dir_okay=False, path_type=Path)
_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
_READABLE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
_OFTEN = 1000


@click.group()
def ledger() -> None:
    """The ledger itself: signed, hash-chained blocks and the state that follows from them."""


@ledger.command()
@click.option(
    "--checkpoint",
    type=_EXISTING,
    help="A file made by `ledger checkpoint`: finds history that was cut off or rewritten since then.",
)
@click.pass_obj
def verify(context: Context, checkpoint: Path | None) -> int:
    """Recompute every hash, signature and stored value; exit status 0, or 1 naming each `block N` that is wrong.

    Without a checkpoint from elsewhere this cannot tell a ledger from one whose operator cut off its end or wrote it
    anew: the embedded ledger has a single operator. Keep checkpoints where that operator cannot change them.
    """
    from provenance.ledger.embedded import verify as verification

    context.require_embedded("`ledger verify`")
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
    from provenance import opening, settings
    from provenance.ledger.embedded import checkpoint as checkpoints

    context.require_embedded("`ledger checkpoint`")
    with closing(opening.open_embedded(context.home, settings.read())) as opened:
        click.echo(checkpoints.checkpoint(opened).decode(), nl=False)


@ledger.command()
@click.option("--start", type=click.IntRange(min=0), default=0, help="The first block to export [default 0].")
@click.option("-o", "--output", type=_FILE, help="Write to this file, readable by its owner alone, instead of stdout.")
@click.pass_obj
def export(context: Context, start: int, output: Path | None) -> None:
    """Print every block as one line of JSON, an archive that `ledger import` takes elsewhere.

    It holds everything that is on the ledger and proves itself; it holds no private keys. With --start it continues an
    archive that was made earlier.
    """
    from provenance import opening, settings
    from provenance.cli import files
    from provenance.ledger.embedded import export as exports

    context.require_embedded("`ledger export`")
    with closing(opening.open_embedded(context.home, settings.read())) as opened, files.written(output) as file:
        height = opened.height()
        if start > height:
            raise click.ClickException(f"the ledger has {height} blocks, none from {start} on")
        for number, line in enumerate(exports.lines(opened, start=start), start=start):
            file.write(line)
            if output is not None:
                _tell("exported", number + 1, of=height)


@ledger.command("import")
@click.argument(
    "archive", metavar="FILE", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
)
@click.option(
    "--checkpoint", type=_EXISTING, help="A signed head (`ledger checkpoint`) that the ledger must agree with."
)
@click.pass_obj
def import_(context: Context, archive: Path, checkpoint: Path | None) -> None:
    """Take in an archive FILE of blocks (`ledger export`); - reads stdin.

    It goes into a data folder without a ledger, or continues the same ledger. Everything is verified first: chain,
    signatures, validity and the state that follows. What does not verify, or is another ledger's, changes nothing.

    An archive has no keys: without the folder `keys` from a backup the copy can be read, projected and verified, and
    nothing can be recorded in it. Compare the certificate's fingerprint with one that you have from elsewhere: a copy
    proves that it is whole, and only that fingerprint says whose it is.
    """
    from provenance import opening, settings
    from provenance.cli import files
    from provenance.ledger.embedded import archive as archives
    from provenance.ledger.embedded.load import load

    opening.require_embedded(settings.read(), "`ledger import`")
    kept = checkpoint.read_bytes() if checkpoint else None
    with files.read(archive) as file:
        loaded = load(context.home, archives.lines(file), checkpoint=kept, progress=_tell)
    click.echo(f"ledger {loaded.ledger}")
    click.echo(f"authority SHA-256 {_fingerprint(loaded.configuration.authority)}")
    progress(f"{loaded.height - loaded.before} blocks imported, {loaded.height} in all; next: provenance project")


def _fingerprint(pem: bytes) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    return x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA256()).hex(":").upper()


def _tell(what: str, count: int, *, of: int | None = None) -> None:
    """Say every so often how far it is."""
    if count and (count % _OFTEN == 0 or count == of):
        progress(f"{what} {count}" + (f" of {of} blocks" if of else " blocks"))


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
    from provenance import bootstrap, opening, settings
    from provenance.readmodel.rebuild import rebuild

    chosen = settings.read()
    with context.stores(), closing(opening.open_ledger(context.home, chosen)) as opened:
        return rebuild(bootstrap.readmodel_url(context.home, chosen), opened, _report)


def _report(done: int, of: int, what: str) -> None:
    progress(f"{done} of {of} {what}")
