"""Taking turns among the processes of one gateway: one at a time, each in the order in which they asked.

A turn is a file lock, so it ends with its process, however that ends. Whoever asks waits in a second lock for the one
that counts: a process that has just had its turn cannot take it again before another that waited.
"""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path


class Turns:
    """The turns of one folder, by name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Have the turn of a name, which may be any text, for as long as the block lasts; waits for it."""
        stem = sha256(name.encode()).hexdigest()[:32]
        with ExitStack() as held:
            with self._locked(f"{stem}.next"):
                held.enter_context(self._locked(f"{stem}.now"))
            yield

    @contextmanager
    def _locked(self, file: str) -> Iterator[None]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / file).open("wb") as opened:  # a lock of its own for each thread
            fcntl.flock(opened, fcntl.LOCK_EX)
            yield
