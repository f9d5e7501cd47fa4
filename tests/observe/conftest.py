"""What is observed of a small consortium on a real ledger."""

import pytest
import small_world


@pytest.fixture
def world(tmp_path):
    """A founded consortium of the test's own: tests here break parts of it."""
    world = small_world.found(tmp_path / "home")
    yield world
    world.gateway.close()
