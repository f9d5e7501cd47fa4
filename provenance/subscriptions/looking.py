"""Looking for what is new to subscriptions, and cutting it into deliveries.

A subscription is looked at when it is due and nothing of it waits. What was recorded since is read in the ledger's
order, and what its query asks for and its organisation may see becomes one delivery of bounded size; the place up to
which was looked moves with it, so nothing is left out and nothing is cut twice. A schedule that was missed while
nobody ran is made up for once.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from provenance.api import standing
from provenance.api.standing import Found, Told
from provenance.domain.epcis import schedule
from provenance.http.problems import Problem
from provenance.operations import Cut, Operations, Subscription
from provenance.readmodel.model import ReadModel
from provenance.readmodel.view import View

_REMEMBERED = timedelta(minutes=1)
_log = logging.getLogger(__name__)


class Gateway(Protocol):
    """What looking needs of the composed gateway."""

    @property
    def operations(self) -> Operations:
        """Where subscriptions are."""

    @property
    def readmodel(self) -> ReadModel:
        """Where events are."""


class Lookout:
    """Looks at the subscriptions of one gateway; any number may look at once."""

    def __init__(self, gateway: Gateway, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._gateway = gateway
        self._subscriptions = gateway.operations.subscriptions
        self._clock = clock
        self._nothing_up_to: dict[str, int] = {}

    def look(self) -> int:
        """Look at every subscription that is due, and return how many deliveries were cut."""
        idle = self._subscriptions.idle()
        self._nothing_up_to = {
            each.id: place for each in idle if (place := self._nothing_up_to.get(each.id)) is not None
        }
        return sum(self._tried(each) for each in idle)

    def _tried(self, each: Subscription) -> bool:
        try:
            with self._gateway.readmodel.view() as view:
                return self._look_at(view, each)
        except Exception:  # noqa: BLE001 - one must not stop the others
            _log.exception("subscription %s could not be looked at", each.id)
            return False

    def _look_at(self, view: View, each: Subscription) -> bool:
        after = max(each.position, self._nothing_up_to.get(each.id, -1))
        if each.schedule is None and after >= view.newest:
            return False
        named = self._gateway.operations.queries.get(each.organisation, each.query)
        if named is None:
            return False  # it was forgotten just now, and the subscription with it
        try:
            asked = standing.standing(view, named, each.initial)
            found = standing.find(view, asked, after, most=each.batch)
        except Problem as problem:
            return self._tell(each, Found((), view.newest, more=False), _problem(each, problem))
        if found.events or (each.schedule is not None and each.report_if_empty and not found.more):
            return self._tell(each, found, _cut(view, each, found))
        return self._tell_nothing(each, found)

    def _tell(self, each: Subscription, found: Found, cut: Cut) -> bool:
        self._nothing_up_to.pop(each.id, None)
        return self._subscriptions.move(each, position=found.reached, due=self._due(each, found), cut=cut)

    def _tell_nothing(self, each: Subscription, found: Found) -> bool:
        """Remember how far there was nothing: on disk now and then, or where a schedule goes on."""
        self._nothing_up_to[each.id] = found.reached
        if each.schedule is not None or self._clock() - each.looked > _REMEMBERED:
            self._subscriptions.move(each, position=found.reached, due=self._due(each, found))
        return False

    def _due(self, each: Subscription, found: Found) -> datetime:
        if each.schedule is None or found.more:
            return each.due
        return schedule.read(each.schedule).next(self._clock()) or datetime.max.replace(tzinfo=UTC)


def _cut(view: View, each: Subscription, found: Found) -> Cut:
    cut = Cut(body=b"", media_type="application/json", events=len(found.events))
    return replace(cut, body=standing.document(view, found.events, _told(each), identifier=cut.id))


def _problem(each: Subscription, found: Problem) -> Cut:
    return Cut(body=standing.problem(found, _told(each)), media_type="application/problem+json", events=0)


def _told(each: Subscription) -> Told:
    return Told(each.query, each.id, each.epc_format)
