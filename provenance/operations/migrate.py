"""Bringing the operations store's tables to this version, each time it is opened.

A database that is up to date costs one query. One that is older is migrated under the write lock, in one transaction,
so that several processes may open it at once and a failed migration leaves it as it was. One that is newer is refused.
"""

import logging
import warnings
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from provenance.database import writing
from provenance.operations.errors import OperationsError, SchemaTooNew

HEAD = "0011"
"""The newest revision; a test compares it with the migrations that there are."""

_ADVISORY_LOCK = 0x70726F76
_log = logging.getLogger(__name__)


def upgrade(engine: Engine) -> None:
    """Migrate to `HEAD`; raises `SchemaTooNew`, or `OperationsError` (`operations.migration`) with what went wrong."""
    with engine.connect() as connection:
        if _revision(connection) == HEAD:
            return
    with writing(engine).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        before = _revision(connection)
        if before != HEAD:
            _log.info("operations store: migrating its tables from %s to revision %s", before or "nothing", HEAD)
            _migrate(connection, before)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(connection: Connection, before: str | None) -> None:
    from alembic import command  # costs a fifth of a second, which only a migration should pay
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            command.upgrade(config, HEAD)
    except CommandError as error:
        if before is not None and "Can't locate revision" in str(error):
            message = f"its tables have revision {before}, which this version does not know: use a newer one"
            raise SchemaTooNew("operations.schema", f"operations store: {message}") from error
        raise OperationsError("operations.migration", f"operations store: the migration failed: {error}") from error
