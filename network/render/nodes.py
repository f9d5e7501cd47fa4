"""The configuration of a peer and of an orderer: Fabric's own sample with what this network needs laid over it.

Every listener speaks TLS; where the topology says so, clients show certificates as well. Operations (health, metrics)
always ask for one. Gossip between peers is used for finding each other: every peer takes its blocks from the orderers,
and comes back to them within seconds after they were away. Contracts ask for no history, so none is indexed.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from network.layout import Home
from network.topology import Node, Topology


def peer(topology: Topology, home: Home, node: Node, sample: Path) -> dict[str, Any]:
    """Return a peer's core.yaml; `sample` is the folder of Fabric's own."""
    own = topology.organisation(node.organisation)
    address = f"{topology.host}:{node.port}"
    others = [f"{topology.host}:{each.port}" for each in own.peers if each != node]
    data = home.node(node) / "data"
    msp = home.node_crypto(topology, node) / "msp"
    return _over(
        _sample(sample / "core.yaml"),
        {
            "peer": {
                "id": node.name,
                "networkId": topology.channel,
                "listenAddress": address,
                "address": address,
                "chaincodeListenAddress": f"{topology.host}:{node.second_port}",
                "chaincodeAddress": f"{topology.host}:{node.second_port}",
                "gossip": _gossip(address, others or [address]),
                "gateway": {"dialTimeout": "10s"},
                "deliveryclient": {"blockGossipEnabled": False, "reConnectBackoffThreshold": "2s"},
                "tls": _peer_tls(topology, home, node),
                "fileSystemPath": str(data),
                "mspConfigPath": str(msp),
                "localMspId": own.id,
            },
            "vm": {"endpoint": ""},
            "chaincode": {
                "externalBuilders": [{"name": "ccaas", "path": str(home.builder), "propagateEnvironment": []}],
            },
            "ledger": {
                "history": {"enableHistoryDatabase": False},
                "snapshots": {"rootDir": str(data / "snapshots")},
            },
            "operations": _peer_operations(topology, home, node),
            "metrics": {"provider": "prometheus"},
        },
    )


def orderer(topology: Topology, home: Home, node: Node, sample: Path) -> dict[str, Any]:
    """Return an orderer's orderer.yaml; `sample` is the folder of Fabric's own."""
    data = home.node(node) / "data"
    tls = home.node_crypto(topology, node) / "tls"
    authority = str(home.ordering_tls_authority(topology))
    pair = {"Certificate": str(tls / "server.crt"), "PrivateKey": str(tls / "server.key")}
    asked = {"Enabled": True, **pair, "ClientAuthRequired": True, "ClientRootCAs": [authority]}
    general = {"Enabled": True, **pair, "RootCAs": [authority], "ClientRootCAs": [authority]}
    return _over(
        _sample(sample / "orderer.yaml"),
        {
            "General": {
                "ListenAddress": topology.host,
                "ListenPort": node.port,
                "TLS": {**general, "ClientAuthRequired": topology.mutual_tls},
                "Cluster": {"ClientCertificate": pair["Certificate"], "ClientPrivateKey": pair["PrivateKey"]},
                "BootstrapMethod": "none",
                "LocalMSPDir": str(home.node_crypto(topology, node) / "msp"),
                "LocalMSPID": topology.ordering.id,
            },
            "FileLedger": {"Location": str(data)},
            "Operations": {"ListenAddress": f"{topology.host}:{node.operations_port}", "TLS": {**asked, "RootCAs": []}},
            "Metrics": {"Provider": "prometheus"},
            "Admin": {"ListenAddress": f"{topology.host}:{node.second_port}", "TLS": {**asked, "RootCAs": []}},
            "ChannelParticipation": {"Enabled": True},
            "Consensus": {"WALDir": str(data / "etcdraft" / "wal"), "SnapDir": str(data / "etcdraft" / "snapshot")},
        },
    )


def _gossip(address: str, bootstrap: list[str]) -> dict[str, Any]:
    """Return gossip that knows a small network within a second or two of its start."""
    return {
        "bootstrap": " ".join(bootstrap),
        "endpoint": address,
        "externalEndpoint": address,
        "useLeaderElection": False,
        "orgLeader": True,
        "publishStateInfoInterval": "2s",
        "requestStateInfoInterval": "2s",
        "reconnectInterval": "2s",
    }


def _peer_tls(topology: Topology, home: Home, node: Node) -> dict[str, Any]:
    tls = home.node_crypto(topology, node) / "tls"
    return {
        "enabled": True,
        "clientAuthRequired": topology.mutual_tls,
        "cert": {"file": str(tls / "server.crt")},
        "key": {"file": str(tls / "server.key")},
        "rootcert": {"file": str(tls / "ca.crt")},
        "clientRootCAs": {"files": [str(tls / "ca.crt")]},
        "clientCert": {"file": str(tls / "server.crt")},
        "clientKey": {"file": str(tls / "server.key")},
    }


def _peer_operations(topology: Topology, home: Home, node: Node) -> dict[str, Any]:
    tls = home.node_crypto(topology, node) / "tls"
    return {
        "listenAddress": f"{topology.host}:{node.operations_port}",
        "tls": {
            "enabled": True,
            "cert": {"file": str(tls / "server.crt")},
            "key": {"file": str(tls / "server.key")},
            "clientAuthRequired": True,
            "clientRootCAs": {"files": [str(tls / "ca.crt")]},
        },
    }


def _sample(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return one tree laid over another: tables are joined, anything else replaces."""
    joined = dict(below)
    for key, value in above.items():
        beneath = below.get(key)
        joined[key] = _over(beneath, value) if isinstance(beneath, Mapping) and isinstance(value, Mapping) else value
    return joined
