"""Bodies that were accepted and not yet captured: one file each, on disk before anybody is told so.

A name that exists is a whole body: it is written under another name, synced, renamed, and the folder synced. Files are
readable by the owner alone, for they hold partners' documents.
"""

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

from provenance.durable import sync

_NAME = re.compile(r"[0-9a-f]{32}", re.ASCII)


class Spool:
    """The folder of accepted bodies."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder

    def write(self, identifier: str, body: bytes) -> None:
        """Keep a body under an id of 32 hex digits; it is on disk when this returns."""
        final = self._path(identifier)
        fresh = final.with_suffix(".part")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(final)
        sync(self._folder)

    def read(self, identifier: str) -> bytes:
        """Return a body; raises `FileNotFoundError`."""
        return self._path(identifier).read_bytes()

    def remove(self, identifier: str) -> None:
        """Let a body go, if it is still there."""
        self._path(identifier).unlink(missing_ok=True)

    def sweep(self, wanted: Callable[[str], bool], *, older_than: float) -> int:
        """Remove the bodies that nobody wants and nobody wrote within `older_than` seconds; return how many."""
        removed = 0
        for path in self._folder.iterdir():
            if time.time() - path.stat().st_mtime >= older_than and not (path.suffix == "" and wanted(path.name)):
                path.unlink(missing_ok=True)
                removed += 1
        return removed

    def _path(self, identifier: str) -> Path:
        if _NAME.fullmatch(identifier) is None:
            raise ValueError(f"{identifier!r} is not the id of a spooled body")
        return self._folder / identifier
