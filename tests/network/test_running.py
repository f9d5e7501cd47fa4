"""A network of another shape than the default one: used, upgraded, with parts of it killed, restarted, destroyed."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from network import binaries, lifecycle, nodes, topology
from network.commands import Fabric
from network.layout import Home
from tests.fabric_network import FabricNetwork, fabric_network, identifiers

TOPOLOGY = """
channel = "lane"
domain = "lane.internal"
mutual_tls = false
stewards = ["Warden"]
port_base = 17050

[chaincode]
name = "contracts"
version = "first"

[policies]
endorsers = 2
administrators = 1

[ordering]
id = "Ordering"
orderers = 3

[[organisations]]
id = "North"
peers = 2

[[organisations]]
id = "South"

[[members]]
host = "North"
ids = ["Warden"]
"""


@pytest.fixture(scope="module")
def lane(fabric_binaries: binaries.Binaries, tmp_path_factory: pytest.TempPathFactory):
    described = tmp_path_factory.mktemp("lane") / "lane.toml"
    described.write_text(TOPOLOGY)
    with fabric_network(described) as network:
        yield network


def commands(network: FabricNetwork) -> Fabric:
    home = Home(network.home)
    found = binaries.find()
    assert found is not None
    return Fabric(topology.read(home.topology), home, found)


def call(network: FabricNetwork, verb: str, name: str, arguments: dict[str, object]) -> str:
    """Submit or evaluate a transaction as Warden, the member without a peer, through North's peers."""
    fabric = commands(network)
    warden = fabric.topology.organisation("Warden")
    called = json.dumps({"Args": [name, json.dumps(arguments, sort_keys=True, separators=(",", ":"))]})
    named = ["--channelID", "lane", "--name", "contracts", "--ctor", called]
    endorsing = [each.peers[0] for each in fabric.topology.endorsing]
    reached = [*fabric.to_orderer(warden), "--waitForEvent", *fabric.to_peers(endorsing)] if verb == "invoke" else []
    return fabric.peer(warden, endorsing[0], ["chaincode", verb, *named, *reached])


def deployment(network: FabricNetwork) -> dict[str, object] | None:
    found = json.loads(call(network, "query", "registry:get", {"kind": "deployment", "id": "deployment"}))
    return None if found is None else dict(found)


def found(network: FabricNetwork) -> None:
    """Write something to the ledger, unless a test before has."""
    if deployment(network) is None:
        call(network, "invoke", "registry:found", {"stewards": ["Warden"]})
    held = deployment(network)
    assert held is not None
    assert held["stewards"] == ["Warden"]


def test_all_is_well_and_led(lane: FabricNetwork):
    lines = lane.command("status").stdout.splitlines()[1:]
    assert len(lines) == len(lane.processes()) == 3 + 3 + 2
    assert all(line.endswith("healthy") or "version" in line for line in lines)
    fabric = commands(lane)
    assert nodes.leader(fabric.topology, fabric.home) is not None


def test_up_again_changes_nothing(lane: FabricNetwork):
    before = identifiers(lane), lifecycle.committed(commands(lane))
    lane.command("up")
    assert (identifiers(lane), lifecycle.committed(commands(lane))) == before


def test_a_member_without_a_peer_submits_and_reads(lane: FabricNetwork):
    found(lane)


def test_another_topology_is_refused(lane: FabricNetwork, tmp_path: Path):
    other = tmp_path / "other.toml"
    other.write_text(TOPOLOGY.replace("endorsers = 2", "endorsers = 1"))
    ended = lane.command("up", "--topology", str(other), check=False)
    assert ended.returncode == 1
    assert "home.other" in ended.stderr


def test_logs_are_shown_by_a_part_of_the_name(lane: FabricNetwork):
    assert "Starting peer" in lane.command("logs", "peer0.south", "--lines", "2000").stdout
    ambiguous = lane.command("logs", "peer", check=False)
    assert ambiguous.returncode == 1
    assert "peer0.south.lane.internal" in ambiguous.stderr


def test_another_orderer_leads_after_the_leader_was_killed(lane: FabricNetwork):
    fabric = commands(lane)
    former = nodes.leader(fabric.topology, fabric.home)
    assert former is not None
    lane.kill(former)
    try:
        nodes.wait_leader(fabric.topology, fabric.home, besides=former)
        assert nodes.leader(fabric.topology, fabric.home) != former
    finally:
        lane.revive()
    found(lane)


def test_killed_peer_and_chaincode_are_brought_back(lane: FabricNetwork):
    before = identifiers(lane)
    lane.kill("peer0.south")
    lane.kill("chaincode-South")
    assert lane.command("status", check=False).returncode == 1
    lane.revive()
    after = identifiers(lane)
    assert {name for name in before if before[name] != after[name]} == {
        "peer0.south.lane.internal",
        f"chaincode-South-{lifecycle.committed(commands(lane))[1]}",  # type: ignore[index]
    }
    found(lane)


def test_upgrade_on_the_live_channel(lane: FabricNetwork):
    found(lane)
    version, sequence = lifecycle.committed(commands(lane))  # type: ignore[misc]
    lane.command("upgrade", "--version", f"after-{version}")
    assert lifecycle.committed(commands(lane)) == (f"after-{version}", sequence + 1)
    assert [name for name in lane.processes() if name.startswith("chaincode")] == [
        f"chaincode-North-{sequence + 1}",
        f"chaincode-South-{sequence + 1}",
    ]
    found(lane)
    same = lane.command("upgrade", "--version", f"after-{version}", check=False)
    assert same.returncode == 1
    assert "lifecycle.same" in same.stderr


def test_restart_keeps_the_data_and_destroy_removes_it(lane: FabricNetwork, tmp_path: Path):
    found(lane)
    lane.command("down")
    assert lane.processes() == []
    copy = tmp_path / "copy"
    shutil.copytree(lane.home, copy)
    lane.command("up")
    held = deployment(lane)
    assert held is not None
    assert held["stewards"] == ["Warden"]

    command = [sys.executable, "-m", "network", "destroy", "--home", str(copy)]
    asked = subprocess.run(command, capture_output=True, text=True, input="n\n", check=False)
    assert asked.returncode == 130
    assert (copy / "topology.toml").exists()
    done = subprocess.run([*command, "--yes"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [entry.name for entry in copy.iterdir()] == ["lock"]
    found(lane)
