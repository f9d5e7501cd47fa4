"""Restoring a backup into a data folder that does not exist yet, or is empty.

Everything is taken out beside the data folder, compared with the manifest, and the ledger in it verified from its
first block against the signed head, or the channel asked whether it is the ledger that the backup has seen; then the
whole folder gets its name in one step. A restore that fails, or is only tried, leaves nothing.
"""

import hashlib
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, cast

from sqlalchemy.exc import SQLAlchemyError

from provenance import bootstrap
from provenance.backup import channel
from provenance.backup.errors import BackupError
from provenance.backup.manifest import NAME, Manifest, Member
from provenance.backup.seal import MAGIC, Unsealing
from provenance.durable import sync
from provenance.ledger.embedded.verify import verify
from provenance.operations import copying

_LARGEST_MANIFEST = 256 * 1024 * 1024
_PIECE = 1024 * 1024
_JOBS = "SELECT state, count(*) FROM jobs GROUP BY state"
_OPEN = "SELECT id FROM jobs WHERE state = 'open'"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was found in a backup: its manifest, capture jobs by state, and open jobs whose body is missing."""

    manifest: Manifest
    jobs: dict[str, int]
    lost: tuple[str, ...]

    @property
    def on_fabric(self) -> bool:
        """Whether the ledger is not in the backup, but on peers."""
        return self.manifest.last_block is not None


def restore(
    source: BinaryIO,
    home: Path,
    *,
    operations: str | None = None,
    profile: Path | None = None,
    secret: bytes | None = None,
    say: Say = lambda _text: None,
) -> Restored:
    """Restore a backup as the data folder `home` and return what was in it; a sealed one needs its secret.

    `operations` is the operations store's URL where it is not to be in the folder: it must be empty, and is filled
    just before the folder is put in place. `profile` is the connection profile that leads to the channel of a backup of
    a gateway on Fabric, where it is not to be the one in the backup. Raises `BackupError`, `OperationsError`.
    """
    with _unpacked(source, home, secret, say, profile) as (folder, restored):
        if operations is not None:
            say("filling the operations store")
            with _reached():
                copying.copy_in(folder / bootstrap.OPERATIONS_FILE, operations)
            (folder / bootstrap.OPERATIONS_FILE).unlink()
        _put_in_place(folder, home)
    return restored


def check(
    source: BinaryIO,
    home: Path,
    *,
    operations: str | None = None,
    profile: Path | None = None,
    secret: bytes | None = None,
    say: Say = lambda _text: None,
) -> Restored:
    """Do all of a restore but its last step, and leave nothing behind. Raises `BackupError`, `OperationsError`."""
    if operations is not None:
        with _reached():
            copying.require_empty(operations)
    with _unpacked(source, home, secret, say, profile) as (_, restored):
        return restored


@contextmanager
def _unpacked(
    source: BinaryIO, home: Path, secret: bytes | None, say: Say, profile: Path | None
) -> Iterator[tuple[Path, Restored]]:
    """Give the backup's contents in a private folder beside `home`, checked."""
    home = home.absolute()
    _require_empty(home)
    home.parent.mkdir(parents=True, exist_ok=True)
    folder = home.parent / f".{home.name}.restoring-{token_hex(4)}"
    folder.mkdir(mode=0o700)
    try:
        say("taking out and comparing with the manifest")
        manifest = _unpack(_opened(source, secret), folder)
        say("verifying the ledger")
        _require_ledger(folder, manifest, profile)
        yield folder, _inspected(folder, manifest)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise BackupError("backup.operations", f"the database of the operations store failed: {error}") from error


def _require_empty(home: Path) -> None:
    if home.exists() and not (home.is_dir() and next(home.iterdir(), None) is None):
        raise BackupError("backup.occupied", f"{home} is not empty; restore into a new folder (--home)")


def _opened(source: BinaryIO, secret: bytes | None) -> BinaryIO:
    sealed = source.read(len(MAGIC)) == MAGIC
    if not sealed:
        source.seek(0)
        return source
    if secret is None:
        raise BackupError("backup.passphrase", "the backup is sealed; give --passphrase-file")
    return cast("BinaryIO", Unsealing(source, secret))  # tarfile reads a stream with `read` alone


def _unpack(source: BinaryIO, folder: Path) -> Manifest:
    try:
        with tarfile.open(fileobj=source, mode="r|", bufsize=_PIECE) as archive:
            manifest = Manifest.decode(_manifest(archive))
            for member in manifest.members:
                _take_out(archive, member, folder)
            if archive.next() is not None:
                raise BackupError("backup.member", "the file has members that its manifest does not name")
    except tarfile.TarError as error:
        raise BackupError("backup.form", f"the file is not a backup, or a part of one: {error}") from error
    return manifest


def _manifest(archive: tarfile.TarFile) -> bytes:
    entry = archive.next()
    content = archive.extractfile(entry) if entry and entry.name == NAME and entry.size <= _LARGEST_MANIFEST else None
    if content is None:
        raise BackupError("backup.form", "the file is not a backup: it does not begin with a manifest")
    return content.read()


def _take_out(archive: tarfile.TarFile, member: Member, folder: Path) -> None:
    entry = archive.next()
    content = archive.extractfile(entry) if entry and entry.isreg() and entry.name == member.name else None
    if content is None:
        raise BackupError("backup.member", f"{member.name} is missing from the file, or out of its place")
    path, digest = folder / member.name, hashlib.sha256()
    for parent in reversed(path.relative_to(folder).parents):
        (folder / parent).mkdir(mode=0o700, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while piece := content.read(_PIECE):
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    if digest.hexdigest() != member.sha256 or path.stat().st_size != member.size:
        raise BackupError("backup.damaged", f"{member.name} is not what the manifest says: the file is damaged")


def _require_ledger(folder: Path, manifest: Manifest, profile: Path | None) -> None:
    if manifest.last_block is not None:
        channel.require_same(channel.Seen(manifest.ledger, manifest.height, manifest.last_block), folder, profile)
        return
    report = verify(folder, None if manifest.head is None else manifest.head.encode())
    if not report.ok:
        raise BackupError("backup.ledger", f"the ledger in it does not verify: {report.problems[0]}")
    if report.height != manifest.height:
        raise BackupError("backup.ledger", f"the ledger in it has {report.height} blocks, not {manifest.height}")


def _inspected(folder: Path, manifest: Manifest) -> Restored:
    path = folder / bootstrap.OPERATIONS_FILE
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            (sound,) = connection.execute("PRAGMA integrity_check").fetchone()
            jobs = dict(connection.execute(_JOBS))
            lost = [name for (name,) in connection.execute(_OPEN) if not _body(folder, name).exists()]
    except sqlite3.Error as error:
        raise BackupError("backup.operations", f"the operations store in it cannot be read: {error}") from error
    if sound != "ok":
        raise BackupError("backup.operations", f"the operations store in it is damaged: {sound}")
    return Restored(manifest, jobs, tuple(sorted(lost)))


def _body(folder: Path, name: str) -> Path:
    return folder / bootstrap.SPOOL_FOLDER / name


def _put_in_place(folder: Path, home: Path) -> None:
    for name in (bootstrap.SPOOL_FOLDER, bootstrap.FILES_FOLDER):
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    for path in (folder / bootstrap.LEDGER_FILE).parent.glob("*.db-*"):
        path.unlink(missing_ok=True)
    for changed in (*(path for path in folder.rglob("*") if path.is_dir()), folder):
        sync(changed)
    folder.rename(home)
    sync(home.parent)
