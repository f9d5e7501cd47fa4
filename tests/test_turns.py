"""Turns among processes: one at a time, in order, and none outlives its process."""

import fcntl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from provenance.turns import Turns

_HOLDER = """
import sys, time
from pathlib import Path
from provenance.turns import Turns
with Turns(Path(sys.argv[1])).of("Brand"):
    print("held", flush=True)
    time.sleep(60)
"""


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.005)


def test_a_turn_is_one_threads_at_a_time_and_names_do_not_wait_for_each_other(tmp_path: Path) -> None:
    turns = Turns(tmp_path / "turns")
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(20):
            with turns.of("Brand"):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    with turns.of("Other/../name"):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (len(most), set(most)) == (80, {1})


def test_whoever_had_a_turn_is_behind_whoever_waited(tmp_path: Path) -> None:
    turns = Turns(tmp_path)
    order: list[str] = []

    def waiter() -> None:
        with turns.of("Brand"):
            order.append("waited")

    thread = threading.Thread(target=waiter)
    with turns.of("Brand"):
        thread.start()
        wait_until(lambda: _next_is_taken(tmp_path))
    with turns.of("Brand"):
        order.append("again")
    thread.join()
    assert order == ["waited", "again"]


def test_a_turn_ends_with_its_process(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        got = threading.Event()
        thread = threading.Thread(target=lambda: _take(tmp_path, got))
        thread.start()
        wait_until(lambda: _next_is_taken(tmp_path))
        assert not got.is_set()
        holder.kill()
        assert got.wait(10)
        thread.join()


def _take(folder: Path, got: threading.Event) -> None:
    with Turns(folder).of("Brand"):
        got.set()


def _next_is_taken(folder: Path) -> bool:
    """Tell whether somebody waits: the lock that those who wait hold cannot be had."""
    for path in folder.glob("*.next"):
        with path.open("wb") as opened:
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False
