"""The processes of a running gateway, each started as `python -m provenance.parts NAME` by `provenance.supervisor`.

`web` answers requests (gunicorn, threads, each worker composing its own gateway after the fork), `projector` follows
the ledger, `captures` works on accepted bodies, `subscriptions` tells subscribers what is new, `admin` answers figures
and health on localhost. Each stops at SIGTERM, and when its standard input ends, which is when its parent is gone.
"""

import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from provenance import bootstrap, settings
from provenance.bootstrap import Gateway
from provenance.ledger import identity
from provenance.ledger.port import LedgerError
from provenance.observe import metrics
from provenance.observe.logs import LogForm, ServerLog, configure
from provenance.operations.errors import OperationsError
from provenance.readmodel.errors import ReadModelError
from provenance.workers import EvenWorker, Shares

_log = logging.getLogger(__name__)


class Web(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn with our settings and application; nothing is loaded before the fork."""

    def __init__(self, home: Path, chosen: settings.Settings) -> None:
        self._home = home
        self._chosen = chosen
        self._worker: Any = None
        super().__init__()

    def load_config(self) -> None:
        """Set what a production server needs."""
        chosen, shares = self._chosen, Shares(self._chosen.workers)
        host = f"[{chosen.host}]" if ":" in chosen.host else chosen.host
        for name, value in {
            "bind": f"{host}:{chosen.port}",
            "workers": chosen.workers,
            "threads": chosen.threads,
            "worker_class": EvenWorker,
            "pre_fork": shares.enter,
            "child_exit": shares.leave,
            "preload_app": False,
            "graceful_timeout": chosen.grace,
            "timeout": 60,
            "keepalive": 15,
            "limit_request_line": 8190,
            "control_socket_disable": True,
            "proc_name": "provenance",
            "logger_class": ServerLog,
            "post_fork": self._forked,
        }.items():
            self.cfg.set(name, value)

    def _forked(self, _arbiter: Any, worker: Any) -> None:
        self._worker = worker

    def load(self) -> Any:
        """Return the WSGI application of one worker."""
        from provenance.api.sockets import STOPPING
        from provenance.app import create_app

        gateway = bootstrap.open_gateway(self._home, self._chosen)
        gateway.consumers.start()
        self.cfg.set("worker_exit", lambda _arbiter, _worker: gateway.close())
        app = create_app(gateway)
        app.extensions[STOPPING] = lambda: not self._worker.alive
        settle()
        return app


def settle() -> None:
    """Look for garbage less often: requests and documents make few cycles, and a full look goes through everything.

    A look at new objects alone stays small, for some answer waits for it: 50,000 that are garbage take 50 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 100, 50)


def web(home: Path, chosen: settings.Settings) -> None:
    """Answer requests until told to stop."""
    Web(home, chosen).run()


def projector(home: Path, chosen: settings.Settings) -> None:
    """Bring the read model up to the ledger, again and again, until told to stop."""
    _until_stopped(home, chosen, lambda gateway, stop: gateway.projector().follow(stop))


def captures(home: Path, chosen: settings.Settings) -> None:
    """Work on capture jobs, and settle what was left unsettled, until told to stop."""

    def work(gateway: Gateway, stop: Event) -> None:
        settle()
        settling = Thread(target=gateway.settler().run, args=(stop,), daemon=True)
        settling.start()
        gateway.runner().run(stop)
        settling.join()

    _until_stopped(home, chosen, work)


def subscriptions(home: Path, chosen: settings.Settings) -> None:
    """Tell subscribers what is new until told to stop."""
    from provenance.subscriptions.worker import Worker

    _until_stopped(home, chosen, lambda gateway, stop: Worker(gateway, on_outcome=metrics.count_delivery).run(stop))


def administration(home: Path, chosen: settings.Settings) -> None:
    """Answer what the operator's software asks until told to stop."""
    from provenance.observe import admin

    counts = metrics.folder(home)
    _until_stopped(home, chosen, lambda gateway, stop: admin.serve(gateway, counts, chosen.metrics_port, stop))


def _until_stopped(home: Path, chosen: settings.Settings, work: Callable[[Gateway, Event], object]) -> None:
    stop = Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    gateway = bootstrap.open_gateway(home, chosen)
    try:
        work(gateway, stop)
    finally:
        gateway.close()


def _stop_with_parent() -> None:
    """Stop this process when the pipe on its standard input ends."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


PARTS = {
    "web": web,
    "projector": projector,
    "captures": captures,
    "subscriptions": subscriptions,
    "admin": administration,
}


def main() -> None:
    """Run the part that the command line names, in the folder and with the settings of the environment."""
    part, home, chosen = sys.argv[1], Path(os.environ["PROVENANCE_HOME"]), settings.read()
    configure(LogForm(chosen.log), part)
    for wallet in (identity.__name__, "provenance.ledger.fabric.wallet"):
        logging.getLogger(wallet).setLevel(logging.ERROR)  # the parent has said what the wallet warns of
    Thread(target=_stop_with_parent, daemon=True).start()
    try:
        PARTS[part](home, chosen)
    except (LedgerError, ReadModelError, OperationsError) as error:
        _log.error("%s (%s)", error.detail, error.code)
        sys.exit(1)


if __name__ == "__main__":
    main()
