"""Bringing the channel into being: the orderers join it from its first block, then the peers."""

import json
from concurrent.futures import ThreadPoolExecutor

from network import nodes
from network.binaries import Say
from network.commands import Fabric
from network.topology import Node


def join(fabric: Fabric, say: Say) -> None:
    """Let every orderer and every peer join the channel, those that have not. Raises `NetworkError`."""
    topology = fabric.topology
    joined = [each.name for each in topology.ordering.orderers if _join_orderer(fabric, each)]
    if joined:
        say(f"{', '.join(joined)} joined {topology.channel}")
    nodes.wait_leader(topology, fabric.home)
    with ThreadPoolExecutor(max_workers=4) as pool:
        news = list(pool.map(lambda each: _join_peer(fabric, each), topology.peers))
    fresh = [node.name for node, new in zip(topology.peers, news, strict=True) if new]
    if fresh:
        say(f"{', '.join(fresh)} joined {topology.channel}")


def _join_orderer(fabric: Fabric, node: Node) -> bool:
    """Return whether the orderer had to join."""
    listed = fabric.osnadmin(node, ["channel", "list"])
    content = json.loads(listed[listed.index("{") :])
    if fabric.topology.channel in {each["name"] for each in content.get("channels") or ()}:
        return False
    block = ["--channelID", fabric.topology.channel, "--config-block", str(fabric.home.genesis)]
    fabric.osnadmin(node, ["channel", "join", *block])
    return True


def _join_peer(fabric: Fabric, node: Node) -> bool:
    """Return whether the peer had to join."""
    own = fabric.topology.organisation(node.organisation)
    listed = fabric.peer(own, node, ["channel", "list"])
    if fabric.topology.channel in listed.split():
        return False
    fabric.peer(own, node, ["channel", "join", "--blockpath", str(fabric.home.genesis)])
    return True
