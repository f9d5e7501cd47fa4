"""Processes that outlive the command that started them: started in a session of their own, found again, stopped.

A process is known by its id *and* by when it started: a file `NAME.json` says both, so that a process that took over
an id is never taken for ours and never signalled. What a process prints goes to `NAME.log`. A process is asked to
stop, and killed with its group where it does not within the deadline.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from network import files, ports
from network.errors import NetworkError

_PAUSE = 0.05
_KILLED_WITHIN = 5.0
_TAIL = 12
_CONFIGURING = ("CORE_", "ORDERER_", "FABRIC_", "CHAINCODE_")
_LONGEST_LOG = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Program:
    """What is to run: a name, a command, its environment beside the inherited one, and the ports that it opens."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    host: str
    ports: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Started:
    """A process by its id and by when it started, in the system's own words."""

    pid: int
    instant: str


def inherited() -> dict[str, str]:
    """Return this process's environment without what would change the configuration of Fabric or of chaincode."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_CONFIGURING)}


def start(folder: Path, programs: Sequence[Program]) -> list[str]:
    """Start those programs that do not run, and return their names.

    All ports are looked at before anything is started. Raises `PortTaken`, and `NetworkError` (`process.start`) where a
    command cannot be run.
    """
    missing = [each for each in programs if running(folder, each.name) is None]
    for host in {each.host for each in missing}:
        ports.require_free(host, [(port, each.name) for each in missing if each.host == host for port in each.ports])
    for each in missing:
        _start(folder, each)
    return [each.name for each in missing]


def running(folder: Path, name: str) -> Started | None:
    """Return the process that was started under a name, while it runs."""
    try:
        content = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        kept = Started(int(content["pid"]), str(content["started"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    _reap(kept.pid)
    return kept if instant(kept.pid) == kept.instant else None


def names(folder: Path) -> list[str]:
    """Return the names that anything was started under and not stopped."""
    return sorted(path.stem for path in folder.glob("*.json"))


def stop(folder: Path, which: Iterable[str], *, within: float) -> list[str]:
    """Ask processes to stop, kill what is left at the deadline, and return the names of those that ran."""
    asked = {name: process for name in which if (process := running(folder, name)) is not None}
    for process in asked.values():
        _signal(process, signal.SIGTERM)
    left = _left(folder, asked, time.monotonic() + within)
    for name in left:
        _signal(asked[name], signal.SIGKILL)
    survivors = _left(folder, left, time.monotonic() + _KILLED_WITHIN)
    if survivors:
        raise NetworkError("process.stop", f"{', '.join(survivors)} cannot be stopped, not even by SIGKILL")
    for name in which:
        (folder / f"{name}.json").unlink(missing_ok=True)
    return list(asked)


def tail(folder: Path, name: str, lines: int = _TAIL) -> str:
    """Return the last lines that a process printed."""
    try:
        with (folder / f"{name}.log").open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(0, size - 400 * lines))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def instant(pid: int) -> str | None:
    """Return when a process started, such that no later process with its id says the same; None where it has ended."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        return None if after_name[0] in "ZX" else f"{_boot()} {after_name[19]}"
    except FileNotFoundError:
        return None if Path("/proc/self/stat").exists() else _told_by_ps(pid)


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _told_by_ps(pid: int) -> str | None:
    """Return the same where there is no /proc."""
    told = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, began = told.stdout.strip().partition(" ")
    return None if told.returncode != 0 or not began or state.startswith("Z") else began.strip()


def _start(folder: Path, program: Program) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{program.name}.log"
    if log.exists() and log.stat().st_size > _LONGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
    opened = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    variables = {**inherited(), **program.environment}
    try:
        pid = os.posix_spawnp(program.command[0], program.command, variables, file_actions=opened, setsid=True)
    except OSError as error:
        raise NetworkError("process.start", f"{program.name} cannot be started: {error}") from error
    began = instant(pid)
    files.write(folder / f"{program.name}.json", json.dumps({"pid": pid, "started": began, "command": program.command}))


def _left(folder: Path, which: Iterable[str], deadline: float) -> list[str]:
    left = list(which)
    while (left := [name for name in left if running(folder, name) is not None]) and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    return left


def _signal(process: Started, number: signal.Signals) -> None:
    """Signal a process and what it started; it leads its own group."""
    if instant(process.pid) != process.instant:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _reap(pid: int) -> None:
    """Let a child of this very process that has ended go; for any other there is nothing to do."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
