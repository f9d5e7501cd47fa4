"""How blocks are chained; pure functions over bytes.

A header is number, previous hash and data hash; its SHA-256 is the block's hash, which the ledger's key signs. Block
0 carries the configuration (the certificates that everything after it is checked against) and has no previous hash;
its hash is the ledger's id.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from provenance.domain import merkle
from provenance.domain.errors import Malformed
from provenance.ledger.embedded.envelope import canonical, sha256


@dataclass(frozen=True, slots=True)
class Header:
    """What a block's hash and signature cover."""

    number: int
    previous: bytes
    data: bytes

    def hash(self) -> bytes:
        """Return the block's hash."""
        return sha256(
            canonical(
                {
                    "data": self.data.hex(),
                    "number": self.number,
                    "previous": self.previous.hex(),
                    "schema": "block/1",
                }
            )
        )


@dataclass(frozen=True, slots=True)
class Configuration:
    """What block 0 carries: the certificates (PEM) of the authority and of the ledger itself."""

    authority: bytes
    ledger: bytes

    def encode(self) -> bytes:
        """Return the canonical bytes."""
        return canonical(
            {"authority": self.authority.decode(), "ledger": self.ledger.decode(), "schema": "configuration/1"}
        )

    @classmethod
    def decode(cls, body: bytes) -> "Configuration":
        """Return the configuration that `body` spells. Raises `Malformed` (`configuration.form`)."""
        try:
            raw = orjson.loads(body)
            configuration = cls(raw["authority"].encode(), raw["ledger"].encode())
            exact = configuration.encode() == body
        except (ValueError, TypeError, KeyError, AttributeError):
            exact = False
        if not exact:
            raise Malformed("configuration.form", "the configuration is not in canonical form")
        return configuration


def data_hash(digests: Sequence[bytes]) -> bytes:
    """Return the data hash of a block of transactions: the RFC 9162 root over their digests, in order.

    So one transaction can be shown to be in a block without the rest of it.
    """
    return merkle.root(digests)
