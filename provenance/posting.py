"""Keeping signed transactions in the outbox for as long as their fate is not known."""

from types import TracebackType
from typing import Self

from provenance.ledger.port import LedgerError, Signed, Unknown
from provenance.operations import Outbox


class Posting:
    """Posts what is signed while it is entered; settles it at the end, unless that end leaves its fate open.

    What a ledger answered is definite but for `Unknown`. Any other error, and being torn out of the work, says nothing
    of what was submitted.
    """

    def __init__(self, outbox: Outbox, organisation: str) -> None:
        self._outbox = outbox
        self._organisation = organisation
        self._posted: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __call__(self, signed: Signed) -> None:
        """Keep a signed transaction before it is submitted."""
        self._outbox.post(signed.id, signed.envelope, organisation=self._organisation)
        self._posted.append(signed.id)

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if kind is None or (issubclass(kind, LedgerError) and not issubclass(kind, Unknown)):
            for transaction in self._posted:
                self._outbox.settle(transaction)
