"""Where the read model is on SQLite: in one file, whose name may lead to another build from one moment to the next."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Connection, Engine, PoolProxiedConnection, inspect

from provenance.database import Snapshots, writing
from provenance.readmodel.tables import checkpoint


class Files:
    """The build that the file's name leads to when a connection is checked out."""

    gone: tuple[type[Exception], ...] = ()

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._snapshots = Snapshots(engine)

    def reading(self) -> AbstractContextManager[PoolProxiedConnection]:
        """Give a snapshot; whoever reads a file that was replaced goes on reading it."""
        return self._snapshots.one()

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
        self._snapshots.close()
