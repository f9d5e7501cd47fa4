"""The commands of docs/operations.md are one session that works as it says."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.databases import PostgresqlSchemas

DOCUMENT = Path(__file__).parents[2] / "docs" / "operations.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """A command, and the lines that the document shows under it (`*` stands for anything)."""

    command: str
    shown: tuple[str, ...]


def steps(text: str) -> list[Step]:
    found: list[Step] = []
    for line in (line for block in BLOCK.findall(text) for line in block.splitlines()):
        if line.startswith("$ "):
            found.append(Step(line.removeprefix("$ "), ()))
        else:
            found[-1] = Step(found[-1].command, (*found[-1].shown, line))
    return found


def run(command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command in a folder as a reader would, without the settings of whoever runs the tests."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PROVENANCE_")}
    environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"
    done = subprocess.run(
        ["bash", "-ec", command], cwd=folder, env=environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, (command, done.stderr)
    return done


def test_every_command_works_in_the_order_of_the_document(tmp_path: Path) -> None:
    session = steps(DOCUMENT.read_text())
    assert len(session) > 20
    for step in session:
        assert step.command.startswith("provenance ")
        done = run(step.command, tmp_path)
        lines = done.stdout.splitlines()
        assert len(lines) >= len(step.shown), (step.command, lines)
        for shown, line in zip(step.shown, lines, strict=False):
            assert fnmatchcase(line, shown), (step.command, shown, line)


@pytest.mark.database("postgresql")
def test_the_stores_move_to_a_server_as_it_says(tmp_path: Path, database: PostgresqlSchemas) -> None:
    """The address is another one than the document's; all else is done as it stands there."""
    (block,) = [block for block in SHELL.findall(DOCUMENT.read_text()) if "PROVENANCE_READMODEL_URL" in block]
    made = run("provenance init && provenance org add Acme --role brand && provenance project", tmp_path)
    told, addresses = re.subn(r"'postgresql://[^']*'", f"'{database.url(tmp_path, 'served')}'", block)
    assert addresses == 1
    moved = run(f"{told}provenance keys create --org Acme --level read\nprovenance keys list", tmp_path)
    assert moved.stdout.splitlines()[0] == made.stdout.splitlines()[-1]
    assert "\tAcme\tread\tactive\t" in moved.stdout
    assert "Acme" not in run("provenance keys list", tmp_path).stdout


@pytest.mark.parametrize(
    "command", ["backup", "restore", "certs", "accounts", "keys", "ledger", "project", "init", "org"]
)
def test_every_command_of_operation_is_documented(command: str) -> None:
    commands = [step.command.split() for step in steps(DOCUMENT.read_text())]
    assert any(command in words for words in commands)
