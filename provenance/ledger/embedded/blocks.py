"""Reading what is stored: blocks and transactions as the port shows them, and whole with everything that proves them.

Reads one block at a time, so that a reader of the whole ledger needs the memory of one block.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from provenance.ledger.embedded.chain import Configuration, Header
from provenance.ledger.embedded.envelope import Envelope, Identity, Proposal, Response
from provenance.ledger.embedded.store import Store
from provenance.ledger.port import Block, Committed, Failed, Receipt, Validity

_HEADER = "SELECT number, previous_hash, data_hash, signature FROM blocks WHERE number = ?"
_CONFIGURATION = "SELECT body FROM configuration WHERE block = ?"
_TRANSACTIONS = """SELECT id, validity, proposal, arguments, signature, response, endorsement
    FROM transactions WHERE block = ? ORDER BY position"""
_IDENTITY = "SELECT organisation, certificate FROM identities WHERE digest = ?"
_RECEIPT = "SELECT block, response FROM transactions WHERE id = ? AND validity = 'valid'"
_RECEIPT_OF = f"{_RECEIPT} AND proposal = ?"


@dataclass(frozen=True, slots=True)
class StoredTransaction:
    """A transaction as it is stored, with everything that proves it."""

    id: str
    envelope: Envelope
    validity: Validity


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """A block as it is stored: its signed header and its configuration or its transactions."""

    header: Header
    signature: bytes
    configuration: bytes | None
    transactions: tuple[StoredTransaction, ...]


class BlockReader:
    """Reads blocks from a store; safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._identities: dict[bytes, Identity] = {}

    def height(self) -> int:
        """Return the number of blocks."""
        with self._store.snapshot() as snapshot:
            (newest,) = snapshot.execute("SELECT max(number) FROM blocks").fetchone()
        return 0 if newest is None else int(newest) + 1

    def genesis(self) -> tuple[Header, Configuration]:
        """Return the header of block 0 and what it carries. Raises `Failed` where they are missing."""
        block = self.stored(0)
        if block.configuration is None:
            raise Failed("ledger.damaged", "block 0 carries no configuration")
        return block.header, Configuration.decode(block.configuration)

    def receipt(self, transaction_id: str) -> Receipt | None:
        """Return the receipt of a valid transaction, or None."""
        with self._store.snapshot() as snapshot:
            row = snapshot.execute(_RECEIPT, (transaction_id,)).fetchone()
        return row and _receipt(transaction_id, *row)

    def receipt_of(self, envelope: Envelope) -> Receipt | None:
        """Return the receipt of the valid transaction that an envelope is of, or None. Raises `Malformed`."""
        transaction_id = envelope.identity.transaction_id(Proposal.decode(envelope.proposal).nonce)
        with self._store.snapshot() as snapshot:
            row = snapshot.execute(_RECEIPT_OF, (transaction_id, envelope.proposal)).fetchone()
        return row and _receipt(transaction_id, *row)

    def block(self, number: int) -> Block:
        """Return a block as the port shows it. Raises `Failed` where there is none."""
        stored = self.stored(number)
        transactions = tuple(_committed(transaction) for transaction in stored.transactions)
        return Block(number, stored.header.hash(), stored.header.previous, transactions)

    def stored(self, number: int) -> StoredBlock:
        """Return a block as it is stored. Raises `Failed` (`ledger.gap`) where there is none."""
        with self._store.snapshot() as snapshot:
            row = snapshot.execute(_HEADER, (number,)).fetchone()
            if row is None:
                raise Failed("ledger.gap", f"there is no block {number}")
            *header, signature = row
            configuration = snapshot.execute(_CONFIGURATION, (number,)).fetchone()
            transactions = tuple(self._transactions(snapshot, number))
        return StoredBlock(Header(*header), signature, configuration and configuration[0], transactions)

    def _transactions(self, snapshot: sqlite3.Connection, number: int) -> Iterator[StoredTransaction]:
        for transaction_id, validity, *body in snapshot.execute(_TRANSACTIONS, (number,)):
            creator = Proposal.decode(body[0]).creator
            yield StoredTransaction(
                transaction_id, Envelope(self._identity(snapshot, creator), *body), Validity(validity)
            )

    def _identity(self, snapshot: sqlite3.Connection, digest: bytes) -> Identity:
        identity = self._identities.get(digest)
        if identity is None:
            row = snapshot.execute(_IDENTITY, (digest,)).fetchone()
            if row is None:
                raise Failed("ledger.damaged", f"the identity {digest.hex()} is missing")
            identity = self._identities[digest] = Identity(*row)
        return identity


def _receipt(transaction_id: str, block: int, response: bytes) -> Receipt:
    return Receipt(transaction_id, block, Response.decode(response).result)


def _committed(transaction: StoredTransaction) -> Committed:
    envelope = transaction.envelope
    proposal = Proposal.decode(envelope.proposal)
    return Committed(
        id=transaction.id,
        name=proposal.name,
        arguments=envelope.arguments,
        creator=envelope.identity.organisation,
        certificate=envelope.identity.certificate,
        time=proposal.time,
        writes=Response.decode(envelope.response).writes,
        validity=transaction.validity,
    )
