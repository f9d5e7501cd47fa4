"""Signed heads of the ledger: what somebody else keeps, so that its operator cannot cut off or rewrite history
unnoticed.

A checkpoint is one line of canonical JSON: ledger id, height, time, and a trail of block hashes from the newest one
back in doubling steps to block 0, signed with the ledger's key. The trail says about where a rewritten history begins
to differ.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from provenance.domain.errors import Malformed
from provenance.domain.instant import format_instant, parse_instant
from provenance.ledger.embedded.envelope import canonical, sha256
from provenance.ledger.embedded.ledger import EmbeddedLedger


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed head; `trail` is (block number, hash) from the newest block down to block 0."""

    ledger: str
    height: int
    trail: tuple[tuple[int, bytes], ...]
    time: datetime
    certificate: bytes
    signature: bytes

    def digest(self) -> bytes:
        """Return the digest that is signed."""
        return sha256(canonical(self._content()))

    def encode(self) -> bytes:
        """Return the checkpoint as one line."""
        return canonical({**self._content(), "signature": self.signature.hex()}) + b"\n"

    @classmethod
    def decode(cls, body: bytes) -> "Checkpoint":
        """Return the checkpoint that `body` spells. Raises `Malformed` (`checkpoint.form`)."""
        try:
            raw = orjson.loads(body)
            checkpoint = cls(
                raw["ledger"],
                raw["height"],
                tuple((step["block"], bytes.fromhex(step["hash"])) for step in raw["trail"]),
                parse_instant(raw["time"]),
                raw["certificate"].encode(),
                bytes.fromhex(raw["signature"]),
            )
            exact = checkpoint.encode().strip() == body.strip() and checkpoint._covers_its_height()
        except (ValueError, TypeError, KeyError, AttributeError, Malformed):
            exact = False
        if not exact:
            raise Malformed("checkpoint.form", "this is not a checkpoint of an embedded ledger")
        return checkpoint

    def differences(self, hashes: Mapping[int, bytes], height: int) -> Iterator[str]:
        """Yield how a ledger of `height` blocks, with these block hashes, differs from what this head saw."""
        if height < self.height:
            yield f"block {height}: cut off with everything up to block {self.height - 1}, which the checkpoint covers"
        same = -1
        for number, digest in reversed(self.trail):
            if number >= height:
                return
            if hashes.get(number) != digest:
                yield f"block {number}: rewritten since the checkpoint; {_last(same)} is known to be the same"
                return
            same = number

    def _covers_its_height(self) -> bool:
        return [number for number, _ in self.trail] == _steps(self.height)

    def _content(self) -> dict[str, Any]:
        return {
            "certificate": self.certificate.decode(),
            "height": self.height,
            "ledger": self.ledger,
            "schema": "checkpoint/1",
            "time": format_instant(self.time),
            "trail": [{"block": number, "hash": digest.hex()} for number, digest in self.trail],
        }


def checkpoint(ledger: EmbeddedLedger, *, time: datetime | None = None) -> bytes:
    """Return the signed head of a ledger as one JSON line; its time is the host clock's unless given."""
    height, in_force = ledger.head()
    trail = tuple((number, ledger.reader.stored(number).header.hash()) for number in _steps(height))
    signer = in_force.signer
    unsigned = Checkpoint(ledger.id, height, trail, time or datetime.now(UTC), signer.certificate, b"")
    signature = signer.sign(unsigned.digest())
    return Checkpoint(ledger.id, height, trail, unsigned.time, signer.certificate, signature).encode()


def _last(number: int) -> str:
    return "no block before it" if number < 0 else f"no block after block {number}"


def _steps(height: int) -> list[int]:
    newest, step, numbers = height - 1, 1, [height - 1]
    while newest - step > 0:
        numbers.append(newest - step)
        step *= 2
    return numbers if newest == 0 else [*numbers, 0]
