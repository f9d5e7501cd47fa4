"""What an operator sees of Fabric: the peers, the commits, and why proposals were not endorsed."""

import dataclasses

import pytest
from prometheus_client import REGISTRY, generate_latest

from provenance.observe import admin, metrics
from provenance.observe.health import Health

pytestmark = pytest.mark.either_database


def lines(world, tmp_path, heights):
    counts = tmp_path / "counts"
    counts.mkdir(exist_ok=True)
    gateway = dataclasses.replace(world.gateway, heights=lambda: heights)
    return generate_latest(admin.registry(gateway, Health(gateway), counts)).decode().splitlines()


def test_peers_are_shown_with_what_they_have(world, tmp_path):
    found = lines(world, tmp_path, {"peer0": 7, "gone": None})
    assert 'provenance_fabric_peer_up{peer="peer0"} 1.0' in found
    assert 'provenance_fabric_peer_up{peer="gone"} 0.0' in found
    assert 'provenance_fabric_peer_height{peer="peer0"} 7.0' in found
    assert not [line for line in found if line.startswith("provenance_fabric_peer_height") and "gone" in line]


def test_the_embedded_ledger_has_no_peers(world, tmp_path):
    assert not [line for line in lines(world, tmp_path, {}) if "fabric_peer" in line]


def test_commits_and_errors_are_counted():
    def now(name, **labels):
        return REGISTRY.get_sample_value(name, labels) or 0.0

    before = now("provenance_fabric_commit_seconds_count"), now("provenance_fabric_unendorsed_total", code="a.b")
    watch = metrics.Fabric()
    watch.committed(0.07)
    watch.unendorsed("a.b")
    assert now("provenance_fabric_commit_seconds_count") == before[0] + 1
    assert now("provenance_fabric_unendorsed_total", code="a.b") == before[1] + 1
