"""What is where in a network's home folder.

::

    topology.toml               the description that everything else was rendered from
    state.json                  which chaincode runs: version, sequence, package ids
    lock                        one command at a time changes the network
    crypto/                     keys and certificates of members and nodes (cryptogen)
    chaincode-tls/MSP/          the small authority of an organisation for the way from its peers to its chaincode
    channel/                    configtx.yaml, genesis.block
    builder/bin/                the external builder that takes Docker's place
    nodes/NAME/                 core.yaml or orderer.yaml, data/
    packages/SEQUENCE-VERSION/  chaincode packages, one an organisation
    run/                        NAME.json for a running process, NAME.log
    organisations/MSP/          what an organisation's gateway is given: connection.json, wallet/, tls/
"""

from dataclasses import dataclass
from pathlib import Path

from network.topology import Node, Organisation, Topology


@dataclass(frozen=True, slots=True)
class Home:
    """The paths of one network."""

    folder: Path

    @property
    def topology(self) -> Path:
        """The description that was rendered."""
        return self.folder / "topology.toml"

    @property
    def state(self) -> Path:
        """Which chaincode runs."""
        return self.folder / "state.json"

    @property
    def crypto(self) -> Path:
        """Keys and certificates."""
        return self.folder / "crypto"

    @property
    def configtx(self) -> Path:
        """The folder of the channel's configuration."""
        return self.folder / "channel"

    @property
    def genesis(self) -> Path:
        """The channel's first block."""
        return self.configtx / "genesis.block"

    @property
    def builder(self) -> Path:
        """The external builder."""
        return self.folder / "builder"

    @property
    def run(self) -> Path:
        """Running processes and their logs."""
        return self.folder / "run"

    def node(self, node: Node) -> Path:
        """Return the folder of a node's configuration and data."""
        return self.folder / "nodes" / node.name

    def organisation(self, organisation: Organisation) -> Path:
        """Return the folder that an organisation's gateway is given."""
        return self.folder / "organisations" / organisation.id

    def chaincode_tls(self, organisation: Organisation) -> Path:
        """Return the folder of an organisation's authority for its chaincode."""
        return self.folder / "chaincode-tls" / organisation.id

    def package(self, organisation: Organisation, version: str, sequence: int) -> Path:
        """Return the file of an organisation's chaincode package."""
        return self.folder / "packages" / f"{sequence}-{version}" / f"{organisation.id}.tar.gz"

    def peer_organisation(self, domain: str) -> Path:
        """Return the folder that cryptogen made for a member."""
        return self.crypto / "peerOrganizations" / domain

    def orderer_organisation(self, domain: str) -> Path:
        """Return the folder that cryptogen made for the ordering organisation."""
        return self.crypto / "ordererOrganizations" / domain

    def node_crypto(self, topology: Topology, node: Node) -> Path:
        """Return the folder of a node's MSP and TLS files."""
        if node.organisation == topology.ordering.id:
            return self.orderer_organisation(topology.ordering.domain) / "orderers" / node.name
        return self.peer_organisation(topology.organisation(node.organisation).domain) / "peers" / node.name

    def user(self, organisation: Organisation, name: str) -> Path:
        """Return the folder of a user's MSP and TLS files: `Admin`, or `User1` for the gateway."""
        return self.peer_organisation(organisation.domain) / "users" / f"{name}@{organisation.domain}"

    def tls_authority(self, domain: str) -> Path:
        """Return the certificate of a member's TLS authority."""
        return self.peer_organisation(domain) / "tlsca" / f"tlsca.{domain}-cert.pem"

    def ordering_tls_authority(self, topology: Topology) -> Path:
        """Return the certificate of the orderers' TLS authority."""
        domain = topology.ordering.domain
        return self.orderer_organisation(domain) / "tlsca" / f"tlsca.{domain}-cert.pem"
