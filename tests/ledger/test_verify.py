# ruff: noqa: S608 -- table and column names come from the schema
"""Verifying finds every change of what is stored, and names its block."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ledger_contract import ask
from ledger_scene import Opening, begin

from provenance.ledger.embedded.checkpoint import checkpoint
from provenance.ledger.embedded.store import SCHEMA
from provenance.ledger.embedded.verify import verify
from provenance.ledger.identity import CertificateAuthority, InsecureWallet
from provenance.ledger.port import Conflict

TABLES = ("blocks", "configuration", "identities", "state", "transactions")


def populate(opening: Opening) -> None:
    """Fill blocks 1 to 7: two organisations, a conflict, values that change, a value like another."""
    ledger, acme = opening()
    other = InsecureWallet(opening.folder / "keys").add("Other")
    ledger.submit(ask("put", key="a", value="same"), acme)
    ledger.submit(ask("put", key="b", value="same"), other)
    ledger.submit(ask("increment", key="n"), acme)

    with pytest.raises(Conflict):
        ledger.submit(ask("increment", key="n"), acme, lambda _: ledger.submit(ask("increment", key="n"), other))
    ledger.submit(ask("copy", source="a", target="c"), other)
    ledger.submit(ask("copy", source="nothing", target="d"), acme)
    ledger.close()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    opening = begin(tmp_path_factory.mktemp("verify") / "home")
    populate(opening)
    return opening.folder


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    shutil.copytree(template, tmp_path / "copy")
    return tmp_path / "copy"


def alter(home: Path, statement: str, *values: object) -> int:
    """Change the file behind the ledger's back and return how many rows it touched."""
    with closing(sqlite3.connect(home / "ledger.db")) as connection, connection:
        return connection.execute(statement, values).rowcount


def problems(home: Path, kept: bytes | None = None) -> tuple[str, ...]:
    report = verify(home, kept)
    assert report.ok is not bool(report.problems)
    assert all("block " in problem for problem in report.problems)
    return report.problems


def columns() -> Iterator[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in SCHEMA:
            connection.execute(statement)
        for table in TABLES:
            yield from ((table, row[1]) for row in connection.execute(f"PRAGMA table_info({table})"))


def test_an_untouched_ledger_is_fine(home: Path) -> None:
    report = verify(home)
    assert (report.ok, report.problems, report.height, report.transactions) == (True, (), 8, 7)


def test_every_table_is_listed_here(home: Path) -> None:
    with closing(sqlite3.connect(home / "ledger.db")) as connection:
        named = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    assert tuple(name for (name,) in named) == TABLES


@pytest.mark.parametrize(("table", "column"), list(columns()))
def test_a_change_of_any_stored_value_is_found(home: Path, table: str, column: str) -> None:
    with closing(sqlite3.connect(home / "ledger.db")) as connection:
        rows = connection.execute(f"SELECT rowid, {column} FROM {table} ORDER BY rowid").fetchall()
    assert rows
    for rowid, value in rows:
        for changed in changes(value):
            statement = f"UPDATE OR IGNORE {table} SET {column} = ? WHERE rowid = ?"
            if not alter(home, statement, changed, rowid):
                continue
            found = problems(home)
            assert found, (table, column, rowid, value, changed)
            back = rowid if column not in ("number", "block") or table in ("transactions", "state") else changed
            assert alter(home, f"UPDATE {table} SET {column} = ? WHERE rowid = ?", value, back) == 1
    assert problems(home) == ()


def changes(value: object) -> Iterator[object]:
    """Yield values that differ from `value` in one byte, in length, or by one."""
    if isinstance(value, int):
        yield from (value + 1, value + 1000, -1)
    elif isinstance(value, str):
        yield from (chr(ord(value[0]) ^ 1) + value[1:], value[:-1], value + "\n")
    elif isinstance(value, bytes):
        for index in {0, len(value) // 2, len(value) - 1} if value else ():
            yield value[:index] + bytes([value[index] ^ 1]) + value[index + 1 :]
        yield from (value[:-1] or b"x", value + b"\0")


@pytest.mark.parametrize("table", TABLES)
def test_a_deleted_row_is_found(home: Path, template: Path, table: str) -> None:
    with closing(sqlite3.connect(home / "ledger.db")) as connection:
        rowids = [row[0] for row in connection.execute(f"SELECT rowid FROM {table}")]
    for rowid in rowids:
        if table == "blocks" and rowid == max(rowids):
            continue
        assert alter(home, f"DELETE FROM {table} WHERE rowid = ?", rowid) == 1
        assert problems(home), rowid
        shutil.copy(template / "ledger.db", home / "ledger.db")


def test_a_head_cut_off_with_less_than_everything_is_found(home: Path) -> None:
    alter(home, "DELETE FROM blocks WHERE number = 7")
    assert any("block 7" in problem for problem in problems(home))


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO state VALUES ('invented', 3, 0, x'31')",
        "INSERT INTO blocks VALUES (8, x'00', x'00', x'00')",
        "INSERT INTO blocks SELECT 8, previous_hash, data_hash, signature FROM blocks WHERE number = 7",
        "INSERT INTO configuration SELECT 3, body FROM configuration",
        "INSERT INTO identities VALUES (x'00', 'Nobody', x'00')",
        """INSERT INTO transactions SELECT 3, 1, 'x' || id, proposal, signature, response, endorsement, validity,
        arguments FROM transactions WHERE block = 1""",
        """INSERT INTO transactions SELECT 0, 0, 'x' || id, proposal, signature, response, endorsement, validity,
        arguments FROM transactions WHERE block = 1""",
    ],
)
def test_an_added_row_is_found(home: Path, statement: str) -> None:
    assert alter(home, statement) == 1
    assert problems(home)


