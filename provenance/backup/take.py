"""Taking a backup of a data folder while its gateway runs.

The order is what makes it consistent. While nobody can finish a job, the accepted bodies are copied and the moment of
the operations store is fixed; files and ledger are copied after that, so whatever a row promises is among the files
(but for what is erased meanwhile), and whatever a finished job recorded is on the ledger. Keys are
copied before and after the ledger, so that a key replaced in between is there with its successor. Both databases are
copied by SQLite's online backup, of one moment each. On Fabric the ledger is on the peers: instead of it the backup
holds the connection profile with its files, and what the peers say of the ledger after all else was copied.
"""

import hashlib
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import quote

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

import chaincode
from provenance import bootstrap
from provenance.backup import channel
from provenance.backup.errors import BackupError
from provenance.backup.manifest import NAME, Manifest, Member, rank
from provenance.backup.seal import Sealing
from provenance.ledger.embedded import EmbeddedLedger
from provenance.ledger.embedded.checkpoint import checkpoint
from provenance.ledger.port import Failed
from provenance.operations import copying

_PATIENCE = 30.0
_PAGES = 4096
_PIECE = 1024 * 1024

Say = Callable[[str], None]


def take(
    home: Path,
    output: BinaryIO,
    *,
    beside: Path,
    operations: str | None = None,
    profile: Path | None = None,
    secret: bytes | None = None,
    say: Say = lambda _text: None,
) -> Manifest:
    """Write a backup of a data folder to `output`, sealed if a secret is given, and return its manifest.

    `operations` is the operations store's URL where it is not in the folder; it becomes a SQLite file in the backup.
    `profile` is the connection profile of a gateway on Fabric.

    The copies are put together in a private folder made in `beside`, which needs room for all of it, and removed.
    Raises `BackupError`, `LedgerError`.
    """
    with tempfile.TemporaryDirectory(prefix=".provenance-backup-", dir=beside) as name:
        copy = Path(name)
        try:
            _copy(home, copy, operations or f"sqlite:///{home / bootstrap.OPERATIONS_FILE}", say)
            if profile is None:
                _copy_ledger(home, copy, say)
            else:
                channel.copy_profile(profile, copy)
        except (sqlite3.Error, SQLAlchemyError) as error:
            raise BackupError("backup.unreadable", f"a database of {home} cannot be copied: {error}") from error
        manifest = _describe(copy) if profile is None else _describe_channel(copy, say)
        if secret is None:
            _pack(copy, manifest, output)
        else:
            sealing = Sealing(output, secret)
            _pack(copy, manifest, cast("BinaryIO", sealing))  # tarfile writes a stream with `write` alone
            sealing.close()
    return manifest


def _copy(home: Path, copy: Path, operations: str, say: Say) -> None:
    """Copy everything but the ledger, in the order that keeps it consistent."""
    _copy_keys(home, copy)
    say("copying the operations store and the accepted bodies")
    _copy_operations(home, copy, operations)
    say("copying the files")
    _copy_files(home / bootstrap.FILES_FOLDER, copy / bootstrap.FILES_FOLDER)


def _copy_ledger(home: Path, copy: Path, say: Say) -> None:
    say("copying the ledger")
    with closing(_moment(home / bootstrap.LEDGER_FILE)) as reader:
        _copy_database(reader, copy / bootstrap.LEDGER_FILE)
    _copy_keys(home, copy)


def _copy_keys(home: Path, copy: Path) -> None:
    """Copy certificates, then keys: a key is there before its certificate, and may go once another has replaced it."""
    for kept in (_is_certificate, _is_key):
        for path in filter(kept, sorted((home / bootstrap.KEYS_FOLDER).rglob("*.pem"))):
            target = copy / path.relative_to(home)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(FileNotFoundError):
                shutil.copyfile(path, target)
                target.chmod(0o600)


def _is_certificate(path: Path) -> bool:
    return not (path.name.endswith(".key.pem") or path.name.startswith("."))


