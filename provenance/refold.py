"""What would become of the verdicts if other rules were in force: every item folded twice, and what differs.

Reads the read model page by page, so that memory stays the same however many items there are; writes nothing, to the
ledger least of all. An item's two folds are of one moment. Items are those that an event names; what was merely issued
has nothing that a threshold could judge. Whether a fact's time ran backwards was settled when it was projected.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from provenance.domain.facts import Fact
from provenance.domain.gs1 import link
from provenance.domain.gs1.keys import Link
from provenance.domain.records import Record, Rules
from provenance.domain.verdict import Verdict, judge
from provenance.domain.world import World, rules_of
from provenance.readmodel import ReadModel
from provenance.readmodel.view import View

R = TypeVar("R", bound=Record)

PAGE = 500
"""How many things are looked at in one snapshot."""


@dataclass(frozen=True, slots=True)
class Change:
    """An item whose verdict other rules would change."""

    item: Link
    before: Verdict
    after: Verdict

    @property
    def added(self) -> tuple[str, ...]:
        """Codes of the findings that it would have and has not."""
        return _beyond(self.after, self.before)

    @property
    def removed(self) -> tuple[str, ...]:
        """Codes of the findings that it has and would not have."""
        return _beyond(self.before, self.after)


class Governed:
    """The records on record, but under other rules."""

    def __init__(self, world: World, rules: Rules) -> None:
        self._world = world
        self._rules = rules

    def get(self, kind: type[R], identifier: str) -> R | None:
        """Return the record, or None where there is none."""
        return cast("R", self._rules) if kind is Rules else self._world.get(kind, identifier)

    def linked(self, kind: type[R], term: str) -> Sequence[R]:
        """Return the records of a kind that carry the term, ordered by id (code points)."""
        return self._world.linked(kind, term)

    def deduced(self, what: str, *kinds: type[Record]) -> dict[Any, Any]:
        """Return where to keep what follows from the records of these kinds alone."""
        return {} if Rules in kinds else self._world.deduced(what, *kinds)


class Refold:
    """One trial of other rules; `items` and `changed` count as it goes."""

    def __init__(self, model: ReadModel, rules: Rules, *, as_of: datetime) -> None:
        self._model = model
        self._rules = rules
        self._as_of = as_of
        self.items = 0
        self.changed = 0
        with model.view() as view:
            self.in_force = rules_of(view.world)

    def changes(self, on_page: Callable[[int], None] = lambda _: None) -> Iterator[Change]:
        """Give the items whose verdict changes, in the order of their links; `on_page` hears how many were folded."""
        after: Link | None = None
        while True:
            with self._model.view() as view:
                things = view.things(after, PAGE)
                changes = [change for thing in filter(link.serial_of, things) if (change := self._fold(thing, view))]
            yield from changes
            on_page(self.items)
            if len(things) < PAGE:
                return
            after = things[-1]

    def _fold(self, item: Link, view: View) -> Change | None:
        facts = _remembering(view.facts)
        before = judge(item, facts, view.world, as_of=self._as_of)
        then = judge(item, facts, Governed(view.world, self._rules), as_of=self._as_of)
        self.items += 1
        if _said(before) == _said(then):
            return None
        self.changed += 1
        return Change(item, before, then)


def _said(verdict: Verdict) -> tuple[object, ...]:
    return verdict.grade, [(each.code, each.severity, each.facts) for each in verdict.findings]


def _beyond(one: Verdict, other: Verdict) -> tuple[str, ...]:
    known = {each.code for each in other.findings}
    return tuple(dict.fromkeys(each.code for each in one.findings if each.code not in known))


def _remembering(look_up: Callable[[Link], list[Fact]]) -> Callable[[Link], list[Fact]]:
    """Look each thing's facts up once for both folds of an item."""
    known: dict[Link, list[Fact]] = {}

    def facts(thing: Link) -> list[Fact]:
        if thing not in known:
            known[thing] = look_up(thing)
        return known[thing]

    return facts
