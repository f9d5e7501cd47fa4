"""Statements that are made up as they are asked: their text, and the values that stand for its question marks.

Text comes from this package alone and names tables and columns; whatever somebody asked for is a value. SQLAlchemy's
expressions would say the same, but take as long to make and to run as the database takes to answer, and each leaves
cycles that only the garbage collector finds: a hundred objects a query, and with them a pause every few hundred.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import PoolProxiedConnection


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of a statement, with a value for each question mark in their order."""

    text: str
    values: tuple[Any, ...] = ()


NOTHING = Sql("1 = 0")
"""The condition that no row holds."""


class Asking:
    """Runs statements on the driver's connection, in the snapshot that it reads."""

    def __init__(self, connection: PoolProxiedConnection, dialect: str) -> None:
        self._driver: Any = connection.dbapi_connection
        self.on_server = dialect == "postgresql"

    def rows(self, statement: Sql) -> list[Any]:
        """Return all rows as tuples."""
        text = statement.text.replace("?", "%s") if self.on_server else statement.text
        found: list[Any] = self._driver.execute(text, statement.values).fetchall()
        return found


def select(columns: str, table: str, where: Iterable[Sql], *, then: Sql = Sql("")) -> Sql:
    """Return the statement that reads columns of the rows that hold all conditions; `then` is what orders and ends."""
    rows = together(where, "AND")
    text = f"SELECT {columns} FROM {table} WHERE {rows.text or '1 = 1'} {then.text}"  # noqa: S608 - see above
    return Sql(text, rows.values + then.values)


def limit(count: int) -> Sql:
    """Return what ends a statement after so many rows."""
    return Sql("LIMIT ?", (count,))


def together(parts: Iterable[Sql], word: str) -> Sql:
    """Return conditions, or statements, with a word between them."""
    listed = tuple(parts)
    text = f" {word} ".join([each.text for each in listed])
    return Sql(text, tuple(chain.from_iterable([each.values for each in listed])))


def within(statement: Sql) -> Sql:
    """Return a limited statement as one of several that are put together; it stays what the planner makes of it."""
    return Sql(f"SELECT * FROM ({statement.text}) AS one", statement.values)  # noqa: S608 - see above


def counted(statement: Sql) -> Sql:
    """Return how many rows a statement has, as a column of another."""
    return Sql(f"(SELECT count(*) FROM ({statement.text}) AS one)", statement.values)  # noqa: S608 - see above


def any_of(conditions: Sequence[Sql]) -> Sql:
    """Return the condition that one of these holds."""
    either = together(conditions, "OR")
    return Sql(f"({either.text})", either.values) if conditions else NOTHING


def one_of(column: str, values: Sequence[Any]) -> Sql:
    """Return the condition that a column has one of these values."""
    return Sql(f"{column} IN ({', '.join('?' * len(values))})", tuple(values)) if values else NOTHING
