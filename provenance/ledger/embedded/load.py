"""Bringing an archive of exported blocks into a folder: a new ledger there, or the continuation of the same one.

All or nothing: the blocks are written in one transaction of the database, the whole ledger is verified as it would then
be (chain, signatures, validity, state), and only then is it committed. A new ledger is put together under another name
first. Never writes over another ledger or another history, and takes a folder's certificates, where there are any,
for what the archive must agree with.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from provenance.durable import sync
from provenance.ledger.embedded import archive, rows, store
from provenance.ledger.embedded.blocks import StoredBlock
from provenance.ledger.embedded.chain import Configuration, Header
from provenance.ledger.embedded.envelope import Response
from provenance.ledger.embedded.ledger import KEYS
from provenance.ledger.embedded.verify import Report, inspect
from provenance.ledger.port import Failed, Validity

_PATIENCE = 30.0
_HEADER = "SELECT number, previous_hash, data_hash FROM blocks WHERE number = ?"

Progress = Callable[[str, int], None]
"""Hears "read" or "verified" with each block's number."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The ledger's id, its height before and now, and the certificates (PEM) that it began with."""

    ledger: str
    before: int
    height: int
    configuration: Configuration


def load(
    folder: Path,
    lines: Iterable[bytes],
    *,
    checkpoint: bytes | None = None,
    progress: Progress = lambda _what, _number: None,
) -> Loaded:
    """Bring the blocks of exported lines into `folder` and return what is there then.

    Blocks that are there already are compared. Raises `Malformed` (`archive.form`), and `Failed`: `archive.empty`,
    `archive.gap`, `archive.other_ledger`, `archive.fork`, `archive.unverified`.
    """
    blocks = archive.read(lines)
    first = next(blocks, None)
    if first is None:
        raise Failed("archive.empty", "the archive has no blocks")
    blocks = _heard(chain([first], blocks), progress)
    path = folder / store.FILE
    try:
        if not path.exists():
            return _begin(folder, first, blocks, checkpoint, progress)
        with closing(store.connect(path, "rw", patience=_PATIENCE)) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            return _take(connection, folder / KEYS, blocks, checkpoint, progress)
    except sqlite3.Error as error:
        raise Failed("ledger.storage", f"{path} cannot be written: {error}") from error


def _begin(
    folder: Path, first: StoredBlock, blocks: Iterator[StoredBlock], checkpoint: bytes | None, progress: Progress
) -> Loaded:
    """Make a new ledger of an archive, under another name until it is verified."""
    if first.header.number or first.configuration is None:
        raise Failed("archive.gap", f"the archive begins with block {first.header.number}; a new ledger needs block 0")
    configuration = Configuration.decode(first.configuration)
    _require_pins(folder / KEYS, configuration)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{store.FILE}.{os.getpid()}"
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(store.create(draft)) as connection:
            loaded = _take(connection, None, blocks, checkpoint, progress)
        _put_pins(folder / KEYS, configuration)
        os.link(draft, folder / store.FILE)
        sync(folder)
    finally:
        for left in (draft, *(draft.with_name(draft.name + suffix) for suffix in ("-wal", "-shm", "-journal"))):
            left.unlink(missing_ok=True)
    return loaded


def _take(
    connection: sqlite3.Connection,
    keys: Path | None,
    blocks: Iterator[StoredBlock],
    checkpoint: bytes | None,
    progress: Progress,
) -> Loaded:
    """Write blocks in the connection's transaction, verify the whole, and commit it."""
    (newest,) = connection.execute("SELECT max(number) FROM blocks").fetchone()
    before = height = 0 if newest is None else newest + 1
    try:
        for block in blocks:
            height = _append(connection, block, height)
    except sqlite3.IntegrityError as error:
        raise Failed("archive.unverified", f"block {height} of the archive repeats something: {error}") from None
    report = inspect(connection, keys, checkpoint, on_block=lambda number: progress("verified", number))
    _require_verified(report)
    connection.execute("COMMIT")
    genesis = Header(*connection.execute(_HEADER, (0,)).fetchone())
    (body,) = connection.execute("SELECT body FROM configuration WHERE block = 0").fetchone()
    return Loaded(genesis.hash().hex(), before, height, Configuration.decode(body))


def _append(connection: sqlite3.Connection, block: StoredBlock, height: int) -> int:
    """Write a block, or compare it with the one that is there, and return the height then."""
    number = block.header.number
    if number > height:
        raise Failed("archive.gap", f"the archive goes on with block {number} where block {height} is needed")
    if number < height:
        _require_same(connection, block.header)
        return height
    if block.configuration is not None:
        rows.put_configuration(connection, number, block.configuration)
    for position, transaction in enumerate(block.transactions):
        rows.put_transaction(connection, (number, position), transaction)
        if transaction.validity is Validity.VALID:
            rows.put_state(connection, (number, position), Response.decode(transaction.envelope.response))
    rows.put_block(connection, block.header, block.signature)
    return number + 1


def _require_same(connection: sqlite3.Connection, header: Header) -> None:
    row = connection.execute(_HEADER, (header.number,)).fetchone()
    if row is not None and Header(*row) == header:
        return
    if header.number == 0:
        raise Failed("archive.other_ledger", "the archive is of another ledger than the one in the folder")
    raise Failed(
        "archive.fork", f"block {header.number} of the archive is another than the ledger's block of its number"
    )


def _require_verified(report: Report) -> None:
    if not report.ok:
        more = f", and {len(report.problems) - 1} more" if len(report.problems) > 1 else ""
        raise Failed("archive.unverified", f"nothing was imported: {report.problems[0]}{more}")


def _pins(keys: Path, configuration: Configuration) -> dict[Path, bytes]:
    return {keys / "ca.pem": configuration.authority, keys / "ledger.pem": configuration.ledger}


def _require_pins(keys: Path, configuration: Configuration) -> None:
    for path, certificate in _pins(keys, configuration).items():
        if path.exists() and path.read_bytes() != certificate:
            raise Failed("archive.other_ledger", f"the archive's certificate is not the one in {path}")


def _put_pins(keys: Path, configuration: Configuration) -> None:
    keys.mkdir(mode=0o700, exist_ok=True)
    for path, certificate in _pins(keys, configuration).items():
        path.write_bytes(certificate)


def _heard(blocks: Iterable[StoredBlock], progress: Progress) -> Iterator[StoredBlock]:
    for block in blocks:
        progress("read", block.header.number)
        yield block
