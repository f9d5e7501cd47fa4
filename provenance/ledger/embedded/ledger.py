"""The embedded ledger as an implementation of `ledger.port.Ledger`.

It never answers before the transaction is on disk, never runs a contract outside a snapshot, and never endorses a
proposal whose creator is not a member, whose signature is not the creator's, or whose time is off the host's clock.
One operator holds its keys, so it proves to that operator's users no more than that operator is willing to be held
to: `checkpoint` is what others keep.
"""

import os
import re
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from provenance.domain.contract import Contracts
from provenance.domain.errors import DomainError, Malformed
from provenance.domain.instant import format_instant, parse_instant
from provenance.ledger.embedded import store
from provenance.ledger.embedded.blocks import BlockReader
from provenance.ledger.embedded.chain import Configuration, Header
from provenance.ledger.embedded.commit import Committer, Ordered
from provenance.ledger.embedded.envelope import Envelope, Identity, Proposal, Response, endorsed, sha256
from provenance.ledger.embedded.groups import Groups
from provenance.ledger.embedded.membership import Membership
from provenance.ledger.embedded.simulation import Simulation
from provenance.ledger.embedded.store import Store
from provenance.ledger.identity import CertificateAuthority, FileSigner
from provenance.ledger.port import Block, Failed, Receipt, Rejected, Signed, Signer, Transaction

KEYS = "keys"
_TOLERANCE = timedelta(minutes=5)
_PATIENCE = 30.0
_LARGEST = 8 * 1024 * 1024
_NAME = re.compile(r"[a-z0-9_.-]+:[a-z0-9_.-]+", re.ASCII)


def _host_clock() -> datetime:
    return datetime.now(UTC)


