import pytest

from provenance.readmodel import ReadModel
from provenance.readmodel.project import Projector
from tests.readmodel.scene import scene

__all__ = ["scene"]


@pytest.fixture
def url(tmp_path, database):
    return database.url(tmp_path / "home", "readmodel")


@pytest.fixture
def model(url, scene):
    opened = ReadModel(url)
    yield opened
    opened.close()


@pytest.fixture
def projector(model, scene):
    return Projector(model, scene.ledger)
