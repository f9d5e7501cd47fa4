"""What is to be delivered to subscribers: bodies as they were cut, who sends them, and what became of them.

A delivery's id and body never change, whoever sends it and however often, so a subscriber can tell a second copy from a
second message. Senders take leases: when one dies, another sends the delivery again, and whoever lost a lease cannot
say what became of it. What was tried too often is a dead letter: it stays, with the reason, to be looked at and sent
again; those after it are not held back.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, and_, delete, func, select, update

from provenance.database import writing
from provenance.operations.errors import LeaseLost
from provenance.operations.instants import from_millis, to_millis
from provenance.operations.tables import deliveries, subscriptions

KEPT = timedelta(days=7)
"""How long it is told that something was delivered."""
DEAD_KEPT = timedelta(days=90)
"""How long a dead letter is kept."""


class DeliveryState(StrEnum):
    """What became of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A body that is to be delivered, of so many events; `id` is the delivery's."""

    body: bytes = field(repr=False)
    media_type: str
    events: int
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def row(self, subscription: str, begins: int, now: int) -> dict[str, Any]:
        """Return the row of a delivery that waits; `begins` is the place before its first event."""
        return {
            "id": self.id,
            "subscription": subscription,
            "begins": begins,
            "body": self.body,
            "media_type": self.media_type,
            "events": self.events,
            "state": DeliveryState.PENDING.value,
            "created": now,
            "due": now,
            "lease_until": now,
            "attempts": 0,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A delivery; `error` is why the last attempt failed, `status` what the subscriber answered to it."""

    id: str
    subscription: str
    state: DeliveryState
    events: int
    media_type: str
    created: datetime
    due: datetime
    attempts: int
    begins: int
    body: bytes = field(default=b"", repr=False)
    lease_owner: str | None = None
    status: int | None = None
    error: str | None = None
    finished: datetime | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many deliveries wait, since when the oldest does, and how many are dead."""

    pending: int
    oldest: datetime | None
    dead: int


class Deliveries:
    """The deliveries of one operations store."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def claim(self, owner: str, lease: timedelta) -> Delivery | None:
        """Take the lease of a delivery that is due and that nobody sends, the oldest first; None where none is."""
        now = to_millis(self._clock())
        pending = deliveries.c.state == DeliveryState.PENDING.value
        free = select(deliveries.c.id).where(pending, deliveries.c.due <= now, deliveries.c.lease_until <= now)
        first = free.order_by(deliveries.c.due, deliveries.c.id).limit(1).with_for_update(skip_locked=True)
        with self._engine.connect() as connection:
            if connection.execute(free.limit(1)).first() is None:
                return None
        until = to_millis(self._clock() + lease)
        taken = {"lease_owner": owner, "lease_until": until, "attempts": deliveries.c.attempts + 1}
        statement = update(deliveries).where(deliveries.c.id == first.scalar_subquery()).values(taken)
        with writing(self._engine).begin() as connection:
            row = connection.execute(statement.returning(*deliveries.c)).first()
        return None if row is None else _delivery(row)

    def delivered(self, claimed: Delivery, status: int) -> None:
        """Say that the subscriber took it, and let its body go; raises `LeaseLost`."""
        now = to_millis(self._clock())
        done = {"state": DeliveryState.DELIVERED.value, "finished": now, "status": status, "error": None, "body": None}
        with writing(self._engine).begin() as connection:
            _require(connection.execute(update(deliveries).where(_held(claimed)).values(done)).rowcount, claimed)
            told = update(subscriptions).where(subscriptions.c.id == claimed.subscription).values(notified=now)
            connection.execute(told)

    def put_off(self, claimed: Delivery, error: str, status: int | None, *, after: timedelta) -> None:
        """Say why it failed, and let it be tried again after a while; raises `LeaseLost`."""
        self._change(claimed, {"due": to_millis(self._clock() + after), "error": error, "status": status})

    def bury(self, claimed: Delivery, error: str, status: int | None) -> None:
        """Make it a dead letter, and say why; raises `LeaseLost`."""
        now = to_millis(self._clock())
        dead = {"state": DeliveryState.DEAD.value, "finished": now, "error": error, "status": status}
        self._change(claimed, dead)

    def split(self, claimed: Delivery) -> None:
        """Take a delivery back that is too large for its subscriber, to be cut again in halves; raises `LeaseLost`."""
        again = to_millis(self._clock())
        smaller = {"position": claimed.begins, "batch": max(1, claimed.events // 2), "due": again}
        with writing(self._engine).begin() as connection:
            _require(connection.execute(delete(deliveries).where(_held(claimed))).rowcount, claimed)
            mine = subscriptions.c.id == claimed.subscription
            connection.execute(update(subscriptions).where(mine).values(smaller))

    def revive(self, subscription: str, identifier: str) -> Delivery | None:
        """Let a dead letter of a subscription be sent again and return it; None where there is no such dead letter."""
        now = to_millis(self._clock())
        dead = and_(
            deliveries.c.id == identifier,
            deliveries.c.subscription == subscription,
            deliveries.c.state == DeliveryState.DEAD.value,
        )
        fresh = {"state": DeliveryState.PENDING.value, "finished": None, "due": now, "lease_until": now, "attempts": 0}
        with writing(self._engine).begin() as connection:
            row = connection.execute(update(deliveries).where(dead).values(fresh).returning(*deliveries.c)).first()
        return None if row is None else _delivery(row)

    def of(self, subscription: str, *, count: int, state: DeliveryState | None = None) -> list[Delivery]:
        """Return the newest deliveries of a subscription, newest first, of one state or all."""
        wanted = select(deliveries).where(deliveries.c.subscription == subscription)
        if state is not None:
            wanted = wanted.where(deliveries.c.state == state.value)
        newest = wanted.order_by(deliveries.c.created.desc(), deliveries.c.id.desc()).limit(count)
        with self._engine.connect() as connection:
            return [_delivery(row) for row in connection.execute(newest)]

    def waiting(self) -> Waiting:
        """Return how many wait and are dead."""
        states = select(deliveries.c.state, func.count(), func.min(deliveries.c.created)).group_by(deliveries.c.state)
        with self._engine.connect() as connection:
            found = {state: (count, oldest) for state, count, oldest in connection.execute(states)}
        pending, oldest = found.get(DeliveryState.PENDING.value, (0, None))
        dead, _ = found.get(DeliveryState.DEAD.value, (0, None))
        return Waiting(pending, None if oldest is None else from_millis(oldest), dead)

    def sweep(self, *, delivered: timedelta = KEPT, dead: timedelta = DEAD_KEPT) -> int:
        """Forget what was delivered, and dead letters, after their time; return how many."""
        now, forgotten = self._clock(), 0
        for state, age in ((DeliveryState.DELIVERED, delivered), (DeliveryState.DEAD, dead)):
            old = and_(deliveries.c.state == state.value, deliveries.c.finished < to_millis(now - age))
            with writing(self._engine).begin() as connection:
                forgotten += connection.execute(delete(deliveries).where(old)).rowcount
        return forgotten

    def _change(self, claimed: Delivery, values: dict[str, Any]) -> None:
        free = {**values, "lease_owner": None, "lease_until": to_millis(self._clock())}
        with writing(self._engine).begin() as connection:
            _require(connection.execute(update(deliveries).where(_held(claimed)).values(free)).rowcount, claimed)


def _held(claimed: Delivery) -> ColumnElement[bool]:
    return and_(
        deliveries.c.id == claimed.id,
        deliveries.c.state == DeliveryState.PENDING.value,
        deliveries.c.lease_owner == claimed.lease_owner,
        deliveries.c.attempts == claimed.attempts,
    )


def _require(changed: int, claimed: Delivery) -> None:
    if changed != 1:
        raise LeaseLost("deliveries.lease_lost", f"delivery {claimed.id} was taken over, or its subscription ended")


def _delivery(row: Row[tuple[object, ...]]) -> Delivery:
    return Delivery(
        id=row.id,
        subscription=row.subscription,
        state=DeliveryState(row.state),
        events=row.events,
        media_type=row.media_type,
        created=from_millis(row.created),
        due=from_millis(row.due),
        attempts=row.attempts,
        begins=row.begins,
        body=b"" if row.body is None else bytes(row.body),
        lease_owner=row.lease_owner,
        status=row.status,
        error=row.error,
        finished=None if row.finished is None else from_millis(row.finished),
    )
