"""Rebuilding the read model: beside the live one, then swapped for it, so that nobody ever reads half a model.

On SQLite the name of the database becomes a symbolic link to the file of the newest build; SQLite resolves it when it
opens, so each build keeps a journal of its own, and readers notice at their next checkout that the name leads
elsewhere. While the last blocks are projected and the names swapped, nobody writes to the old one: the position that
readers see never goes back.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError

from provenance.database import Synchronous, open_engine, writing
from provenance.ledger.port import Ledger
from provenance.readmodel.digest import digest_of
from provenance.readmodel.errors import ReadModelError
from provenance.readmodel.model import ReadModel
from provenance.readmodel.project import Progress, Projector
from provenance.readmodel.view import View


def rebuild(url: str, ledger: Ledger, progress: Progress = lambda _done, _all: None) -> str:
    """Build the read model anew from the ledger, swap it for the one at `url`, and return its logical digest.

    What stands there now may be of any state or version. `progress` hears (done, all) blocks. Raises `ReadModelError`
    (`readmodel.rebuild`) for a database that is no SQLite file, and what the projector raises; the old one stays then.
    """
    live = _file(url)
    fresh = live.with_name(f"{live.stem}-{token_hex(4)}{live.suffix}")
    former = live.resolve() if live.is_symlink() else None
    with ExitStack() as opened:
        try:
            view = _replace(fresh, live, ledger, progress, opened)
        except BaseException:
            _remove(fresh)
            raise
        _clear(former, live)
        return digest_of(view)


def _replace(fresh: Path, live: Path, ledger: Ledger, progress: Progress, opened: ExitStack) -> View:
    """Build the read model in `fresh` and put its name in the place of `live`; return what it shows at that moment."""
    model = ReadModel(f"sqlite:///{fresh}")
    opened.callback(model.close)
    projector = Projector(model, ledger)
    projector.catch_up(progress)
    with _unwritten(live):
        projector.catch_up(progress)
        view = opened.enter_context(model.view())
        link = live.with_name(f"{fresh.name}.link")
        link.symlink_to(fresh.name)
        os.replace(link, live)  # noqa: PTH105 - the atomic step
    return view


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
            _lock(engine, held)
        yield


def _lock(engine: Engine, held: ExitStack) -> None:
    try:
        held.enter_context(writing(engine).begin())
    except OperationalError:  # somebody has held the lock for too long, or the disk fails: nothing to go on with
        raise
    except DatabaseError:
        return


def _clear(former: Path | None, live: Path) -> None:
    """Remove the file of the former build; whoever has it open goes on reading it until it closes it."""
    _remove_journal(live)
    if former is not None:
        _remove(former)


def _remove(database: Path) -> None:
    database.unlink(missing_ok=True)
    _remove_journal(database)


def _remove_journal(database: Path) -> None:
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
