"""The indexes that a build does without while it is filled; they are made from all of its rows afterwards.

A row's places in a dozen indexes are all over them, and cost more the more rows there are; sorted first, all rows of a
million events are a few seconds an index. What tells whether a fact is on record already is never taken away, nor on
SQLite the order of the tables that are indexes themselves. Nobody may read a build before all of them are there again.
"""

from collections.abc import Callable

from sqlalchemy import Connection, Table, text
from sqlalchemy.schema import Index

from provenance.readmodel.model import ReadModel
from provenance.readmodel.tables import fact_terms, fact_things, facts, metadata

_SORTED = sorted(facts.indexes, key=lambda index: str(index.name))
_KEYED = (fact_things, fact_terms)
"""Of these tables a fact's rows come once, so on a server nothing needs their keys before they are read."""
_MEMORY = "256MB"


def take_away(model: ReadModel) -> None:
    """Drop what a build that is still empty does without."""
    with model.writing() as connection:
        for index in _SORTED:
            index.drop(connection)
        for table in _keyed(connection):
            connection.execute(text(f"ALTER TABLE {table.name} DROP CONSTRAINT {table.name}_pkey"))


def make(model: ReadModel, progress: Callable[[int, int], None]) -> None:
    """Make them again, each in a transaction of its own; `progress` hears (done, all)."""
    with model.writing() as connection:
        missing: list[Index | Table] = [*_keyed(connection), *_SORTED]
    for done, each in enumerate(missing):
        progress(done, len(missing))
        with model.writing() as connection:
            _make(each, connection)
    progress(len(missing), len(missing))
    with model.writing() as connection:
        if _on_server(connection):  # which would plan with a guess until it came to count by itself
            connection.execute(text(f"ANALYZE {', '.join(metadata.tables)}"))


def _make(each: Index | Table, connection: Connection) -> None:
    if _on_server(connection):
        connection.execute(text(f"SET LOCAL maintenance_work_mem = '{_MEMORY}'"))
    if isinstance(each, Index):
        each.create(connection)
        return
    columns = ", ".join(column.name for column in each.primary_key)
    connection.execute(text(f"ALTER TABLE {each.name} ADD PRIMARY KEY ({columns})"))


def _keyed(connection: Connection) -> tuple[Table, ...]:
    return _KEYED if _on_server(connection) else ()


def _on_server(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
