"""The beginning and the end of an item: who says that it made it, when its life ended, and what was seen outside of
that.

Scanners repeat themselves, so the same organisation's second record of a making or an ending is no contradiction.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from provenance.domain.epcis.event import Action, Event, EventType
from provenance.domain.findings import Finding, finding
from provenance.domain.fold import words
from provenance.domain.fold.containment import Timeline
from provenance.domain.fold.register import Register
from provenance.domain.fold.steps import ENDINGS, sells
from provenance.domain.fold.timeline import Moment
from provenance.domain.gs1.keys import Link

CLOCK_MISTAKE = timedelta(days=1)
"""How far wrong a scanner's clock is by a time zone left out or a date rolled over, which is no contradiction."""


@dataclass(frozen=True, slots=True)
class Life:
    """An item's makings and endings as recorded, each in order."""

    makings: tuple[Moment, ...]
    endings: tuple[Moment, ...]

    @property
    def ended(self) -> datetime | None:
        """When its life ended, by the first record of it."""
        return self.endings[0].at if self.endings else None


def read(timeline: Timeline) -> Life:
    """Return the makings and endings among the moments that name the item itself."""
    item = timeline.item
    makings = tuple(moment for moment in timeline.own if makes(moment.event, item))
    return Life(makings, tuple(moment for moment in timeline.own if _ends(moment.event, item)))


def makes(event: Event, item: Link) -> bool:
    """Return whether an event brings the item into being: commissioning, or output of a transformation."""
    if event.type is EventType.TRANSFORMATION:
        return item in event.outputs
    return event.step == "commissioning" and event.action is Action.ADD


def _ends(event: Event, item: Link) -> bool:
    if event.type is EventType.TRANSFORMATION:
        return item in event.inputs
    if event.type is not EventType.OBJECT:
        return False
    gone = event.step in ENDINGS or event.disposition == "destroyed"
    return gone or (event.action is Action.DELETE and not sells(event))


def judge(timeline: Timeline, life: Life, register: Register) -> Iterator[Finding]:
    """Find contradictions between the item's sightings and its life, and say that it ended."""
    yield from _made_twice(life, register)
    if life.makings:
        yield from _before(timeline, life.makings[0], register)
    if life.endings:
        yield from _end(life, register)
        yield from _after(timeline, life, 2 * register.tolerance)
    yield from _stolen(timeline, register)


def _made_twice(life: Life, register: Register) -> Iterator[Finding]:
    if len(life.makings) < 2:  # noqa: PLR2004
        return
    first = life.makings[0]
    for other in life.makings[1:]:
        if other.seen_by(first.by) or first.seen_by(other.by):
            once, again = words.instant(first.at), words.instant(other.at)
            text = f"{register.name(first.by)} recorded its making twice, on {once} and on {again}."
            yield finding("commissioned_again", text, first.digest, other.digest)
        else:
            text = (
                f"Both {register.name(first.by)} ({words.day(first.at)}) and {register.name(other.by)} "
                f"({words.day(other.at)}) say that they made the item with this number; only one of them can have."
            )
            yield finding("commissioned_twice", text, first.digest, other.digest)


def _before(timeline: Timeline, making: Moment, register: Register) -> Iterator[Finding]:
    early = [moment for moment in timeline.own if moment.at + 2 * register.tolerance < making.at]
    if early:
        code = "seen_early" if early[0].at + CLOCK_MISTAKE < making.at else "clock_doubtful"
        text = f"It was seen on {words.instant(early[0].at)}, before it was made on {words.instant(making.at)}."
        yield finding(code, text, *(moment.digest for moment in early), making.digest)


def _end(life: Life, register: Register) -> Iterator[Finding]:
    first = life.endings[0]
    destroyed = next((each for each in life.endings if _destroys(each.event)), None)
    if destroyed is not None:
        text = f"{register.name(destroyed.by)} recorded on {words.day(destroyed.at)} that it was destroyed."
        yield finding("destroyed_on_record", text, destroyed.digest)
    else:
        text = f"{register.name(first.by)} recorded on {words.day(first.at)} that its number was taken out of use."
        yield finding("ended", text, first.digest)
    for other in life.endings[1:]:
        if not (other.seen_by(first.by) or first.seen_by(other.by)):
            text = (
                f"Both {register.name(first.by)} ({words.day(first.at)}) and {register.name(other.by)} "
                f"({words.day(other.at)}) say that they ended its life."
            )
            yield finding("ended_twice", text, first.digest, other.digest)


def _destroys(event: Event) -> bool:
    return event.step == "destroying" or event.disposition == "destroyed"


def _after(timeline: Timeline, life: Life, slack: timedelta) -> Iterator[Finding]:
    end = life.endings[0]
    endings = {moment.digest for moment in life.endings}
    later = [moment for moment in timeline.own if moment.at > end.at + slack and moment.digest not in endings]
    if later:
        where = f" at {later[0].place.label}" if later[0].place and later[0].place.known else ""
        seen, ended = words.day(later[0].at), words.day(end.at)
        text = f"It was seen{where} on {seen}, after the record says its life ended on {ended}."
        yield finding("seen_after_end", text, end.digest, *(moment.digest for moment in later))


def _stolen(timeline: Timeline, register: Register) -> Iterator[Finding]:
    report: Moment | None = None
    for moment in timeline.moments:
        event = moment.event
        if event.disposition == "stolen" or "stolen" in event.set_dispositions:
            report = moment
        elif "stolen" in event.unset_dispositions:
            report = None
    if report is not None:
        text = f"{register.name(report.by)} reported it stolen on {words.day(report.at)}."
        yield finding("reported_stolen", text, report.digest)
