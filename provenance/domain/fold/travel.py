"""Whether goods could have travelled between the places where they were seen.

Only places with coordinates are compared, consecutive ones, with the clock tolerance at both ends; a leg's means of
transport counts where the departure or the arrival states it, and is otherwise unknown, which is as fast as by air.
"""

from collections.abc import Iterator
from datetime import timedelta

from provenance.domain.findings import Finding, finding
from provenance.domain.fold import words
from provenance.domain.fold.containment import Timeline
from provenance.domain.fold.register import Register, Spot
from provenance.domain.fold.steps import ARRIVALS, DEPARTURES
from provenance.domain.fold.timeline import Moment
from provenance.domain.geo import Point, distance
from provenance.domain.records import Rules
from provenance.domain.vocabulary import Mode, transport_mode

_HOUR = timedelta(hours=1)


def judge(timeline: Timeline, register: Register) -> Iterator[Finding]:
    """Find pairs of sightings that lie further apart than goods travel in the time between."""
    before: tuple[Moment, Spot, Point] | None = None
    speeds, slack = _speeds(register.rules), 2 * register.tolerance
    for moment in timeline.moments:
        place = moment.place
        if place is None or place.point is None:
            continue
        if before is not None and before[1].id != place.id and before[2] != place.point:
            metres = distance(before[2], place.point)
            if not _feasible(metres, moment.at - before[0].at + slack, speeds[_mode(before[0], moment, speeds)]):
                yield _copied(before[0], before[1], moment, place, metres)
        before = (moment, place, place.point)


def _feasible(metres: int, time: timedelta, speed: int) -> bool:
    return metres * _HOUR <= speed * 1000 * time


def _speeds(rules: Rules) -> dict[Mode | None, int]:
    return {
        None: rules.speed_air,
        Mode.AIR: rules.speed_air,
        Mode.RAIL: rules.speed_rail,
        Mode.ROAD: rules.speed_road,
        Mode.SEA: rules.speed_sea,
    }


def _mode(start: Moment, end: Moment, speeds: dict[Mode | None, int]) -> Mode | None:
    """Return how the goods travelled: as the departure and the arrival state it, the faster one where they disagree."""
    left = transport_mode(start.event.extensions) if start.event.step in DEPARTURES else None
    came = transport_mode(end.event.extensions) if end.event.step in ARRIVALS else None
    if left is None or came is None:
        return left or came
    return max(left, came, key=lambda mode: speeds[mode])


def _copied(start: Moment, origin: Spot, end: Moment, place: Spot, metres: int) -> Finding:
    elapsed = end.at - start.at
    time = f"in {words.span(elapsed)}" if elapsed >= timedelta(minutes=1) else "at the same time"
    text = (
        f"copied: the genuine item may be in your hand. Its code was read at {origin.label} on "
        f"{words.instant(start.at)} and at {place.label} on {words.instant(end.at)}: "
        f"{words.kilometres(metres)} {time}, faster than goods travel."
    )
    return finding("copied", text, start.digest, end.digest)
