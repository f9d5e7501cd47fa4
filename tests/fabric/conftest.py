"""A network of their own for tests that kill parts of it, and a gateway on it."""

import pytest
from faults import Gateway, equals_a_rebuild

from tests.fabric_network import fabric_network


@pytest.fixture(scope="package")
def network(fabric_binaries):
    with fabric_network() as running:
        yield running


@pytest.fixture(scope="package")
def gateway(network, tmp_path_factory):
    found = Gateway(tmp_path_factory.mktemp("gateway"), network)
    found.start()
    yield found
    found.stop()


@pytest.fixture(scope="module", autouse=True)
def rebuilt(gateway, tmp_path_factory):
    """Whatever a module's tests have done to network and gateway: the read model equals a rebuild afterwards."""
    yield
    assert equals_a_rebuild(gateway, tmp_path_factory.mktemp("rebuilt"))
