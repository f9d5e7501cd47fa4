"""A folder that partners drop files into: each is taken when it is complete, and ends in `recorded` or `refused`.

::

    DIR/NAME                        dropped by somebody
    DIR/taken/NAME                  being recorded; after a crash the next run begins with these
    DIR/recorded/NAME               on record            + NAME.report.json
    DIR/refused/NAME                not on record, whole + NAME.report.json
    DIR/checked/NAME                a table that was only checked, and is good + NAME.report.json

A file is complete when its size and times stood still from one look to the next; one that changes while it is taken is
read again. It is moved, never copied and never deleted: at any moment it has one name, and its report is on disk before
it comes to where it ends. Whoever is killed in between leaves it in `taken`, and what it says is recorded again, which
records nothing twice. A ledger that does not answer refuses nothing: the file stays in `taken` and is tried again. One
process watches a folder, by a lock. Names that are hidden or that programs give to unfinished files are not looked at.
"""

import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from threading import Event
from typing import Any

import orjson

from provenance.durable import sync
from provenance.ledger.port import LedgerError

KINDS = (".json", ".jsonld", ".xml", ".csv")
"""What files are taken, by the ends of their names."""

REPORT = ".report.json"
SETTLE = 2.0
"""How long a file must have stood still, in seconds."""

_UNFINISHED = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".swp", "~")
_LOCK = ".provenance-watch"
_TAKEN = "taken"


class End(StrEnum):
    """Where a file ends."""

    RECORDED = "recorded"
    REFUSED = "refused"
    CHECKED = "checked"


class WatchError(Exception):
    """A folder cannot be watched; says why."""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a file: its end, what its report says, and one line for whoever looks on."""

    end: End
    report: dict[str, Any]
    line: str


Do = Callable[[str, bytes], Told]
"""Records a file by its name and bytes, as often as it is asked; raises `LedgerError` where nothing is known."""

_Seen = tuple[int, int, int]


class Folder:
    """A watched folder; `do` is what is done with a file, `say` hears a line for each."""

    def __init__(self, path: Path, do: Do, *, most: int, say: Callable[[str], None]) -> None:
        """Files of more than `most` bytes are refused unread."""
        self._path = path
        self._do = do
        self._most = most
        self._say = say
        self._seen: dict[str, _Seen] = {}
        self._passed: set[str] = set()
        self._waiting: dict[str, str] = {}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for this process; raises `WatchError` where another has it."""
        for name in (_TAKEN, *End):
            (self._path / name).mkdir(exist_ok=True)
        descriptor = os.open(self._path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise WatchError(f"another process watches {self._path}") from None
        try:
            yield
        finally:
            os.close(descriptor)

    def run(self, stop: Event, *, settle: float = SETTLE) -> bool:
        """Take files as they come until `stop` is set, and return true; the one that has begun is finished first."""
        while not stop.is_set():
            self.look(stop)
            stop.wait(settle)
        return True

    def once(self, stop: Event, *, settle: float = SETTLE) -> bool:
        """Take what is there and stands still, and return whether nothing is left over."""
        self.look(stop)
        stop.wait(settle)
        self.look(stop)
        return not self._taken() and not dict(self._dropped())

    def look(self, stop: Event) -> None:
        """Look once: go on with what was taken, then take what stood still since the last look."""
        for file in self._taken():
            if stop.is_set():
                return
            self._finish(file)
        seen = dict(self._dropped())
        for name, state in sorted(seen.items()):
            if stop.is_set():
                return
            if self._seen.get(name) == state:
                self._take(name)
        self._seen = seen

    def _taken(self) -> list[Path]:
        return sorted(each for each in (self._path / _TAKEN).iterdir() if not each.name.startswith("."))

    def _dropped(self) -> Iterator[tuple[str, _Seen]]:
        """Give the files that are ours to take, and how they are now."""
        with os.scandir(self._path) as entries:
            for entry in entries:
                name = entry.name.lower()
                if name.startswith((".", "~")) or name.endswith((*_UNFINISHED, REPORT)):
                    continue
                try:
                    found = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                if not stat.S_ISREG(found.st_mode):
                    continue
                if name.endswith(KINDS):
                    yield entry.name, _state(found)
                elif entry.name not in self._passed:
                    self._passed.add(entry.name)
                    self._say(f"{entry.name}: left alone, since it ends in none of {', '.join(KINDS)}")

    def _take(self, name: str) -> None:
        target = self._path / _TAKEN / self._free(name)
        try:
            (self._path / name).rename(target)
        except FileNotFoundError:
            return  # whoever dropped it took it back
        sync(self._path, target.parent)
        self._finish(target)

    def _free(self, name: str) -> str:
        """Return the name, or one like it, that no file here has ended or is ending under."""
        stem, dot, suffix = name.rpartition(".")
        number, found = 1, name
        while any((self._path / each / found).exists() for each in (_TAKEN, *End)):
            number += 1
            found = f"{stem}~{number}{dot}{suffix}"
        return found

    def _finish(self, file: Path) -> None:
        """Do what a taken file asks for, and move it to its end; where nothing is known it stays."""
        before = _state(file.stat())
        try:
            told = self._told(file, before)
        except LedgerError as error:
            self._put_off(file.name, f"{error.detail} ({error.code}); it is tried again")
            return
        if _state(file.stat()) != before:
            self._put_off(file.name, "it was changed while it was taken; it is read again")
            return
        for other in End:
            if other is not told.end:
                (self._path / other / (file.name + REPORT)).unlink(missing_ok=True)
        end = self._path / told.end
        _write(end / (file.name + REPORT), {"file": file.name, "result": told.end.value, **told.report})
        file.rename(end / file.name)
        sync(file.parent, end)
        self._waiting.pop(file.name, None)
        self._say(f"{file.name}: {told.line}")

    def _put_off(self, name: str, why: str) -> None:
        """Say why a file has to wait, once as long as that is why."""
        if self._waiting.get(name) != why:
            self._waiting[name] = why
            self._say(f"{name}: not yet, {why}")

    def _told(self, file: Path, state: _Seen) -> Told:
        size = state[1]
        if size > self._most:
            detail = f"the file has {size} bytes and {self._most} are allowed"
            problem = {"code": "watch.too_large", "detail": detail}
            return Told(End.REFUSED, {"problems": [problem]}, f"refused, {detail} (watch.too_large)")
        try:
            body = file.read_bytes()
        except PermissionError:
            detail = "the watcher may not read the file"
            problem = {"code": "watch.unreadable", "detail": detail}
            return Told(End.REFUSED, {"problems": [problem]}, f"refused, {detail} (watch.unreadable)")
        return self._do(file.name, body)


def _state(found: os.stat_result) -> _Seen:
    return found.st_ino, found.st_size, found.st_mtime_ns


def _write(path: Path, content: dict[str, Any]) -> None:
    """Write a report so that it is whole or not there."""
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("wb") as file:
        file.write(orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
