"""What tokens of next pages rest on: a key that they are sealed with, and which of them were ended early.

The key is made at first use and shared by all workers. A token that nobody ended ends by itself, so that nothing is
kept of it here.
"""

import secrets
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine, delete, insert, select

from provenance.database import insert_ignoring, writing
from provenance.operations.instants import to_millis
from provenance.operations.tables import ended_pages, page_keys

_KEY_BYTES = 32


class Pages:
    """The tokens' key and the ended tokens of one operations store."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        self._key: bytes | None = None

    def key(self) -> bytes:
        """Return the key; the same for every process of this store."""
        if self._key is None:
            with writing(self._engine).begin() as connection:
                fresh = {"id": 1, "key": secrets.token_bytes(_KEY_BYTES)}
                connection.execute(insert_ignoring(page_keys, self._engine.dialect.name), fresh)
                self._key = bytes(connection.execute(select(page_keys.c.key)).scalar_one())
        return self._key

    def now(self) -> datetime:
        """Return the time by which tokens end."""
        return self._clock()

    def end(self, digest: bytes, *, until: datetime) -> None:
        """Let a token count no more; it is forgotten after `until`, when it would have ended by itself."""
        with writing(self._engine).begin() as connection:
            connection.execute(delete(ended_pages).where(ended_pages.c.until < to_millis(self._clock())))
            if connection.execute(select(ended_pages.c.digest).where(ended_pages.c.digest == digest)).first() is None:
                connection.execute(insert(ended_pages).values(digest=digest, until=to_millis(until)))

    def ended(self, digest: bytes) -> bool:
        """Return whether somebody ended the token."""
        with self._engine.connect() as connection:
            return (
                connection.execute(select(ended_pages.c.digest).where(ended_pages.c.digest == digest)).first()
                is not None
            )
