"""What is observed of a small consortium on a real ledger."""

import pytest
import small_world

from tests.databases import settings_on


@pytest.fixture
def world(tmp_path, database):
    """A founded consortium of the test's own: tests here break parts of it."""
    home = tmp_path / "home"
    world = small_world.found(home, settings_on(database, home, public_url=small_world.BASE_URL))
    yield world
    world.gateway.close()
