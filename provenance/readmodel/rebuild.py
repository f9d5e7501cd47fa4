"""Rebuilding the read model: beside the live one, then swapped for it, so that nobody ever reads half a model.

On SQLite the name of the database becomes a symbolic link to the file of the newest build; SQLite resolves it when it
opens, so each build keeps a journal of its own, and readers notice at their next checkout that the name leads
elsewhere. While the last blocks are projected and the names swapped, nobody writes to the old one: the position that
readers see never goes back.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError

from provenance.database import Synchronous, open_engine, writing
from provenance.ledger.port import Ledger
from provenance.readmodel.digest import logical_digest
from provenance.readmodel.errors import ReadModelError
from provenance.readmodel.model import ReadModel
from provenance.readmodel.project import Progress, Projector


def rebuild(url: str, ledger: Ledger, progress: Progress = lambda _done, _all: None) -> str:
    """Build the read model anew from the ledger, swap it for the one at `url`, and return its logical digest.

    What stands there now may be of any state or version. `progress` hears (done, all) blocks. Raises `ReadModelError`
    (`readmodel.rebuild`) for a database that is no SQLite file, and what the projector raises; the old one stays then.
    """
    live = _file(url)
    fresh = live.with_name(f"{live.stem}-{token_hex(4)}{live.suffix}")
    try:
        digest = _build(fresh, live, ledger, progress)
    except BaseException:
        _remove(fresh)
        raise
    return digest


def _build(fresh: Path, live: Path, ledger: Ledger, progress: Progress) -> str:
    model = ReadModel(f"sqlite:///{fresh}")
    try:
        projector = Projector(model, ledger)
        projector.catch_up(progress)
        with _unwritten(live):
            projector.catch_up(progress)
            digest = logical_digest(model)
            model.close()
            _swap(fresh, live)
    finally:
        model.close()
    return digest


def _file(url: str) -> Path:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise ReadModelError("readmodel.rebuild", "only a read model in a SQLite file is rebuilt beside the live one")
    return Path(parsed.database)


@contextmanager
def _unwritten(live: Path) -> Iterator[None]:
    """Hold the write lock of the live database; a file that is no database any more has no other writer either."""
    engine = open_engine(f"sqlite:///{live}", synchronous=Synchronous.DISPOSABLE)
    with ExitStack() as held:
        held.callback(engine.dispose)
        if live.exists():
            with suppress(DatabaseError):
                held.enter_context(writing(engine).begin())
        yield


def _swap(fresh: Path, live: Path) -> None:
    former = live.resolve()
    link = live.with_name(f"{fresh.name}.link")
    link.symlink_to(fresh.name)
    os.replace(link, live)  # noqa: PTH105 - the atomic step
    for name in (former, live):
        _remove_journal(name)
    if former != live:
        former.unlink(missing_ok=True)


def _remove(database: Path) -> None:
    database.unlink(missing_ok=True)
    _remove_journal(database)


def _remove_journal(database: Path) -> None:
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
