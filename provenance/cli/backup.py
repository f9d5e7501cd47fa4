"""`provenance backup` and `provenance restore`: all that cannot be made again, in one file and back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provenance.cli.context import Context, progress

if TYPE_CHECKING:
    from provenance.backup import Restored


_sealed = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file whose first line is the passphrase that the backup is sealed under (scrypt, AES-256-GCM).",
)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_sealed
@click.pass_obj
def backup(context: Context, file: Path, *, passphrase_file: Path | None) -> None:
    """Write keys, ledger, operations store and accepted bodies to one FILE; the gateway may run meanwhile.

    The file holds the private keys of the ledger and of every organisation: whoever reads it can sign as any of them.
    It is readable by its owner alone (mode 0600) and not encrypted unless a passphrase is given; keep it where the data
    folder itself could be kept, and somewhere else. The read model is not in it: it follows from the ledger.

    On Fabric the ledger is on the peers: the file holds the connection profile with its certificates and the key, and
    which ledger it is.
    """
    from provenance import backup as backups
    from provenance import settings
    from provenance.cli import files

    context.require_ledger()
    chosen = settings.read()
    with _said():
        secret = backups.passphrase(passphrase_file) if passphrase_file else None
        with files.written(file) as output:
            manifest = backups.take(
                context.home,
                output,
                beside=file.absolute().parent,
                operations=chosen.operations_url,
                profile=chosen.profile_path if chosen.on_fabric else None,
                secret=secret,
                say=progress,
            )
    click.echo(f"{file}\t{manifest.height} blocks\t{len(manifest.members)} files")
    progress("it holds private keys: keep it as safe as the data folder, and somewhere else")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check everything and put nothing in place.")
@_sealed
@click.pass_obj
def restore(context: Context, file: Path, *, dry_run: bool, passphrase_file: Path | None) -> None:
    """Put a backup FILE in place as the data folder (--home), which must not exist or be empty.

    Every file is compared with the manifest and the ledger verified from its first block; then the whole folder appears
    in one step, or nothing does. Never run a restored gateway beside the one that it was taken from: two ledgers with
    one key would go different ways. What happened after the backup is in nobody's copy but an archive's or a partner's:
    `ledger import` brings it back. Where PROVENANCE_OPERATIONS_URL names a server, its database must be empty and is
    filled; a backup of a store on a server is restored into a file where that is not set.

    A backup of a gateway on Fabric is restored only while its peers can be asked, with PROVENANCE_CONNECTION_PROFILE or
    else the profile in the backup, and only where they have the same ledger.
    """
    from provenance import backup as backups
    from provenance import settings

    act = backups.check if dry_run else backups.restore
    with _said(), file.open("rb") as source:
        secret = backups.passphrase(passphrase_file) if passphrase_file else None
        chosen = settings.read()
        restored = act(
            source,
            context.home,
            operations=chosen.operations_url,
            profile=chosen.profile_path if chosen.on_fabric else None,
            secret=secret,
            say=progress,
        )
    click.echo(f"ledger {restored.manifest.ledger}")
    _report(restored)
    if dry_run:
        progress(f"the backup is whole; restoring it would make {context.home}")
    else:
        profile = f"PROVENANCE_CONNECTION_PROFILE={context.home / backups.PROFILE} " if restored.on_fabric else ""
        progress(f"restored in {context.home}; next: {profile}provenance --home {context.home} project --rebuild")


def _report(restored: "Restored") -> None:
    jobs = ", ".join(f"{count} {state}" for state, count in sorted(restored.jobs.items())) or "none"
    click.echo(f"{restored.manifest.height} blocks, verified; capture jobs: {jobs}")
    for identifier in restored.lost:
        progress(f"the body of the open capture job {identifier} is not in the backup")


@contextmanager
def _said() -> Iterator[None]:
    from provenance.backup import BackupError
    from provenance.operations.errors import OperationsError

    try:
        yield
    except (BackupError, OperationsError) as error:
        raise click.ClickException(f"{error.detail} ({error.code})") from None