class EmbeddedLedger:
    """One operator's ledger in `folder/ledger.db`, safe to use from several threads and processes."""

    def __init__(
        self, opened: Store, signer: Signer, contracts: Contracts, *, now: Callable[[], datetime], tolerance: timedelta
    ) -> None:
        self._store = opened
        self._signer = signer
        self._contracts = contracts
        self._now = now
        self._tolerance = tolerance
        self._reader = BlockReader(opened)
        header, configuration = self._reader.genesis()
        self._id = header.hash().hex()
        if configuration.ledger != signer.certificate:
            raise Failed("ledger.keys", "the ledger's key in the folder is not the one that the ledger began with")
        self._membership = Membership(configuration)
        committer = Committer(opened, signer)
        self._groups: Groups[Ordered] = Groups(
            committer.commit, weight=lambda entry: len(entry.envelope.arguments), most=500, heaviest=_LARGEST
        )

    @classmethod
    def create(cls, folder: Path, authority: CertificateAuthority) -> str:
        """Begin a ledger in `folder` under an authority and return its id; raises `Failed` where one is already."""
        folder.mkdir(parents=True, exist_ok=True)
        signer = authority.issue_ledger()
        configuration = Configuration(authority.certificate, signer.certificate)
        header = Header(0, b"", sha256(configuration.encode()))
        connection = store.create(folder / store.FILE)
        try:
            connection.execute("INSERT INTO configuration (block, body) VALUES (0, ?)", (configuration.encode(),))
            row = (header.number, header.previous, header.data, signer.sign(header.hash()))
            connection.execute("INSERT INTO blocks VALUES (?, ?, ?, ?)", row)
            connection.execute("COMMIT")
        finally:
            connection.close()
        _sync(folder)
        return header.hash().hex()

    @classmethod
    def open(
        cls,
        folder: Path,
        contracts: Contracts,
        *,
        now: Callable[[], datetime] = _host_clock,
        tolerance: timedelta = _TOLERANCE,
        patience: float = _PATIENCE,
    ) -> "EmbeddedLedger":
        """Return the ledger in `folder`, whose own key is in `folder/keys`.

        `now` is the host's clock, from which a proposal's time is taken and against which it is checked within `tolerance`;
        `patience` is how many seconds to wait for other processes. Raises `LedgerError`.
        """
        opened = Store(folder / store.FILE, patience=patience)
        try:
            signer = FileSigner.open(folder / KEYS, "ledger")
            return cls(opened, signer, contracts, now=now, tolerance=tolerance)
        except BaseException:
            opened.close()
            raise

    @property
    def id(self) -> str:
        """Hex of the hash of block 0."""
        return self._id

    @property
    def signer(self) -> Signer:
        """The ledger's own identity, which signs blocks and checkpoints."""
        return self._signer

    @property
    def reader(self) -> BlockReader:
        """The stored blocks with everything that proves them."""
        return self._reader

    def submit(
        self, transaction: Transaction, signer: Signer, on_signed: Callable[[Signed], None] | None = None
    ) -> Receipt:
        """Execute, endorse and commit a transaction; returns after it is on disk.

        `on_signed` is called with the endorsed envelope before it is ordered. Raises `Rejected`, `Failed`, `Unknown`.
        """
        ordered = self._endorse(transaction, signer)
        if on_signed is not None:
            on_signed(Signed(ordered.id, ordered.envelope.encode()))
        return self._groups.submit(ordered)

    def resubmit(self, envelope: bytes) -> Receipt:
        """Commit an envelope that `on_signed` was given, however late; the same one again gives the same receipt.

        Raises `Conflict` where what it read has changed since, `Failed` where the envelope is not one of this ledger's.
        """
        try:
            return self._groups.submit(self._reread(Envelope.decode(envelope)))
        except DomainError as error:
            raise Failed("ledger.envelope", f"the envelope cannot be submitted: {error.detail}") from error

    def find(self, transaction_id: str) -> Receipt | None:
        """Return the receipt of a valid transaction on the ledger, or None."""
        return self._reader.receipt(transaction_id)

    def evaluate(self, query: Transaction, signer: Signer) -> bytes:
        """Run a contract against the committed state and return its result; nothing is written. Raises `Rejected`."""
        identity = Identity(signer.organisation, signer.certificate)
        transaction_id = identity.transaction_id(secrets.token_bytes(24))
        return self._simulate(query, identity, transaction_id, self._now()).result

    def blocks(self, start: int) -> Iterator[Block]:
        """Yield the committed blocks from number `start` to the newest one there is now."""
        for number in range(start, self.height()):
            yield self._reader.block(number)

    def height(self) -> int:
        """Return the number of committed blocks."""
        return self._reader.height()

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    def _endorse(self, transaction: Transaction, signer: Signer) -> Ordered:
        _require_form(transaction)
        identity = Identity(signer.organisation, signer.certificate)
        nonce = secrets.token_bytes(24)
        time = parse_instant(format_instant(self._now()))
        proposal = Proposal(
            self._id, transaction.name, sha256(transaction.arguments), identity.digest(), nonce, time
        ).encode()
        signature = signer.sign(sha256(proposal))
        transaction_id = identity.transaction_id(nonce)
        self._require_member(identity, signature, proposal, time, transaction_id)
        response = self._simulate(transaction, identity, transaction_id, time)
        body = response.encode()
        endorsement = self._signer.sign(endorsed(proposal, body))
        envelope = Envelope(identity, proposal, transaction.arguments, signature, body, endorsement)
        return Ordered(transaction_id, envelope, response)

    def _require_member(
        self, identity: Identity, signature: bytes, proposal: bytes, time: datetime, transaction_id: str
    ) -> None:
        off = abs(self._now() - time)
        if off > self._tolerance:
            detail = f"the proposal's time {format_instant(time)} is {off} off the ledger's clock"
            raise Rejected("ledger.clock", detail, transaction_id)
        try:
            self._membership.require_signed(identity, signature, sha256(proposal), at=time)
        except DomainError as error:
            raise Rejected(error.code, error.detail, transaction_id) from error

    def _simulate(self, transaction: Transaction, identity: Identity, transaction_id: str, time: datetime) -> Response:
        with self._store.snapshot() as snapshot:
            stub = Simulation(snapshot, creator=identity.organisation, transaction_id=transaction_id, time=time)
            return stub.run(self._contracts, transaction)

    def _reread(self, envelope: Envelope) -> Ordered:
        """Return an envelope that came from outside, after checking all that endorsement had checked but the clock."""
        proposal = Proposal.decode(envelope.proposal)
        response = Response.decode_exactly(envelope.response)
        if proposal.ledger != self._id or proposal.arguments != sha256(envelope.arguments):
            raise Malformed("envelope.form", "its proposal is for another ledger or other arguments")
        if proposal.creator != envelope.identity.digest():
            raise Malformed("envelope.form", "its proposal names another creator")
        digest = sha256(envelope.proposal)
        self._membership.require_signed(envelope.identity, envelope.signature, digest, at=proposal.time)
        if not self._membership.signed_by_ledger(envelope.endorsement, endorsed(envelope.proposal, envelope.response)):
            raise Malformed("envelope.form", "this ledger did not endorse it")
        return Ordered(envelope.identity.transaction_id(proposal.nonce), envelope, response)


def _require_form(transaction: Transaction) -> None:
    if _NAME.fullmatch(transaction.name) is None:
        raise Failed("ledger.name", f"{transaction.name!r} is not a transaction's name, contract:verb")
    if len(transaction.arguments) > _LARGEST:
        raise Failed("ledger.too_large", f"{len(transaction.arguments)} bytes of arguments, {_LARGEST} at most")


def _sync(folder: Path) -> None:
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
