"""When a standing query runs: the query schedule of EPCIS 2.0 (8.2.5.3), and the next moment that it names.

A schedule has up to six fields, each a list of numbers, ranges `[low-high]` and steps `from/step` as in the examples of
the REST binding. A moment fits when all of its fields do (unlike cron, a day must fit by month and by week where both
are stated). A field that is left out fits everything, unless it is finer than every field that is stated: then it is
its lowest, so that `{"hour": "1", "minute": "5"}` is once a day, at 01:05:00. Times are UTC.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from provenance.domain.errors import Malformed

RANGES: Mapping[str, range] = {
    "second": range(60),
    "minute": range(60),
    "hour": range(24),
    "dayOfMonth": range(1, 32),
    "month": range(1, 13),
    "dayOfWeek": range(1, 8),
}
"""The fields from fine to coarse, and what each may be; 1 is Monday."""

LONGEST = 200
_YEARS = 41
"""A given weekday of 29 February may be 40 years away."""

_ELEMENT = re.compile(
    r"(?P<one>[0-9]{1,2})|\[(?P<low>[0-9]{1,2})-(?P<high>[0-9]{1,2})\]|(?P<start>[0-9]{1,2})/(?P<step>[0-9]{1,2})"
)
_FINE = ("second", "minute", "hour")
_DAYS = ("dayOfMonth", "dayOfWeek")


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule as it was stated, and what each field may be, in order."""

    stated: Mapping[str, str]
    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: tuple[int, ...]
    weekdays: frozenset[int]

    def next(self, after: datetime) -> datetime | None:
        """Return the first moment later than `after`, in whole seconds; None where no moment ever fits."""
        first = after.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
        for day in self._days(first):
            start = max(first, day)
            clock = self._clock(start.hour, start.minute, start.second)
            if clock is not None:
                return day.replace(hour=clock[0], minute=clock[1], second=clock[2])
        return None

    def _days(self, first: datetime) -> Iterator[datetime]:
        """Give the midnights of the days that fit, from the day of `first` on."""
        for year in range(first.year, min(first.year + _YEARS, 9999)):
            for month in self.months:
                if (year, month) < (first.year, first.month):
                    continue
                begin = first.day if (year, month) == (first.year, first.month) else 1
                for day in range(begin, monthrange(year, month)[1] + 1):
                    midnight = datetime(year, month, day, tzinfo=UTC)
                    if day in self.days and midnight.isoweekday() in self.weekdays:
                        yield midnight

    def _clock(self, hour: int, minute: int, second: int) -> tuple[int, int, int] | None:
        """Return the first time of day that fits, at or after one."""
        for each in self.hours:
            if each > hour:
                return each, self.minutes[0], self.seconds[0]
            if each == hour and (rest := self._within(minute, second)) is not None:
                return each, *rest
        return None

    def _within(self, minute: int, second: int) -> tuple[int, int] | None:
        for each in self.minutes:
            if each > minute:
                return each, self.seconds[0]
            if each == minute and (rest := next((one for one in self.seconds if one >= second), None)) is not None:
                return each, rest
        return None


def read(stated: Mapping[str, str]) -> Schedule:
    """Return the schedule that six or fewer fields state.

    Raises `Malformed` (`schedule.field`, `schedule.empty`, `schedule.never`), with the field's pointer.
    """
    for name in stated:
        if name not in RANGES:
            raise Malformed("schedule.field", f"a schedule has no field {name[:40]!r}", f"/{name[:40]}")
    if not stated:
        raise Malformed("schedule.empty", f"a schedule states at least one of {', '.join(RANGES)}")
    fields = {name: _values(name, stated[name]) if name in stated else _unstated(name, stated) for name in RANGES}
    schedule = Schedule(
        stated=dict(stated),
        seconds=fields["second"],
        minutes=fields["minute"],
        hours=fields["hour"],
        days=frozenset(fields["dayOfMonth"]),
        months=fields["month"],
        weekdays=frozenset(fields["dayOfWeek"]),
    )
    if schedule.next(datetime(2000, 1, 1, tzinfo=UTC)) is None:
        raise Malformed("schedule.never", "no day of any year fits this schedule")
    return schedule


def _unstated(name: str, stated: Mapping[str, str]) -> tuple[int, ...]:
    """Return what a field may be that is left out."""
    order = list(RANGES)
    if name in _FINE:
        return tuple(RANGES[name]) if any(each in stated for each in order[: order.index(name)]) else (0,)
    free = name != "dayOfMonth" or any(each in stated for each in (*_FINE, *_DAYS))
    return tuple(RANGES[name]) if free else (1,)


def _values(name: str, text: str) -> tuple[int, ...]:
    if len(text) > LONGEST:
        raise _wrong(name, text)
    found = {value for element in text.split(",") for value in _element(name, element.strip())}
    return tuple(sorted(found))


def _element(name: str, text: str) -> Sequence[int]:
    match, allowed = _ELEMENT.fullmatch(text), RANGES[name]
    if match is None:
        raise _wrong(name, text)
    if match["step"] is not None:
        values = range(int(match["start"]), allowed.stop, int(match["step"]) or allowed.stop)
        low = high = int(match["start"])
    else:
        low = int(match["one"] or match["low"])
        high = int(match["one"] or match["high"])
        values = range(low, high + 1)
    if low not in allowed or high not in allowed or low > high:
        raise _wrong(name, text)
    return values


def _wrong(name: str, text: str) -> Malformed:
    allowed = RANGES[name]
    bounds = f"{allowed.start} to {allowed.stop - 1}"
    return Malformed(
        "schedule.field", f"{text[:40]!r} is not a list of numbers and ranges [low-high] of {bounds}", f"/{name}"
    )
