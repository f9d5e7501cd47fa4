import dataclasses
import threading

import pytest
from sqlalchemy import inspect, text

from provenance.database import Synchronous, open_engine
from provenance.readmodel import EventQuery, OutOfStep, ReadModel, ReadModelError
from provenance.readmodel.digest import logical_digest
from provenance.readmodel.project import Projector
from provenance.readmodel.rebuild import rebuild
from tests.readmodel.scene import begin, item, observed
from tests.readmodel.test_project import Altered


@pytest.fixture
def builds(database, url, tmp_path):
    """Lists the builds that there are."""

    def of_files():
        found = (path.name for path in (tmp_path / "home").iterdir() if path.name.startswith("readmodel"))
        return sorted(name for name in found if not name.endswith(("-wal", "-shm")))

    def of_schemas():
        engine = open_engine(url, synchronous=Synchronous.DISPOSABLE)
        own, names = inspect(engine).default_schema_name, inspect(engine).get_schema_names()
        engine.dispose()
        return sorted(name for name in names if name.startswith(f"{own}_"))

    return of_files if database.kind == "sqlite" else of_schemas


def test_a_rebuild_gives_the_digest_of_incremental_projection(scene, model, projector, url):
    for serial in range(4):
        scene.record("Maker", observed("shipping", item(serial)))
        projector.catch_up()
    heard = []
    assert rebuild(url, scene.ledger, lambda *told: heard.append(told)) == logical_digest(model)
    assert heard[0] == (scene.ledger.height(), scene.ledger.height(), "blocks")
    *_, (done, of, what) = heard
    assert (done, what) == (of, "indexes")


def test_who_has_it_open_reads_the_new_one_at_the_next_question(scene, model, projector, url):
    scene.record("Maker", observed("shipping", item(1)))
    projector.catch_up()
    with model.writing() as connection:
        connection.execute(text("DELETE FROM facts"))
    with model.view() as view:
        before = view.generation
        rebuild(url, scene.ledger)
        assert view.facts(item(1)) == []
    with model.view() as view:
        assert view.generation != before
        assert len(view.facts(item(1))) == 1


def test_the_projector_goes_on_in_the_new_one(scene, model, projector, url):
    projector.catch_up()
    rebuild(url, scene.ledger)
    scene.record("Maker", observed("shipping", item(1)))
    assert projector.catch_up() == 1
    fresh = ReadModel(url)
    assert len(fresh.facts(item(1))) == 1
    fresh.close()


@pytest.mark.parametrize("at", ["blocks", "indexes"])
def test_a_rebuild_that_is_interrupted_leaves_the_old_one(scene, projector, url, builds, at):
    scene.record("Maker", observed("shipping", item(1)))
    projector.catch_up()
    before = builds()

    def interrupted(_done, _of, what):
        if what == at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(url, scene.ledger, interrupted)
    assert builds() == before
    model = ReadModel(url)
    assert len(model.facts(item(1))) == 1
    model.close()


def test_a_rebuild_that_fails_amid_a_batch_leaves_the_old_one_as_it_was(scene, model, projector, url, builds):
    scene.record("Maker", observed("shipping", item(1)))
    projector.catch_up()
    before = builds()

    def other(block):
        forked = block.number == scene.ledger.height() - 1
        return [dataclasses.replace(block, previous_hash=b"another") if forked else block]

    with pytest.raises(OutOfStep):
        rebuild(url, Altered(scene.ledger, other))
    assert builds() == before
    assert len(model.facts(item(1))) == 1


def test_a_rebuilt_one_has_the_same_tables_keys_and_indexes(scene, model, url):
    def layout():
        with model.view() as view:
            found = inspect(view.connection)
            names = sorted(found.get_table_names())
            return [(name, found.get_pk_constraint(name)["constrained_columns"], sorted(
                (index["name"], index["column_names"], index["unique"]) for index in found.get_indexes(name)
            )) for name in names if name != "readmodel"]  # fmt: skip

    begun = layout()
    assert len(next(listed for name, _, listed in begun if name == "facts")) > 8
    rebuild(url, scene.ledger)
    assert layout() == begun


def test_a_doubled_fact_keeps_its_first_place_in_a_rebuild(scene, model, projector, url):
    event = observed("shipping", item(1))
    for _ in range(2):
        scene.record("Maker", event, observed("storing", item(1)))
        scene.record("Carrier", event)
        projector.catch_up()
    before = [(each.fact.recorder, each.place) for each in model.events(EventQuery(per_page=50)).events]
    rebuild(url, scene.ledger)
    assert len(before) == 3
    assert [(each.fact.recorder, each.place) for each in model.events(EventQuery(per_page=50)).events] == before


def test_a_model_of_another_version_or_ledger_is_replaced(scene, model, projector, url, tmp_path):
    projector.catch_up()
    other = begin(tmp_path / "other")
    rebuild(url, other.ledger)
    assert Projector(model, other.ledger).run_once() == 0
    with pytest.raises(OutOfStep):
        projector.run_once()
    with model.writing() as connection:
        connection.execute(text("UPDATE checkpoint SET schema = 0"))
    rebuild(url, scene.ledger)
    ReadModel(url).close()
    other.ledger.close()


def test_readers_never_see_less_than_before_while_it_is_rebuilt(scene, model, projector, url):
    for serial in range(3):
        scene.record("Maker", observed("shipping", item(serial)))
    projector.catch_up()
    seen, stop = [], threading.Event()

    def reading():
        while not stop.is_set():
            with model.view() as view:
                seen.append((view.position, len(view.facts(item(0)))))

    reader = threading.Thread(target=reading)
    reader.start()
    for _ in range(3):
        rebuild(url, scene.ledger)
    stop.set()
    reader.join()
    assert set(seen) == {(scene.ledger.height(), 1)}


def test_the_projector_may_go_on_while_the_digest_is_still_computed(scene, model, projector, url, monkeypatch):
    from provenance.readmodel import rebuild as module

    scene.record("Maker", observed("shipping", item(1)))
    projector.catch_up()
    expected, plain = logical_digest(model), module.digest_of

    def meanwhile(view):
        scene.record("Maker", observed("shipping", item(2)))
        projector.catch_up()
        return plain(view)

    monkeypatch.setattr(module, "digest_of", meanwhile)
    assert rebuild(url, scene.ledger) == expected
    assert len(model.facts(item(2))) == 1


def test_rebuilding_again_and_again_leaves_one_build(scene, model, url, builds):
    for _ in range(3):
        rebuild(url, scene.ledger)
        model.position()
    assert len([name for name in builds() if name != "readmodel.db"]) == 1


def test_a_database_of_another_kind_is_refused(scene):
    with pytest.raises(ReadModelError) as caught:
        rebuild("mysql://localhost/provenance", scene.ledger)
    assert caught.value.code == "readmodel.rebuild"
