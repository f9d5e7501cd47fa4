"""How long a company prefix is: what the registry says, then what GS1 says of its ranges."""

import pytest

from provenance.api.prefixes import lengths


@pytest.mark.parametrize(
    ("key", "length"),
    [
        ("9525678000011", 7),
        ("4012345000009", 7),
        ("0614141123452", 7),
        ("2000000000008", None),
        ("95", None),
        ("", None),
    ],
)
def test_a_registered_prefix_counts_first_then_the_ranges(world, key, length):
    assert lengths(world.gateway.readmodel.world())(key) == length