def swap(home: Path, table: str, *columns: str, by: str, these: tuple[object, object]) -> None:
    with closing(sqlite3.connect(home / "ledger.db")) as connection, connection:
        query = f"SELECT {', '.join(columns)} FROM {table} WHERE {by} = ?"
        first, second = (connection.execute(query, (this,)).fetchone() for this in these)
        assert first != second
        for column in columns:
            if column in ("id", "block"):
                connection.execute(f"UPDATE {table} SET {column} = -1 WHERE {by} = ?", (these[0],))
        assignments = ", ".join(f"{column} = ?" for column in columns)
        connection.execute(f"UPDATE {table} SET {assignments} WHERE {by} = ?", (*first, these[1]))
        connection.execute(f"UPDATE {table} SET {assignments} WHERE {by} = ?", (*second, these[0]))


def test_two_state_values_that_changed_places_are_found(home: Path) -> None:
    swap(home, "state", "value", by="key", these=("a", "n"))
    found = problems(home)
    assert [problem.split(":")[0] for problem in found] == ["block 1", "block 4"]


def test_state_that_is_right_but_for_its_version_is_found(home: Path) -> None:
    swap(home, "state", "block", by="key", these=("a", "b"))
    assert problems(home)


def test_transactions_that_changed_places_are_found(home: Path) -> None:
    with closing(sqlite3.connect(home / "ledger.db")) as connection, connection:
        for before, after in ((2, 100), (3, 2), (100, 3)):
            connection.execute("UPDATE transactions SET block = ? WHERE block = ?", (after, before))
    found = problems(home)
    assert any(problem.startswith("block 2:") for problem in found)


def test_a_loser_declared_valid_is_found(home: Path) -> None:
    alter(home, "UPDATE transactions SET validity = 'valid' WHERE validity <> 'valid'")
    assert any("contradicts" in problem for problem in problems(home))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE more (x)",
        "CREATE TRIGGER t AFTER INSERT ON state BEGIN DELETE FROM state; END",
        "CREATE VIEW v AS SELECT * FROM state",
        "DROP TABLE state",
    ],
)
def test_other_tables_are_found(home: Path, statement: str) -> None:
    alter(home, statement)
    assert problems(home)


def test_certificates_that_are_not_the_ones_in_the_folder_are_found(home: Path, tmp_path: Path) -> None:
    other = CertificateAuthority.create(tmp_path / "other")
    (home / "keys" / "ca.pem").write_bytes(other.certificate)
    assert ["ca.pem" in problem for problem in problems(home)] == [True]
    (home / "keys" / "ca.pem").unlink()
    assert ["ca.pem" in problem for problem in problems(home)] == [True]


def test_every_damaged_page_is_found_or_harmless(home: Path, template: Path) -> None:
    """Any byte of the file: either the damage is reported, or everything that is stored reads as before."""
    whole = (template / "ledger.db").read_bytes()
    step = max(1, len(whole) // 250)
    found = 0
    for place in range(0, len(whole), step):
        (home / "ledger.db").write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        if problems(home):
            found += 1
        else:
            assert contents(home) == contents(template), place
        for leftover in home.glob("ledger.db-*"):
            leftover.unlink()
    assert found > 30


def contents(home: Path) -> list[list[tuple[object, ...]]]:
    with closing(sqlite3.connect(f"file:{home / 'ledger.db'}?immutable=1", uri=True)) as connection:
        return [connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in TABLES]


@pytest.mark.parametrize("content", [b"", b"not a database " * 100, b"SQLite format 3\0" + b"\0" * 4096])
def test_a_file_that_is_no_ledger_is_reported(home: Path, content: bytes) -> None:
    (home / "ledger.db").write_bytes(content)
    assert problems(home)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    assert "there is no ledger" in problems(tmp_path)[0]


def test_a_truncated_file_is_reported(home: Path) -> None:
    content = (home / "ledger.db").read_bytes()
    (home / "ledger.db").write_bytes(content[: len(content) // 2])
    assert problems(home)


def test_very_many_problems_end_the_report(home: Path, opening: Opening) -> None:
    ledger, acme = opening()
    for number in range(120):
        ledger.submit(ask("put", key=f"k{number}", value="1"), acme)
    ledger.close()
    alter(opening.folder, "UPDATE state SET value = x'32'")
    found = problems(opening.folder)
    assert len(found) == 101
    assert "not gone through" in found[-1]


def test_it_goes_through_a_ledger_that_is_in_use(opening: Opening) -> None:
    ledger, acme = opening()
    ledger.submit(ask("put", key="a", value="1"), acme)
    seen: list[int] = []
    report = verify(opening.folder, checkpoint(ledger), on_block=seen.append)
    assert (report.ok, seen) == (True, [0, 1])
    ledger.submit(ask("put", key="a", value="2"), acme)
    assert verify(opening.folder).ok
    ledger.close()
