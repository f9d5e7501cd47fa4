"""Sending deliveries: signed, one subscriber's in their order, again and again until they are taken or given up.

A sender claims a delivery, sends it, and says what became of it; what it says counts only while it holds the lease. So
a delivery may arrive twice, when a sender dies between sending and saying, and never not at all.
"""

import logging
import os
import random
import socket
from collections.abc import Callable, Sequence
from datetime import timedelta
from enum import StrEnum
from http import HTTPStatus
from secrets import token_hex

from provenance.addresses import Network, Refused, destination
from provenance.operations import Delivery, LeaseLost, Operations, Subscription
from provenance.subscriptions.posting import WHOLE_SECONDS, Post, Unreachable, post, signature

LEASE = timedelta(seconds=90)
"""How long a delivery rests when its sender died; sending takes at most a third of it."""
ATTEMPTS = 15
"""After so many it is a dead letter: about a day after the first."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=6)

_log = logging.getLogger(__name__)


class Outcome(StrEnum):
    """What became of an attempt."""

    DELIVERED = "delivered"
    FAILED = "failed"
    SPLIT = "split"
    DEAD = "dead"


class Sender:
    """Sends what is due; any number of senders may share an operations store."""

    def __init__(
        self,
        operations: Operations,
        *,
        allowed: Sequence[Network] = (),
        attempts: int = ATTEMPTS,
        first_pause: timedelta = FIRST_PAUSE,
        seconds: float = WHOLE_SECONDS,
        on_outcome: Callable[[Outcome], None] = lambda _: None,
    ) -> None:
        """Send to the public internet and to the networks `allowed`; `on_outcome` hears of every attempt."""
        self._subscriptions = operations.subscriptions
        self._deliveries = operations.deliveries
        self._allowed = allowed
        self._attempts = attempts
        self._first_pause = first_pause
        self._seconds = seconds
        self._on_outcome = on_outcome
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{token_hex(4)}"

    def send_once(self) -> bool:
        """Claim a delivery and send it; return whether there was one."""
        claimed = self._deliveries.claim(self._owner, LEASE)
        if claimed is None:
            return False
        told = self._subscriptions.told(claimed)
        if told is None:
            return True
        try:
            self._on_outcome(self._settle(claimed, *self._send(told, claimed)))
        except LeaseLost as error:
            _log.warning("%s", error.detail)
        return True

    def _send(self, told: Subscription, claimed: Delivery) -> tuple[int | None, str]:
        """Return the status that the subscriber answered, or None and why there is none."""
        headers = {"Content-Type": claimed.media_type, "Idempotency-Key": f'"{claimed.id}"'}
        if told.token is not None:
            headers["GS1-Signature"] = signature(told.token, claimed.body)
        try:
            message = Post(destination(told.dest, self._allowed), claimed.body, headers)
            return post(message, allowed=self._allowed, seconds=self._seconds), "dest.status"
        except (Refused, Unreachable) as error:
            return None, error.code

    def _settle(self, claimed: Delivery, status: int | None, error: str) -> Outcome:
        if status is not None and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            self._deliveries.delivered(claimed, status)
            return Outcome.DELIVERED
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and claimed.events > 1:
            self._deliveries.split(claimed)
            return Outcome.SPLIT
        _log.warning("delivery %s, attempt %d: %s %s", claimed.id, claimed.attempts, error, status or "")
        if claimed.attempts >= self._attempts:
            self._deliveries.bury(claimed, error, status)
            return Outcome.DEAD
        self._deliveries.put_off(claimed, error, status, after=self._pause(claimed.attempts))
        return Outcome.FAILED

    def _pause(self, attempts: int) -> timedelta:
        """Return how long to wait: twice as long each time, and not all at the same moment."""
        longest: timedelta = min(self._first_pause * (1 << min(attempts - 1, 30)), LONGEST_PAUSE)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - it spreads load, it hides nothing
