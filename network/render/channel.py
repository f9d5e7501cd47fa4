"""The channel's configuration, as configtxgen reads it.

Policies name the organisations with peers: an implicit majority would count members that cannot endorse. Who may read
and write is named too, member by member: behind an implicit "any" a node verifies a signature again for each member
that it looks at, in no order, and with 21 members that was a quarter of what peers computed. The channel speaks V2_0
and its applications V2_5, which Fabric 2.5 and 3.x both do; orderers are addressed through their organisation, because
3.x refuses global addresses.
"""

from collections.abc import Sequence
from typing import Any

from network.layout import Home
from network.topology import Organisation, Topology

PROFILE = "Provenance"
_ADMITTED = {"Readers": ("admin", "peer", "client"), "Writers": ("admin", "client")}
"""Whom an organisation lets read and write."""

ADMITTING = tuple(_ADMITTED)
"""The policies of the application that name every member."""


def configuration(topology: Topology, home: Home) -> dict[str, Any]:
    """Return configtxgen's configuration with one profile, `PROFILE`."""
    return {
        "Profiles": {
            PROFILE: {
                "Policies": _implicit(),
                "Capabilities": {"V2_0": True},
                "Orderer": _orderer(topology, home),
                "Application": _application(topology, home),
            }
        }
    }


def endorsement(topology: Topology) -> str:
    """Return the endorsement policy as Fabric writes it."""
    return _out_of(topology.policies.endorsers, "peer", topology.endorsing)


def member(topology: Topology, home: Home, organisation: Organisation) -> dict[str, Any]:
    """Return a member's part of the channel."""
    group: dict[str, Any] = {
        "Name": organisation.id,
        "ID": organisation.id,
        "MSPDir": str(home.peer_organisation(organisation.domain) / "msp"),
        "Policies": {
            **{name: _signature(_or(roles, [organisation])) for name, roles in _ADMITTED.items()},
            "Admins": _signature(_or(["admin"], [organisation])),
            "Endorsement": _signature(_or(["peer"], [organisation])),
        },
    }
    if organisation.peers:
        group["AnchorPeers"] = [{"Host": topology.host, "Port": organisation.peers[0].port}]
    return group


def _application(topology: Topology, home: Home) -> dict[str, Any]:
    agreed = _signature(endorsement(topology))
    admins = _signature(_out_of(topology.policies.administrators, "admin", topology.endorsing))
    admitting = {name: _signature(_or(roles, topology.organisations)) for name, roles in _ADMITTED.items()}
    return {
        "Organizations": [member(topology, home, each) for each in topology.organisations],
        "Policies": {**admitting, "Admins": admins, "LifecycleEndorsement": agreed, "Endorsement": agreed},
        "Capabilities": {"V2_5": True},
    }


def _orderer(topology: Topology, home: Home) -> dict[str, Any]:
    ordering = topology.ordering
    own = {
        "Name": ordering.id,
        "ID": ordering.id,
        "MSPDir": str(home.orderer_organisation(ordering.domain) / "msp"),
        "OrdererEndpoints": [f"{topology.host}:{each.port}" for each in ordering.orderers],
        "Policies": {
            "Readers": _signature(f"OR('{ordering.id}.member')"),
            "Writers": _signature(f"OR('{ordering.id}.member')"),
            "Admins": _signature(f"OR('{ordering.id}.admin')"),
        },
    }
    return {
        "OrdererType": "etcdraft",
        "BatchTimeout": ordering.batch_timeout,
        "BatchSize": {
            "MaxMessageCount": ordering.max_message_count,
            "AbsoluteMaxBytes": ordering.absolute_max_bytes,
            "PreferredMaxBytes": ordering.preferred_max_bytes,
        },
        "EtcdRaft": {"Consenters": _consenters(topology, home), "Options": _raft(topology)},
        "Organizations": [own],
        "Policies": {**_implicit(), "BlockValidation": _meta("ANY Writers")},
        "Capabilities": {"V2_0": True},
    }


def _consenters(topology: Topology, home: Home) -> list[dict[str, Any]]:
    found = []
    for node in topology.ordering.orderers:
        certificate = str(home.node_crypto(topology, node) / "tls" / "server.crt")
        files = {"ClientTLSCert": certificate, "ServerTLSCert": certificate}
        found.append({"Host": topology.host, "Port": node.port, **files})
    return found


def _raft(topology: Topology) -> dict[str, Any]:
    ordering = topology.ordering
    return {
        "TickInterval": ordering.tick_interval,
        "ElectionTick": ordering.election_tick,
        "HeartbeatTick": ordering.heartbeat_tick,
        "MaxInflightBlocks": 5,
        "SnapshotIntervalSize": ordering.snapshot_interval_size,
    }


def _implicit() -> dict[str, Any]:
    return {"Readers": _meta("ANY Readers"), "Writers": _meta("ANY Writers"), "Admins": _meta("MAJORITY Admins")}


def _meta(rule: str) -> dict[str, str]:
    return {"Type": "ImplicitMeta", "Rule": rule}


def _signature(rule: str) -> dict[str, str]:
    return {"Type": "Signature", "Rule": rule}


def _or(roles: Sequence[str], organisations: Sequence[Organisation]) -> str:
    named = ", ".join(f"'{each.id}.{role}'" for each in organisations for role in roles)
    return f"OR({named})"


def _out_of(count: int, role: str, organisations: Sequence[Organisation]) -> str:
    named = ", ".join(f"'{each.id}.{role}'" for each in organisations)
    return f"OutOf({count}, {named})"
