"""A Fabric network for the port's suite, and clients of it that can be opened in other processes."""

from dataclasses import dataclass, field
from pathlib import Path

from provenance.ledger.fabric import FabricLedger, Patience, load
from provenance.ledger.fabric.wallet import opened
from provenance.ledger.identity import FileSigner

TOPOLOGY = """
stewards = ["Acme"]

[chaincode]
module = "tests.ledger.fabric_chaincode"

[ordering]
id = "Ordering"
batch_timeout = "20ms"

[[organisations]]
id = "North"
peers = 1

[[organisations]]
id = "South"
peers = 1

[[members]]
host = "North"
ids = ["Acme"]
"""


@dataclass(frozen=True)
class FabricOpening:
    """Opens a client of the network as an organisation without peers, in whatever process it is called."""

    profile: Path
    patience: Patience = field(default_factory=Patience)

    def __call__(self) -> tuple[FabricLedger, FileSigner]:
        profile = load(self.profile)
        signer = opened(profile.organisation, profile.certificate, profile.key)
        return FabricLedger(profile, signer, patience=self.patience), signer
