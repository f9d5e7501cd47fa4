"""Whether a gateway can do its work, part by part, each with a reason.

It is ready when the ledger can be read, the read model is not further behind it than the deployment allows, the
operations store takes writes, and there is room for accepted bodies. What is found is kept for a second, so that asking
often costs nothing. A reason never names a path, a host or what is on record.
"""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any

import orjson
from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError

from provenance.bootstrap import SPOOL_FOLDER, Gateway
from provenance.ledger.port import LedgerError
from provenance.readmodel import ReadModelError

KEPT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Check:
    """One part: whether it is well, a sentence about it, and what was measured."""

    name: str
    ok: bool
    detail: str
    measured: dict[str, int]


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the read model is behind the ledger: blocks, and seconds since the oldest block that it lacks."""

    height: int
    blocks: int
    seconds: int


class Health:
    """The state of one gateway, looked at once a second at most; safe to ask from several threads."""

    def __init__(self, gateway: Gateway, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._gateway = gateway
        self._clock = clock
        self._found: list[Check] = []
        self._until = 0.0
        self._mutex = Lock()

    def checks(self) -> list[Check]:
        """Return every part's state."""
        with self._mutex:
            if self._clock() >= self._until:
                self._found = [_ledger(self._gateway), _readmodel(self._gateway), _operations(self._gateway)]
                self._found.append(_spool(self._gateway))
                self._until = self._clock() + KEPT_SECONDS
            return self._found

    def document(self) -> tuple[dict[str, Any], int]:
        """Return the state as JSON values, and the HTTP status that says the same."""
        found = self.checks()
        ready = all(check.ok for check in found)
        content = {"status": "ready" if ready else "not_ready", "checks": [asdict(check) for check in found]}
        return content, 200 if ready else 503


def create_blueprint(health: Health) -> Blueprint:
    """Return the routes that tell a balancer whether to send requests here: the process answers, and it can work."""
    routes = Blueprint("health", __name__, url_prefix="/health")

    @routes.get("/live")
    def live() -> Response:
        """Tell that the process answers."""
        return _json({"status": "live"}, 200)

    @routes.get("/ready")
    def ready() -> Response:
        """Tell whether all parts are well, and which are not and why."""
        return _json(*health.document())

    return routes


def _json(content: dict[str, Any], status: int) -> Response:
    return Response(orjson.dumps(content), status, mimetype="application/json")


def lag(gateway: Gateway) -> Lag:
    """Return how far the read model is behind; raises `LedgerError`, `ReadModelError`, `SQLAlchemyError`."""
    position, height = gateway.readmodel.position(), gateway.ledger.height()
    if position >= height:
        return Lag(height, 0, 0)
    block = next(gateway.ledger.blocks(position), None)
    times = [transaction.time for transaction in block.transactions] if block is not None else []
    seconds = int((datetime.now(UTC) - min(times)).total_seconds()) if times else 0
    return Lag(height, height - position, max(0, seconds))


def _ledger(gateway: Gateway) -> Check:
    try:
        height = gateway.ledger.height()
    except LedgerError as error:
        return Check("ledger", ok=False, detail=f"the ledger cannot be read ({error.code})", measured={})
    return Check("ledger", ok=True, detail="the ledger can be read", measured={"height": height})


def _readmodel(gateway: Gateway) -> Check:
    try:
        behind = lag(gateway)
    except (LedgerError, ReadModelError, SQLAlchemyError):
        return Check("readmodel", ok=False, detail="the read model cannot be read", measured={})
    measured = {"blocks": behind.blocks, "seconds": behind.seconds}
    most = gateway.settings.lag_limit
    if behind.seconds > most:
        return Check("readmodel", ok=False, detail=f"it is more than {most} s behind the ledger", measured=measured)
    return Check("readmodel", ok=True, detail="it follows the ledger", measured=measured)


def _operations(gateway: Gateway) -> Check:
    try:
        gateway.operations.require_writable()
    except SQLAlchemyError:
        return Check("operations", ok=False, detail="the operations store takes no writes", measured={})
    return Check("operations", ok=True, detail="the operations store takes writes", measured={})


def _spool(gateway: Gateway) -> Check:
    folder, reserve = gateway.home / SPOOL_FOLDER, gateway.settings.spool_reserve
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return Check("spool", ok=False, detail="there is no folder for accepted bodies", measured={})
    measured = {"free": free}
    if not os.access(folder, os.W_OK | os.X_OK):
        return Check("spool", ok=False, detail="the folder for accepted bodies cannot be written", measured=measured)
    if free < reserve:
        return Check("spool", ok=False, detail=f"less than {reserve} bytes are free", measured=measured)
    return Check("spool", ok=True, detail="there is room for accepted bodies", measured=measured)
