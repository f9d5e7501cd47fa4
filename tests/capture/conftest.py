"""A small world whose documents are captured, and the store that keeps them until they are."""

import pytest

from provenance.capture import Runner
from provenance.operations import Operations
from tests.capture.at_work import contracts_for
from tests.readmodel.scene import scene

__all__ = ["scene"]


@pytest.fixture
def url(scene, database):
    return database.url(scene.folder, "operations")


@pytest.fixture
def operations(scene, url):
    opened = Operations(url, spool=scene.folder / "spool")
    yield opened
    opened.close()


@pytest.fixture
def runner(scene, operations):
    return Runner(operations, contracts_for(scene))
