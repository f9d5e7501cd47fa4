"""What the SimpleEventQuery asks of one event, as conditions that all must hold (EPCIS 2.0, 8.2.7.1).

One truth for every door: whoever looks events up by an index ends at these predicates, and the index is only ever a
short cut to events that hold them. Pure; a condition knows nothing of how its parameter was spelled.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from functools import cached_property, partial
from typing import Any, Final, Protocol

from provenance.domain.canonical import Number
from provenance.domain.epcis import fields
from provenance.domain.epcis.context import scope
from provenance.domain.epcis.event import Event, EventType, Quantity
from provenance.domain.epcis.patterns import Pattern
from provenance.domain.epcis.units import convert, convert_span

_LONGEST_EXPONENT: Final = 400


class Subject:
    """One recorded event, as conditions look at it; what they need of it is worked out once."""

    def __init__(
        self, event: Event, *, document: Callable[[], Mapping[str, Any]], recorder: str, recorded: datetime, id_: str
    ) -> None:
        self.event = event
        self.recorder = recorder
        self.recorded = recorded
        self.id = id_
        self._document = document

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """The JSON of the event with its effective context."""
        return self._document()

    @cached_property
    def facets(self) -> Mapping[str, set[str]]:
        """The facets of the event by their kind."""
        said, within = partial(getattr, self.event), scope(self.document.get("@context"))
        return fields.by_kind(fields.facets(said, self.document, within))

    @property
    def type(self) -> str:
        """The event's type: a word of the standard's, or the full URI of somebody's own."""
        if self.event.type is not EventType.EXTENDED:
            return str(self.event.type)
        return scope(self.document.get("@context")).expand(self.document["type"])


class Condition(Protocol):
    """Something that an event holds or does not."""

    def holds(self, subject: Subject) -> bool:
        """Return whether the event is one of those that are asked for."""


class Column(StrEnum):
    """What every event has at most one of."""

    TYPE = "type"
    ACTION = "action"
    STEP = "step"
    DISPOSITION = "disposition"
    READ_POINT = "read_point"
    LOCATION = "location"
    RECORDER = "recorder"


_COLUMNS: Final[Mapping[Column, Callable[[Subject], str | None]]] = {
    Column.TYPE: lambda subject: subject.type,
    Column.ACTION: lambda subject: subject.event.action,
    Column.STEP: lambda subject: subject.event.step,
    Column.DISPOSITION: lambda subject: subject.event.disposition,
    Column.READ_POINT: lambda subject: subject.event.read_point,
    Column.LOCATION: lambda subject: subject.event.location,
    Column.RECORDER: lambda subject: subject.recorder,
}


@dataclass(frozen=True, slots=True)
class Is:
    """The column has one of the values."""

    column: Column
    values: tuple[str, ...]

    def holds(self, subject: Subject) -> bool:
        """Return whether the event's value is among them."""
        return _COLUMNS[self.column](subject) in self.values


@dataclass(frozen=True, slots=True)
class Below:
    """The place is one of these or lies within one: a GLN with an extension lies within the GLN."""

    column: Column
    places: tuple[str, ...]

    def holds(self, subject: Subject) -> bool:
        """Return whether the event's place is there."""
        place = _COLUMNS[self.column](subject)
        return place is not None and any(place == each or place.startswith(f"{each}/254/") for each in self.places)


@dataclass(frozen=True, slots=True)
class Stated:
    """A place of which one organisation said what is asked for: it counts for what that recorded since, and until."""

    place: str
    by: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Described:
    """The place is one of these, or one of which the event's recorder had said so when it recorded the event."""

    column: Column
    places: tuple[str, ...]
    stated: tuple[Stated, ...]

    def holds(self, subject: Subject) -> bool:
        """Return whether the event's place is one of them."""
        place = _COLUMNS[self.column](subject)
        return place in self.places or any(
            each.place == place
            and each.by == subject.recorder
            and each.since <= subject.recorded
            and (each.until is None or subject.recorded < each.until)
            for each in self.stated
        )


@dataclass(frozen=True, slots=True)
class Identified:
    """The event has one of these ids: its CBV hash or its sender's own."""

    ids: tuple[str, ...]

    def holds(self, subject: Subject) -> bool:
        """Return whether one of its ids is among them."""
        return subject.id in self.ids or subject.event.sender_id in self.ids


@dataclass(frozen=True, slots=True)
class Has:
    """A facet of one of the kinds has one of the values; without values it is enough that there is one."""

    kinds: tuple[str, ...]
    values: tuple[str, ...] = ()

    def holds(self, subject: Subject) -> bool:
        """Return whether there is such a facet."""
        found = [subject.facets[kind] for kind in self.kinds if kind in subject.facets]
        return any(not values.isdisjoint(self.values) for values in found) if self.values else bool(found)


@dataclass(frozen=True, slots=True)
class Named:
    """One of the lists (fields of `Event`) names something that fits one of the patterns."""

    lists: tuple[str, ...]
    patterns: tuple[Pattern, ...]

    def holds(self, subject: Subject) -> bool:
        """Return whether the event names such a thing."""
        named = _named(subject.event, self.lists)
        return any(pattern.fits(link) for link in named for pattern in self.patterns)


def _named(event: Event, lists: Iterable[str]) -> Iterator[str]:
    for name in lists:
        content = getattr(event, name)
        if name == "parent":
            yield from () if content is None else (content,)
        elif name.endswith("quantities"):
            yield from (each.epc_class for each in content)
        else:
            yield from content


