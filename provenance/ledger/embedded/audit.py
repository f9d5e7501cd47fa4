"""Recomputing one stored block: what its hashes, signatures and validity flags must be, from the arguments up.

Yields one plain sentence for everything that does not hold, and goes on; raises only what the database raises.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from provenance.domain.errors import DomainError
from provenance.ledger.embedded.chain import Configuration, Header, data_hash
from provenance.ledger.embedded.envelope import (
    Envelope,
    Identity,
    Proposal,
    Response,
    committed,
    endorsed,
    sha256,
)
from provenance.ledger.embedded.membership import Membership
from provenance.ledger.embedded.replay import Replay
from provenance.ledger.port import Validity

_IDENTITY = "SELECT organisation, certificate FROM identities WHERE digest = ?"


@dataclass(frozen=True, slots=True)
class TransactionRow:
    """A row of `transactions`, text as bytes."""

    block: int
    position: int
    id: bytes
    validity: bytes
    proposal: bytes
    arguments: bytes
    signature: bytes
    response: bytes
    endorsement: bytes


class Audit:
    """Goes through blocks in order; keeps the replayed state and the identities that have been named."""

    def __init__(self, connection: sqlite3.Connection, membership: Membership, ledger: str) -> None:
        self._connection = connection
        self.membership = membership
        self._ledger = ledger
        self._identities: dict[bytes, Identity] = {}
        self.gone_through = 0
        self.replay = Replay(connection)

    @property
    def named(self) -> int:
        """How many identities the transactions have named."""
        return len(self._identities)

    def header(self, header: Header, signature: bytes, previous: bytes) -> Iterator[str]:
        """Yield what is wrong with a header after the block whose hash is `previous`."""
        if header.previous != previous:
            yield "its previous hash is not the hash of the block before it"
        if not self.membership.signed_by_ledger(signature, header.hash()):
            yield "its header is not signed by the ledger"

    def configuration(self, header: Header, body: bytes) -> Iterator[str]:
        """Yield what is wrong with the configuration that a block carries; what follows is judged by it."""
        if sha256(body) != header.data:
            yield "its data hash is not that of its configuration"
        try:
            self.membership = self.membership.succeeded_by(Configuration.decode(body))
        except DomainError as error:
            yield error.detail

    def transactions(self, header: Header, rows: Iterator[TransactionRow]) -> Iterator[str]:
        """Yield what is wrong with the transactions of a block, and with its data hash."""
        digests: list[bytes] = []
        for row in rows:
            if row.position != len(digests):
                yield f"transaction {len(digests)} is missing or out of its place"
            digest, problems = self._transaction(row)
            digests.append(digest)
            self.gone_through += 1
            yield from (f"transaction {row.position}: {problem}" for problem in problems)
        if not digests:
            yield "it has no transactions"
        if data_hash(digests) != header.data:
            yield "its data hash is not that of its transactions"

    def _transaction(self, row: TransactionRow) -> tuple[bytes, Sequence[str]]:
        """Return the digest that the block must cover, and what is wrong."""
        try:
            proposal = Proposal.decode(row.proposal)
            response = Response.decode_exactly(row.response)
            identity = self._identity(proposal.creator)
            validity = Validity(row.validity.decode())
        except (DomainError, ValueError) as error:
            return b"", [str(error)]
        body = (row.proposal, row.arguments, row.signature, row.response, row.endorsement)
        envelope = Envelope(identity, *body)
        problems = list(self._signatures(envelope, proposal))
        if row.id.decode(errors="replace") != identity.transaction_id(proposal.nonce):
            problems.append("its id is not that of its proposal")
        if self.replay.apply(response, (row.block, row.position)) is not validity:
            problems.append(f"it is recorded as {validity.value}, which what it read contradicts")
        return committed(envelope, validity), problems

    def _signatures(self, envelope: Envelope, proposal: Proposal) -> Iterator[str]:
        if proposal.ledger != self._ledger:
            yield "it was proposed to another ledger"
        if proposal.arguments != sha256(envelope.arguments):
            yield "its arguments are not those that were signed"
        try:
            self.membership.require_signed(
                envelope.identity, envelope.signature, sha256(envelope.proposal), at=proposal.time
            )
        except DomainError as error:
            yield error.detail
        if not self.membership.signed_by_ledger(envelope.endorsement, endorsed(envelope.proposal, envelope.response)):
            yield "its endorsement is not the ledger's"

    def _identity(self, digest: bytes) -> Identity:
        identity = self._identities.get(digest)
        if identity is None:
            identity = self._identities[digest] = self._load(digest)
        return identity

    def _load(self, digest: bytes) -> Identity:
        row = self._connection.execute(_IDENTITY, (digest,)).fetchone()
        if row is None:
            raise ValueError("the certificate of its creator is missing")
        identity = Identity(row[0].decode(errors="replace"), row[1])
        if identity.digest() != digest:
            raise ValueError("the stored certificate of its creator is not the one that it names")
        return identity
