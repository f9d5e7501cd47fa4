"""What cryptogen is asked for: an authority, nodes, an administrator and one client for each organisation."""

from pathlib import Path
from typing import Any

from network.topology import Node, Organisation, Topology

CLIENT = "User1"
"""The user whose certificate an organisation's gateway signs with."""


def configuration(topology: Topology) -> dict[str, Any]:
    """Return cryptogen's configuration."""
    ordering = topology.ordering
    orderers = {
        "Name": ordering.id,
        "Domain": ordering.domain,
        "EnableNodeOUs": True,
        "Specs": [_spec(topology, node, ordering.domain) for node in ordering.orderers],
    }
    return {"OrdererOrgs": [orderers], "PeerOrgs": [_member(topology, each) for each in topology.organisations]}


def close(folder: Path) -> None:
    """Let nobody but their owner read the private keys in a folder that cryptogen made."""
    for path in folder.rglob("*"):
        if path.name.endswith(("_sk", ".key")):
            path.chmod(0o600)


def _member(topology: Topology, organisation: Organisation) -> dict[str, Any]:
    return {
        "Name": organisation.id,
        "Domain": organisation.domain,
        "EnableNodeOUs": True,
        "Template": {"Count": 0},
        "Specs": [_spec(topology, peer, organisation.domain) for peer in organisation.peers],
        "Users": {"Count": 1},
    }


def _spec(topology: Topology, node: Node, domain: str) -> dict[str, Any]:
    names = list(dict.fromkeys((topology.host, "localhost", "127.0.0.1")))
    return {"Hostname": node.name.removesuffix(f".{domain}"), "SANS": names}
