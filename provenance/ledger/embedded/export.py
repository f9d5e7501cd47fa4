"""The ledger as JSON lines: one block a line with everything that proves it, bytes in base64.

Self-contained: block 0 carries the certificates of the authority and the ledger, and each block carries the
identities that no earlier exported block named.
"""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from provenance.ledger.embedded.blocks import StoredBlock, StoredTransaction
from provenance.ledger.embedded.envelope import Identity, canonical
from provenance.ledger.embedded.ledger import EmbeddedLedger


def lines(ledger: EmbeddedLedger, *, start: int = 0) -> Iterator[bytes]:
    """Yield the blocks from `start` to the newest one there is now, each as one line; holds one block at a time."""
    named: set[Identity] = set()
    for number in range(start, ledger.height()):
        yield encode(ledger.reader.stored(number), named)


def encode(block: StoredBlock, named: set[Identity]) -> bytes:
    """Return a block as a line, with the identities that are not `named` yet, which then are."""
    new = dict.fromkeys(transaction.envelope.identity for transaction in block.transactions)
    fresh = [identity for identity in new if identity not in named]
    named.update(fresh)
    content: dict[str, Any] = {
        "data_hash": _text(block.header.data),
        "hash": _text(block.header.hash()),
        "identities": [_identity(identity) for identity in fresh],
        "number": block.header.number,
        "previous_hash": _text(block.header.previous),
        "schema": "exported-block/1",
        "signature": _text(block.signature),
        "transactions": [_transaction(transaction) for transaction in block.transactions],
    }
    if block.configuration is not None:
        content["configuration"] = _text(block.configuration)
    return canonical(content) + b"\n"


def _identity(identity: Identity) -> dict[str, str]:
    return {
        "certificate": _text(identity.certificate),
        "digest": _text(identity.digest()),
        "organisation": identity.organisation,
    }


def _transaction(transaction: StoredTransaction) -> dict[str, str]:
    envelope = transaction.envelope
    return {
        "arguments": _text(envelope.arguments),
        "endorsement": _text(envelope.endorsement),
        "id": transaction.id,
        "proposal": _text(envelope.proposal),
        "response": _text(envelope.response),
        "signature": _text(envelope.signature),
        "validity": transaction.validity.value,
    }


def _text(octets: bytes) -> str:
    return b64encode(octets).decode()
