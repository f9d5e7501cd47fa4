"""Orderers and peers as programs, and whether they are well: asked with a certificate at their operations listener."""

import http.client
import os
import re
import socket
import ssl
from collections.abc import Sequence

from network import waiting
from network.binaries import Binaries
from network.layout import Home
from network.processes import Program
from network.topology import Node, Topology

_ANSWERS_WITHIN = 3.0
_LEADER = re.compile(r'^consensus_etcdraft_is_leader\{channel="([^"]+)"\} 1$', re.MULTILINE)
_LOGGED = "info:gossip,comm.grpc.server,endorser=warning"
"""A line for each block and each change; none for each call."""
_GROWTH = "400"
"""How much a node's heap may grow before Go collects it, in percent of what is live (Go's own: 100). Little is live
beside the many copies that a node makes of a chunk: measured, a tenth of what peers and orderers compute, for 200 MB a
peer.
"""
_FORM = "%{time:2006-01-02T15:04:05.000Z07:00} %{level} [%{module}] %{message}"
_HEALTHY_WITHIN = 120.0
_ELECTED_WITHIN = 120.0


def programs(topology: Topology, home: Home, binaries: Binaries) -> list[Program]:
    """Return the programs of all nodes, orderers first."""
    return [program(topology, home, binaries, each) for each in (*topology.ordering.orderers, *topology.peers)]


def program(topology: Topology, home: Home, binaries: Binaries, node: Node) -> Program:
    """Return the program of a node. Its configuration is in its folder; the environment adds what Go should know."""
    ordering = node.organisation == topology.ordering.id
    command = (binaries["orderer"],) if ordering else (binaries["peer"], "node", "start")
    variables = {
        "FABRIC_CFG_PATH": str(home.node(node)),
        "FABRIC_LOGGING_SPEC": _LOGGED,
        "FABRIC_LOGGING_FORMAT": _FORM,
        "GOGC": os.environ.get("GOGC", _GROWTH),
    }
    return Program(node.name, command, variables, topology.host, (node.port, node.second_port, node.operations_port))


def wait_healthy(topology: Topology, home: Home, which: Sequence[Node]) -> None:
    """Return when all nodes say that they are well. Raises `NotReady`."""
    for node in which:
        waiting.until(
            lambda node=node: healthy(topology, home, node),  # type: ignore[misc]
            f"{node.name} is healthy",
            within=_HEALTHY_WITHIN,
            folder=home.run,
            needs=(node.name,),
        )


def wait_leader(topology: Topology, home: Home, *, besides: str | None = None) -> None:
    """Return when an orderer leads the channel, another than `besides`; until then transactions are refused.

    Raises `NotReady`.
    """
    waiting.until(
        lambda: None if leader(topology, home) not in (None, besides) else "no orderer says that it leads",
        f"the orderers of {topology.channel} have a Raft leader",
        within=_ELECTED_WITHIN,
        folder=home.run,
        needs=tuple(each.name for each in topology.ordering.orderers if each.name != besides),
    )


def leader(topology: Topology, home: Home) -> str | None:
    """Return the name of the orderer that leads the channel."""
    for node in topology.ordering.orderers:
        status, body = ask(topology, home, node, "/metrics")
        if status == http.client.OK and topology.channel in _LEADER.findall(body):
            return node.name
    return None


def healthy(topology: Topology, home: Home, node: Node) -> str | None:
    """Return None where a node is well and listens, else what it says."""
    asked = (node.port, node.second_port) if node.organisation == topology.ordering.id else (node.port,)
    for port in asked:
        try:
            with socket.create_connection((topology.host, port), _ANSWERS_WITHIN) as plain:
                _context(topology, home, node).wrap_socket(plain, server_hostname=topology.host).close()
        except OSError as error:
            return f"{node.name} does not answer on port {port}: {error}"
    status, body = ask(topology, home, node, "/healthz")
    return None if status == http.client.OK else f"{node.name} answers {status or 'nothing'}: {body.strip()}"


def ask(topology: Topology, home: Home, node: Node, path: str) -> tuple[int, str]:
    """Return status and body of a node's operations listener; status 0 with the reason where it does not answer."""
    try:
        context = _context(topology, home, node)
        connection = http.client.HTTPSConnection(
            topology.host, node.operations_port, timeout=_ANSWERS_WITHIN, context=context
        )
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error)


def _context(topology: Topology, home: Home, node: Node) -> ssl.SSLContext:
    """Return what it takes to reach a node with its own certificate."""
    tls = home.node_crypto(topology, node) / "tls"
    context = ssl.create_default_context(cafile=str(tls / "ca.crt"))
    context.load_cert_chain(tls / "server.crt", tls / "server.key")
    return context
