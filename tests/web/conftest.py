"""The pages over a small consortium on a real ledger."""

import pytest
import small_world
from flask.testing import FlaskClient
from small_world import World

from tests.databases import settings_on


@pytest.fixture(scope="module")
def world(tmp_path_factory, database):
    """A founded consortium."""
    home = tmp_path_factory.mktemp("home")
    world = small_world.found(home, settings_on(database, home, public_url=small_world.BASE_URL))
    yield world
    world.gateway.close()


@pytest.fixture
def client(world: World) -> FlaskClient:
    """A browser."""
    return small_world.make_app(world.gateway).test_client()
