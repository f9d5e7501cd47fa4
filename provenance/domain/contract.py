"""What a contract sees of the ledger that runs it, and what the ledger sees of the contracts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class Stub(Protocol):
    """One transaction as its contract sees it: who signed it, when by its own claim, and the world state.

    Reads see the state as committed before the transaction, never its own writes.
    """

    @property
    def creator(self) -> str:
        """The organisation (MSP id) of the certificate that signed the proposal."""

    @property
    def transaction_id(self) -> str:
        """The transaction's id."""

    @property
    def time(self) -> datetime:
        """The creator's claim of the time, which endorsers have compared with their clocks."""

    @property
    def direct(self) -> bool:
        """Whether the signed proposal calls this transaction itself, with these arguments."""

    def get_states(self, keys: Sequence[str]) -> list[bytes | None]:
        """Return the committed values of exact keys, in their order."""

    def put_state(self, key: str, value: bytes) -> None:
        """Write one value, which is never empty."""


class Contracts(Protocol):
    """The contracts as a ledger runs them."""

    def __call__(self, stub: Stub, name: str, arguments: bytes) -> bytes:
        """Run the transaction or query `name` (`contract:verb`); raises `DomainError` where it is refused."""
