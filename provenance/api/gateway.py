"""What the API needs of the composed gateway."""

from collections.abc import Callable
from typing import Protocol

from provenance import http
from provenance.contracts import Contracts
from provenance.domain.epcis.document import Captured
from provenance.ledger.port import Receipt, Signed
from provenance.operations import Operations
from provenance.readmodel.model import ReadModel


class Gateway(Protocol):
    """The parts that the API's routes use."""

    @property
    def settings(self) -> http.Settings:
        """The settings of the deployment."""

    @property
    def operations(self) -> Operations:
        """Keys, the spool of accepted bodies, and capture jobs."""

    @property
    def readmodel(self) -> ReadModel:
        """What the ledger says, laid out for reading."""

    def contracts_for(self, organisation: str, on_signed: Callable[[Signed], None] | None = None) -> Contracts:
        """Return the contracts as an organisation calls them, with its signer; signed envelopes go to `on_signed`."""

    def record(self, organisation: str, event: Captured) -> Receipt:
        """Record one event, in one transaction with those that arrive at the same time; raises `LedgerError`."""

    def height(self) -> int:
        """Return how many blocks the ledger has."""
