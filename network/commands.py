"""Running Fabric's own commands in the name of an organisation's administrator."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from network import processes
from network.binaries import Binaries
from network.errors import NetworkError
from network.layout import Home
from network.topology import Node, Organisation, Topology

_WITHIN = 120
_TAIL = 1200


class CommandFailed(NetworkError):
    """One of Fabric's commands failed; the sentence ends with what it said (`command.*`)."""


@dataclass(frozen=True, slots=True)
class Fabric:
    """A network's commands: `peer` as an organisation's administrator, `osnadmin` as the orderers'."""

    topology: Topology
    home: Home
    binaries: Binaries

    def peer(self, organisation: Organisation, node: Node, arguments: Sequence[str]) -> str:
        """Run `peer` as the organisation's administrator against a peer and return what it printed."""
        return _run([self.binaries["peer"], *arguments], self._as_administrator(organisation, node))

    def peer_json(self, organisation: Organisation, node: Node, arguments: Sequence[str]) -> dict[str, Any]:
        """Run `peer` and return the JSON object that it printed."""
        printed = self.peer(organisation, node, [*arguments, "--output", "json"])
        try:
            found: dict[str, Any] = json.loads(printed)
        except ValueError as error:
            raise CommandFailed(
                "command.answer", f"peer {' '.join(arguments[:3])} printed no JSON: {printed}"
            ) from error
        return found

    def osnadmin(self, node: Node, arguments: Sequence[str]) -> str:
        """Run `osnadmin` against an orderer and return what it printed."""
        domain = self.topology.ordering.domain
        tls = self.home.orderer_organisation(domain) / "users" / f"Admin@{domain}" / "tls"
        place = ["--orderer-address", f"{self.topology.host}:{node.second_port}"]
        pair = ["--client-cert", str(tls / "client.crt"), "--client-key", str(tls / "client.key")]
        trusted = ["--ca-file", str(self.home.ordering_tls_authority(self.topology))]
        return _run([self.binaries["osnadmin"], *arguments, *place, *trusted, *pair], {})

    def to_orderer(self, organisation: Organisation) -> list[str]:
        """Return the arguments with which an organisation's `peer` command reaches the ordering service."""
        first = self.topology.ordering.orderers[0]
        trusted = str(self.home.ordering_tls_authority(self.topology))
        reached = ["--orderer", f"{self.topology.host}:{first.port}", "--tls", "--cafile", trusted]
        if not self.topology.mutual_tls:
            return reached
        tls = self.home.user(organisation, "Admin") / "tls"
        pair = ["--certfile", str(tls / "client.crt"), "--keyfile", str(tls / "client.key")]
        return [*reached, "--clientauth", *pair]

    def to_peers(self, nodes: Sequence[Node]) -> list[str]:
        """Return the arguments with which `peer` asks several peers to endorse."""
        found: list[str] = []
        for node in nodes:
            authority = self.home.tls_authority(self.topology.organisation(node.organisation).domain)
            found += ["--peerAddresses", f"{self.topology.host}:{node.port}", "--tlsRootCertFiles", str(authority)]
        return found

    def _as_administrator(self, organisation: Organisation, node: Node) -> dict[str, str]:
        user = self.home.user(organisation, "Admin")
        authority = self.home.tls_authority(self.topology.organisation(node.organisation).domain)
        return {
            "FABRIC_CFG_PATH": str(self.home.node(node)),
            "FABRIC_LOGGING_SPEC": "error",
            "CORE_PEER_LOCALMSPID": organisation.id,
            "CORE_PEER_MSPCONFIGPATH": str(user / "msp"),
            "CORE_PEER_ADDRESS": f"{self.topology.host}:{node.port}",
            "CORE_PEER_TLS_ROOTCERT_FILE": str(authority),
            "CORE_PEER_TLS_CLIENTCERT_FILE": str(user / "tls" / "client.crt"),
            "CORE_PEER_TLS_CLIENTKEY_FILE": str(user / "tls" / "client.key"),
        }


def _run(command: list[str], variables: dict[str, str]) -> str:
    shown = f"{os.path.basename(command[0])} {' '.join(command[1:4])}"  # noqa: PTH119 - a command's name, not a path
    try:
        ended = subprocess.run(
            command,
            env={**processes.inherited(), **variables},
            capture_output=True,
            text=True,
            timeout=_WITHIN,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CommandFailed("command.deadline", f"{shown} did not end within {_WITHIN} s") from error
    except OSError as error:
        raise CommandFailed("command.start", f"{shown} cannot be run: {error}") from error
    if ended.returncode != 0:
        said = (ended.stderr.strip() or ended.stdout.strip())[-_TAIL:]
        raise CommandFailed("command.failed", f"{shown} failed: {said}")
    return ended.stdout
