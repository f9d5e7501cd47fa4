"""API keys: what proves that a caller speaks for an organisation, and how far.

A key reads `pvk_<id>_<secret>`. Its secret (256 random bits) is shown once, when the key is made; the store keeps its
SHA-256, which is compared in constant time. A revoked key stays on record and opens nothing.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, bindparam, insert, select, update

from provenance.database import Prepared, snapshot, writing
from provenance.operations.instants import from_millis, to_millis
from provenance.operations.tables import api_keys

STEM = "pvk"
_ID_BYTES = 6
_SECRET_BYTES = 32
_TOKEN = re.compile(rf"{STEM}_([0-9a-f]{{12}})_([A-Za-z0-9_-]{{43}})", re.ASCII)


class Level(StrEnum):
    """What a key may do; each level includes those before it."""

    READ = "read"
    RECORD = "record"
    DECIDE = "decide"
    ADMIN = "admin"

    def covers(self, other: "Level") -> bool:
        """Return whether this level includes `other`."""
        ranks = list(Level)
        return ranks.index(self) >= ranks.index(other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An API key without its secret."""

    id: str
    organisation: str
    level: Level
    name: str
    created: datetime
    revoked: datetime | None = None
    last_used: date | None = None


class Keys:
    """The API keys of one operations store."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        self._find = Prepared(engine, select(api_keys).where(api_keys.c.id == bindparam("id")))

    def create(self, organisation: str, level: Level, *, name: str = "") -> tuple[Key, str]:
        """Make a key and return it with its token, which nobody can read again."""
        identifier, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
        now = from_millis(to_millis(self._clock()))
        key = Key(id=identifier, organisation=organisation, level=level, name=name or identifier, created=now)
        row = {
            "id": key.id,
            "secret_hash": _hash(secret),
            "organisation": organisation,
            "level": level.value,
            "name": key.name,
            "created": to_millis(now),
        }
        with writing(self._engine).begin() as connection:
            connection.execute(insert(api_keys).values(row))
        return key, f"{STEM}_{identifier}_{secret}"

    def authenticate(self, token: str) -> Key | None:
        """Return the key that the token is of, or None where it is of none or of a revoked one."""
        match = _TOKEN.fullmatch(token)
        if match is None:
            return None
        identifier, secret = match.groups()
        with snapshot(self._engine) as connection:
            rows = self._find.rows(connection, id=identifier)
        expected = bytes(rows[0][1]) if rows else bytes(hashlib.sha256().digest_size)
        right = hmac.compare_digest(_hash(secret), expected)
        if not rows or not right:
            return None
        key = _key(rows[0])
        return None if key.revoked is not None else self._used(key)

    def all(self) -> list[Key]:
        """Return all keys, revoked ones too, oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(api_keys).order_by(api_keys.c.created, api_keys.c.id))
            return [_key(row) for row in rows]

    def revoke(self, identifier: str) -> Key | None:
        """Make a key open nothing any more and return it; None where there is no such key. The first time stays."""
        now = to_millis(self._clock())
        still = (api_keys.c.id == identifier, api_keys.c.revoked.is_(None))
        with writing(self._engine).begin() as connection:
            connection.execute(update(api_keys).where(*still).values(revoked=now))
            row = connection.execute(select(api_keys).where(api_keys.c.id == identifier)).first()
        return None if row is None else _key(row)

    def _used(self, key: Key) -> Key:
        today = self._clock().date()
        if key.last_used != today:
            with writing(self._engine).begin() as connection:
                connection.execute(update(api_keys).where(api_keys.c.id == key.id).values(last_used=today))
        return key


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _key(row: Any) -> Key:
    identifier, _, organisation, level, name, created, revoked, last_used = row
    return Key(
        id=identifier,
        organisation=organisation,
        level=Level(level),
        name=name,
        created=from_millis(created),
        revoked=None if revoked is None else from_millis(revoked),
        last_used=date.fromisoformat(last_used) if isinstance(last_used, str) else last_used,
    )
