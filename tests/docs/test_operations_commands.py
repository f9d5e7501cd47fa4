"""The commands of docs/operations.md are one session that works as it says."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).parents[2] / "docs" / "operations.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)


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


def test_every_command_works_in_the_order_of_the_document(tmp_path: Path) -> None:
    session = steps(DOCUMENT.read_text())
    assert len(session) > 20
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PROVENANCE_")}
    environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"
    for step in session:
        assert step.command.startswith("provenance ")
        done = subprocess.run(
            ["bash", "-c", step.command],
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, (step.command, done.stderr)
        lines = done.stdout.splitlines()
        assert len(lines) >= len(step.shown), (step.command, lines)
        for shown, line in zip(step.shown, lines, strict=False):
            assert fnmatchcase(line, shown), (step.command, shown, line)


@pytest.mark.parametrize(
    "command", ["backup", "restore", "certs", "accounts", "keys", "ledger", "project", "init", "org"]
)
def test_every_command_of_operation_is_documented(command: str) -> None:
    commands = [step.command.split() for step in steps(DOCUMENT.read_text())]
    assert any(command in words for words in commands)
