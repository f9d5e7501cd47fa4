import logging
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

import provenance.operations
from provenance.database import Synchronous, open_engine
from provenance.operations import Operations, SchemaTooNew
from provenance.operations.migrate import HEAD
from provenance.operations.tables import metadata


def test_the_tables_are_those_that_the_migrations_leave(store):
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_head_is_the_newest_migration():
    config = Config()
    config.set_main_option("script_location", str(Path(provenance.operations.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_opening_says_what_it_migrates_once(url, spool, caplog):
    with caplog.at_level(logging.INFO, logger="provenance.operations.migrate"):
        Operations(url, spool=spool).close()
        Operations(url, spool=spool).close()
    assert caplog.messages == [f"operations store: migrating its tables from nothing to revision {HEAD}"]


def test_a_newer_database_is_refused_with_what_to_do(url, spool):
    Operations(url, spool=spool).close()
    engine = open_engine(url, synchronous=Synchronous.DURABLE)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNew, match=r"revision 9999.*newer"):
        Operations(url, spool=spool)
    engine.dispose()


def test_a_migration_that_fails_leaves_the_database_as_it_was(url, spool):
    engine = open_engine(url, synchronous=Synchronous.DURABLE)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE outbox (other TEXT)"))
    with pytest.raises(Exception, match="already exists"):
        Operations(url, spool=spool)
    assert inspect(engine).get_table_names() == ["outbox"]
    engine.dispose()


def test_several_processes_may_open_a_new_store_at_once(url, spool):
    imports = "from pathlib import Path; from provenance.operations import Operations"
    code = f"{imports}; print(len(Operations({url!r}, spool=Path({str(spool)!r})).keys.all()))"
    opening = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(3)]
    assert [process.communicate()[0] for process in opening] == [b"0\n"] * 3


def test_jobs_noted_with_signed_transactions_before_are_kept_with_them(url, spool):
    """From 0010 on a transaction may hold chunks of several jobs; which chunk it was nobody has noted before."""
    engine = open_engine(url, synchronous=Synchronous.DURABLE)
    config = Config()
    config.set_main_option("script_location", str(Path(provenance.operations.__file__).parent / "migrations"))
    posted = "INSERT INTO outbox (transaction_id, job_id, organisation, state, created) VALUES "
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0010")
        connection.execute(text(posted + "('t1', 'job', 'Carrier', 'signed', 1), ('t2', NULL, 'Carrier', 'signed', 2)"))
    store = Operations(url, spool=spool)
    assert (store.outbox.transactions_of("job"), store.outbox.begun("job", b"digest")) == (["t1"], [])
    assert store.outbox.count_unsettled() == 2
    store.close()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0010")
        found = connection.execute(text("SELECT transaction_id, job_id FROM outbox ORDER BY created")).all()
    assert [tuple(row) for row in found] == [("t1", "job"), ("t2", None)]
    engine.dispose()
