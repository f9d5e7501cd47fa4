"""Appending a configuration to the ledger: revoking a key, or giving the ledger itself another one.

The block is signed with the key that was in force before it, so that whoever checks the ledger from its beginning goes
from key to key. Processes that run notice at their next transaction.
"""

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from provenance.ledger.embedded import rows, store
from provenance.ledger.embedded.chain import Configuration, Header
from provenance.ledger.embedded.envelope import sha256
from provenance.ledger.embedded.in_force import Configurations
from provenance.ledger.port import Failed

_PATIENCE = 30.0


def revoke(folder: Path, keys: Path, revoked: Iterable[str]) -> int:
    """Revoke keys (`identity.key_digest`) with all their certificates and return the block of the configuration.

    What was signed with them before stays valid; nothing is accepted after. Where they are revoked already, nothing is
    appended. Raises `LedgerError`.
    """
    return _append(folder, keys, lambda configuration: configuration.revoking(revoked))


def replace_key(folder: Path, keys: Path, certificate: bytes) -> int:
    """Have the ledger sign with the key of another certificate of its authority and return the block.

    The key must be in `keys` already. Raises `LedgerError`.
    """
    return _append(folder, keys, lambda configuration: replace(configuration, ledger=certificate))


def _append(folder: Path, keys: Path, change: Callable[[Configuration], Configuration]) -> int:
    path = folder / store.FILE
    with closing(store.connect(path, "rw", patience=_PATIENCE)) as connection:
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            number = _put(connection, Configurations(keys), change)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise Failed("ledger.storage", f"{path} cannot be written: {error}") from error
    return number


def _put(
    connection: sqlite3.Connection, configurations: Configurations, change: Callable[[Configuration], Configuration]
) -> int:
    before, head = configurations.at(connection), rows.head(connection)
    changed = change(before.configuration)
    if changed == before.configuration:
        return before.block
    before.membership.succeeded_by(changed)
    header = Header(head.number + 1, head.hash(), sha256(changed.encode()))
    rows.put_configuration(connection, header.number, changed.encode())
    rows.put_block(connection, header, before.signer.sign(header.hash()))
    return header.number
