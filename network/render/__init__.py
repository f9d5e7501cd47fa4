"""From a topology to everything that Fabric reads; the only programs run are `cryptogen` and `configtxgen`.

What is rendered is never rendered again over itself: keys that exist stay, configuration is written anew from the same
topology and comes out the same.
"""

import shutil
import subprocess
from pathlib import Path

from network import files
from network.binaries import Binaries, Say
from network.errors import NetworkError
from network.layout import Home
from network.render import builder, chaincode_tls, channel, crypto, nodes, profile
from network.topology import Topology

_WITHIN = 120
_TAIL = 600


def render(topology: Topology, home: Home, binaries: Binaries, say: Say) -> None:
    """Put everything in place that nodes, chaincode servers and gateways read. Raises `NetworkError`."""
    _crypto(topology, home, binaries, say)
    for organisation in topology.endorsing:
        chaincode_tls.ensure(home.chaincode_tls(organisation), organisation.id, topology.host)
    builder.write(home.builder)
    _genesis(topology, home, binaries, say)
    for peer in topology.peers:
        files.write_yaml(home.node(peer) / "core.yaml", nodes.peer(topology, home, peer, binaries.configuration))
    for orderer in topology.ordering.orderers:
        sample = binaries.configuration
        files.write_yaml(home.node(orderer) / "orderer.yaml", nodes.orderer(topology, home, orderer, sample))
    for organisation in topology.organisations:
        profile.write(topology, home, organisation)


def _crypto(topology: Topology, home: Home, binaries: Binaries, say: Say) -> None:
    if home.crypto.exists():
        return
    say(f"making keys and certificates of {len(topology.organisations) + 1} organisations")
    draft = home.folder / "crypto.part"
    shutil.rmtree(draft, ignore_errors=True)
    files.write_yaml(home.folder / "cryptogen.yaml", crypto.configuration(topology))
    run([binaries["cryptogen"], "generate", f"--config={home.folder / 'cryptogen.yaml'}", f"--output={draft}"])
    crypto.close(draft)
    draft.rename(home.crypto)


def _genesis(topology: Topology, home: Home, binaries: Binaries, say: Say) -> None:
    if home.genesis.exists():
        return
    say(f"writing the configuration of the channel {topology.channel}")
    files.write_yaml(home.configtx / "configtx.yaml", channel.configuration(topology, home))
    draft = home.configtx / "genesis.block.part"
    command = ["-profile", channel.PROFILE, "-channelID", topology.channel, "-outputBlock", str(draft)]
    run([binaries["configtxgen"], "-configPath", str(home.configtx), *command])
    draft.rename(home.genesis)


def run(command: list[str]) -> None:
    """Run one of Fabric's generating programs. Raises `NetworkError` (`render.failed`)."""
    try:
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=_WITHIN)
    except subprocess.CalledProcessError as error:
        reason = (error.stderr or error.stdout)[-_TAIL:].strip()
        raise NetworkError("render.failed", f"{Path(command[0]).name} failed: {reason}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NetworkError("render.failed", f"{Path(command[0]).name} could not be run: {error}") from error
