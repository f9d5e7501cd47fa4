"""Ending what is unknown: signed transactions whose answer was lost, with a peer, a network or this gateway.

A signed envelope never expires, so as long as it is not on the ledger nobody can say that it never will be. Therefore
each is looked for by its id, and where it is not found the very same envelope is submitted again: it counts once, or
is invalid because what it read has changed, and either is an answer. What belongs to a capture job that is open is left
to whoever does that job again: `provenance.attempts` asks `fate` before it signs anew.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event

from provenance.ledger.port import Failed, Ledger, LedgerError, Receipt, Unknown
from provenance.operations import Outbox, Posted

RESTED = timedelta(minutes=2)
"""How old an unsettled transaction is before it is looked into: longer than who submitted it waits for an answer."""

EVERY = 15.0
"""Seconds from one look to the next."""

_ELSEWHERE = frozenset({"ledger.unavailable", "ledger.lagging", "ledger.busy", "ledger.storage", "ledger.evaluate"})
"""Failures that say nothing of the transaction itself."""

_log = logging.getLogger(__name__)


def fate(posted: Posted, resubmit: Callable[[bytes], Receipt]) -> Receipt | None:
    """Return the receipt of a transaction that counts, by now at the latest, or None where it never will.

    Raises `Unknown` where nobody can say yet.
    """
    try:
        receipt = resubmit(posted.envelope)
    except Failed as error:
        if error.code in _ELSEWHERE:
            detail = f"what became of the transaction is not known: {error.detail}"
            raise Unknown("ledger.unknown", detail, posted.transaction_id) from error
        _log.info("transaction %s does not count: %s", posted.transaction_id, error.code)
        return None
    _log.info("transaction %s is in block %d", posted.transaction_id, receipt.block)
    return receipt


class Settler:
    """Settles the transactions of one outbox on one ledger; any number of them may do so at once."""

    def __init__(self, outbox: Outbox, ledger: Ledger, *, rested: timedelta = RESTED) -> None:
        self._outbox = outbox
        self._ledger = ledger
        self._rested = rested

    def run(self, stop: Event) -> None:
        """Settle what can be settled, again and again, until `stop` is set."""
        while not stop.wait(EVERY):
            try:
                self.run_once()
            except Exception as error:  # noqa: BLE001 - the outermost boundary: what fails now is looked into later
                _log.error("unsettled transactions could not be looked into", exc_info=error)

    def run_once(self) -> int:
        """Look into every transaction that has rested long enough and return how many were settled."""
        before = datetime.now(UTC) - self._rested
        return sum(self._settled(each) for each in self._outbox.adrift(before=before))

    def _settled(self, posted: Posted) -> bool:
        try:
            fate(posted, self._ledger.resubmit)
        except LedgerError as error:
            _log.warning("transaction %s: %s", posted.transaction_id, error.code)
            return False
        self._outbox.settle(posted.transaction_id)
        return True
