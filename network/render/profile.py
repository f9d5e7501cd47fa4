"""The connection profile of an organisation, and the files that it points at: what a gateway is given.

The vocabulary is that of Fabric's common connection profile. Paths are relative to the profile, so that the folder can
be carried elsewhere. `organizations` holds the organisation itself and every one that runs peers; the peers to connect
to, in the order to try them, are the ones of `channels.NAME.peers` with `gateway`.
"""

import json
from pathlib import Path
from typing import Any

from network import files
from network.layout import Home
from network.render.crypto import CLIENT
from network.topology import Node, Organisation, Topology

NAME = "connection.json"


def write(topology: Topology, home: Home, organisation: Organisation) -> None:
    """Put the profile, the client's certificate and key, and the TLS files into the organisation's folder."""
    folder = home.organisation(organisation)
    user = home.user(organisation, CLIENT)
    (folder / "wallet").mkdir(parents=True, exist_ok=True)
    (folder / "wallet").chmod(0o700)
    _copy(next((user / "msp" / "signcerts").glob("*.pem")), folder / "wallet" / "client.pem")
    _copy(next((user / "msp" / "keystore").glob("*_sk")), folder / "wallet" / "client.key.pem", 0o600)
    _copy(user / "tls" / "client.crt", folder / "wallet" / "tls.pem")
    _copy(user / "tls" / "client.key", folder / "wallet" / "tls.key.pem", 0o600)
    _copy(home.ordering_tls_authority(topology), folder / "tls" / f"{topology.ordering.id}.pem")
    for each in topology.endorsing:
        _copy(home.tls_authority(each.domain), folder / "tls" / f"{each.id}.pem")
    files.write(folder / NAME, json.dumps(profile(topology, organisation), indent=2) + "\n")


def profile(topology: Topology, organisation: Organisation) -> dict[str, Any]:
    """Return an organisation's connection profile."""
    reached = topology.gateway_peers(organisation)
    others = [each for each in topology.peers if each not in reached]
    return {
        "name": f"{topology.channel} for {organisation.id}",
        "version": "1.0.0",
        "client": {
            "organization": organisation.id,
            "tlsCerts": {"client": {"cert": {"path": "wallet/tls.pem"}, "key": {"path": "wallet/tls.key.pem"}}},
        },
        "organizations": _organizations(topology, organisation),
        "peers": {each.name: _node(topology, each) for each in (*reached, *others)},
        "orderers": {each.name: _node(topology, each) for each in topology.ordering.orderers},
        "channels": {
            topology.channel: {
                "orderers": [each.name for each in topology.ordering.orderers],
                "peers": {
                    each.name: {
                        "gateway": each in reached,
                        "endorsingPeer": True,
                        "chaincodeQuery": True,
                        "ledgerQuery": True,
                        "eventSource": each in reached,
                    }
                    for each in (*reached, *others)
                },
                "chaincodes": [topology.chaincode.name],
            }
        },
    }


def _organizations(topology: Topology, organisation: Organisation) -> dict[str, Any]:
    own: dict[str, Any] = {
        "mspid": organisation.id,
        "peers": [each.name for each in organisation.peers],
        "signedCert": {"path": "wallet/client.pem"},
        "clientPrivateKey": {"path": "wallet/client.key.pem"},
    }
    rest = [each for each in topology.endorsing if each != organisation]
    return {
        organisation.id: own,
        **{each.id: {"mspid": each.id, "peers": [peer.name for peer in each.peers]} for each in rest},
    }


def _node(topology: Topology, node: Node) -> dict[str, Any]:
    return {
        "url": f"grpcs://{topology.host}:{node.port}",
        "tlsCACerts": {"path": f"tls/{node.organisation}.pem"},
        "grpcOptions": {"ssl-target-name-override": node.name},
    }


def _copy(source: Path, target: Path, mode: int = 0o644) -> None:
    content = source.read_bytes()
    if not (target.exists() and target.read_bytes() == content):
        files.write(target, content, mode)
