"""Every error is one line that says what is wrong and what to do, with its exit status; help starts fast."""

import time

import pytest

pytestmark = pytest.mark.either_database


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("bogus",), 2, "No such command 'bogus'"),
        (("verdict",), 2, "Missing argument 'ID'"),
        (("keys", "create", "--org", "X", "--level", "everything"), 2, "'everything' is not one of"),
        (("verdict", "https://id.gs1.org/01/09521234000013/21/1"), 1, "provenance --home"),
        (("project",), 1, "provenance --home"),
        (("capture", "missing.json"), 2, "missing.json"),
        (("verdict", "nonsense"), 1, "identifier.form"),
        (("verdict", "https://id.gs1.org/01/09521234000014/21/1"), 1, "identifier.check_digit"),
    ],
)
def test_one_line_and_a_status(run, arguments, status, said):
    ran = run(*arguments)
    assert (ran.status, ran.out) == (status, "")
    assert ran.err.startswith("provenance: ")
    assert ran.err.count("\n") == 1
    assert said in ran.err


def test_a_malformed_setting_names_its_variable(run, tmp_path):
    ran = run("init", PROVENANCE_PORT="eighty")
    assert ran.status == 1
    assert "PROVENANCE_PORT" in ran.err


def test_help_teaches_and_loads_little(spawn):
    began = time.monotonic()
    ran = spawn("--help")
    assert ran.status == 0
    assert time.monotonic() - began < 10
    for command in (
        "demo",
        "serve",
        "init",
        "org",
        "keys",
        "capture",
        "epcis",
        "verdict",
        "history",
        "trace",
        "qr",
        "ledger",
    ):
        assert f"\n  {command} " in ran.out


def test_a_process_of_its_own_ends_with_the_status(spawn):
    ran = spawn("init")
    assert (ran.status, ran.out.split()[0]) == (0, "ledger")
    ran = spawn("verdict", "https://id.gs1.org/01/09521234000014/21/1")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("provenance: ")


def test_a_second_init_changes_nothing(ready):
    before = ready("ledger", "checkpoint").out
    again = ready("init")
    assert again.status == 1
    assert again.err.startswith("provenance: ")
    assert ready("org", "add", "Brand", "--role", "brand").status == 1
    assert before.split('"trail"')[1].split('"time"')[0] in ready("ledger", "checkpoint").out
