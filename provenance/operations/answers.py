"""Requests that may be sent again: the key that their sender gave, the time they were given, their first answer.

Whoever loses an answer sends the same request under the same key, and gets the first answer. A request that died before
its answer was kept is done again with the time that it was given at first, so that what it records is the same. A key
belongs to one organisation and one request; it is forgotten after a while, never before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, and_, delete, select, update

from provenance.database import insert_ignoring, writing
from provenance.operations.instants import from_millis, to_millis
from provenance.operations.tables import answers

KEPT = timedelta(days=30)
"""How long a key is remembered."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A request under its key: the SHA-256 of what was asked, the time it was given, its answer where it has one."""

    request: bytes
    given: datetime
    answer: str | None


class Answers:
    """The keyed requests of one operations store."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def find(self, organisation: str, key: str) -> Kept | None:
        """Return what is kept under a key, or None."""
        with self._engine.connect() as connection:
            row = connection.execute(select(answers).where(_under(organisation, key))).first()
        return None if row is None else Kept(bytes(row.request), from_millis(row.given), row.answer)

    def keep(self, organisation: str, key: str, request: bytes) -> Kept:
        """Keep a request under its key, give it the present time, and return what is kept: this or the first one."""
        given = to_millis(self._clock())
        row = {"organisation": organisation, "key": key, "request": request, "given": given, "answer": None}
        with writing(self._engine).begin() as connection:
            connection.execute(insert_ignoring(answers, self._engine.dialect.name), row)
            kept = connection.execute(select(answers).where(_under(organisation, key))).one()
        return Kept(bytes(kept.request), from_millis(kept.given), kept.answer)

    def answer(self, organisation: str, key: str, answer: str) -> str:
        """Keep the answer of a kept request and return its first one, which this may not be."""
        first = and_(_under(organisation, key), answers.c.answer.is_(None))
        with writing(self._engine).begin() as connection:
            connection.execute(update(answers).where(first).values(answer=answer))
            kept: str = connection.execute(select(answers.c.answer).where(_under(organisation, key))).scalar_one()
        return kept

    def sweep(self, *, older_than: timedelta = KEPT) -> int:
        """Forget the keys that were given longer ago; return how many."""
        before = to_millis(self._clock() - older_than)
        with writing(self._engine).begin() as connection:
            return connection.execute(delete(answers).where(answers.c.given < before)).rowcount


def _under(organisation: str, key: str) -> ColumnElement[bool]:
    return and_(answers.c.organisation == organisation, answers.c.key == key)