class Moment(StrEnum):
    """The times of an event that are asked for; of those of sensors there may be many."""

    EVENT = "eventTime"
    RECORD = "recordTime"
    ERROR = "errorDeclarationTime"
    SENSOR = "time"
    SENSOR_START = "startTime"
    SENSOR_END = "endTime"


@dataclass(frozen=True, slots=True)
class During:
    """One of the event's times is not before `since` and before `until`."""

    moment: Moment
    since: datetime | None = None
    until: datetime | None = None

    def holds(self, subject: Subject) -> bool:
        """Return whether one of the times lies there."""
        return any(
            (self.since is None or self.since <= time) and (self.until is None or time < self.until)
            for time in _times(subject, self.moment)
        )


def _times(subject: Subject, moment: Moment) -> Iterator[datetime]:
    if moment is Moment.EVENT:
        yield subject.event.time
    elif moment is Moment.RECORD:
        yield subject.recorded
    elif moment is Moment.ERROR:
        yield from () if subject.event.error is None else (subject.event.error.declared,)
    elif subject.event.sensors:
        for part in _sensor_parts(subject):
            time = fields.as_moment(part[moment.value]) if isinstance(part.get(moment.value), str) else None
            if time is not None:
                yield time


def _sensor_parts(subject: Subject) -> Iterator[Mapping[str, Any]]:
    for element in subject.document["sensorElementList"]:
        yield element.get("sensorMetadata") or {}
        yield from element.get("sensorReport") or ()


class Comparison(StrEnum):
    """How an amount is compared, as parameters begin."""

    EQ = "EQ"
    GT = "GT"
    GE = "GE"
    LT = "LT"
    LE = "LE"

    @property
    def of(self) -> Callable[[Any, Any], bool]:
        """The function of two amounts."""
        compare: Callable[[Any, Any], bool] = getattr(operator, self.value.lower())
        return compare


@dataclass(frozen=True, slots=True)
class Compared:
    """A facet of one of the kinds is a number, or a time, that compares so."""

    kinds: tuple[str, ...]
    comparison: Comparison
    bound: Decimal | datetime

    def holds(self, subject: Subject) -> bool:
        """Return whether there is such a facet; numbers are compared with numbers, times with times."""
        values = (value for kind in self.kinds for value in subject.facets.get(kind, ()))
        found = map(amount, values)
        return any(type(each) is type(self.bound) and self.comparison.of(each, self.bound) for each in found)


def amount(text: str) -> Decimal | datetime | None:
    """Return the number or the instant that a text is, in the spelling of facets or in any other."""
    moment = fields.as_moment(text)
    if moment is not None:
        return moment.astimezone(UTC)
    return number(text)


def number(text: str) -> Decimal | None:
    """Return the finite number that a text is, None for every other text."""
    try:
        value = Decimal(text) if text.isascii() and "_" not in text else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() and abs(value.adjusted()) <= _LONGEST_EXPONENT else None


_SPANS: Final = frozenset({"sDev"})
MEASURED: Final = ("value", "minValue", "maxValue", "meanValue", "sDev", "percValue", "percRank")
"""What sensor reports measure."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A sensor report measures an amount that compares so in a unit; it may be told in any unit of the same kind."""

    what: str
    comparison: Comparison
    bounds: tuple[Decimal, ...]
    unit: str | None

    def holds(self, subject: Subject) -> bool:
        """Return whether there is such a report."""
        if not subject.event.sensors:
            return False
        parts = (part for part in _sensor_parts(subject) if self.what in part)
        told = ((_exact(part[self.what]), part.get("uom")) for part in parts)
        way = convert_span if self.what in _SPANS else convert
        return _compares(told, self, way)


@dataclass(frozen=True, slots=True)
class Counted:
    """A quantity of a class compares so, in a unit where one is asked for."""

    comparison: Comparison
    bounds: tuple[Decimal, ...]
    unit: str | None = None

    def holds(self, subject: Subject) -> bool:
        """Return whether there is such a quantity."""
        event = subject.event
        listed = (event.quantities, event.child_quantities, event.input_quantities, event.output_quantities)
        told = (_told(each) for some in listed for each in some)
        return _compares(told, self, convert)


def _told(quantity: Quantity) -> tuple[Fraction | None, str | None]:
    return _exact(quantity.quantity), quantity.uom


def _exact(value: Any) -> Fraction | None:
    raw = value.decimal if isinstance(value, Number) else value
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
        return None
    if isinstance(raw, Decimal) and (not raw.is_finite() or abs(raw.adjusted()) > _LONGEST_EXPONENT):
        return None
    return Fraction(raw)


def _compares(
    told: Iterable[tuple[Fraction | None, str | None]],
    asked: Measured | Counted,
    way: Callable[..., Fraction | None],
) -> bool:
    bounds = [Fraction(each) for each in asked.bounds]
    for value, unit in told:
        if value is None:
            continue
        known = value if asked.unit is None else None if unit is None else way(value, unit, to=asked.unit)
        if known is not None and any(asked.comparison.of(known, bound) for bound in bounds):
            return True
    return False


def holds(conditions: Iterable[Condition], subject: Subject) -> bool:
    """Return whether the event holds all of the conditions."""
    return all(condition.holds(subject) for condition in conditions)
