"""Looking and sending until told to stop: one thread looks, a few send, each with what it has begun to its end."""

import logging
from collections.abc import Callable
from threading import Event, Thread
from typing import TYPE_CHECKING

from provenance.settings import networks
from provenance.subscriptions.looking import Lookout
from provenance.subscriptions.sending import Outcome, Sender

if TYPE_CHECKING:
    from provenance.bootstrap import Gateway

SENDERS = 4
_LOOK_SECONDS, _SEND_SECONDS, _SWEEP_SECONDS = 0.25, 0.5, 3600.0
_log = logging.getLogger(__name__)


class Worker:
    """What `serve` runs for subscriptions; any number may share a gateway's stores."""

    def __init__(self, gateway: "Gateway", *, on_outcome: Callable[[Outcome], None] = lambda _: None) -> None:
        allowed = networks("WEBHOOK_NETWORKS", gateway.settings.webhook_networks)
        self._deliveries = gateway.operations.deliveries
        self._lookout = Lookout(gateway)
        self._sender = Sender(gateway.operations, allowed=allowed, on_outcome=on_outcome)

    def run(self, stop: Event) -> None:
        """Work until `stop` is set; a delivery that is on its way is settled first."""
        senders = [
            Thread(target=self._keep, args=(stop, self._sender.send_once, _SEND_SECONDS)) for _ in range(SENDERS)
        ]
        for each in senders:
            each.start()
        sweeper = Thread(target=self._keep, args=(stop, self._sweep, _SWEEP_SECONDS))
        sweeper.start()
        self._keep(stop, self._look, _LOOK_SECONDS)
        for each in (*senders, sweeper):
            each.join()

    def run_once(self) -> bool:
        """Look once, and send what is due; return whether there was anything."""
        found = self._lookout.look() > 0
        while self._sender.send_once():
            found = True
        return found

    def _keep(self, stop: Event, work: Callable[[], bool], pause: float) -> None:
        while not stop.is_set():
            try:
                done = work()
            except Exception:  # noqa: BLE001 - a database that is away comes back
                _log.exception("subscriptions: going on after a pause")
                done = False
            if not done:
                stop.wait(pause)

    def _look(self) -> bool:
        return self._lookout.look() > 0

    def _sweep(self) -> bool:
        self._deliveries.sweep()
        return False
