"""Counters of numbers that this gateway gives out of ranges that are on the ledger, each number at most once.

A number that was given out and never used is lost, which ranges are made for; one that is given out twice would name
two things.
"""

from sqlalchemy import Engine, select, update

from provenance.database import insert_ignoring, writing
from provenance.operations.tables import counters


class Counters:
    """The counters of one operations store, by name."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(self, name: str, count: int, within: range) -> range:
        """Return the next `count` numbers of a range, fewer at its end, none after it."""
        with writing(self._engine).begin() as connection:
            connection.execute(
                insert_ignoring(counters, self._engine.dialect.name), {"name": name, "next": within.start}
            )
            mine = counters.c.name == name
            begins: int = connection.execute(select(counters.c.next).where(mine).with_for_update()).scalar_one()
            taken = range(begins, min(begins + count, within.stop))
            connection.execute(update(counters).where(mine).values(next=max(begins, taken.stop)))
        return taken
