"""Consumers' scans on their way into the operations store: noticed after the answer, written in batches by a thread.

A page never waits for them. They are advisory, so where they come faster than they can be written, or the store takes
none, they are dropped and counted. What is older than the deployment keeps is deleted, and so are the keys of past
days, at the latest an hour after.
"""

import logging
import queue
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from threading import Event, Lock, Thread
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from provenance.consumers.people import is_scan
from provenance.consumers.sessions import Sessions
from provenance.http import telling
from provenance.operations.consumer_scans import ConsumerScan, ConsumerScans

MOST_WAITING = 2000
MOST_AT_ONCE = 500
_GATHER = 0.5
_BETWEEN_SWEEPS = timedelta(hours=1)
_PATIENCE = 5.0
_COUNTRY = re.compile("[A-Z]{2}", re.ASCII)
_NO_COUNTRY = frozenset({"XX", "T1", "ZZ"})
_log = logging.getLogger(__name__)


def now() -> datetime:
    """Return this host's time in UTC."""
    return datetime.now(UTC)


class Consumers:
    """Keeps the consumers' scans of one process; safe to share between threads, made after a fork."""

    def __init__(
        self,
        kept: ConsumerScans,
        sessions: Sessions,
        *,
        country_header: str | None,
        retention: timedelta,
        count: Callable[[str, int], None],
        clock: Callable[[], datetime] = now,
    ) -> None:
        """Keep scans for so long; `count` hears how many were "kept" and "dropped"."""
        self._kept = kept
        self._sessions = sessions
        self._country = None if not country_header else "HTTP_" + country_header.upper().replace("-", "_")
        self._retention = retention
        self._count = count
        self._clock = clock
        self._waiting: queue.Queue[ConsumerScan] = queue.Queue(MOST_WAITING)
        self._swept: datetime | None = None
        self._stop = Event()
        self._thread: Thread | None = None
        self._mutex = Lock()

    def note(self, environ: Mapping[str, Any]) -> None:
        """Take note of an answered request, by its WSGI environment, if it was a person's scan of an item."""
        shown = environ.get(telling.SHOWN)
        if shown is None or not is_scan(environ):
            return
        self.start()
        try:
            self._waiting.put_nowait(self._scan(environ, *shown))
        except (queue.Full, OSError):
            self._count("dropped", 1)

    def start(self) -> None:
        """Begin to write; without, the first scan begins it."""
        if self._thread is None:
            with self._mutex:
                if self._thread is None:
                    self._thread = Thread(target=self._write, name="consumer-scans", daemon=True)
                    self._thread.start()

    def close(self) -> None:
        """Write what waits, and end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_PATIENCE)

    def _scan(self, environ: Mapping[str, Any], item: str, grade: str) -> ConsumerScan:
        time = self._clock()
        session = self._sessions.of(environ, time.date())
        return ConsumerScan(time=time, item=item, grade=grade, session=session, country=self._country_of(environ))

    def _country_of(self, environ: Mapping[str, Any]) -> str | None:
        stated = environ.get(self._country, "") if self._country else ""
        return stated if _COUNTRY.fullmatch(stated) and stated not in _NO_COUNTRY else None

    def _write(self) -> None:
        while not self._stop.is_set():
            self._sweep()
            self._stop.wait(_GATHER)
            self._flush()
        self._flush()

    def _flush(self) -> None:
        while batch := self._batch():
            try:
                self._kept.add(batch)
            except SQLAlchemyError as error:
                _log.warning("consumers' scans could not be kept", exc_info=error)
                self._count("dropped", len(batch))
            else:
                self._count("kept", len(batch))

    def _batch(self) -> list[ConsumerScan]:
        batch: list[ConsumerScan] = []
        while len(batch) < MOST_AT_ONCE:
            try:
                batch.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return batch

    def _sweep(self) -> None:
        time = self._clock()
        if self._swept is not None and time - self._swept < _BETWEEN_SWEEPS:
            return
        self._swept = time
        try:
            self._sessions.forget(time.date())
            self._kept.forget(time - self._retention)
        except (OSError, SQLAlchemyError) as error:
            _log.warning("old consumers' scans could not be deleted", exc_info=error)
