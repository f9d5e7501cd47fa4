"""A channel of a real Fabric network does what every ledger must do."""

import pytest
from fabric_scene import TOPOLOGY, FabricOpening
from port_suite import PortSuite

from tests.fabric_network import CannotRun, fabric_network


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    topology = tmp_path_factory.mktemp("topology") / "topology.toml"
    topology.write_text(TOPOLOGY)
    try:
        with fabric_network(topology) as running:
            yield running
    except CannotRun as reason:
        pytest.skip(f"there is no Fabric: {reason}")


@pytest.fixture(scope="module")
def opening(network):
    return FabricOpening(network.profile("Acme"))


@pytest.fixture(scope="module")
def client(opening):
    ledger, signer = opening()
    yield ledger, signer
    ledger.close()


@pytest.fixture
def ledger(client):
    return client[0]


@pytest.fixture
def signer(client):
    return client[1]


class TestFabricLedger(PortSuite):
    pass
