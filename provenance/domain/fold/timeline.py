"""The facts of one thing as moments in order: witnesses merged, withdrawn facts taken out, the future left out.

Several organisations' facts of one event are one moment with several witnesses. An error declaration is no moment: it
withdraws the facts with its event id that its own organisation recorded, and nothing else. Invariant: the result
depends on the set of facts alone, never on their order or number.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from provenance.domain.epcis.event import Event
from provenance.domain.facts import Fact
from provenance.domain.fold.register import Register, Spot
from provenance.domain.gs1.keys import Link

Order = tuple[datetime, str, str]


@dataclass(frozen=True, slots=True)
class Moment:
    """One event in a thing's history.

    `at` is its effective time, `fact` the first of its witnesses in fold order, `through` the container that it
    reached the thing by, None where it names the thing itself; `place` is where it happened, so far as that was
    stated.
    """

    at: datetime
    key: Order
    fact: Fact
    event: Event
    witnesses: tuple[Fact, ...]
    place: Spot | None
    through: Link | None = None

    @property
    def by(self) -> str:
        """The organisation that recorded it; of several witnesses the first in fold order."""
        return self.fact.recorder

    @property
    def digest(self) -> str:
        """The digest of its first witness."""
        return self.fact.digest

    def seen_by(self, organisation: str) -> bool:
        """Return whether the organisation is one of the witnesses."""
        return any(witness.recorder == organisation for witness in self.witnesses)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What is on record about one thing: its moments in order, and what its facts say about other facts."""

    moments: tuple[Moment, ...]
    withdrawn: tuple[Fact, ...] = ()
    foreign: tuple[Fact, ...] = ()
    differing: tuple[tuple[Fact, Fact], ...] = ()


@dataclass(slots=True)
class _Sorted:
    observed: dict[str, list[Fact]] = field(default_factory=dict)
    declarations: list[Fact] = field(default_factory=list)


def gather(facts: Iterable[Fact], register: Register, through: Link | None = None) -> Gathered:
    """Return what the facts of one thing amount to as of the register's time."""
    known = _known(facts, register)
    withdrawn, foreign = _corrections(known)
    taken = {id(fact) for fact in withdrawn}
    tolerance = register.tolerance
    moments, differing = [], []
    for witnesses in known.observed.values():
        kept = [fact for fact in witnesses if id(fact) not in taken] if taken else witnesses
        if not kept:
            continue
        if len(kept) > 1:
            kept.sort(key=lambda fact: fact.order(tolerance))
            differing += [(kept[0], other) for other in kept[1:] if _differs(kept[0], other)]
        moments.append(_moment(kept, register, through))
    moments.sort(key=_key)
    differing.sort(key=lambda pair: (pair[0].order(tolerance), pair[1].order(tolerance)))
    return Gathered(tuple(moments), withdrawn, foreign, tuple(differing))


def _known(facts: Iterable[Fact], register: Register) -> _Sorted:
    tolerance, as_of = register.tolerance, register.as_of
    first: dict[tuple[str, str], Fact] = {}
    for fact in facts:
        key = (fact.digest, fact.recorder)
        if key not in first or fact.recorded < first[key].recorded:
            first[key] = fact
    result = _Sorted()
    for fact in first.values():
        error = fact.event.error
        if error is not None:
            if min(error.declared, fact.recorded + tolerance) <= as_of:
                result.declarations.append(fact)
        elif fact.effective(tolerance) <= as_of:
            result.observed.setdefault(fact.id, []).append(fact)
    return result


def _corrections(known: _Sorted) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
    if not known.declarations:
        return (), ()
    withdrawn: dict[tuple[str, str], Fact] = {}
    foreign = []
    for declaration in known.declarations:
        own = [fact for fact in known.observed.get(declaration.id, ()) if fact.recorder == declaration.recorder]
        withdrawn.update({(fact.digest, fact.recorder): fact for fact in own})
        if not own:
            foreign.append(declaration)
    foreign.sort(key=lambda fact: (fact.digest, fact.recorder))
    return tuple(withdrawn[key] for key in sorted(withdrawn)), tuple(foreign)


def _moment(witnesses: list[Fact], register: Register, through: Link | None) -> Moment:
    fact = witnesses[0]
    at = fact.effective(register.tolerance)
    return Moment(
        at, (at, fact.digest, fact.recorder), fact, fact.event, tuple(witnesses), register.spot(fact.event), through
    )


def _differs(one: Fact, other: Fact) -> bool:
    """Return whether two facts of one event disagree in more than the number that their sender gave it."""
    if one.digest == other.digest or one.event is other.event:
        return False
    return _content(one.event) != _content(other.event)


def _content(event: Event) -> tuple[object, ...]:
    return (event.certifications, event.ilmd, event.extensions, event.sensors)


def _key(moment: Moment) -> Order:
    return moment.key
