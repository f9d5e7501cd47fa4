"""What the records themselves are like: dates in the future, clocks that went back, corrections, identifiers that
cannot be.

All of it is noise of real trade more often than fraud, so nothing here weighs more than attention.
"""

from collections.abc import Iterator
from functools import lru_cache

from provenance.domain.findings import Finding, finding
from provenance.domain.fold import words
from provenance.domain.fold.containment import Timeline
from provenance.domain.fold.register import Register
from provenance.domain.gs1 import convert
from provenance.domain.gs1.keys import Link


def judge(timeline: Timeline, register: Register) -> Iterator[Finding]:
    """Find oddities of the records of a thing and its containers."""
    yield from _times(timeline, register)
    yield from _corrections(timeline, register)
    yield from _reused(timeline, register)
    yield from _places(timeline)
    yield from _check_digits(timeline)


def _times(timeline: Timeline, register: Register) -> Iterator[Finding]:
    for moment in timeline.moments:
        fact = moment.fact
        if moment.event.time > fact.recorded + register.tolerance:
            text = (
                f"A record of {register.name(fact.recorder)} is dated {words.instant(moment.event.time)}, "
                f"later than it was recorded ({words.instant(fact.recorded)})."
            )
            yield finding("future_date", text, fact.digest)
        if fact.regressed:
            text = f"The ledger's time went backwards at a record of {register.name(fact.recorder)}."
            yield finding("clock_regressed", text, fact.digest)


def _corrections(timeline: Timeline, register: Register) -> Iterator[Finding]:
    gathered = timeline.gathered
    for fact in gathered.withdrawn:
        text = f"{register.name(fact.recorder)} withdrew its record of {words.day(fact.event.time)}."
        yield finding("record_withdrawn", text, fact.digest)
    for fact in gathered.foreign:
        name, on = register.name(fact.recorder), words.day(fact.event.time)
        text = f"{name} declared a record of {on} wrong that it had not made."
        yield finding("foreign_declaration", text, fact.digest)
    for one, other in gathered.differing:
        text = f"An event of {words.day(one.event.time)} is on record twice, with different further contents."
        yield finding("content_differs", text, one.digest, other.digest)


def _reused(timeline: Timeline, register: Register) -> Iterator[Finding]:
    first: dict[tuple[str, str], str] = {}
    ids: dict[tuple[str, str], str] = {}
    for moment in timeline.own:
        for fact in moment.witnesses:
            sender_id = fact.event.sender_id
            if sender_id is None:
                continue
            key = (fact.recorder, sender_id)
            if ids.setdefault(key, fact.id) != fact.id:
                text = f"{register.name(fact.recorder)} recorded different contents under one event number."
                yield finding("sender_id_reused", text, first[key], fact.digest)
            first.setdefault(key, fact.digest)


def _places(timeline: Timeline) -> Iterator[Finding]:
    unknown = [moment.digest for moment in timeline.moments if moment.place is not None and not moment.place.known]
    if unknown:
        what = "The place of a record is" if len(unknown) == 1 else f"The places of {len(unknown)} records are"
        yield finding("location_unknown", f"{what} not on record; nothing was concluded from that.", *unknown)


def _check_digits(timeline: Timeline) -> Iterator[Finding]:
    stays = dict.fromkeys(stay.container for stay in timeline.stays)
    wrong = [thing for thing in (timeline.item, *stays) if not _well_checked(thing)]
    for thing in wrong:
        what = "The product number in this code" if thing == timeline.item else "The number of a container"
        yield finding("wrong_check_digit", f"{what} has a wrong check digit: it was not issued in this form.")


@lru_cache(maxsize=8192)
def _well_checked(thing: Link) -> bool:
    return convert.well_checked(thing)
