"""Named queries: what an organisation asks again and again, under a name of its own.

The definition is kept as the JSON that was sent, so that it means what the service understands when it is asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, and_, delete, select

from provenance.database import insert_ignoring, writing
from provenance.operations.instants import from_millis, to_millis
from provenance.operations.subscriptions import end_all
from provenance.operations.tables import named_queries


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A query of an organisation; `definition` is JSON."""

    organisation: str
    name: str
    definition: str
    created: datetime


class NamedQueries:
    """The named queries of one operations store."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def create(self, organisation: str, name: str, definition: str) -> NamedQuery | None:
        """Keep a query and return it, None where the organisation has one of that name."""
        made = NamedQuery(organisation, name, definition, _whole(self._clock()))
        row = {
            "organisation": organisation,
            "name": name,
            "definition": definition,
            "created": to_millis(made.created),
        }
        with writing(self._engine).begin() as connection:
            keep = insert_ignoring(named_queries, self._engine.dialect.name).returning(named_queries.c.name)
            return None if connection.execute(keep, row).first() is None else made

    def get(self, organisation: str, name: str) -> NamedQuery | None:
        """Return the query of that name."""
        with self._engine.connect() as connection:
            row = connection.execute(select(named_queries).where(_one(organisation, name))).one_or_none()
        return None if row is None else _read(row)

    def of(self, organisation: str, *, after: str = "", count: int) -> list[NamedQuery]:
        """Return the queries of an organisation in the order of their names, from after a name on."""
        mine = and_(named_queries.c.organisation == organisation, named_queries.c.name > after)
        wanted = select(named_queries).where(mine).order_by(named_queries.c.name).limit(count)
        with self._engine.connect() as connection:
            return [_read(row) for row in connection.execute(wanted)]

    def delete(self, organisation: str, name: str) -> NamedQuery | None:
        """Forget a query with all that is subscribed to it, and return it; None where there is none."""
        with writing(self._engine).begin() as connection:
            row = connection.execute(select(named_queries).where(_one(organisation, name))).one_or_none()
            if row is not None:
                connection.execute(delete(named_queries).where(_one(organisation, name)))
                end_all(connection, organisation, name)
        return None if row is None else _read(row)


def _one(organisation: str, name: str) -> ColumnElement[bool]:
    return and_(named_queries.c.organisation == organisation, named_queries.c.name == name)


def _read(row: "Row[Any]") -> NamedQuery:
    return NamedQuery(row.organisation, row.name, row.definition, from_millis(row.created))


def _whole(time: datetime) -> datetime:
    return time - timedelta(microseconds=time.microsecond % 1000)
