"""What the embedded ledger answers for before a transaction is ordered: who asked, when, and what the contract did.

Never runs a contract outside one snapshot of the committed state, and never endorses a proposal whose creator is not a
member, whose signature is not the creator's, or whose time is further off the host's clock than the tolerance. The
clock refuses; it enters no result.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from provenance.domain.contract import Contracts
from provenance.domain.errors import DomainError, Malformed
from provenance.domain.instant import format_instant, parse_instant
from provenance.ledger.embedded.commit import Ordered
from provenance.ledger.embedded.envelope import Envelope, Identity, Proposal, Response, endorsed, sha256
from provenance.ledger.embedded.in_force import Configurations, InForce
from provenance.ledger.embedded.simulation import Simulation
from provenance.ledger.embedded.store import Store
from provenance.ledger.port import Failed, Rejected, Signer, Transaction

_NONCE = 24


@dataclass(frozen=True, slots=True)
class Clock:
    """The host's clock, and how far a proposal's time may be off it."""

    now: Callable[[], datetime]
    tolerance: timedelta


class Endorser:
    """Proposes, checks, simulates and endorses transactions of one ledger."""

    def __init__(
        self, ledger: str, store: Store, *, configurations: Configurations, contracts: Contracts, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._store = store
        self._configurations = configurations
        self._contracts = contracts
        self._clock = clock

    def endorse(self, transaction: Transaction, creator: Signer) -> Ordered:
        """Have `creator` propose the transaction, run it, and return it endorsed. Raises `Rejected`, `Failed`."""
        in_force = self._in_force()
        signer = in_force.signer
        identity = Identity(creator.organisation, creator.certificate)
        nonce = secrets.token_bytes(_NONCE)
        time = parse_instant(format_instant(self._clock.now()))
        digest = sha256(transaction.arguments)
        proposal = Proposal(self._ledger, transaction.name, digest, identity.digest(), nonce, time).encode()
        signature = creator.sign(sha256(proposal))
        transaction_id = identity.transaction_id(nonce)
        self._require_current(time, transaction_id)
        try:
            in_force.membership.require_signed(identity, signature, sha256(proposal), at=time)
        except DomainError as error:
            raise Failed(error.code, error.detail, transaction_id) from error
        response = self._simulate(transaction, identity, transaction_id, time)
        body = response.encode()
        endorsement = signer.sign(endorsed(proposal, body))
        envelope = Envelope(identity, proposal, transaction.arguments, signature, body, endorsement)
        return Ordered(transaction_id, envelope, response, in_force.block)

    def evaluate(self, query: Transaction, creator: Signer) -> bytes:
        """Return the result of a query on the committed state. Raises `Rejected`, `Failed`."""
        identity = Identity(creator.organisation, creator.certificate)
        time = self._clock.now()
        try:
            self._in_force().membership.require_member(identity, at=time)
        except DomainError as error:
            raise Failed(error.code, error.detail) from error
        transaction_id = identity.transaction_id(secrets.token_bytes(_NONCE))
        return self._simulate(query, identity, transaction_id, time).result

    def recheck(self, envelope: Envelope) -> Ordered:
        """Return an envelope that comes from outside, after everything that its endorsement rested on but the clock.

        Raises `Malformed` (`envelope.form`) where it is not one that this ledger endorsed.
        """
        proposal = Proposal.decode(envelope.proposal)
        response = Response.decode_exactly(envelope.response)
        if proposal.ledger != self._ledger:
            raise Malformed("envelope.form", "it was proposed to another ledger")
        if proposal.arguments != sha256(envelope.arguments) or proposal.creator != envelope.identity.digest():
            raise Malformed("envelope.form", "its proposal is for other arguments or by another creator")
        digest, in_force = sha256(envelope.proposal), self._in_force()
        in_force.membership.require_signed(envelope.identity, envelope.signature, digest, at=proposal.time)
        statement = endorsed(envelope.proposal, envelope.response)
        if not in_force.membership.signed_by_ledger(envelope.endorsement, statement):
            raise Malformed("envelope.form", "the ledger's present key did not endorse it")
        return Ordered(envelope.identity.transaction_id(proposal.nonce), envelope, response, in_force.block)

    def _in_force(self) -> InForce:
        with self._store.snapshot() as snapshot:
            return self._configurations.at(snapshot)

    def _require_current(self, time: datetime, transaction_id: str) -> None:
        off = abs(self._clock.now() - time)
        if off > self._clock.tolerance:
            detail = f"the proposal's time {format_instant(time)} is {off} off the ledger's clock"
            raise Rejected("ledger.clock", detail, transaction_id)

    def _simulate(self, transaction: Transaction, identity: Identity, transaction_id: str, time: datetime) -> Response:
        with self._store.snapshot() as snapshot:
            stub = Simulation(snapshot, creator=identity.organisation, transaction_id=transaction_id, time=time)
            return stub.run(self._contracts, transaction)
