"""README's section on Fabric, followed word by word in an empty folder."""

import http.client
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from network import processes, waiting
from network.processes import Program
from tests.fabric_network import free_ports

README = Path(__file__).parents[2] / "README.md"


def commands() -> list[str]:
    section = README.read_text().split("## On Hyperledger Fabric\n")[1].split("\n## ")[0]
    (block,) = re.findall(r"^```\n(\$ .*?)^```$", section, re.DOTALL | re.MULTILINE)
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


def run(script: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["bash", "-ec", "\n".join(script)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def unready(port: int) -> str | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        return None if answer.status == 200 else f"{answer.status} {answer.read().decode()}"
    except OSError as error:
        return str(error)
    finally:
        connection.close()


@pytest.mark.usefixtures("fabric_binaries")
def test_the_section_works_word_by_word(tmp_path: Path):
    *before, serve = commands()
    assert "provenance --home steward init" in before
    base = free_ports()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PROVENANCE_")}
    environment |= {"PROVENANCE_NETWORK_PORTS": str(base), "PROVENANCE_METRICS_PORT": str(base + 398)}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    try:
        run([*before, f"{serve} --help > /dev/null"], tmp_path, environment)
        (profile,) = [each.split("=")[1] for each in before if "Velastra/connection.json" in each]
        environment["PROVENANCE_CONNECTION_PROFILE"] = str(tmp_path / profile)
        words = [*shlex.split(serve.replace("velastra", str(tmp_path / "velastra"))), "--port", str(base + 399)]
        words[0] = str(Path(sys.executable).parent / words[0])
        gateway = Program("gateway", tuple(words), environment, "127.0.0.1", (base + 399,))
        processes.start(tmp_path, [gateway])
        waiting.until(
            lambda: unready(base + 399),
            "the gateway is ready",
            within=120,
            folder=tmp_path,
            needs=("gateway",),
        )
    finally:
        processes.stop(tmp_path, ["gateway"], within=30)
        run(["python -m network down"], tmp_path, environment)
