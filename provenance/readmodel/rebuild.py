"""Rebuilding the read model: beside the live one, then swapped for it, so that nobody ever reads half a model.

On SQLite the name of the database becomes a symbolic link to the file of the newest build; SQLite resolves it when it
opens, so each build keeps a journal of its own, and readers notice at their next checkout that the name leads
elsewhere. On PostgreSQL each build has a schema, and a pointer leads to the one that counts. A build is filled without
most of its indexes, and on SQLite without a journal; it has all of them, and is on disk, before it is swapped. While
the last blocks are projected and the builds swapped, nobody writes to the old one: the position that readers see never
goes back.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError

from provenance.database import Synchronous, open_engine, writing
from provenance.ledger.port import Ledger
from provenance.readmodel import indexes
from provenance.readmodel.digest import digest_of
from provenance.readmodel.errors import ReadModelError
from provenance.readmodel.model import ReadModel
from provenance.readmodel.project import Progress, Projector
from provenance.readmodel.view import View


class _Build(Protocol):
    """A build beside the one that counts."""

    def begin(self, opened: ExitStack) -> ReadModel: ...
    def settle(self, filled: ReadModel, opened: ExitStack) -> ReadModel: ...
    @contextmanager
    def unwritten(self) -> Iterator[None]: ...
    def swap(self) -> None: ...
    def discard(self) -> None: ...
    def clear(self) -> None: ...


def rebuild(url: str, ledger: Ledger, progress: Progress = lambda _done, _all, _what: None) -> str:
    """Build the read model anew from the ledger, swap it for the one at `url`, and return its logical digest.

    What stands there now may be of any state or version. `progress` hears of blocks, then of indexes. Raises
    `ReadModelError` (`readmodel.rebuild`) for a database of another kind, and what the projector raises; the old one
    stays then.
    """
    build = _build(url)
    with ExitStack() as opened:
        try:
            view = _replace(build, ledger, progress, opened)
        except BaseException:
            opened.close()
            build.discard()
            raise
        build.clear()
        return digest_of(view)


def _replace(build: _Build, ledger: Ledger, progress: Progress, opened: ExitStack) -> View:
    """Make the build and put it in the place of the one that counts; return what it shows at that moment."""
    indexes.take_away(filled := build.begin(opened))
    Projector(filled, ledger).catch_up(progress)
    indexes.make(filled, lambda done, of: progress(done, of, "indexes"))
    model = build.settle(filled, opened)
    projector = Projector(model, ledger)
    projector.catch_up(progress)
    with build.unwritten():
        projector.catch_up(progress)
        view = opened.enter_context(model.view())
        build.swap()
    return view


def _build(url: str) -> _Build:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return _SchemaBuild(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise ReadModelError("readmodel.rebuild", "a read model is in a SQLite file or in PostgreSQL")
    return _FileBuild(Path(parsed.database))


class _FileBuild:
    """A build in a file beside the live one's."""

    def __init__(self, live: Path) -> None:
        self._live = live
        self._fresh = live.with_name(f"{live.stem}-{token_hex(4)}{live.suffix}")
        self._former = live.resolve() if live.is_symlink() else None

    def begin(self, opened: ExitStack) -> ReadModel:
        model = ReadModel(open_engine(f"sqlite:///{self._fresh}", synchronous=Synchronous.UNFINISHED))
        opened.callback(model.close)
        return model

    def settle(self, filled: ReadModel, opened: ExitStack) -> ReadModel:
        """Put it on disk, and return it with a journal."""
        filled.close()
        with self._fresh.open("rb+") as file:
            os.fsync(file.fileno())
        model = ReadModel(f"sqlite:///{self._fresh}")
        opened.callback(model.close)
        return model

    @contextmanager
    def unwritten(self) -> Iterator[None]:
        with _unwritten(self._live):
            yield

    def swap(self) -> None:
        link = self._live.with_name(f"{self._fresh.name}.link")
        link.symlink_to(self._fresh.name)
        os.replace(link, self._live)  # noqa: PTH105 - the atomic step

    def discard(self) -> None:
        _remove(self._fresh)

    def clear(self) -> None:
        """Remove the file of the former build; whoever has it open goes on reading it until it closes it."""
        _remove_journal(self._live)
        if self._former is not None:
            _remove(self._former)


class _SchemaBuild:
    """A build in a schema beside the live one's."""

    def __init__(self, url: str) -> None:
        from provenance.readmodel.schemas import Schemas

        self._engine = open_engine(url, synchronous=Synchronous.DISPOSABLE)
        self._schemas = Schemas(self._engine)
        self._name = self._schemas.name()

    def begin(self, opened: ExitStack) -> ReadModel:
        opened.callback(self._engine.dispose)
        opened.enter_context(self._schemas.building(self._name))
        return ReadModel(self._engine, build=self._name)

    def settle(self, filled: ReadModel, opened: ExitStack) -> ReadModel:
        """Return it as it is: a server journals everything."""
        del opened
        return filled

    @contextmanager
    def unwritten(self) -> Iterator[None]:
        with self._schemas.unwritten():
            yield

    def swap(self) -> None:
        self._schemas.point(self._name)

    def discard(self) -> None:
        self._schemas.drop(self._name)
        self._engine.dispose()

    def clear(self) -> None:
        self._schemas.clear()


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


def _remove(database: Path) -> None:
    database.unlink(missing_ok=True)
    _remove_journal(database)


def _remove_journal(database: Path) -> None:
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
