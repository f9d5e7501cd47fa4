"""A real Fabric network for tests: brought up once in a run, when the first test asks for it, and removed at the end.

It runs apart from the tests, through the command line that users have. Where neither Fabric's executables nor a Go to
build them with can be had, whoever asks for it is skipped, and the end of the run says so aloud.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from network import binaries, processes

_WITHIN = 300
_ATTEMPTS = 4
_SPAN = 400


class CannotRun(Exception):
    """There is no Fabric on this machine and no way to build it; the reason is the message."""


@dataclass(frozen=True, slots=True)
class FabricNetwork:
    """A running network: its folder, and what tests do to it."""

    home: Path

    @property
    def run(self) -> Path:
        """Where its processes are noted and log."""
        return self.home / "run"

    def profile(self, organisation: str) -> Path:
        """Return the connection profile of an organisation."""
        return self.home / "organisations" / organisation / "connection.json"

    def command(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `python -m network` on it; where it fails, what it said is the error."""
        ended = _network(*arguments, "--home", str(self.home))
        if check and ended.returncode != 0:
            raise RuntimeError(f"network {arguments[0]} ended with status {ended.returncode}: {ended.stderr}")
        return ended

    def processes(self) -> list[str]:
        """Return the names of what runs."""
        return [name for name in processes.names(self.run) if processes.running(self.run, name)]

    def kill(self, name: str, *, number: signal.Signals = signal.SIGKILL) -> None:
        """Kill a process by its name or the beginning of it, and wait until it is gone."""
        (found,) = [each for each in self.processes() if each == name or each.startswith(name)]
        process = processes.running(self.run, found)
        assert process is not None
        os.kill(process.pid, number)
        deadline = time.monotonic() + 90
        while number == signal.SIGKILL and processes.running(self.run, found):
            assert time.monotonic() < deadline, f"{found} survives SIGKILL"
            time.sleep(0.02)

    def revive(self) -> None:
        """Start whatever was killed, and wait until the whole network is ready again."""
        self.command("up")


def executables() -> binaries.Binaries:
    """Return Fabric's executables, built where they are nowhere. Raises `CannotRun` where that is not possible."""
    try:
        return binaries.ensure(_say)
    except binaries.BinariesError as error:
        if error.code == "binaries.go":
            raise CannotRun(error.detail) from error
        raise


@contextmanager
def fabric_network(topology: Path | None = None) -> Iterator[FabricNetwork]:
    """Bring a network up on free ports in a folder of its own, and remove it afterwards. Raises `CannotRun`."""
    executables()
    with tempfile.TemporaryDirectory(prefix="provenance-fabric-") as folder:
        network = FabricNetwork(Path(folder, "network"))
        try:
            _up(network, topology)
            yield network
        finally:
            network.command("down", check=False)


def free_ports() -> int:
    """Return a `port_base` from which nothing listens just now, below the ports that systems hand out by themselves."""
    chance = random.SystemRandom()
    while True:
        base = chance.randrange(18_000, 32_000, _SPAN)
        if all(_free(port) for port in (*range(base, base + 40), *range(base + 100, base + 150), base + 300)):
            return base


def identifiers(network: FabricNetwork) -> dict[str, int]:
    """Return the process ids of what runs, by name."""
    return {name: int(json.loads((network.run / f"{name}.json").read_text())["pid"]) for name in network.processes()}


def _up(network: FabricNetwork, topology: Path | None) -> None:
    described = [] if topology is None else ["--topology", str(topology)]
    for attempt in range(_ATTEMPTS):
        ended = network.command("up", *described, "--port-base", str(free_ports()), check=False)
        if ended.returncode == 0:
            return
        if "port.taken" not in ended.stderr or attempt == _ATTEMPTS - 1:
            raise RuntimeError(f"the network did not come up: {ended.stderr}")
        network.command("destroy", "--yes", check=False)


def _network(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "network", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=_WITHIN, check=False)


def _free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _say(sentence: str) -> None:
    sys.stderr.write(f"network: {sentence}\n")
