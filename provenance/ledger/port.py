"""The ledger as the product sees it, whichever one it is.

::

    LedgerError                 with the transaction's id where there is one
    |- Rejected                 the contract said no: its stable code and sentence; nothing was written
    |- Failed                   a definite technical failure; nothing was written
    |  `- Conflict              another transaction changed what this one read (MVCC); simulating it again may succeed
    `- Unknown                  the answer did not come: the transaction may be on the ledger or not; ask `find`
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class LedgerError(Exception):
    """Something the ledger answered or failed to answer."""

    def __init__(self, code: str, detail: str, transaction_id: str | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.transaction_id = transaction_id


class Rejected(LedgerError):
    """The contract refused the transaction; `code` is the contract's stable code."""


class Failed(LedgerError):
    """The transaction definitely did not get onto the ledger, for a technical reason."""


class Conflict(Failed):
    """What the transaction read was changed by another before it committed (MVCC)."""


class Unknown(LedgerError):
    """Whether the transaction is on the ledger is not known."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """What is asked of a contract: its name (`contract:verb`) and its arguments, a JSON object in UTF-8."""

    name: str
    arguments: bytes


class Signer(Protocol):
    """An organisation's identity: its MSP id, its certificate (PEM) and its signature over a SHA-256 digest."""

    @property
    def organisation(self) -> str:
        """The MSP id."""

    @property
    def certificate(self) -> bytes:
        """The X.509 certificate in PEM."""

    def sign(self, digest: bytes) -> bytes:
        """Return the DER signature (ECDSA P-256, low-S) over a SHA-256 digest."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed transaction before it is submitted: its id, and the envelope that can be submitted again."""

    id: str
    envelope: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """A committed transaction: the number of the block that it is in, and what its contract returned."""

    transaction_id: str
    block: int
    result: bytes


class Validity(StrEnum):
    """What the ledger decided about an ordered transaction; only valid ones count."""

    VALID = "valid"
    CONFLICT = "mvcc_read_conflict"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Write:
    """One value that a transaction wrote."""

    key: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Committed:
    """A transaction in a block: what was asked, by whom, when by the creator's claim, and what it wrote."""

    id: str
    name: str
    arguments: bytes
    creator: str
    certificate: bytes
    time: datetime
    writes: tuple[Write, ...]
    validity: Validity


@dataclass(frozen=True, slots=True)
class Block:
    """A block, as both ledgers give it; hashes are raw bytes, `previous_hash` is empty for block 0."""

    number: int
    hash: bytes
    previous_hash: bytes
    transactions: tuple[Committed, ...]


class Chain(Protocol):
    """A ledger as it is read, block by block."""

    @property
    def id(self) -> str:
        """What tells this ledger from every other (hex of the genesis block's hash)."""

    @property
    def replicated(self) -> bool:
        """Whether several copies answer, of which one may be behind another and catch up."""

    def blocks(self, start: int) -> Iterator[Block]:
        """Yield the committed blocks from number `start` to the newest one there is now."""

    def height(self) -> int:
        """Return the number of committed blocks."""


class Ledger(Chain, Protocol):
    """A ledger that runs our contracts; safe to use from several threads."""

    def following(self) -> Chain:
        """Return it for one reader who reads block after block; what that says may be a moment old."""

    def submit(
        self, transaction: Transaction, signer: Signer, on_signed: Callable[[Signed], None] | None = None
    ) -> Receipt:
        """Have a transaction executed, ordered and committed; returns after it is durable.

        `on_signed` is called with the signed envelope before it is submitted. Raises `Rejected`, `Failed`, `Unknown`.
        """

    def resubmit(self, envelope: bytes) -> Receipt:
        """Have the envelope that `on_signed` was given committed, however late; twice gives the same receipt twice.

        Raises `Conflict` where what it read has changed since, `Failed`, `Unknown`.
        """

    def find(self, transaction_id: str) -> Receipt | None:
        """Return the receipt of a valid transaction on the ledger, or None."""

    def evaluate(self, query: Transaction, signer: Signer) -> bytes:
        """Run a contract against the committed state and return its result; nothing is written. Raises `Rejected`."""

    def close(self) -> None:
        """Release what is held."""
