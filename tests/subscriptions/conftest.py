"""Subscriptions over a small consortium on a real ledger."""

import pytest
import small_world
from small_world import World

from tests.databases import settings_on


@pytest.fixture(scope="module")
def world(tmp_path_factory, database):
    """A founded consortium whose subscribers may be on this machine."""
    home = tmp_path_factory.mktemp("home")
    settings = settings_on(database, home, public_url=small_world.BASE_URL, webhook_networks="127.0.0.0/8")
    world = small_world.found(home, settings)
    yield world
    world.gateway.close()


@pytest.fixture(scope="module")
def app(world: World):
    """The application over it, made once."""
    return small_world.make_app(world.gateway)


@pytest.fixture
def client(app):
    """A caller."""
    return app.test_client()
