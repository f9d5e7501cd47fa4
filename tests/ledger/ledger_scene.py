"""Embedded ledgers for tests: begun, opened, and opened again in other processes."""

from dataclasses import dataclass
from pathlib import Path

import ledger_contract

from provenance.ledger.embedded import EmbeddedLedger
from provenance.ledger.identity import CertificateAuthority, FileSigner, InsecureWallet


@dataclass(frozen=True)
class Opening:
    """Opens the ledger in a folder, in whatever process it is called."""

    folder: Path

    def __call__(self) -> tuple[EmbeddedLedger, FileSigner]:
        ledger = EmbeddedLedger.open(self.folder, ledger_contract.execute)
        return ledger, InsecureWallet(self.folder / "keys").signer("Acme")


def begin(folder: Path) -> Opening:
    """Begin a ledger in `folder` with the organisation Acme."""
    EmbeddedLedger.create(folder, CertificateAuthority.create(folder / "keys"))
    InsecureWallet(folder / "keys").add("Acme")
    return Opening(folder)