def _is_key(path: Path) -> bool:
    return path.name.endswith(".key.pem") and not path.name.startswith(".")


def _copy_operations(home: Path, copy: Path, url: str) -> None:
    parsed, path = make_url(url), copy / bootstrap.OPERATIONS_FILE
    copy_spool = partial(_copy_spool, home / bootstrap.SPOOL_FOLDER, copy / bootstrap.SPOOL_FOLDER)
    if parsed.get_backend_name() == "sqlite":
        _copy_operations_file(Path(parsed.database or ""), path, copy_spool)
    else:
        copying.copy_out(url, path, at_the_moment=copy_spool)
        path.chmod(0o600)


def _copy_operations_file(source: Path, path: Path, copy_spool: Callable[[], None]) -> None:
    with closing(_connection(source)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with closing(_moment(source)) as reader:
            copy_spool()
            writer.execute("ROLLBACK")
            _copy_database(reader, path)


def _copy_spool(spool: Path, copy: Path) -> None:
    copy.mkdir(mode=0o700)
    for path in spool.iterdir() if spool.is_dir() else ():
        if path.suffix == "":
            shutil.copyfile(path, copy / path.name)


def _copy_files(folder: Path, copy: Path) -> None:
    for path in sorted(folder.glob("??/*")):
        target = copy / path.relative_to(folder)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            shutil.copyfile(path, target)


def _copy_database(reader: sqlite3.Connection, path: Path) -> None:
    with closing(sqlite3.connect(path)) as target:
        reader.backup(target, pages=_PAGES)
    path.chmod(0o600)


def _moment(path: Path) -> sqlite3.Connection:
    """Return a connection that sees this moment of a database until it is closed, whoever writes meanwhile."""
    connection = _connection(path)
    connection.execute("PRAGMA query_only = ON")
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return connection


def _connection(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise BackupError("backup.missing", f"there is no {path}")
    uri = f"file:{quote(str(path.resolve()))}?mode=rw"
    return sqlite3.connect(uri, uri=True, timeout=_PATIENCE, isolation_level=None)


def _describe(copy: Path) -> Manifest:
    """Return the manifest of the copies, with a head of the copied ledger signed by its key."""
    ledger = EmbeddedLedger.open(copy, chaincode.execute)
    try:
        identifier, height, head = ledger.id, ledger.height(), _head(ledger)
    finally:
        ledger.close()
    return Manifest(created=datetime.now(UTC), ledger=identifier, height=height, head=head, members=_members(copy))


def _describe_channel(copy: Path, say: Say) -> Manifest:
    """Return the manifest of the copies, with what the peers have by now."""
    say("asking the peers what they have")
    now, found = datetime.now(UTC), channel.seen(copy)
    return Manifest(
        created=now, ledger=found.ledger, height=found.height, head=None, last_block=found.last, members=_members(copy)
    )


def _members(copy: Path) -> tuple[Member, ...]:
    names = [path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()]
    return tuple(_member(copy, name) for name in sorted(names, key=rank))


def _head(ledger: EmbeddedLedger) -> str | None:
    try:
        return checkpoint(ledger).decode().strip()
    except Failed as error:
        if error.code == "ledger.read_only":
            return None
        raise


def _member(copy: Path, name: str) -> Member:
    with (copy / name).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Member(name, (copy / name).stat().st_size, digest)


def _pack(copy: Path, manifest: Manifest, output: BinaryIO) -> None:
    """Write the archive: the manifest, then the members as it lists them, all alike but for name and size."""
    content, moment = manifest.encode(), int(manifest.created.timestamp())
    with tarfile.open(fileobj=output, mode="w|", format=tarfile.PAX_FORMAT, bufsize=_PIECE) as archive:
        archive.addfile(_entry(NAME, len(content), moment), BytesIO(content))
        for member in manifest.members:
            with (copy / member.name).open("rb") as file:
                archive.addfile(_entry(member.name, member.size, moment), file)


def _entry(name: str, size: int, moment: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = size, moment, 0o600
    return entry
