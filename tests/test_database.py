import sqlite3
import threading

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, bindparam, select, text
from sqlalchemy.exc import OperationalError

from provenance.database import (
    Prepared,
    Snapshots,
    Synchronous,
    insert_ignoring,
    insert_replacing,
    open_engine,
    writing,
)

metadata = MetaData()
things = Table("things", metadata, Column("id", Integer, primary_key=True), Column("name", Text, nullable=False))


@pytest.fixture
def engine(tmp_path):
    opened = open_engine(f"sqlite:///{tmp_path / 'deep' / 'things.db'}", synchronous=Synchronous.DURABLE)
    with writing(opened).begin() as connection:
        metadata.create_all(connection)
        connection.execute(things.insert(), [{"id": 1, "name": "one"}])
    yield opened
    opened.dispose()


def names(engine):
    with Snapshots(engine).one() as connection:
        return [row[0] for row in Prepared(engine, select(things.c.name).order_by(things.c.id)).rows(connection)]


def test_a_snapshot_stays_of_one_moment(engine):
    everything = Prepared(engine, select(things.c.name))
    with Snapshots(engine).one() as connection:
        assert everything.rows(connection) == [("one",)]
        with writing(engine).begin() as other:
            other.execute(things.insert(), [{"id": 2, "name": "two"}])
        assert everything.rows(connection) == [("one",)]
    assert names(engine) == ["one", "two"]


def test_writers_wait_for_each_other_from_their_start(engine):
    order = []
    with writing(engine).begin() as first:
        begun = threading.Event()

        def second():
            begun.set()
            with writing(engine).begin() as connection:
                order.append("second")
                connection.execute(text("UPDATE things SET name = name || '!'"))

        waiting = threading.Thread(target=second)
        waiting.start()
        begun.wait()
        first.execute(text("UPDATE things SET name = name || '?'"))
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]
    assert names(engine) == ["one?!"]


def test_a_transaction_that_fails_leaves_nothing_behind(engine):
    def failing():
        with writing(engine).begin() as connection:
            connection.execute(things.insert(), [{"id": 2, "name": "two"}])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert names(engine) == ["one"]


@pytest.mark.parametrize(("insert", "kept"), [(insert_ignoring, "one"), (insert_replacing, "other")])
def test_of_two_rows_with_one_key_the_first_or_the_last_stays(engine, insert, kept):
    statement = Prepared(engine, insert(things, engine.dialect.name))
    with writing(engine).begin() as connection:
        statement.many(connection.connection, [(1, "other"), (2, "two")])
        statement.many(connection.connection, [])
    assert names(engine) == [kept, "two"]


@pytest.mark.parametrize("insert", [insert_ignoring, insert_replacing])
def test_inserts_are_written_for_postgresql_too(insert):
    from sqlalchemy.dialects import postgresql

    assert "ON CONFLICT" in str(insert(things, "postgresql").compile(dialect=postgresql.dialect()))


def test_a_connection_is_taken_again_unless_its_file_was_replaced_or_its_reader_failed(engine, tmp_path):
    snapshots, everything = Snapshots(engine), Prepared(engine, select(things.c.name))
    used = []
    for _ in range(2):
        with snapshots.one() as connection:
            used.append(connection.dbapi_connection)
            assert everything.rows(connection) == [("one",)]
            assert connection.dbapi_connection.in_transaction
    assert used[0] is used[1]
    assert not used[0].in_transaction
    with pytest.raises(RuntimeError), snapshots.one():
        raise RuntimeError
    assert snapshots._kept == []
    with snapshots.one():
        pass
    (tmp_path / "deep" / "things.db").rename(tmp_path / "former.db")
    with pytest.raises(sqlite3.OperationalError, match="no such table"), snapshots.one() as connection:
        everything.rows(connection)
    snapshots.close()


def test_one_statement_leaves_no_transaction_and_sees_what_was_written_since(engine):
    snapshots, everything = Snapshots(engine), Prepared(engine, select(things.c.name).order_by(things.c.id))
    assert snapshots.rows(everything) == [("one",)]
    (kept,) = snapshots._kept
    assert not kept.dbapi_connection.in_transaction
    with writing(engine).begin() as other:
        other.execute(things.insert(), [{"id": 2, "name": "two"}])
    assert snapshots.rows(everything) == [("one",), ("two",)]
    assert snapshots._kept == [kept]
    with pytest.raises(KeyError):
        snapshots.rows(Prepared(engine, select(things.c.id).where(things.c.name == bindparam("name"))), other="one")
    assert snapshots._kept == []


def test_parameters_are_given_by_name(engine):
    found = Prepared(
        engine, select(things.c.id).where(things.c.name == bindparam("name"), things.c.id < bindparam("most"))
    )
    with Snapshots(engine).one() as connection:
        assert found.rows(connection, most=5, name="one") == [(1,)]
        assert found.rows(connection, most=1, name="one") == []


def test_a_file_that_was_replaced_is_opened_anew(engine, tmp_path):
    assert names(engine) == ["one"]
    path = tmp_path / "deep" / "things.db"
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT)")
    other.execute("INSERT INTO things VALUES (1, 'replaced')")
    other.commit()
    other.close()
    engine.dispose()
    (tmp_path / "other.db").replace(path)
    assert names(engine) == ["replaced"]


def test_a_file_whose_folder_is_gone_says_so(engine, tmp_path):
    import shutil

    assert names(engine) == ["one"]
    shutil.rmtree(tmp_path / "deep")
    with pytest.raises((OperationalError, sqlite3.OperationalError)):
        names(engine)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url):
    with pytest.raises(ValueError, match="needs a file"):
        open_engine(url, synchronous=Synchronous.DURABLE)


@pytest.mark.parametrize(("synchronous", "level"), [(Synchronous.DURABLE, 2), (Synchronous.DISPOSABLE, 1)])
def test_commits_wait_for_what_was_asked(tmp_path, synchronous, level):
    opened = open_engine(f"sqlite:///{tmp_path / 'a.db'}", synchronous=synchronous)
    with opened.connect() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == level
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    opened.dispose()
