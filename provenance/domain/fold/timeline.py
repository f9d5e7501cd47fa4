"""The facts of one thing as moments in order: witnesses merged, withdrawn facts taken out, the future left out.

Several organisations' facts of one event are one moment with several witnesses. An error declaration is no moment: it
withdraws the facts with its event id that its own organisation recorded, and nothing else. Invariant: the result
depends on the set of facts alone, never on their order or number.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from provenance.domain.epcis.event import Event
from provenance.domain.facts import Fact
from provenance.domain.fold.register import Register, Spot
from provenance.domain.gs1.keys import Link

Order = tuple[datetime, str, str]


class Moment(NamedTuple):
    """One event in a thing's history; a named tuple because every verdict makes dozens.

    `at` is its effective time, `fact` its first witness, `through` the container that it
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
        """The organisation that recorded it; of several witnesses the first to do so."""
        return self.fact.recorder

    @property
    def digest(self) -> str:
        """The digest of its first witness."""
        return self.fact.digest

    def seen_by(self, organisation: str) -> bool:
        """Return whether the organisation is one of the witnesses."""
        return any(witness.recorder == organisation for witness in self.witnesses)


class Gathered(NamedTuple):
    """What is on record about one thing: its moments in order, and what its facts say about other facts."""

    moments: tuple[Moment, ...]
    withdrawn: tuple[Fact, ...] = ()
    foreign: tuple[Fact, ...] = ()
    differing: tuple[tuple[Fact, Fact], ...] = ()


def gather(facts: Iterable[Fact], register: Register, through: Link | None = None) -> Gathered:
    """Return what the facts of one thing amount to as of the register's time."""
    tolerance, as_of, spot = register.tolerance, register.as_of, register.spot
    witnessed: dict[str, list[Fact]] = {}
    declarations: dict[FactKey, Fact] = {}
    for fact in facts:
        if fact.event.error is not None:
            _keep(declarations, fact)
        elif fact.id in witnessed:
            witnessed[fact.id].append(fact)
        else:
            witnessed[fact.id] = [fact]
    corrections = _corrections(witnessed, declarations.values(), register) if declarations else _UNCORRECTED
    moments: list[Moment] = []
    differing: list[tuple[Fact, Fact]] = []
    for witnesses in witnessed.values():
        fact = witnesses[0]
        kept: tuple[Fact, ...] = (fact,)
        if len(witnesses) > 1 or declarations:
            kept = _first_places(witnesses, corrections.withdrawn, register)
            if not kept:
                continue
            fact = kept[0]
            differing += [(fact, other) for other in kept[1:] if _differs(fact, other)]
        event = fact.event
        at = min(event.time, fact.recorded + tolerance)  # `Fact.effective`, in place: every verdict asks dozens
        if at <= as_of:
            moments.append(Moment(at, (at, fact.digest, fact.recorder), fact, event, kept, spot(fact), through))
    moments.sort(key=in_order)
    differing.sort(key=lambda pair: (pair[0].digest, pair[1].digest, pair[1].recorder))
    return Gathered(tuple(moments), corrections.withdrawn, corrections.foreign, tuple(differing))


FactKey = tuple[str, str]
"""What makes a fact one: its digest and its recorder."""


def _keep(facts: dict[FactKey, Fact], fact: Fact) -> None:
    """Keep a fact at its first place, which is where its transaction's time is least."""
    known = facts.get((fact.digest, fact.recorder))
    if known is None or fact.recorded < known.recorded:
        facts[fact.digest, fact.recorder] = fact


def _first_places(facts: Iterable[Fact], withdrawn: tuple[Fact, ...], register: Register) -> tuple[Fact, ...]:
    """Return the distinct facts of one event that had happened and were not withdrawn, the first recorded first."""
    first: dict[FactKey, Fact] = {}
    gone = {(fact.digest, fact.recorder) for fact in withdrawn}
    for fact in facts:
        if (fact.digest, fact.recorder) not in gone:
            _keep(first, fact)
    tolerance = register.tolerance
    happened = (fact for fact in first.values() if fact.effective(tolerance) <= register.as_of)
    return tuple(sorted(happened, key=lambda fact: (fact.recorded, *fact.order(tolerance))))


class _Corrections(NamedTuple):
    withdrawn: tuple[Fact, ...] = ()
    foreign: tuple[Fact, ...] = ()


_UNCORRECTED = _Corrections()


def _corrections(
    witnessed: Mapping[str, Iterable[Fact]], declarations: Iterable[Fact], register: Register
) -> _Corrections:
    """Return the facts that their own recorders withdrew, and the declarations that withdraw nothing."""
    withdrawn: dict[FactKey, Fact] = {}
    foreign: dict[FactKey, Fact] = {}
    for declaration in declarations:
        error = declaration.event.error
        if error is None or min(error.declared, declaration.recorded + register.tolerance) > register.as_of:
            continue
        own = [fact for fact in witnessed.get(declaration.id, ()) if fact.recorder == declaration.recorder]
        for fact in own:
            if fact.effective(register.tolerance) <= register.as_of:
                _keep(withdrawn, fact)
        if not own:
            _keep(foreign, declaration)
    return _Corrections(
        tuple(withdrawn[place] for place in sorted(withdrawn)), tuple(foreign[place] for place in sorted(foreign))
    )


def _differs(one: Fact, other: Fact) -> bool:
    """Return whether two facts of one event disagree in more than the number that their sender gave it."""
    if one.digest == other.digest or one.event is other.event:
        return False
    return _content(one.event) != _content(other.event)


def _content(event: Event) -> tuple[object, ...]:
    return (event.certifications, event.ilmd, event.extensions, event.sensors)


in_order = attrgetter("key")
"""What moments are sorted by."""
