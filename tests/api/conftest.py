"""The API over a small consortium on a real ledger."""

import pytest
import small_world
from flask.testing import FlaskClient
from small_world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A founded consortium."""
    world = small_world.found(tmp_path_factory.mktemp("home"))
    yield world
    world.gateway.close()


@pytest.fixture
def client(world: World) -> FlaskClient:
    """A caller."""
    return small_world.make_app(world.gateway).test_client()
