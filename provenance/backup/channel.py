"""What a backup holds of a gateway on Fabric, where the ledger itself is on the peers.

The connection profile with every file that it names, put together so that it works from any folder; and which ledger
it is: the channel's id, how many blocks it had when everything else had been copied, and the hash of the last of them.
Whoever restores asks the channel for all three, so that a gateway never goes on upon another ledger, or upon one that
has lost what the backup has seen.
"""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from provenance import opening
from provenance.backup.errors import BackupError
from provenance.ledger.keyfiles import IdentityError
from provenance.ledger.port import Ledger, LedgerError
from provenance.settings import Settings

FOLDER = "fabric"
PROFILE = f"{FOLDER}/connection.json"
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Seen:
    """A ledger as it was seen: its id, its height, and the hash (hex) of the last block."""

    ledger: str
    height: int
    last: str


def copy_profile(profile: Path, copy: Path) -> None:
    """Put a connection profile and the files that it names into `copy`. Raises `BackupError`, `LedgerError`."""
    from provenance.ledger.fabric import load

    load(profile)
    content, folder = yaml.safe_load(profile.read_text()), copy / FOLDER
    folder.mkdir(mode=0o700)
    names: dict[Path, str] = {}
    for stated in _files(content):
        source = profile.parent / stated["path"]
        name = names.setdefault(source, f"{len(names):03d}-{_NOT_IN_NAMES.sub('_', source.name)}")
        try:
            shutil.copyfile(source, folder / name)
        except OSError as error:
            detail = f"{profile} names {source}, which cannot be read: {error.strerror}"
            raise BackupError("backup.missing", detail) from error
        (folder / name).chmod(0o600)
        stated["path"] = name
    (copy / PROFILE).write_text(json.dumps(content, indent=2))
    (copy / PROFILE).chmod(0o600)


def seen(folder: Path) -> Seen:
    """Return the ledger as the profile in `folder` leads to it now. Raises `BackupError`."""
    with _asked(folder / PROFILE), closing(_opened(folder, folder / PROFILE)) as ledger:
        height = ledger.height()
        return Seen(ledger.id, height, next(ledger.blocks(height - 1)).hash.hex())


def require_same(before: Seen, folder: Path, profile: Path | None) -> None:
    """Check that the ledger of a backup is the one that a profile leads to, or the backup's own.

    Raises `BackupError` (`backup.ledger`) where it is another, or has lost blocks.
    """
    path = profile or folder / PROFILE
    with _asked(path), closing(_opened(folder, path)) as ledger:
        if ledger.id != before.ledger:
            raise BackupError("backup.ledger", f"the backup is of ledger {before.ledger}; {path} leads to {ledger.id}")
        if ledger.height() < before.height:
            have = f"the peers have {ledger.height()} blocks, the backup has seen {before.height}"
            raise BackupError("backup.ledger", f"{have}: they have not caught up yet, or have lost some")
        if next(ledger.blocks(before.height - 1)).hash.hex() != before.last:
            raise BackupError("backup.ledger", f"block {before.height - 1} is another than the one the backup has seen")


def _opened(folder: Path, profile: Path) -> Ledger:
    return opening.open_ledger(folder, Settings(connection_profile=str(profile)))


@contextmanager
def _asked(profile: Path) -> Iterator[None]:
    try:
        yield
    except (LedgerError, IdentityError) as error:
        detail = f"the channel cannot be asked for its ledger with {profile}: {error.detail} ({error.code})"
        raise BackupError("backup.channel", detail) from error


def _files(content: Any) -> Iterator[dict[str, Any]]:
    """Give every place in a profile that names a file by its path."""
    if isinstance(content, dict):
        if isinstance(content.get("path"), str) and not content.get("pem"):
            yield content
        else:
            for each in content.values():
                yield from _files(each)
    elif isinstance(content, list):
        for each in content:
            yield from _files(each)
