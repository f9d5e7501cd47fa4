"""Accounts: the people of an organisation, as the organisation states them, and how far each may go.

A key may belong to an account. It never opens more than the account's level, and nothing while the account is
disabled. Who somebody is stays here: the ledger knows organisations alone, so what a person's key writes is on record
as the organisation's, and only this gateway can say "recorded by ACCOUNT, as stated by ORGANISATION".
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from provenance.database import writing
from provenance.operations.errors import OperationsError
from provenance.operations.instants import from_millis, to_millis
from provenance.operations.levels import Level
from provenance.operations.tables import accounts

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person of an organisation; `disabled` tells since when nothing of theirs opens."""

    id: str
    organisation: str
    name: str
    level: Level
    created: datetime
    disabled: datetime | None = None


class Accounts:
    """The accounts of one operations store."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def add(self, organisation: str, name: str, level: Level) -> Account:
        """Make an account.

        Raises `OperationsError` (`accounts.name`, `accounts.exists` where the organisation has one of that name).
        """
        if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
            raise OperationsError("accounts.name", f"a name has 1 to {LONGEST_NAME} printable characters")
        row = {
            "id": secrets.token_hex(6),
            "organisation": organisation,
            "name": name.strip(),
            "level": level.value,
            "created": to_millis(self._clock()),
        }
        try:
            with writing(self._engine).begin() as connection:
                made = connection.execute(insert(accounts).values(row).returning(*accounts.c)).one()
        except IntegrityError:
            raise OperationsError("accounts.exists", f"{organisation} has an account {name.strip()!r}") from None
        return _account(made)

    def get(self, identifier: str) -> Account | None:
        """Return an account, or None where there is none."""
        with self._engine.connect() as connection:
            row = connection.execute(select(accounts).where(accounts.c.id == identifier)).first()
        return None if row is None else _account(row)

    def all(self, organisation: str | None = None) -> list[Account]:
        """Return the accounts of an organisation or of all, disabled ones too, oldest first."""
        wanted = select(accounts).order_by(accounts.c.created, accounts.c.id)
        if organisation is not None:
            wanted = wanted.where(accounts.c.organisation == organisation)
        with self._engine.connect() as connection:
            return [_account(row) for row in connection.execute(wanted)]

    def disable(self, identifier: str) -> Account | None:
        """Make everything of an account open nothing from now on; None where there is none. The first time stays."""
        return self._set(identifier, disabled=to_millis(self._clock()))

    def enable(self, identifier: str) -> Account | None:
        """Let what an account has open again; None where there is no such account."""
        return self._set(identifier, disabled=None)

    def _set(self, identifier: str, *, disabled: int | None) -> Account | None:
        changed = update(accounts).where(accounts.c.id == identifier).values(disabled=disabled)
        if disabled is not None:
            changed = changed.where(accounts.c.disabled.is_(None))
        with writing(self._engine).begin() as connection:
            connection.execute(changed)
            row = connection.execute(select(accounts).where(accounts.c.id == identifier)).first()
        return None if row is None else _account(row)


def _account(row: Row[tuple[object, ...]]) -> Account:
    return Account(
        id=row.id,
        organisation=row.organisation,
        name=row.name,
        level=Level(row.level),
        created=from_millis(row.created),
        disabled=None if row.disabled is None else from_millis(row.disabled),
    )
