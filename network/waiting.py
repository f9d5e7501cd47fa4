"""Waiting until something is so: with a deadline, and with the reason and the end of the log where it is not."""

import time
from collections.abc import Callable
from pathlib import Path

from network import processes
from network.errors import NotReady

Probe = Callable[[], str | None]
"""Returns None when it is so, else why it is not."""
_FIRST, _LONGEST = 0.05, 0.5


def until(probe: Probe, what: str, *, within: float, folder: Path, needs: tuple[str, ...] = ()) -> None:
    """Return when the probe does not object any more; the processes named must keep running meanwhile.

    Raises `NotReady`: `wait.ended` where one of them ended, `wait.deadline`.
    """
    deadline, pause = time.monotonic() + within, _FIRST
    while (reason := probe()) is not None:
        for name in needs:
            if processes.running(folder, name) is None:
                raise NotReady("wait.ended", f"{name} ended before {what}. {_log(folder, name)}")
        if time.monotonic() >= deadline:
            logs = " ".join(_log(folder, name) for name in needs)
            raise NotReady("wait.deadline", f"not within {within:.0f} s: {what}; {reason}. {logs}".strip())
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST)


def _log(folder: Path, name: str) -> str:
    last = processes.tail(folder, name)
    return f"The end of {folder / name}.log:\n{last}\n" if last else f"{folder / name}.log is empty."
