"""What is signed and hashed for one transaction; pure functions over bytes.

A transaction grows in four steps: its creator signs a *proposal*; the contract's *response* (reads with their
versions, writes, result) is added; the ledger's *endorsement* signs proposal and response together; a block adds the
*validity*. Every step is canonical JSON with a schema tag (keys by code point, no whitespace), so nothing signed for
one purpose can pass for another, and large arguments enter by their SHA-256 digest. Exactly one byte sequence spells
each value: what is not spelled so is refused.
"""

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from provenance.domain.errors import Malformed
from provenance.domain.instant import format_instant, parse_instant
from provenance.ledger.port import Validity, Write

Version = tuple[int, int]
_VARINT = 0x80
_MAGIC = b"provenance envelope 1\n"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed: MSP id and certificate (PEM), serialised as Fabric's `msp.SerializedIdentity`."""

    organisation: str
    certificate: bytes

    def serialized(self) -> bytes:
        """Return the protobuf message: field 1 the MSP id, field 2 the certificate."""
        return _field(1, self.organisation.encode()) + _field(2, self.certificate)

    def digest(self) -> bytes:
        """Return the SHA-256 digest under which proposals name this identity."""
        return hashlib.sha256(self.serialized()).digest()

    def transaction_id(self, nonce: bytes) -> str:
        """Return the id of the transaction that this identity proposes with `nonce`, as Fabric derives it."""
        return hashlib.sha256(nonce + self.serialized()).hexdigest()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a creator asks for and signs; arguments and identity by their digests."""

    ledger: str
    name: str
    arguments: bytes
    creator: bytes
    nonce: bytes
    time: datetime

    def encode(self) -> bytes:
        """Return the canonical bytes."""
        return canonical(
            {
                "arguments": self.arguments.hex(),
                "creator": self.creator.hex(),
                "ledger": self.ledger,
                "name": self.name,
                "nonce": self.nonce.hex(),
                "schema": "proposal/1",
                "time": format_instant(self.time),
            }
        )

    @classmethod
    def decode(cls, body: bytes) -> "Proposal":
        """Return the proposal that `body` spells. Raises `Malformed` (`envelope.form`)."""
        try:
            raw = orjson.loads(body)
            digests = {name: bytes.fromhex(raw[name]) for name in ("arguments", "creator", "nonce")}
            proposal = cls(ledger=raw["ledger"], name=raw["name"], time=parse_instant(raw["time"]), **digests)
            exact = proposal.encode() == body
        except (ValueError, TypeError, KeyError):
            exact = False
        if not exact:
            raise Malformed("envelope.form", "the proposal is not in canonical form")
        return proposal


@dataclass(frozen=True, slots=True)
class Read:
    """A key that a contract read, and the version (block, position) that it saw: None where there was no value."""

    key: str
    version: Version | None


@dataclass(frozen=True, slots=True)
class Response:
    """What a contract did: reads and writes by key in byte order, and what it returned."""

    reads: tuple[Read, ...]
    writes: tuple[Write, ...]
    result: bytes

    def encode(self) -> bytes:
        """Return the canonical bytes; values in base64."""
        return canonical(
            {
                "reads": [{"key": read.key, "version": read.version} for read in self.reads],
                "result": _text(self.result),
                "schema": "response/1",
                "writes": [{"key": write.key, "value": _text(write.value)} for write in self.writes],
            }
        )

    @classmethod
    def decode(cls, body: bytes) -> "Response":
        """Return the response that `body` spells, trusting it to be the ledger's own. Raises `Malformed`."""
        try:
            raw = orjson.loads(body)
            reads = tuple(Read(str(read["key"]), _version(read["version"])) for read in raw["reads"])
            writes = tuple(Write(str(write["key"]), _octets(write["value"])) for write in raw["writes"])
            return cls(reads, writes, _octets(raw["result"]))
        except (ValueError, TypeError, KeyError) as error:
            raise Malformed("envelope.form", f"the response is not in canonical form: {error}") from None

    @classmethod
    def decode_exactly(cls, body: bytes) -> "Response":
        """Return the response that `body` spells, refusing any other spelling of it. Raises `Malformed`."""
        response = cls.decode(body)
        if response.encode() != body:
            raise Malformed("envelope.form", "the response is not in canonical form")
        return response


@dataclass(frozen=True, slots=True)
class Envelope:
    """An endorsed transaction, complete in itself: it can be submitted, and submitted again, by anyone who has it."""

    identity: Identity
    proposal: bytes
    arguments: bytes
    signature: bytes
    response: bytes
    endorsement: bytes

    def encode(self) -> bytes:
        """Return the envelope as bytes: each field after its length."""
        fields = (
            self.identity.organisation.encode(),
            self.identity.certificate,
            self.proposal,
            self.arguments,
            self.signature,
            self.response,
            self.endorsement,
        )
        return _MAGIC + b"".join(struct.pack(">I", len(field)) + field for field in fields)

    @classmethod
    def decode(cls, body: bytes) -> "Envelope":
        """Return the envelope that `body` spells. Raises `Malformed` (`envelope.form`)."""
        try:
            organisation, certificate, *rest = _split(body)
            proposal, arguments, signature, response, endorsement = rest
            identity = Identity(organisation.decode(), certificate)
        except (ValueError, struct.error):
            raise Malformed("envelope.form", "not an envelope of this ledger") from None
        return cls(identity, proposal, arguments, signature, response, endorsement)


def endorsed(proposal: bytes, response: bytes) -> bytes:
    """Return the digest that an endorsement signs."""
    return sha256(
        canonical({"proposal": sha256(proposal).hex(), "response": sha256(response).hex(), "schema": "endorsement/1"})
    )


def committed(envelope: Envelope, validity: Validity) -> bytes:
    """Return the digest of a transaction in a block, which covers everything that is stored of it."""
    return sha256(
        canonical(
            {
                "endorsement": envelope.endorsement.hex(),
                "proposal": sha256(envelope.proposal).hex(),
                "response": sha256(envelope.response).hex(),
                "schema": "transaction/1",
                "signature": envelope.signature.hex(),
                "validity": validity.value,
            }
        )
    )


def canonical(value: Any) -> bytes:
    """Return the canonical JSON of plain values: keys by code point, no whitespace, UTF-8."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def sha256(body: bytes) -> bytes:
    """Return the SHA-256 digest."""
    return hashlib.sha256(body).digest()


def _split(body: bytes) -> list[bytes]:
    if not body.startswith(_MAGIC):
        raise ValueError(body[: len(_MAGIC)])
    fields, at = [], len(_MAGIC)
    while at < len(body):
        (length,) = struct.unpack_from(">I", body, at)
        fields.append(body[at + 4 : at + 4 + length])
        at += 4 + length
    if at != len(body):
        raise ValueError(at)
    return fields


def _field(number: int, content: bytes) -> bytes:
    """Return a length-delimited protobuf field."""
    length, rest = b"", len(content)
    while rest >= _VARINT:
        length += bytes([rest % _VARINT | _VARINT])
        rest //= _VARINT
    return bytes([number << 3 | 2]) + length + bytes([rest]) + content


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _octets(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def _version(raw: Any) -> Version | None:
    if raw is None:
        return None
    block, position = raw
    return int(block), int(position)
