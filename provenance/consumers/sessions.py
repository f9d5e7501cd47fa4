"""Telling one visitor's scans of one day from another's, without being able to tell whose they were.

A session is a hash, under a random key of the day, of what a browser shows of itself. The processes of a gateway share
the key through a file that its owner alone can read. The keys of days that are over are deleted: from then on nobody,
the operator included, can work out a session from an address, or tell that two days had the same visitor. Keys belong
into no backup.
"""

import hmac
import os
import secrets
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any

KEY_BYTES = 32
SESSION_BYTES = 12
_SHOWN = ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "HTTP_USER_AGENT", "HTTP_ACCEPT_LANGUAGE")


class Sessions:
    """The sessions of one gateway, by the keys in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._day: date | None = None
        self._key = b""
        self._mutex = Lock()

    def of(self, environ: Mapping[str, Any], day: date) -> bytes:
        """Return the session of a request, by its WSGI environment, on a day; raises `OSError`."""
        shown = "\0".join(str(environ.get(name, "")) for name in _SHOWN)
        return hmac.digest(self._key_of(day), shown.encode(errors="surrogateescape"), "sha256")[:SESSION_BYTES]

    def forget(self, day: date) -> None:
        """Delete the keys of the days before; raises `OSError`."""
        for path in self._folder.glob("*.key"):
            if path.name < f"{day.isoformat()}.key":
                path.unlink(missing_ok=True)

    def _key_of(self, day: date) -> bytes:
        with self._mutex:
            if self._day != day:
                self._key, self._day = self._shared(day), day
            return self._key

    def _shared(self, day: date) -> bytes:
        """Return the day's key, made by whichever process asks first, and delete those of other days."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{day.isoformat()}.key"
        if not path.exists():
            _make(path)
        self.forget(day)
        return path.read_bytes()


def _make(path: Path) -> None:
    """Put a new key in place whole, unless another process was first."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
