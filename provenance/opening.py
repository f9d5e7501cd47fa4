"""Which ledger a deployment is on, and its signers: the embedded one in the data folder, or a channel of Fabric.

A connection profile in the settings decides. What belongs to Fabric is loaded only where one is given.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from cryptography import x509

import chaincode
from provenance.ledger.embedded import EmbeddedLedger
from provenance.ledger.identity import InsecureWallet
from provenance.ledger.port import Failed, Ledger, Signer
from provenance.observe import metrics
from provenance.settings import Settings

LEDGER_FILE, KEYS_FOLDER = "ledger.db", "keys"

Heights = Callable[[], Mapping[str, int | None]]
"""Gives how many blocks each copy of the ledger has, None where it does not answer."""


class Wallet(Protocol):
    """The signers that a gateway holds."""

    def organisations(self) -> list[str]:
        """Return the organisations whose signers are held, sorted."""

    def signer(self, organisation: str) -> Signer:
        """Return an organisation's signer; raises `IdentityError`."""

    def add(self, organisation: str) -> object:
        """Give a newly enrolled organisation its signer, where this gateway is the one that makes it."""


def initialised(home: Path, settings: Settings) -> bool:
    """Tell whether there is a ledger: a folder holds its own, a channel is somebody's already."""
    return settings.on_fabric or (home / LEDGER_FILE).exists()


def require_embedded(settings: Settings, what: str) -> None:
    """Check that a deployment is on the embedded ledger; raises `Failed` (`ledger.embedded_only`)."""
    if settings.on_fabric:
        detail = f"{what} belongs to the embedded ledger; this gateway is on Fabric, whose own tools do that"
        raise Failed("ledger.embedded_only", detail)


def open_embedded(home: Path, settings: Settings, what: str = "this") -> EmbeddedLedger:
    """Open the embedded ledger of a folder; raises `LedgerError`, also where the deployment is on Fabric."""
    require_embedded(settings, what)
    return EmbeddedLedger.open(home, chaincode.execute, tolerance=timedelta(seconds=settings.clock_tolerance))


def open_ledger(home: Path, settings: Settings) -> Ledger:
    """Open the ledger; raises `LedgerError`. On Fabric nothing is connected yet."""
    return opened(home, settings)[0]


def opened(home: Path, settings: Settings) -> tuple[Ledger, Wallet, Heights]:
    """Open the ledger with the signers that are held, and what tells of its copies; raises `LedgerError`."""
    if not settings.on_fabric:
        return open_embedded(home, settings), InsecureWallet(home / KEYS_FOLDER), dict
    from provenance.ledger.fabric import FabricLedger, load

    profile = load(settings.profile_path)
    held = open_wallet(home, settings)
    ledger = FabricLedger(profile, held.signer(profile.organisation), watch=metrics.Fabric())
    return ledger, held, ledger.heights


def open_wallet(home: Path, settings: Settings) -> Wallet:
    """Return the signers that are held, with a warning in the log where they are several organisations'."""
    if not settings.on_fabric:
        return InsecureWallet(home / KEYS_FOLDER)
    from provenance.ledger.fabric import load
    from provenance.ledger.fabric.wallet import InsecureProfilesWallet, ProfileWallet

    if settings.insecure_signers is not None:
        return InsecureProfilesWallet(Path(settings.insecure_signers))
    return ProfileWallet([load(settings.profile_path)])


def ending(held: Wallet, *, within: timedelta) -> list[str]:
    """Return a sentence for each signer's certificate that ends within a time from now, or has ended."""
    now = datetime.now(UTC)
    dates = {
        name: x509.load_pem_x509_certificate(held.signer(name).certificate).not_valid_after_utc
        for name in held.organisations()
    }
    advice = "have its certificate authority issue another, and put it where the connection profile says"
    return [
        f"{name}'s certificate ends on {end.date()}; {advice}" for name, end in dates.items() if end <= now + within
    ]
