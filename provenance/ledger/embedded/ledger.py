"""The embedded ledger as an implementation of `ledger.port.Ledger`.

It never answers before the transaction is on disk. One operator holds its keys, so it proves to that operator's users
no more than that operator is willing to be held to: `checkpoint` is what others keep.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from provenance.domain.contract import Contracts
from provenance.domain.errors import DomainError
from provenance.durable import sync
from provenance.ledger.embedded import rows, store
from provenance.ledger.embedded.blocks import BlockReader
from provenance.ledger.embedded.chain import Configuration, Header
from provenance.ledger.embedded.commit import Committer, Ordered
from provenance.ledger.embedded.endorser import Clock, Endorser
from provenance.ledger.embedded.envelope import Envelope, sha256
from provenance.ledger.embedded.in_force import Configurations, InForce
from provenance.ledger.embedded.store import Store
from provenance.ledger.groups import Groups
from provenance.ledger.identity import CertificateAuthority
from provenance.ledger.port import Block, Failed, Receipt, Signed, Signer, Transaction

KEYS = "keys"
_TOLERANCE = timedelta(minutes=5)
_PATIENCE = 30.0
_LARGEST = 8 * 1024 * 1024
_MOST = 500
_NAME = re.compile(r"[a-z0-9_.-]+:[a-z0-9_.-]+", re.ASCII)


def _host_clock() -> datetime:
    return datetime.now(UTC)


class EmbeddedLedger:
    """One operator's ledger in `folder/ledger.db`, safe to use from several threads and processes."""

    def __init__(self, opened: Store, keys: Path, contracts: Contracts, *, clock: Clock) -> None:
        self._store = opened
        self._configurations = configurations = Configurations(keys)
        self._reader = BlockReader(opened)
        self._id = self._reader.genesis()[0].hash().hex()
        self.head()
        self._endorser = Endorser(self._id, opened, configurations=configurations, contracts=contracts, clock=clock)
        commit = Committer(opened, configurations).commit
        self._groups: Groups[Ordered] = Groups(commit, weight=_weight, most=_MOST, heaviest=_LARGEST)

    @classmethod
    def create(cls, folder: Path, authority: CertificateAuthority) -> str:
        """Begin a ledger in `folder` under an authority and return its id.

        Raises `Failed` (`ledger.exists`) where one is already.
        """
        folder.mkdir(parents=True, exist_ok=True)
        signer = authority.issue_ledger()
        configuration = Configuration(authority.certificate, signer.certificate)
        header = Header(0, b"", sha256(configuration.encode()))
        connection = store.create(folder / store.FILE)
        try:
            rows.put_configuration(connection, 0, configuration.encode())
            rows.put_block(connection, header, signer.sign(header.hash()))
            connection.execute("COMMIT")
        finally:
            connection.close()
        sync(folder)
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
        """Return the ledger in `folder`, whose own key is in `folder/keys`; without one it can only be read.

        `now` is the host's clock, from which a proposal's time is taken and against which it is checked within
        `tolerance`; `patience` is how many seconds to wait for other processes. Raises `LedgerError`.
        """
        opened = Store(folder / store.FILE, patience=patience)
        try:
            return cls(opened, folder / KEYS, contracts, clock=Clock(now, tolerance))
        except DomainError as error:
            opened.close()
            raise Failed("ledger.damaged", f"its configuration cannot be used: {error.detail}") from error
        except BaseException:
            opened.close()
            raise

    @property
    def id(self) -> str:
        """Hex of the hash of block 0."""
        return self._id

    @property
    def replicated(self) -> bool:
        """There is one copy."""
        return False

    def following(self) -> "EmbeddedLedger":
        """Return itself: it is here."""
        return self

    @property
    def signer(self) -> Signer:
        """The ledger's own identity, which signs blocks and checkpoints. Raises `Failed` (`ledger.read_only`)."""
        return self.head()[1].signer

    @property
    def configuration(self) -> Configuration:
        """The newest configuration: certificates of the authority and the ledger, and what is revoked."""
        return self.head()[1].configuration

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
        _require_form(transaction)
        ordered = self._endorser.endorse(transaction, signer)
        if on_signed is not None:
            on_signed(Signed(ordered.id, ordered.envelope.encode()))
        return self._groups.submit(ordered)

    def resubmit(self, envelope: bytes) -> Receipt:
        """Commit an envelope that `on_signed` was given, however late; the same one again gives the same receipt.

        Raises `Conflict` where what it read has changed since, `Failed` where the envelope is not this ledger's, or
        was signed or endorsed with a key that is no longer in force.
        """
        try:
            decoded = Envelope.decode(envelope)
            known = self._reader.receipt_of(decoded)
            if known is not None:
                return known
            ordered = self._endorser.recheck(decoded)
        except DomainError as error:
            raise Failed("ledger.envelope", f"the envelope cannot be submitted: {error.detail}") from error
        return self._groups.submit(ordered)

    def find(self, transaction_id: str) -> Receipt | None:
        """Return the receipt of a valid transaction on the ledger, or None."""
        return self._reader.receipt(transaction_id)

    def evaluate(self, query: Transaction, signer: Signer) -> bytes:
        """Run a contract against the committed state and return its result; nothing is written.

        Raises `Rejected`, `Failed`.
        """
        _require_form(query)
        return self._endorser.evaluate(query, signer)

    def blocks(self, start: int) -> Iterator[Block]:
        """Yield the committed blocks from number `start` to the newest one there is now."""
        for number in range(start, self.height()):
            yield self._reader.block(number)

    def head(self) -> tuple[int, InForce]:
        """Return the number of blocks and what is in force after them, of one moment."""
        with self._store.snapshot() as snapshot:
            return rows.head(snapshot).number + 1, self._configurations.at(snapshot)

    def height(self) -> int:
        """Return the number of committed blocks."""
        return self._reader.height()

    def close(self) -> None:
        """Close the file; the last of all processes that closes it leaves one complete file behind."""
        self._store.close()


def _weight(entry: Ordered) -> int:
    return len(entry.envelope.arguments) + len(entry.envelope.response)


def _require_form(transaction: Transaction) -> None:
    if _NAME.fullmatch(transaction.name) is None:
        raise Failed("ledger.name", f"{transaction.name!r} is not a transaction's name, contract:verb")
    if len(transaction.arguments) > _LARGEST:
        raise Failed("ledger.too_large", f"{len(transaction.arguments)} bytes of arguments, {_LARGEST} at most")
