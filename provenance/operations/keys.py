"""API keys: what proves that a caller speaks for an organisation, and how far.

A key reads `pvk_<id>_<secret>`. Its secret (256 random bits) is shown once, when the key is made; the store keeps its
SHA-256, which is compared in constant time. A rotated key has a new secret at once, and the one before opens until its
grace ends. A revoked key stays on record and opens nothing.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, bindparam, insert, select, update

from provenance.database import Prepared, snapshot, writing
from provenance.operations.instants import from_millis, to_millis
from provenance.operations.tables import api_keys

STEM = "pvk"
_ID_BYTES = 6
_SECRET_BYTES = 32
_NOTHING = bytes(hashlib.sha256().digest_size)
_NO_FORMER = {"former_hash": None, "former_until": None}
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
    """An API key without its secret; the one that it had before opens until `former_until`."""

    id: str
    organisation: str
    level: Level
    name: str
    created: datetime
    revoked: datetime | None = None
    last_used: date | None = None
    former_until: datetime | None = None


class Keys:
    """The API keys of one operations store."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        self._find = Prepared(engine, select(api_keys).where(api_keys.c.id == bindparam("id")))

    def create(self, organisation: str, level: Level, *, name: str = "") -> tuple[Key, str]:
        """Make a key and return it with its token, which nobody can read again."""
        identifier, secret = secrets.token_hex(_ID_BYTES), _secret()
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
        return key, _token(identifier, secret)

    def rotate(self, identifier: str, *, grace: timedelta = timedelta()) -> tuple[Key, str] | None:
        """Give a key a new secret and return it with its new token; None where no such key opens anything.

        The secret that it had opens for `grace` still, one before that no more.
        """
        secret, until = _secret(), to_millis(self._clock() + grace)
        still = (api_keys.c.id == identifier, api_keys.c.revoked.is_(None))
        former = {"former_hash": api_keys.c.secret_hash, "former_until": until} if grace else _NO_FORMER
        changed = update(api_keys).where(*still).values(secret_hash=_hash(secret), **former)
        with writing(self._engine).begin() as connection:
            row = connection.execute(changed.returning(*api_keys.c)).first()
        return None if row is None else (_key(row), _token(identifier, secret))

    def authenticate(self, token: str) -> Key | None:
        """Return the key that the token is of, or None where it is of none or of a revoked one."""
        match = _TOKEN.fullmatch(token)
        if match is None:
            return None
        identifier, secret = match.groups()
        with snapshot(self._engine) as connection:
            rows = self._find.rows(connection, id=identifier)
        current, former = (rows[0][1], rows[0][-2]) if rows else (None, None)
        right, late = (hmac.compare_digest(_hash(secret), bytes(held or _NOTHING)) for held in (current, former))
        if not rows or not (right or late):
            return None
        key = _key(rows[0])
        ended = key.former_until is not None and key.former_until <= self._clock()
        return None if key.revoked is not None or (ended and not right) else self._used(key)

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


def _secret() -> str:
    return secrets.token_urlsafe(_SECRET_BYTES)


def _token(identifier: str, secret: str) -> str:
    return f"{STEM}_{identifier}_{secret}"


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _key(row: Any) -> Key:
    identifier, _, organisation, level, name, created, revoked, last_used, _, former_until = row
    return Key(
        id=identifier,
        organisation=organisation,
        level=Level(level),
        name=name,
        created=from_millis(created),
        revoked=None if revoked is None else from_millis(revoked),
        last_used=date.fromisoformat(last_used) if isinstance(last_used, str) else last_used,
        former_until=None if former_until is None else from_millis(former_until),
    )
