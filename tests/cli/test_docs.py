"""What the documentation says about commands and settings is what there is."""

import re
from pathlib import Path

import click

from provenance.cli import provenance
from provenance.settings import table

ROOT = Path(__file__).parents[2]


def test_every_setting_is_documented_as_it_is():
    documented = (ROOT / "docs" / "operations.md").read_text()
    for row in table():
        default = "none" if row.default is None else row.default
        assert f"| `{row.variable}` | {default} | {row.meaning} |\n" in documented


def test_every_command_is_in_the_readme():
    readme = (ROOT / "README.md").read_text()
    listed = "\n".join(line for line in readme.splitlines() if line.startswith("| `"))
    for name, command in provenance.commands.items():
        inner = command.commands if isinstance(command, click.Group) else {"": command}
        for each in inner:
            assert f"`{name} {each}".rstrip() in listed


def test_every_command_teaches():
    def walk(command, path):
        assert command.help, path
        for parameter in command.params:
            assert isinstance(parameter, click.Argument) or getattr(parameter, "help", None), (path, parameter.name)
        for name, each in getattr(command, "commands", {}).items():
            walk(each, f"{path} {name}")

    walk(provenance, "provenance")


def test_links_in_the_documentation_lead_somewhere():
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            assert "://" in target or (page.parent / target).exists(), (page.name, target)
