"""Writing rows of the embedded ledger: one function a kind, used by all who append blocks.

Decides nothing: whoever calls has judged what is written, and commits it.
"""

import sqlite3

from provenance.ledger.embedded.blocks import StoredTransaction
from provenance.ledger.embedded.chain import Header
from provenance.ledger.embedded.envelope import Response, Version

_HEAD = "SELECT number, previous_hash, data_hash FROM blocks ORDER BY number DESC LIMIT 1"
_VERSION = "SELECT block, position FROM state WHERE key = ?"
_IDENTITY = "INSERT OR IGNORE INTO identities (digest, organisation, certificate) VALUES (?, ?, ?)"
_TRANSACTION = """INSERT INTO transactions
    (block, position, id, proposal, signature, response, endorsement, validity, arguments)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_STATE = """INSERT INTO state (key, block, position, value) VALUES (?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET block = excluded.block, position = excluded.position, value = excluded.value"""
_BLOCK = "INSERT INTO blocks (number, previous_hash, data_hash, signature) VALUES (?, ?, ?, ?)"
_CONFIGURATION = "INSERT INTO configuration (block, body) VALUES (?, ?)"


def head(connection: sqlite3.Connection) -> Header:
    """Return the newest header of a ledger that has one."""
    return Header(*connection.execute(_HEAD).fetchone())


def version(connection: sqlite3.Connection, key: str) -> Version | None:
    """Return the version of a key's value in the state, None where it has none."""
    row: Version | None = connection.execute(_VERSION, (key,)).fetchone()
    return row


def put_block(connection: sqlite3.Connection, header: Header, signature: bytes) -> None:
    """Write a signed header."""
    connection.execute(_BLOCK, (header.number, header.previous, header.data, signature))


def put_configuration(connection: sqlite3.Connection, number: int, body: bytes) -> None:
    """Write the configuration that a block carries."""
    connection.execute(_CONFIGURATION, (number, body))


def put_transaction(connection: sqlite3.Connection, place: Version, transaction: StoredTransaction) -> None:
    """Write a transaction at (block, position), with its creator's certificate."""
    envelope, identity = transaction.envelope, transaction.envelope.identity
    connection.execute(_IDENTITY, (identity.digest(), identity.organisation, identity.certificate))
    body = (envelope.proposal, envelope.signature, envelope.response, envelope.endorsement, transaction.validity.value)
    connection.execute(_TRANSACTION, (*place, transaction.id, *body, envelope.arguments))


def put_state(connection: sqlite3.Connection, place: Version, response: Response) -> None:
    """Write what a valid transaction at (block, position) wrote."""
    connection.executemany(_STATE, [(write.key, *place, write.value) for write in response.writes])
