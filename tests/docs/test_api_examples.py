"""The session of docs/api.md works as it says, over a served gateway, and shows every door."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import small_world
from small_world import World

from provenance import bootstrap
from provenance.domain.records import Role
from provenance.operations import Level
from tests.docs.test_operations_commands import Step, steps

pytestmark = pytest.mark.database("sqlite")

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
MEMBERS = {
    "BRAND": ("ExampleShoes", [Role.BRAND], None, ["9521234"]),
    "MAKER": ("ExampleWorks", [Role.MANUFACTURER], None, []),
    "CARRIER": ("ExampleLines", [Role.CARRIER], None, ["9525678"]),
    "OFFICE": ("ExampleOffice", [Role.IP_OFFICE], "EM", []),
    "CUSTOMS": ("ExampleCustoms", [Role.CUSTOMS], "NL", []),
    "COURT": ("ExampleCourt", [Role.COURT], "NL", []),
    "EXAMINER": ("ExampleExaminer", [Role.EXAMINER], None, []),
}
MARK = "--- next step ---"


@pytest.fixture
def world(tmp_path) -> Iterator[World]:
    settings = small_world.Settings(public_url=small_world.BASE_URL)
    bootstrap.initialise(tmp_path, settings)
    world = World(bootstrap.open_gateway(tmp_path, settings))
    for name, roles, jurisdiction, prefixes in MEMBERS.values():
        bootstrap.enrol(
            world.gateway, name, name=f"{name} (fictitious)", roles=roles, jurisdiction=jurisdiction, prefixes=prefixes
        )
    world.project()
    yield world
    world.gateway.close()


@contextmanager
def shell(world: World, url: str) -> Iterator["subprocess.Popen[str]"]:
    keys = {name: world.headers(member[0], Level.DECIDE) for name, member in MEMBERS.items()}
    keys["STEWARD"] = world.headers("Steward", Level.ADMIN)
    environ = {name: f"Authorization: {header['Authorization']}" for name, header in keys.items()}
    environ |= {"PATH": "/usr/local/bin:/usr/bin:/bin", "URL": url, "NO_PROXY": "*"}
    with subprocess.Popen(
        ["bash", "--noprofile", "--norc"], env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.stdin.close()


def run(process: "subprocess.Popen[str]", step: Step) -> list[str]:
    process.stdin.write(f"{step.command}\necho; echo '{MARK}'\n")
    process.stdin.flush()
    lines = []
    while (line := process.stdout.readline().rstrip("\r\n")) != MARK:
        lines.append(line)
    return lines


def like(shown: str, line: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, shown.split("..."))), line, re.DOTALL) is not None


def test_the_session_works_as_it_is_shown(world):
    found = steps(DOCUMENT.read_text())
    with small_world.served(world) as url, shell(world, url) as process:
        for step in found:
            lines = run(process, step)
            while world.gateway.runner().run_once():
                pass
            world.project()
            text = "\n".join(lines)
            for shown in step.shown:
                assert any(like(shown, line) for line in (*lines, text)), (step.command, shown, lines)


def test_every_door_is_shown(world):
    document = small_world.make_app(world.gateway).test_client().get("/api/openapi.json").json
    doors = {
        (method.upper(), path)
        for path, each in document["paths"].items()
        for method in each
        if method not in ("parameters", "options")
    }  # every EPCIS resource answers OPTIONS, which is shown once
    assert doors - {shown for step in steps(DOCUMENT.read_text()) for shown in asked(step, doors)} == set()


def asked(step: Step, doors: set[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Give the doors that a command goes through."""
    command = step.command.replace("$JOB", "/epcis/v2/capture/0")
    stated = re.search(r" -X ([A-Z]+)", command)
    method = stated[1] if stated else "POST" if "--json" in command else "GET"
    for path in re.findall(r"\$URL(/[^ '\"?]*)", command):
        for door in doors:
            if door[0] == method and re.fullmatch(re.sub(r"\\\{(item|shipment)\\\}", ".+", pattern(door[1])), path):
                yield door


def pattern(template: str) -> str:
    return re.sub(r"\\\{(?!item|shipment)[A-Za-z0-9_]+\\\}", "(?:[^/]+|414/[0-9]+)", re.escape(template))
