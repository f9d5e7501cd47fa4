"""What the API needs of the composed gateway."""

from typing import Protocol

from provenance import http
from provenance.contracts import Contracts
from provenance.domain.epcis.document import Captured
from provenance.ledger.port import Receipt
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

    def contracts_for(self, organisation: str) -> Contracts:
        """Return the contracts as an organisation calls them, with its signer."""

    def record(self, organisation: str, event: Captured) -> Receipt:
        """Record one event, in one transaction with those that arrive at the same time; raises `LedgerError`."""
