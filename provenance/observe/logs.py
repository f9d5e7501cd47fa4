"""Log lines: what happened, when and in which part, as JSON or for a person's eyes, on stderr.

A line never holds a payload, a key, an address, or who a person is. Therefore an error is told by its type and where
it was raised, not by its message, which may quote what was sent; and the server's own lines about a request are
replaced by what may be said of it.
"""

import logging
import os
import select
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson
from gunicorn.config import Config  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

FIELDS = "fields"
"""Under this name in a record's `extra` stand the fields that it adds to its line."""

_REPLACED = {
    "Invalid request": "a request that is not well-formed HTTP was refused",
    "Error handling request": "a request failed in the server",
}
_log = logging.getLogger(__name__)


class LogForm(StrEnum):
    """How lines look: JSON, plain text, or plain text of warnings alone."""

    JSON = "json"
    PLAIN = "plain"
    QUIET = "quiet"


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self._part = part

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        fields = getattr(record, FIELDS, {})
        if record.exc_info and record.exc_info[1] is not None:
            fields = {**fields, "error": _error(record.exc_info[1])}
        return self.line(record.created, record.levelname.lower(), record.getMessage(), fields)

    def line(self, created: float, level: str, message: str, fields: Mapping[str, Any]) -> str:
        """Return a line of its parts; `created` is in seconds since 1970."""
        at = datetime.fromtimestamp(created, UTC).isoformat(timespec="milliseconds")
        line = {"time": at, "level": level, "part": self._part, "message": message, **fields}
        return orjson.dumps(line, default=str).decode()


class PlainLines(logging.Formatter):
    """One line of text, fields behind it."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self._part = part

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        error = record.exc_info[1] if record.exc_info else None
        told = "" if error is None else f" [{_error(error)}]"
        fields = getattr(record, FIELDS, {})
        return self.line(record.created, record.levelname.lower(), record.getMessage(), fields) + told

    def line(self, created: float, level: str, message: str, fields: Mapping[str, Any]) -> str:
        """Return a line of its parts; `created` is in seconds since 1970."""
        at = datetime.fromtimestamp(created, UTC).isoformat(sep=" ", timespec="seconds")[:19]
        told = "".join(f" {name}={value}" for name, value in fields.items())
        return f"{at} {self._part} {level}: {message}{told}"


class Unwaiting(logging.Handler):
    """Writes lines to a descriptor where it takes them at once, and drops them, counted, where nobody reads them.

    A gateway must not stand still because a pipe behind it is full.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._dropped = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record's line."""
        self.write(self.format(record))

    def write(self, line: str) -> None:
        """Write a line, after how many were dropped before it."""
        try:
            _, takes, _ = select.select((), (self._descriptor,), (), 0)
            if not takes:
                self._dropped += 1
                return
            if self._dropped:
                dropped, self._dropped = self._dropped, 0
                self.emit(_made(f"{dropped} lines were dropped, because nobody read them"))
            os.write(self._descriptor, line.encode(errors="replace") + b"\n")
        except OSError:
            self._dropped += 1


_direct: tuple[Unwaiting, JsonLines | PlainLines] | None = None


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn's log, led into ours, without what its lines quote of a request."""

    def setup(self, cfg: Config) -> None:  # noqa: ARG002 - the signature is gunicorn's
        """Send warnings and errors where all lines go, and keep no access log."""
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)
        self.error_log.addFilter(_withheld)
        self.access_log.disabled = True


def configure(form: LogForm, part: str) -> None:
    """Write this process's lines in a form, signed with the name of its part; unforeseen errors become lines too."""
    global _direct  # noqa: PLW0603 - what a process writes to is the process's, as logging's root is
    handler = Unwaiting(sys.stderr.fileno())
    lines = JsonLines(part) if form is LogForm.JSON else PlainLines(part)
    handler.setFormatter(lines)
    _direct = None if form is LogForm.QUIET else (handler, lines)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING if form is LogForm.QUIET else logging.INFO)
    for noisy in ("alembic", "sqlalchemy", "werkzeug"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    sys.excepthook = _unforeseen
    threading.excepthook = lambda given: _unforeseen(given.exc_type, given.exc_value, given.exc_traceback)


def answered(fields: Mapping[str, Any]) -> None:
    """Write the line of an answered request, at a fifth of what a record of the logging module costs."""
    if _direct is not None:
        handler, lines = _direct
        handler.write(lines.line(time.time(), "info", "answered", fields))


def _made(message: str) -> logging.LogRecord:
    return logging.LogRecord(__name__, logging.WARNING, __file__, 0, message, (), None)


def _unforeseen(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None, /) -> None:
    if error is not None:
        _log.critical("stopped by an unforeseen error", exc_info=(kind, error, trace))


def _error(error: BaseException) -> dict[str, Any]:
    """Return an error's type, its code where it has one, where it was raised, and what it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    told: dict[str, Any] = {"type": type(error).__name__, "at": [_place(frame) for frame in frames[-12:]]}
    code = getattr(error, "code", None)
    if isinstance(code, str):
        told["code"] = code
    if error.__cause__ is not None:
        told["from"] = _error(error.__cause__)
    return told


def _place(frame: traceback.FrameSummary) -> str:
    return f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}"


def _withheld(record: logging.LogRecord) -> bool:
    for beginning, instead in _REPLACED.items():
        if str(record.msg).startswith(beginning):
            record.msg, record.args = instead, ()
    return True
