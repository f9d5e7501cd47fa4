"""The next moment of a schedule is the first that fits, by the definition: looked for second by second."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from provenance.domain.epcis import schedule
from provenance.domain.epcis.schedule import RANGES
from provenance.domain.errors import Malformed

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday


def fits(stated, moment):
    """Whether a moment fits all stated fields; those that are left out by the rule of the module."""
    values = {
        "second": moment.second,
        "minute": moment.minute,
        "hour": moment.hour,
        "dayOfMonth": moment.day,
        "month": moment.month,
        "dayOfWeek": moment.isoweekday(),
    }
    for name, value in values.items():
        if name in stated and value not in expand(stated[name], RANGES[name]):
            return False
    finer = list(RANGES)
    lowest = min(finer.index(name) for name in stated)
    for name in ("second", "minute", "hour"):
        if name not in stated and finer.index(name) < lowest and values[name] != 0:
            return False
    return not (set(stated) == {"month"} and values["dayOfMonth"] != 1)


def expand(text, allowed):
    found = set()
    for element in text.split(","):
        if element.startswith("["):
            low, high = element.strip("[]").split("-")
            found |= set(range(int(low), int(high) + 1))
        elif "/" in element:
            start, step = element.split("/")
            found |= set(range(int(start), allowed.stop, int(step)))
        else:
            found.add(int(element))
    return found


@st.composite
def elements(draw, name):
    allowed = RANGES[name]
    low, high = sorted(draw(st.integers(allowed.start, allowed.stop - 1)) for _ in range(2))
    return draw(st.sampled_from([str(low), f"[{low}-{high}]", f"{low}/{draw(st.integers(1, 40))}"]))


@st.composite
def stated(draw, names=tuple(RANGES)):
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    return {name: ",".join(draw(st.lists(elements(name), min_size=1, max_size=3))) for name in chosen}


moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(stated(names=("second", "minute", "hour")), moments)
def test_within_a_day_it_is_the_first_second_that_fits(fields, after):
    found = schedule.read(fields).next(after)
    assert fits(fields, found)
    candidate = after.replace(microsecond=0) + timedelta(seconds=1)
    for _ in range(3600):
        if candidate == found:
            break
        assert not fits(fields, candidate)
        candidate += timedelta(seconds=1)


@given(stated(), moments)
def test_whatever_is_stated_the_next_moment_fits_and_no_earlier_day_would_have_done(fields, after):
    read = readable(fields)
    found = read.next(after)
    assert found > after
    assert found.microsecond == 0
    assert fits(fields, found)
    day = after.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    while day.date() < found.date():
        assert not any(fits(fields, day.replace(hour=h, minute=m, second=s)) for h, m, s in times(read))
        day += timedelta(days=1)


def times(read):
    return [(read.hours[0], read.minutes[0], read.seconds[0])]


def readable(fields):
    """The schedule, if any day fits it: the fields are well-formed in any case."""
    try:
        return schedule.read(fields)
    except Malformed as error:
        assume(error.code != "schedule.never")
        raise


@given(stated(), moments)
def test_it_goes_on_and_never_stands_still(fields, after):
    read = readable(fields)
    following = read.next(after)
    assert read.next(following - timedelta(microseconds=1)) == following
    assert read.next(following) > following


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"hour": "1", "minute": "5"}, "2026-03-05T01:05:00"),
        ({"minute": "5"}, "2026-03-04T12:05:00"),
        ({"second": "0/30"}, "2026-03-04T12:00:30"),
        ({"second": "15,[20-30]"}, "2026-03-04T12:00:15"),
        ({"second": "30", "hour": "12"}, "2026-03-04T12:00:30"),
        ({"dayOfWeek": "1"}, "2026-03-09T00:00:00"),
        ({"dayOfMonth": "31"}, "2026-03-31T00:00:00"),
        ({"month": "3"}, "2027-03-01T00:00:00"),
        ({"month": "3", "hour": "13"}, "2026-03-04T13:00:00"),
        ({"month": "2", "dayOfMonth": "29"}, "2028-02-29T00:00:00"),
        ({"dayOfMonth": "13", "dayOfWeek": "5"}, "2026-03-13T00:00:00"),
        ({"dayOfMonth": "29", "month": "2", "dayOfWeek": "7"}, "2032-02-29T00:00:00"),
        ({"hour": "[0-23]"}, "2026-03-04T13:00:00"),
    ],
)
def test_moments_that_people_mean(fields, expected):
    assert schedule.read(fields).next(NOON) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_leap_days_weekday_may_be_forty_years_away():
    read = schedule.read({"dayOfMonth": "29", "month": "2", "dayOfWeek": "1"})
    before = datetime(2092, 3, 1, tzinfo=UTC)
    years = [year for year in range(2092, 2140) if year % 4 == 0 and year % 100]
    mondays = [day for day in (datetime(year, 2, 29, tzinfo=UTC) for year in years) if day.isoweekday() == 1]
    assert read.next(before) == next(day for day in mondays if day > before)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "schedule.empty"),
        ({"minutes": "5"}, "schedule.field"),
        ({"minute": ""}, "schedule.field"),
        ({"minute": "60"}, "schedule.field"),
        ({"minute": "-1"}, "schedule.field"),
        ({"minute": "5,"}, "schedule.field"),
        ({"minute": "[5-1]"}, "schedule.field"),
        ({"minute": "5-7"}, "schedule.field"),
        ({"minute": "*"}, "schedule.field"),
        ({"minute": "0/0" * 80}, "schedule.field"),
        ({"minute": "\u0665"}, "schedule.field"),
        ({"dayOfMonth": "0"}, "schedule.field"),
        ({"dayOfWeek": "8"}, "schedule.field"),
        ({"dayOfWeek": "0"}, "schedule.field"),
        ({"month": "2", "dayOfMonth": "30"}, "schedule.never"),
        ({"month": "2,4", "dayOfMonth": "31"}, "schedule.never"),
    ],
)
def test_what_is_no_schedule_is_refused(fields, code):
    with pytest.raises(Malformed) as caught:
        schedule.read(fields)
    assert caught.value.code == code


def test_a_step_of_nothing_is_its_start():
    assert schedule.read({"minute": "7/0"}).minutes == (7,)
