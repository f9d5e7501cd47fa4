"""Rebuilding on PostgreSQL: which schema counts, and who waits for whom."""

import threading

import pytest
from sqlalchemy import text

from provenance.database import Synchronous, open_engine
from provenance.readmodel import OutOfStep, ReadModel
from provenance.readmodel.project import Projector
from provenance.readmodel.rebuild import rebuild
from provenance.readmodel.schemas import Schemas
from tests.readmodel.scene import item, observed

pytestmark = pytest.mark.database("postgresql")


@pytest.fixture
def schemas(database, url, scene):
    engine = open_engine(url, synchronous=Synchronous.DISPOSABLE)
    yield Schemas(engine)
    engine.dispose()


def test_a_build_that_is_read_is_dropped_when_nobody_reads_it_any_more(schemas, scene, model, url):
    with model.view() as view:
        rebuild(url, scene.ledger)
        rebuild(url, scene.ledger)
        assert view.facts(item(1)) == []
    with model.engine.connect() as connection:
        count = text("SELECT count(*) FROM pg_namespace WHERE nspname LIKE current_schema() || '\\_readmodel%'")
        assert connection.execute(count).scalar() == 2
        schemas.clear()
        assert connection.execute(count).scalar() == 1


def test_a_build_that_is_being_made_is_not_cleared_away(schemas, scene, model, url):
    name = schemas.name()
    with schemas.building(name):
        fresh = ReadModel(open_engine(url, synchronous=Synchronous.DISPOSABLE), build=name)
        rebuild(url, scene.ledger)
        assert Projector(fresh, scene.ledger).catch_up() == scene.ledger.height()
        assert model.position() == fresh.position()
        fresh.close()
    schemas.clear()
    with pytest.raises(OutOfStep):
        fresh.position()
    fresh.close()


def test_a_projector_waits_while_builds_are_swapped(schemas, scene, model, projector):
    scene.record("Maker", observed("shipping", item(1)))
    with schemas.unwritten():
        waiting = threading.Thread(target=projector.catch_up)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        assert model.position() == 0
    waiting.join(10)
    assert model.position() == scene.ledger.height()


def test_a_pointer_that_leads_nowhere_is_refused_with_advice_and_replaced(schemas, scene, model, url):
    with schemas.unwritten():
        schemas.point("nowhere")
    with pytest.raises(OutOfStep, match="project --rebuild"):
        ReadModel(url)
    rebuild(url, scene.ledger)
    assert model.position() == scene.ledger.height()


def test_several_may_create_it_at_once(schemas, url):
    opened = []
    threads = [threading.Thread(target=lambda: opened.append(ReadModel(url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 4
    generations = set()
    for each in opened:
        with each.view() as view:
            generations.add(view.generation)
    assert len(generations) == 1
    for each in opened:
        each.close()
