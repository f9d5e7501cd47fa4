"""How blocks are chained; pure functions over bytes.

A header is number, previous hash and data hash; its SHA-256 is the block's hash, which the ledger's key signs. A block
carries transactions or a configuration, never both. Block 0 carries the first configuration (the certificates that
what follows is checked against) and has no previous hash; its hash is the ledger's id. A later configuration replaces
the one before from the next block on, and its own block is still signed with the key of the one before. The authority
never changes, and what was revoked stays revoked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

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
    """Who counts from the next block on: the certificates (PEM) of the authority and of the ledger itself, and the
    keys (SHA-256 of their public half, hex, sorted) whose certificates are revoked.
    """

    authority: bytes
    ledger: bytes
    revoked: tuple[str, ...] = ()

    def encode(self) -> bytes:
        """Return the canonical bytes; without revocations in the first schema."""
        names: dict[str, Any] = {"authority": self.authority.decode(), "ledger": self.ledger.decode()}
        if self.revoked:
            return canonical({**names, "revoked": self.revoked, "schema": "configuration/2"})
        return canonical({**names, "schema": "configuration/1"})

    def revoking(self, keys: Iterable[str]) -> "Configuration":
        """Return it with more revoked keys."""
        return replace(self, revoked=tuple(sorted({*self.revoked, *keys})))

    @classmethod
    def decode(cls, body: bytes) -> "Configuration":
        """Return the configuration that `body` spells. Raises `Malformed` (`configuration.form`)."""
        try:
            raw = orjson.loads(body)
            revoked = tuple(bytes.fromhex(key).hex() for key in raw.get("revoked", ()))
            configuration = cls(raw["authority"].encode(), raw["ledger"].encode(), revoked)
            exact = configuration.encode() == body and list(revoked) == sorted(set(revoked))
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
