"""A network of their own for tests that kill parts of it, and a gateway on it."""

import pytest
from faults import Gateway

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
