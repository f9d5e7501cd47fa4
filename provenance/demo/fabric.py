"""The demonstration's own Fabric network: brought up for it, and stopped afterwards if it was not running before.

It is run through the command line that everybody has (`python -m network`): the gateway knows nothing of a network but
the connection profiles that it leaves. A network whose demonstration was left half-built is made anew with it, because
a channel is founded once.
"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

from provenance.demo import run
from provenance.settings import Settings

GATEWAY = "Brands"
"""The organisation whose profile the demonstration's gateway connects with."""


class NoNetwork(Exception):
    """The network did not come up; it has said why."""


@contextmanager
def network(folder: Path, gateway: Path, settings: Settings) -> Iterator[Settings]:
    """Bring the network in `folder` up and give the settings for a demonstration in `gateway`; stop it at the end.

    Raises `NoNetwork`.
    """
    if run.begun(gateway) and (folder / "topology.toml").exists():
        _command(folder, "destroy", "--yes")
    running = (folder / "topology.toml").exists() and _quiet(folder, "status") == 0
    with _ending_on_sigterm():
        try:
            if not running:
                _command(folder, "up")
            organisations = folder.absolute() / "organisations"
            profile = organisations / GATEWAY / "connection.json"
            yield replace(
                settings, ledger="fabric", connection_profile=str(profile), insecure_signers=str(organisations)
            )
        finally:
            if not running:
                _command(folder, "down")


def _command(folder: Path, *arguments: str) -> None:
    """Run a command on the network, which tells its progress on stderr itself."""
    if subprocess.run(_line(folder, *arguments), stdout=subprocess.DEVNULL, check=False).returncode != 0:
        raise NoNetwork(f"the Fabric network in {folder} did not do what it was told: {arguments[0]}")


def _quiet(folder: Path, *arguments: str) -> int:
    return subprocess.run(_line(folder, *arguments), capture_output=True, check=False).returncode


def _line(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "network", *arguments, "--home", str(folder)]


@contextmanager
def _ending_on_sigterm() -> Iterator[None]:
    """Let SIGTERM unwind as Ctrl-C does, so that what was started is stopped."""

    def end(number: int, frame: FrameType | None) -> None:
        del frame
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
