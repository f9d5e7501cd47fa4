"""The operations store: what must survive and is not on the ledger. Never rebuilt, never dropped, only migrated."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import false, update
from sqlalchemy.exc import OperationalError

from provenance.database import Snapshots, Synchronous, open_engine, writing
from provenance.operations.accounts import Accounts
from provenance.operations.answers import Answers
from provenance.operations.consumer_scans import ConsumerScans
from provenance.operations.counters import Counters
from provenance.operations.deliveries import Deliveries
from provenance.operations.errors import OperationsError
from provenance.operations.files import Files
from provenance.operations.jobs import Jobs
from provenance.operations.keys import Key, Keys
from provenance.operations.links import Links
from provenance.operations.migrate import upgrade
from provenance.operations.outbox import Outbox
from provenance.operations.pages import Pages
from provenance.operations.queries import NamedQueries
from provenance.operations.spool import Spool
from provenance.operations.subscriptions import Subscriptions
from provenance.operations.tables import api_keys


def now() -> datetime:
    """Return this host's time in UTC."""
    return datetime.now(UTC)


class Operations:
    """The operations store in one database, with the folders `spool` and, beside it, `files`.

    It is safe to share between threads, not across a fork.
    """

    def __init__(self, url: str, *, spool: Path | None = None, clock: Callable[[], datetime] = now) -> None:
        """Open or create it and migrate its tables; bodies are spooled beside a SQLite file unless `spool` says where.

        Raises `SchemaTooNew`, `OperationsError` (`operations.migration`, `operations.unreachable`), and `ValueError`
        where no spool can be told.
        """
        self.engine = open_engine(url, synchronous=Synchronous.DURABLE)
        try:
            upgrade(self.engine)
        except OperationalError as error:
            self.engine.dispose()
            message = f"the operations store's database cannot be reached: {error.orig}"
            raise OperationsError("operations.unreachable", message) from error
        except BaseException:
            self.engine.dispose()
            raise
        self.accounts = Accounts(self.engine, clock)
        self._reading = Snapshots(self.engine)
        self.keys = Keys(self.engine, clock, self._reading)
        bodies = spool or self._beside()
        self.jobs = Jobs(self.engine, Spool(bodies), clock, self._reading)
        self.files = Files(self.engine, bodies.parent / "files", clock)
        self.outbox = Outbox(self.engine, clock)
        self.answers = Answers(self.engine, clock)
        self.counters = Counters(self.engine)
        self.subscriptions = Subscriptions(self.engine, clock)
        self.deliveries = Deliveries(self.engine, clock)
        self.consumer_scans = ConsumerScans(self.engine)
        self.queries = NamedQueries(self.engine, clock)
        self.pages = Pages(self.engine, clock)
        self.links = Links(self.engine, clock)

    def authenticate(self, token: str) -> Key | None:
        """Return the key that the token is of, or None where it is of none or of a revoked one."""
        return self.keys.authenticate(token)

    def require_writable(self) -> None:
        """Write nothing, as a writer would; raises SQLAlchemy's error where that is not possible."""
        with writing(self.engine).begin() as connection:
            connection.execute(update(api_keys).where(false()).values(revoked=None))

    def close(self) -> None:
        """Close the connections that nobody uses."""
        self._reading.close()
        self.engine.dispose()

    def _beside(self) -> Path:
        if self.engine.dialect.name != "sqlite" or self.engine.url.database is None:
            raise ValueError("say where bodies are spooled: the database is on a server")
        return Path(self.engine.url.database).parent / "spool"
