"""Rebuilding on SQLite: what becomes of files, their names and their journals."""

import pytest
from sqlalchemy import text

from provenance.readmodel import ReadModel
from provenance.readmodel.digest import logical_digest
from provenance.readmodel.project import Projector
from provenance.readmodel.rebuild import rebuild
from tests.readmodel.scene import item, observed


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'home' / 'readmodel.db'}"


def files(tmp_path):
    return sorted(path.name for path in (tmp_path / "home").iterdir() if path.name.startswith("readmodel"))


def test_rebuilding_again_and_again_leaves_one_file_and_its_name(scene, url, tmp_path):
    ReadModel(url).close()
    for _ in range(3):
        rebuild(url, scene.ledger)
    link, *rest = files(tmp_path)[::-1]
    assert link == "readmodel.db"
    assert len(rest) == 1
    assert (tmp_path / "home" / link).resolve().name == rest[0]


def test_each_build_keeps_a_journal_of_its_own(scene, model, projector, url, tmp_path):
    scene.record("Maker", observed("shipping", item(1)))
    projector.catch_up()
    held = model.engine.connect()
    held.execute(text("SELECT 1"))
    rebuild(url, scene.ledger)
    scene.record("Maker", observed("shipping", item(2)))
    fresh = ReadModel(url)
    Projector(fresh, scene.ledger).catch_up()
    held.close()
    assert [len(fresh.facts(item(serial))) for serial in (1, 2)] == [1, 1]
    with fresh.engine.connect() as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    fresh.close()


def test_a_rebuilt_one_is_written_with_a_journal_again(scene, model, url):
    rebuild(url, scene.ledger)
    with model.engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"


@pytest.mark.parametrize("content", [b"", b"this is no database " * 400])
def test_whatever_stands_there_is_replaced(scene, tmp_path, url, content):
    (tmp_path / "home" / "readmodel.db").write_bytes(content)
    digest = rebuild(url, scene.ledger)
    model = ReadModel(url)
    assert logical_digest(model) == digest
    model.close()


def test_a_folder_that_is_reached_through_a_link_keeps_its_read_model(scene, tmp_path):
    (tmp_path / "elsewhere").symlink_to(tmp_path / "home")
    url = f"sqlite:///{tmp_path / 'elsewhere' / 'readmodel.db'}"
    for _ in range(3):
        rebuild(url, scene.ledger)
        model = ReadModel(url)
        assert model.position() == scene.ledger.height()
        model.close()
    assert len([name for name in files(tmp_path) if not name.endswith(("-wal", "-shm"))]) == 2
