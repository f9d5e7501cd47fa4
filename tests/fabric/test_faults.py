"""Parts are killed under load: what was acknowledged is there exactly once, and nothing that nobody sent."""

from dataclasses import dataclass, field

import pytest
from faults import FAULTS, Load, examine, recorded


@dataclass
class Known:
    """What clients of all tests of this module sent and were promised: the ledger keeps it all."""

    sent: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def known(gateway):
    return Known(sent=recorded(gateway))


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
