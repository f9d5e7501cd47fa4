"""Where the read model is on SQLite: in one file, whose name may lead to another build from one moment to the next.

Who reads takes a connection that was read with before, where there is one and its file is still the one that the name
leads to: the pool's own checks cost more than a verdict's statements.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, PoolProxiedConnection, inspect

from provenance.database import inode_of, writing
from provenance.readmodel.tables import checkpoint

_MOST_KEPT = 8


class Files:
    """The build that the file's name leads to when a connection is checked out."""

    gone: tuple[type[Exception], ...] = ()

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._path = str(engine.url.database)
        self._kept: list[PoolProxiedConnection] = []

    @contextmanager
    def reading(self) -> Iterator[PoolProxiedConnection]:
        """Give a snapshot; whoever reads a file that was replaced goes on reading it."""
        connection = self._taken()
        driver: Any = connection.dbapi_connection
        try:
            driver.execute("BEGIN")
            yield connection
            driver.rollback()
        except BaseException:
            connection.close()
            raise
        if len(self._kept) < _MOST_KEPT:
            self._kept.append(connection)
        else:
            connection.close()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a transaction that nobody else writes beside."""
        with writing(self.engine).begin() as connection:
            yield connection

    @contextmanager
    def beginning(self) -> Iterator[Connection | None]:
        """Give a transaction that tables are to be made in, or None where somebody was faster."""
        with writing(self.engine).begin() as connection:
            yield None if inspect(connection).has_table(checkpoint.name) else connection

    def exists(self) -> bool:
        """Return whether there are tables."""
        return inspect(self.engine).has_table(checkpoint.name)

    def close(self) -> None:
        """Give the connections back that nobody reads with."""
        while self._kept:
            self._kept.pop().close()

    def _taken(self) -> PoolProxiedConnection:
        try:
            connection = self._kept.pop()
        except IndexError:
            return self.engine.raw_connection()
        if inode_of(self._path) == connection.info["inode"]:
            return connection
        connection.close()
        return self._taken()
