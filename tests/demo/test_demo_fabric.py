"""The demonstration on a Fabric network of its own: the same stories with the same grades, and nothing left running."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from network import topology
from provenance.demo import run
from provenance.demo.stories import STORIES
from tests.fabric_network import FabricNetwork, free_ports

GRADES = {story.name: story.grade for story in STORIES}


def demo(home: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from provenance.cli import main; main()", "--home", str(home), "demo"]
    named = {name: value for name, value in os.environ.items() if not name.startswith("PROVENANCE_")}
    return subprocess.run(
        [*command, "--ledger", "fabric", "--once", "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env={**named, "PROVENANCE_NETWORK_PORTS": str(free_ports())},
    )


@pytest.mark.usefixtures("fabric_binaries")
def test_the_stories_reach_their_grades_and_what_was_started_is_stopped(tmp_path: Path):
    """Where a network was begun before and its demonstration not finished, as after a crash."""
    (tmp_path / "gateway").mkdir()
    (tmp_path / "gateway" / run.MARKER).write_text(json.dumps(run.identity()))
    (tmp_path / "network" / "crypto").mkdir(parents=True)
    (tmp_path / "network" / "topology.toml").write_text(topology.text())

    ended = demo(tmp_path)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert {each["name"]: each["grade"] for each in told["stories"]} == GRADES
    assert FabricNetwork(tmp_path / "network").processes() == []
    assert "removed everything" in ended.stderr
