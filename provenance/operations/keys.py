"""API keys: what proves that a caller speaks for an organisation, and how far.

A key reads `pvk_<id>_<secret>`. Its secret (256 random bits) is shown once, when the key is made; the store keeps its
SHA-256, which is compared in constant time. A rotated key has a new secret at once, and the one before opens until its
grace ends. A revoked key stays on record and opens nothing. A key of an account opens no more than the account's level,
and nothing while the account is disabled, from the next request on.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, bindparam, insert, select, update

from provenance.database import Prepared, Snapshots, writing
from provenance.domain.gs1.keys import Link
from provenance.operations.errors import OperationsError
from provenance.operations.instants import from_millis, to_millis
from provenance.operations.levels import Level
from provenance.operations.tables import accounts, api_keys

__all__ = ["Key", "Keys", "Level"]

STEM = "pvk"
_ID_BYTES = 6
_SECRET_BYTES = 32
_NOTHING = bytes(hashlib.sha256().digest_size)
_NO_FORMER = {"former_hash": None, "former_until": None}
_STATED = select(
    api_keys.c.secret_hash,
    api_keys.c.former_hash,
    api_keys.c.id,
    api_keys.c.organisation,
    api_keys.c.level,
    api_keys.c.name,
    api_keys.c.created,
    api_keys.c.revoked,
    api_keys.c.last_used,
    api_keys.c.former_until,
    api_keys.c.place,
    api_keys.c.account,
    accounts.c.name.label("account_name"),
    accounts.c.level.label("account_level"),
    accounts.c.disabled,
).select_from(api_keys.outerjoin(accounts, accounts.c.id == api_keys.c.account))
_TOKEN = re.compile(rf"{STEM}_([0-9a-f]{{12}})_([A-Za-z0-9_-]{{43}})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An API key without its secret; the one that it had before opens until `former_until`.

    `account` is the id of the person whose key it is, `account_name` what the organisation calls them; `place` is
    where its scans are made unless they say otherwise.
    """

    id: str
    organisation: str
    level: Level
    name: str
    created: datetime
    revoked: datetime | None = None
    last_used: date | None = None
    former_until: datetime | None = None
    account: str | None = None
    account_name: str | None = None
    place: Link | None = None


class Keys:
    """The API keys of one operations store."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime], reading: Snapshots) -> None:
        self._engine = engine
        self._clock = clock
        self._reading = reading
        self._find = Prepared(engine, _STATED.where(api_keys.c.id == bindparam("id")))

    def create(
        self,
        organisation: str,
        level: Level,
        *,
        name: str = "",
        account: str | None = None,
        place: Link | None = None,
    ) -> tuple[Key, str]:
        """Make a key, of an account if one is named, and return it with its token, which nobody can read again.

        Raises `OperationsError` (`accounts.unknown`, `accounts.disabled`, `keys.level`).
        """
        identifier, secret = secrets.token_hex(_ID_BYTES), _secret()
        row = {
            "id": identifier,
            "secret_hash": _hash(secret),
            "organisation": organisation,
            "level": level.value,
            "name": name or identifier,
            "created": to_millis(self._clock()),
            "account": account,
            "place": place,
        }
        with writing(self._engine).begin() as connection:
            if account is not None:
                _require(connection.execute(select(accounts).where(accounts.c.id == account)).first(), row)
            connection.execute(insert(api_keys).values(row))
            made = connection.execute(_STATED.where(api_keys.c.id == identifier)).one()
        return _key(made), _token(identifier, secret)

    def rotate(self, identifier: str, *, grace: timedelta = timedelta()) -> tuple[Key, str] | None:
        """Give a key a new secret and return it with its new token; None where no such key opens anything.

        The secret that it had opens for `grace` still, one before that no more.
        """
        secret, until = _secret(), to_millis(self._clock() + grace)
        still = (api_keys.c.id == identifier, api_keys.c.revoked.is_(None))
        former = {"former_hash": api_keys.c.secret_hash, "former_until": until} if grace else _NO_FORMER
        changed = update(api_keys).where(*still).values(secret_hash=_hash(secret), **former)
        with writing(self._engine).begin() as connection:
            if connection.execute(changed).rowcount != 1:
                return None
            row = connection.execute(_STATED.where(api_keys.c.id == identifier)).one()
        return _key(row), _token(identifier, secret)

    def authenticate(self, token: str) -> Key | None:
        """Return the key that the token is of, or None where it is of none or of a revoked one."""
        match = _TOKEN.fullmatch(token)
        if match is None:
            return None
        identifier, secret = match.groups()
        rows = self._reading.rows(self._find, id=identifier)
        current, former = rows[0][:2] if rows else (None, None)
        right, late = (hmac.compare_digest(_hash(secret), bytes(held or _NOTHING)) for held in (current, former))
        if not rows or not (right or late):
            return None
        key, disabled = _key(rows[0]), rows[0][-1] is not None
        ended = key.former_until is not None and key.former_until <= self._clock()
        shut = key.revoked is not None or disabled or (ended and not right)
        return None if shut else self._used(key)

    def all(self, organisation: str | None = None) -> list[Key]:
        """Return the keys of an organisation or of all, revoked ones too, oldest first."""
        wanted = _STATED.order_by(api_keys.c.created, api_keys.c.id)
        if organisation is not None:
            wanted = wanted.where(api_keys.c.organisation == organisation)
        with self._engine.connect() as connection:
            return [_key(row) for row in connection.execute(wanted)]

    def revoke(self, identifier: str) -> Key | None:
        """Make a key open nothing any more and return it; None where there is no such key. The first time stays."""
        now = to_millis(self._clock())
        still = (api_keys.c.id == identifier, api_keys.c.revoked.is_(None))
        with writing(self._engine).begin() as connection:
            connection.execute(update(api_keys).where(*still).values(revoked=now))
            row = connection.execute(_STATED.where(api_keys.c.id == identifier)).first()
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


def _require(account: Any, key: Mapping[str, Any]) -> None:
    """Check that a key of a level may belong to an account."""
    if account is None or account.organisation != key["organisation"]:
        raise OperationsError("accounts.unknown", f"{key['organisation']} has no account {key['account']}")
    if account.disabled is not None:
        raise OperationsError("accounts.disabled", f"the account {account.name!r} is disabled")
    if not Level(account.level).covers(Level(key["level"])):
        most = f"the account {account.name!r} goes as far as {account.level!r}"
        raise OperationsError("keys.level", f"a key never goes further than its account: {most}")


def _key(row: Any) -> Key:
    """Return the key of a row of `_STATED`, its level within its account's."""
    _, _, identifier, organisation, level, name, created, revoked, last_used, former_until, *others = row
    place, account, account_name, account_level, _ = others
    return Key(
        id=identifier,
        organisation=organisation,
        level=Level(level) if account_level is None else Level(level).within(Level(account_level)),
        name=name,
        created=from_millis(created),
        revoked=None if revoked is None else from_millis(revoked),
        last_used=date.fromisoformat(last_used) if isinstance(last_used, str) else last_used,
        former_until=None if former_until is None else from_millis(former_until),
        account=account,
        account_name=account_name,
        place=None if place is None else Link(place),
    )
