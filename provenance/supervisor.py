"""Running a gateway: web workers, projector, capture runners, what tells subscribers, watched by one parent.

Each is a process of its own. The parent starts them, starts one again that ends unasked (after a pause that grows while
it keeps ending), and on SIGTERM or SIGINT asks all to finish what they have begun. Nothing is opened before a child is
a process of its own: connections and threads do not survive a fork. A child holds the read end of a pipe whose write
end only the parent has: when the parent is gone, however it went, the pipe ends and the child stops.
"""

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from threading import Event
from types import FrameType

from provenance import opening
from provenance.ledger import identity
from provenance.observe import metrics
from provenance.observe.logs import LogForm, configure
from provenance.settings import PREFIX, SettingError, Settings

_TICK = 0.2
_FIRST_PAUSE, _LONGEST_PAUSE, _SETTLED = 0.5, 30.0, 60.0
_log = logging.getLogger(__name__)


def serve(home: Path, settings: Settings, *, on_ready: Callable[[], None] | None = None) -> int:
    """Run the gateway until it is told to stop, and return an exit status.

    `on_ready` is called once, when the web workers answer. Raises `SettingError` where the address cannot be listened
    on.
    """
    require_free(settings)
    configure(LogForm(settings.log), "serve")
    _empty(metrics.folder(home))
    logging.getLogger(identity.__name__).setLevel(logging.WARNING)
    opening.open_wallet(home, settings)  # says so where it holds the keys of several organisations
    stop = Event()
    with _signals(stop), _lifeline() as pipe:
        parts = ("web", "projector", *["captures"] * settings.captures, "subscriptions", *_administration(settings))
        children = [_Child(part, home, settings, pipe) for part in parts]
        try:
            _watch(children, stop, _announcement(settings, on_ready))
        finally:
            _finish(children, settings.grace)
    return 0


def environment(home: Path, settings: Settings) -> dict[str, str]:
    """Return the environment that tells a child process its data folder and settings."""
    stated = {each.name: getattr(settings, each.name) for each in fields(settings)}
    told = {PREFIX + name.upper(): str(value) for name, value in stated.items() if value is not None}
    counts = {metrics.FOLDER_VARIABLE: str(metrics.folder(home.resolve()))}
    return {**os.environ, **told, **counts, "PROVENANCE_HOME": str(home.resolve())}


@dataclass(slots=True)
class _Child:
    """One part as a process, and when it may be started again."""

    part: str
    home: Path
    settings: Settings
    pipe: int
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    pause: float = _FIRST_PAUSE

    def tend(self, now: float) -> None:
        """Start the process if it is due; notice that it ended."""
        if self.process is None and now >= self.due:
            command = [sys.executable, "-m", "provenance.parts", self.part]
            self.process = subprocess.Popen(
                command, stdin=self.pipe, env=environment(self.home, self.settings), start_new_session=True
            )
            self.started = now
        elif self.process is not None and self.process.poll() is not None:
            self.pause = _FIRST_PAUSE if now - self.started > _SETTLED else min(2 * self.pause, _LONGEST_PAUSE)
            _log.warning(
                "%s ended with status %s; starting it again in %g s", self.part, self.process.returncode, self.pause
            )
            self.process, self.due = None, now + self.pause

    def ask_to_stop(self) -> None:
        """Send SIGTERM, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def stopped_by(self, deadline: float) -> None:
        """Wait for its end, and force it at the deadline."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def _watch(children: list[_Child], stop: Event, announce: Callable[[], bool]) -> None:
    announced = False
    while not stop.is_set():
        for child in children:
            child.tend(time.monotonic())
        announced = announced or announce()
        stop.wait(_TICK)


def _announcement(settings: Settings, on_ready: Callable[[], None] | None) -> Callable[[], bool]:
    def announce() -> bool:
        try:
            socket.create_connection((_reachable(settings.host), settings.port), timeout=_TICK).close()
        except OSError:
            return False
        if on_ready is not None:
            on_ready()
        return True

    return announce


def _finish(children: list[_Child], grace: int) -> None:
    """Stop the web first, so that nothing new comes in, then what works on what came."""
    deadline = time.monotonic() + grace + 5
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.stopped_by(deadline)


def require_free(settings: Settings) -> None:
    """Check that the address can be listened on; raises `SettingError`."""
    error = _not_free(settings.host, settings.port)
    if error is not None:
        where = f"{settings.host} port {settings.port}"
        raise SettingError(f"cannot listen on {where} ({error.strerror}); choose another --host or --port")


def _not_free(host: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None


def _administration(settings: Settings) -> list[str]:
    """Return the part that answers the operator, if there is a port for it: the gateway does its work without."""
    port = settings.metrics_port
    if port and (error := _not_free(metrics.ADDRESS, port)) is not None:
        advice = "set PROVENANCE_METRICS_PORT to another port, or to 0 for none"
        _log.warning("figures are not served on port %d (%s): %s", port, error.strerror, advice)
        return []
    return ["admin"] if port else []


def _empty(folder: Path) -> None:
    """Begin to count anew: what was counted before the start belongs to processes that are gone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)


@contextmanager
def _signals(stop: Event) -> Iterator[None]:
    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _lifeline() -> Iterator[int]:
    reading, writing = os.pipe()
    try:
        yield reading
    finally:
        os.close(writing)
        os.close(reading)


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - the address to connect to, not to bind
