"""Facts: events as the ledger holds them, and the one order in which they count.

A fact is (recording organisation, SHA-256 of the event's canonical bytes). The same fact again counts once, at its
first place; another organisation's copy is a second witness. Facts are ordered by (effective time, digest), never by
their place in the ledger, so that late scans and replays in any order give the same history.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from provenance.domain.epcis.event import Event


class Fact(NamedTuple):
    """One recorded event; a named tuple because every verdict makes dozens.

    `recorder` is the organisation whose certificate signed the transaction, `recorded` the transaction's time,
    `digest` the hex SHA-256 of the event's canonical bytes, `id` the event id (CBV hash) that the contract recomputed,
    `regressed` whether the ledger's time went backwards at that transaction by more than twice the clock tolerance.
    """

    digest: str
    recorder: str
    recorded: datetime
    id: str
    event: Event
    regressed: bool = False

    def effective(self, tolerance: timedelta) -> datetime:
        """Return the event's time, capped at its transaction's time plus the clock tolerance."""
        return min(self.event.time, self.recorded + tolerance)

    def order(self, tolerance: timedelta) -> tuple[datetime, str, str]:
        """Return the key that facts are sorted by; the recorder separates witnesses of the same bytes."""
        return (self.effective(tolerance), self.digest, self.recorder)
