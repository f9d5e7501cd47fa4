"""Parts are killed under load: what was acknowledged is there exactly once, and nothing that nobody sent."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from faults import Gateway, Load, examine

from tests.fabric_network import FabricNetwork


@dataclass(frozen=True)
class Fault:
    """What is killed and how it comes back; `spared` says that work goes on meanwhile."""

    kill: Callable[[FabricNetwork, Gateway], object]
    mend: Callable[[FabricNetwork, Gateway], object]
    spared: bool = False


def of_network(part: str, *, spared: bool = False) -> Fault:
    return Fault(lambda network, _: network.kill(part), lambda network, _: network.revive(), spared)


def of_gateway(part: str) -> Fault:
    return Fault(lambda _, gateway: gateway.kill_part(part), lambda _network, _gateway: None)


FAULTS = {
    "another-organisations-chaincode": of_network("chaincode-Logistics", spared=True),
    "another-organisations-peer": of_network("peer0.logistics", spared=True),
    "our-chaincode": of_network("chaincode-Brands"),
    "our-peer": of_network("peer0.brands"),
    "orderer": of_network("orderer0"),
    "projector": of_gateway("projector"),
    "capture-runners": of_gateway("captures"),
    "web-workers": of_gateway("web"),
    "gateway": Fault(lambda _, gateway: gateway.kill(), lambda _, gateway: gateway.start()),
}


@dataclass
class Known:
    """What clients of all tests of this module sent and were promised: the ledger keeps it all."""

    sent: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def known():
    return Known()


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_acknowledged_survives_the_death_of(network, gateway, known, tmp_path, name):
    fault, load = FAULTS[name], Load(gateway, f"f{list(FAULTS).index(name)}.")
    with load.running():
        load.goes_on()
        fault.kill(network, gateway)
        try:
            if fault.spared:
                load.goes_on()
        finally:
            fault.mend(network, gateway)
        load.goes_on()
    load.settle()
    known.sent |= load.sent
    known.acknowledged |= load.acknowledged
    found = examine(gateway, known.sent, known.acknowledged, tmp_path)
    assert found.sound, found
