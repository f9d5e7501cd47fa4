"""The consortium that every test of acts begins with, as it would be found anew."""

import pytest

from tests.domain.acts.scene import MemoryWorld, copy, scene

SCENE = scene()


@pytest.fixture
def world() -> MemoryWorld:
    """The consortium with one of every record, the test's own."""
    return copy(SCENE)
