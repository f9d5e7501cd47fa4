"""Files by their SHA-256: photographs, certificates, papers that acts and evidence name by hash alone.

A body lies at `xx/<sha256>` below the folder, once, whoever brought it. It is on disk, synced and of the digest in its
name, before any row says that an organisation has it; so a row never promises what a crash took. Erasing takes the
row's promise back first and leaves a tombstone, then lets the body go with the last organisation that had it.
"""

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from secrets import token_hex

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, func, select, text, update

from provenance.database import insert_replacing, writing
from provenance.durable import sync
from provenance.operations.errors import OperationsError
from provenance.operations.instants import from_millis, to_millis
from provenance.operations.tables import files

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_PART = ".part"


class DigestMismatch(OperationsError):
    """What was sent is not what its name says."""


class TooLarge(OperationsError):
    """What was sent has more bytes than are taken."""


class Retention(StrEnum):
    """Whether a file may be erased."""

    ERASABLE = "erasable"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What an organisation says of a file that it brings; `account` is the person whose key brings it."""

    sha256: str
    organisation: str
    media_type: str
    retention: Retention = Retention.ERASABLE
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile(Stated):
    """A file that an organisation has here; `erased` tells since when it is no more."""

    size: int
    uploaded: datetime
    erased: datetime | None = None


class Files:
    """The files of one operations store, with the folder that holds their bodies."""

    def __init__(self, engine: Engine, folder: Path, clock: Callable[[], datetime]) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._engine = engine
        self._folder = folder
        self._clock = clock

    def put(self, stated: Stated, pieces: Iterable[bytes], *, most: int) -> tuple[StoredFile, bool]:
        """Keep a body under its digest for an organisation; return what is kept, and whether it is new there.

        A file that the organisation has stays as it first stated it. Raises `DigestMismatch`, `TooLarge` (more than
        `most` bytes); nothing is kept then.
        """
        final, part = self._path(stated.sha256), self._folder / f"{token_hex(16)}{_PART}"
        try:
            size = _write(part, pieces, digest=stated.sha256, most=most)
            with self._alone(stated.sha256) as connection:
                final.parent.mkdir(mode=0o700, exist_ok=True)
                part.replace(final)
                sync(final.parent, self._folder)
                return self._enter(connection, stated, size)
        finally:
            part.unlink(missing_ok=True)

    def find(self, sha256: str, organisation: str) -> StoredFile | None:
        """Return an organisation's file, its tombstone where it was erased, or None where it never had one."""
        with self._engine.connect() as connection:
            row = connection.execute(select(files).where(_of(sha256, organisation))).first()
        return None if row is None else _file(row)

    def holders(self, sha256: str) -> list[StoredFile]:
        """Return every organisation's file of a digest, tombstones too, the oldest first."""
        wanted = select(files).where(files.c.sha256 == bytes.fromhex(sha256))
        with self._engine.connect() as connection:
            return [_file(row) for row in connection.execute(wanted.order_by(files.c.uploaded, files.c.organisation))]

    def path(self, sha256: str) -> Path:
        """Return where the body of a file is; it may be gone by the time that it is opened."""
        return self._path(sha256)

    def erase(self, sha256: str, organisation: str) -> StoredFile | None:
        """Erase an organisation's file and return its tombstone; None where there is no such file.

        Raises `OperationsError` (`file.kept`) where it was stated to be no erasable one. The first time stays.
        """
        with self._alone(sha256) as connection:
            row = connection.execute(select(files).where(_of(sha256, organisation))).first()
            if row is None:
                return None
            if row.retention == Retention.EVIDENCE:
                raise OperationsError("file.kept", "the file was uploaded as evidence: it is kept")
            still = and_(_of(sha256, organisation), files.c.erased.is_(None))
            connection.execute(update(files).where(still).values(erased=to_millis(self._clock())))
        with self._alone(sha256) as connection:
            if self._unheld(connection, sha256):
                self._path(sha256).unlink(missing_ok=True)
        return self.find(sha256, organisation)

    def sweep(self, *, older_than: float = 3600.0) -> int:
        """Remove what a crash left: parts, and bodies that no row promises; return how many. `older_than` is seconds.

        What is younger may be on its way in.
        """
        removed = 0
        for path in [*self._folder.glob(f"*{_PART}"), *self._folder.glob("??/*")]:
            removed += self._sweep(path) if _age(path) >= older_than else 0
        return removed

    def _sweep(self, path: Path) -> bool:
        if path.suffix == _PART:
            path.unlink(missing_ok=True)
            return True
        if _DIGEST.fullmatch(path.name) is None:
            return False
        with self._alone(path.name) as connection:
            unheld = self._unheld(connection, path.name)
            if unheld:
                path.unlink(missing_ok=True)
        return unheld

    def _enter(self, connection: Connection, stated: Stated, size: int) -> tuple[StoredFile, bool]:
        row = connection.execute(select(files).where(_of(stated.sha256, stated.organisation))).first()
        if row is not None and row.erased is None:
            return _file(row), False
        fresh = {
            "sha256": bytes.fromhex(stated.sha256),
            "organisation": stated.organisation,
            "media_type": stated.media_type,
            "size": size,
            "uploaded": to_millis(self._clock()),
            "retention": stated.retention.value,
            "account": stated.account,
            "erased": None,
        }
        connection.execute(insert_replacing(files, self._engine.dialect.name), fresh)
        made = connection.execute(select(files).where(_of(stated.sha256, stated.organisation))).one()
        return _file(made), True

    def _unheld(self, connection: Connection, sha256: str) -> bool:
        held = and_(files.c.sha256 == bytes.fromhex(sha256), files.c.erased.is_(None))
        return connection.execute(select(func.count()).select_from(files).where(held)).scalar_one() == 0

    @contextmanager
    def _alone(self, sha256: str) -> Iterator[Connection]:
        """Give a writing transaction that nobody else has about this digest meanwhile."""
        with writing(self._engine).begin() as connection:
            if connection.dialect.name == "postgresql":
                key = int.from_bytes(bytes.fromhex(sha256)[:8], "big", signed=True)
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
            yield connection

    def _path(self, sha256: str) -> Path:
        if _DIGEST.fullmatch(sha256) is None:
            raise ValueError(f"{sha256!r} is not a SHA-256 in hexadecimal digits")
        return self._folder / sha256[:2] / sha256


def _write(part: Path, pieces: Iterable[bytes], *, digest: str, most: int) -> int:
    """Write the pieces to disk, check them on their way, and return their size."""
    size, found = 0, hashlib.sha256()
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for piece in pieces:
            size += len(piece)
            if size > most:
                raise TooLarge("file.too_large", f"a file has at most {most} bytes")
            found.update(piece)
            file.write(piece)
        if found.hexdigest() != digest:
            raise DigestMismatch("file.digest", f"what was sent has the SHA-256 {found.hexdigest()}")
        file.flush()
        os.fsync(file.fileno())
    return size


def _of(sha256: str, organisation: str) -> ColumnElement[bool]:
    return and_(files.c.sha256 == bytes.fromhex(sha256), files.c.organisation == organisation)


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return -1.0


def _file(row: Row[tuple[object, ...]]) -> StoredFile:
    return StoredFile(
        sha256=bytes(row.sha256).hex(),
        organisation=row.organisation,
        media_type=row.media_type,
        size=row.size,
        uploaded=from_millis(row.uploaded),
        retention=Retention(row.retention),
        account=row.account,
        erased=None if row.erased is None else from_millis(row.erased),
    )
