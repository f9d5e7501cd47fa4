"""Named queries as they stand: what was recorded since a place, in deliveries of bounded size.

Order and limits of a query are for pages: whoever subscribes is told of every event once, in the order in which the
ledger recorded them, as far as its organisation may see it at that time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

import orjson

from provenance.api import named, query, results
from provenance.api.lexicon import RecordLexicon
from provenance.api.prefixes import lengths
from provenance.api.visibility import reader
from provenance.domain.epcis.format import EpcFormat, Formatter
from provenance.domain.epcis.query import Condition
from provenance.domain.facts import Fact
from provenance.http.problems import EPCIS_TYPES, Problem
from provenance.operations import NamedQuery
from provenance.readmodel.query import RecordedEvent
from provenance.readmodel.view import View

MOST_BYTES = 1024 * 1024
"""A delivery of several events has no more bytes of them."""
BATCH = 100
"""How many events a delivery has at most, until its subscriber asks for fewer."""

_STEPS = 20


@dataclass(frozen=True, slots=True)
class Standing:
    """What a query asks, and what its organisation may see of it, from a time on."""

    conditions: Sequence[Condition]
    visible: Callable[[Fact], bool]


@dataclass(frozen=True, slots=True)
class Found:
    """Events, the place up to which was looked, and whether there is more to look at now."""

    events: Sequence[RecordedEvent]
    reached: int
    more: bool


def standing(view: View, kept: NamedQuery, since: datetime) -> Standing:
    """Return a query as it stands, of what was recorded from a time on; raises `Problem` where it cannot be asked."""
    found = named.definition(kept)
    values = {name: each for name, each in found.values.items() if name not in query.ORDER}
    conditions = query.read(values, within=found.within, lexicon=RecordLexicon(view)).query.conditions
    may_read = reader(view.world, kept.organisation)
    return Standing(conditions, lambda fact: fact.recorded >= since and may_read(fact))


def find(view: View, asked: Standing, after: int, *, most: int = BATCH) -> Found:
    """Return the next events after a place, `most` of them at most and as many as a delivery has room for."""
    taken: list[RecordedEvent] = []
    weight, reached = 0, after
    for _ in range(_STEPS):
        events, reached = view.since(asked.conditions, reached, visible=asked.visible)
        for each in events:
            weight += len(each.body)
            if taken and (len(taken) == most or weight > MOST_BYTES):
                return Found(taken, taken[-1].place, more=True)
            taken.append(each)
        if reached >= view.newest:
            return Found(taken, reached, more=False)
    return Found(taken, reached, more=True)


@dataclass(frozen=True, slots=True)
class Told:
    """Whom a delivery is for: the query's name, the subscription's id, and the form that identifiers are wanted in."""

    query: str
    subscription: str
    epc_format: str | None = None


def document(view: View, events: Sequence[RecordedEvent], told: Told, *, identifier: str) -> bytes:
    """Return the EPCISQueryDocument of a delivery; its id, which a signature covers, is that of the delivery."""
    formatter = Formatter(EpcFormat(told.epc_format or EpcFormat.ALWAYS_GS1_DIGITAL_LINK), lengths(view.world))
    body = results.document(events, query=told.query, subscription=told.subscription, formatter=formatter)
    return b'{"id":"%s",' % UUID(identifier).urn.encode() + body[1:]


def problem(found: Problem, whom: Told) -> bytes:
    """Return the problem details of a query that cannot be asked any more (RFC 9457)."""
    kind = found.epcis or EPCIS_TYPES.get(found.status, "ImplementationException")
    told: Mapping[str, Any] = {
        "type": f"epcisException:{kind}",
        "title": HTTPStatus(found.status).phrase,
        "status": found.status,
        "code": found.code,
        "detail": found.detail,
        "queryName": whom.query,
        "subscriptionID": whom.subscription,
    }
    return orjson.dumps(told)
