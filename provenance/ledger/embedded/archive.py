"""Reading exported blocks back: the lines of `export`, strictly, and no judgement of what they say.

A line is taken only if writing what was read gives the same bytes again. Holds one block at a time, and the identities
that the archive has named.
"""

import binascii
from base64 import b64decode
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import orjson

from provenance.domain.errors import Malformed
from provenance.ledger.embedded.blocks import StoredBlock, StoredTransaction
from provenance.ledger.embedded.chain import Header
from provenance.ledger.embedded.envelope import Envelope, Identity, Proposal
from provenance.ledger.embedded.export import encode
from provenance.ledger.port import Validity

_LONGEST = 128 * 1024 * 1024
_BODY = ("proposal", "arguments", "signature", "response", "endorsement")


def lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a stream, none longer than any block's: a longer one comes in pieces, which are no blocks."""
    while line := stream.readline(_LONGEST):
        yield line


def read(lines: Iterable[bytes]) -> Iterator[StoredBlock]:
    """Yield the blocks of an archive. Raises `Malformed` (`archive.form`), which names the line."""
    identities: dict[bytes, Identity] = {}
    named: set[Identity] = set()
    for count, line in enumerate(lines, start=1):
        try:
            block = _block(orjson.loads(line), identities)
            exact = encode(block, named) == line
        except (ValueError, TypeError, KeyError, AttributeError, Malformed) as error:
            raise Malformed("archive.form", f"line {count} is not an exported block: {_said(error)}") from None
        if not exact:
            raise Malformed("archive.form", f"line {count} is not spelled as an exported block is")
        yield block


def _block(raw: dict[str, Any], identities: dict[bytes, Identity]) -> StoredBlock:
    for entry in raw["identities"]:
        identity = Identity(entry["organisation"], _octets(entry["certificate"]))
        identities[identity.digest()] = identity
    return StoredBlock(
        header=Header(int(raw["number"]), _octets(raw["previous_hash"]), _octets(raw["data_hash"])),
        signature=_octets(raw["signature"]),
        configuration=_octets(raw["configuration"]) if "configuration" in raw else None,
        transactions=tuple(_transaction(entry, identities) for entry in raw["transactions"]),
    )


def _transaction(raw: dict[str, str], identities: dict[bytes, Identity]) -> StoredTransaction:
    body = [_octets(raw[name]) for name in _BODY]
    identity = identities[Proposal.decode(body[0]).creator]
    return StoredTransaction(raw["id"], Envelope(identity, *body), Validity(raw["validity"]))


def _octets(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def _said(error: Exception) -> str:
    if isinstance(error, Malformed):
        return error.detail
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)
