"""The API over a small consortium on a real ledger."""

import pytest
import small_world
from flask import Flask
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


@pytest.fixture(scope="module")
def app(world: World) -> Flask:
    """The application over it, made once: making it describes every route."""
    return small_world.make_app(world.gateway)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A caller."""
    return app.test_client()
