"""Subscriptions to named queries (EPCIS 2.0, 8.2.5): what each has been told of, and where it is told.

A subscription remembers the place in the ledger up to which it was served. It moves in the same transaction that keeps
what is to be delivered, and only where nobody moved it meanwhile; so several processes may look at the same
subscription, and every event is delivered by one of them. The subscriber's token is needed to sign, so it is kept; it
is never shown again, not in the representation of the value either.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import orjson
from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, delete, exists, func, insert, select, update

from provenance.database import writing
from provenance.operations.deliveries import Cut, Delivery, DeliveryState
from provenance.operations.errors import OperationsError
from provenance.operations.instants import from_millis, to_millis
from provenance.operations.tables import deliveries, named_queries, subscriptions

MOST = 200
"""How many subscriptions an organisation has at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A standing query and where its results go; without a `schedule` it is a stream.

    `due` is when a schedule is looked at next, `position` the place of the last event that was looked at, `looked` when
    that was, `batch` how many events a delivery has at most, `notified` when the subscriber last took one.
    """

    organisation: str
    query: str
    dest: str
    initial: datetime
    position: int
    due: datetime
    token: str | None = field(default=None, repr=False)
    schedule: Mapping[str, str] | None = None
    report_if_empty: bool = False
    epc_format: str | None = None
    account: str | None = None
    batch: int
    id: str = ""
    created: datetime
    looked: datetime
    notified: datetime | None = None


class Subscriptions:
    """The subscriptions of one operations store."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def create(self, wanted: Subscription) -> Subscription:
        """Keep a subscription and return it with its id.

        Raises `OperationsError` (`subscriptions.query` where there is no such query, `subscriptions.too_many`).
        """
        made = replace(wanted, id=str(uuid.uuid4()))
        named = and_(named_queries.c.organisation == made.organisation, named_queries.c.name == made.query)
        own = subscriptions.c.organisation == made.organisation
        with writing(self._engine).begin() as connection:
            if connection.execute(select(named_queries.c.name).where(named).with_for_update()).first() is None:
                raise OperationsError("subscriptions.query", "there is no such query")
            if connection.execute(select(func.count()).select_from(subscriptions).where(own)).scalar_one() >= MOST:
                raise OperationsError("subscriptions.too_many", f"an organisation has at most {MOST} subscriptions")
            row = connection.execute(insert(subscriptions).values(_row(made)).returning(*subscriptions.c)).one()
        return read(row)

    def get(self, organisation: str, query: str, identifier: str) -> Subscription | None:
        """Return a subscription of an organisation to a query, or None."""
        one = and_(subscriptions.c.id == identifier, _to(organisation, query))
        with self._engine.connect() as connection:
            row = connection.execute(select(subscriptions).where(one)).first()
        return None if row is None else read(row)

    def of(self, organisation: str, query: str, *, after: str = "", count: int) -> list[Subscription]:
        """Return an organisation's subscriptions to a query in the order of their ids, from after an id on."""
        wanted = select(subscriptions).where(_to(organisation, query), subscriptions.c.id > after)
        with self._engine.connect() as connection:
            return [read(row) for row in connection.execute(wanted.order_by(subscriptions.c.id).limit(count))]

    def all(self) -> list[Subscription]:
        """Return every subscription, oldest first."""
        with self._engine.connect() as connection:
            wanted = select(subscriptions).order_by(subscriptions.c.created, subscriptions.c.id)
            return [read(row) for row in connection.execute(wanted)]

    def find(self, organisation: str, identifier: str) -> Subscription | None:
        """Return a subscription of an organisation by its id alone, or None."""
        one = and_(subscriptions.c.id == identifier, subscriptions.c.organisation == organisation)
        with self._engine.connect() as connection:
            row = connection.execute(select(subscriptions).where(one)).first()
        return None if row is None else read(row)

    def told(self, delivery: Delivery) -> Subscription | None:
        """Return the subscription that a delivery is for, None where it ended."""
        with self._engine.connect() as connection:
            row = connection.execute(select(subscriptions).where(subscriptions.c.id == delivery.subscription)).first()
        return None if row is None else read(row)

    def delete(self, organisation: str, query: str, identifier: str) -> bool:
        """End a subscription, with whatever was to be delivered to it; return whether there was one."""
        one = and_(subscriptions.c.id == identifier, _to(organisation, query))
        with writing(self._engine).begin() as connection:
            return _end(connection, one) == 1

    def idle(self) -> list[Subscription]:
        """Return the subscriptions that may be looked at now: they are due, and nothing waits to be delivered."""
        waiting = and_(
            deliveries.c.subscription == subscriptions.c.id, deliveries.c.state == DeliveryState.PENDING.value
        )
        due = subscriptions.c.due <= to_millis(self._clock())
        wanted = select(subscriptions).where(due, ~exists().where(waiting)).order_by(subscriptions.c.due)
        with self._engine.connect() as connection:
            return [read(row) for row in connection.execute(wanted)]

    def move(self, seen: Subscription, *, position: int, due: datetime, cut: Cut | None = None) -> bool:
        """Move a subscription on, and keep what is to be delivered; return whether it was still as it was seen."""
        now = to_millis(self._clock())
        still = and_(
            subscriptions.c.id == seen.id,
            subscriptions.c.position == seen.position,
            subscriptions.c.due == to_millis(seen.due),
        )
        moved = update(subscriptions).where(still).values(position=position, due=to_millis(due), looked=now)
        with writing(self._engine).begin() as connection:
            if connection.execute(moved).rowcount != 1:
                return False
            if cut is not None:
                connection.execute(insert(deliveries).values(cut.row(seen.id, seen.position, now)))
        return True


def end_all(connection: Connection, organisation: str, query: str) -> int:
    """End all subscriptions of an organisation to a query, and return how many there were."""
    return _end(connection, _to(organisation, query))


def read(row: Row[tuple[object, ...]]) -> Subscription:
    """Return the subscription of a row."""
    return Subscription(
        id=row.id,
        organisation=row.organisation,
        query=row.query,
        dest=row.dest,
        token=row.token,
        schedule=None if row.schedule is None else orjson.loads(row.schedule),
        report_if_empty=bool(row.report_if_empty),
        initial=from_millis(row.initial),
        epc_format=row.epc_format,
        account=row.account,
        batch=row.batch,
        position=row.position,
        due=from_millis(row.due),
        created=from_millis(row.created),
        looked=from_millis(row.looked),
        notified=None if row.notified is None else from_millis(row.notified),
    )


def _end(connection: Connection, which: ColumnElement[bool]) -> int:
    ended = select(subscriptions.c.id).where(which)
    connection.execute(delete(deliveries).where(deliveries.c.subscription.in_(ended)))
    return connection.execute(delete(subscriptions).where(which)).rowcount


def _to(organisation: str, query: str) -> ColumnElement[bool]:
    return and_(subscriptions.c.organisation == organisation, subscriptions.c.query == query)


def _row(made: Subscription) -> dict[str, object]:
    return {
        "id": made.id,
        "organisation": made.organisation,
        "query": made.query,
        "dest": made.dest,
        "token": made.token,
        "schedule": None if made.schedule is None else orjson.dumps(dict(made.schedule)).decode(),
        "report_if_empty": int(made.report_if_empty),
        "initial": to_millis(made.initial),
        "epc_format": made.epc_format,
        "account": made.account,
        "batch": made.batch,
        "position": made.position,
        "due": to_millis(made.due),
        "created": to_millis(made.created),
        "looked": to_millis(made.looked),
        "notified": None,
    }
