"""The indexes that lead to events: each answers one condition, and says no more than the condition does.

A source tells the places of all its events where they are few (`all_of`), and streams them in its own order where they
are many. Its statements read one index from one end, a bounded number of entries, whatever the database thinks of it.
What a source gives is looked at again by the conditions themselves.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    TextClause,
    func,
    intersect,
    or_,
    select,
    text,
    tuple_,
    union_all,
)

from provenance.domain import canonical
from provenance.domain.epcis import fields
from provenance.domain.epcis import query as asked
from provenance.domain.epcis.context import scope
from provenance.domain.epcis.event import EventType
from provenance.readmodel.instants import to_micros
from provenance.readmodel.query import Direction, Order, identified
from provenance.readmodel.tables import NamedAs, fact_terms, fact_things, facts
from provenance.readmodel.terms import exact, span

MOST_PARTS = 200
"""More values of one condition than these are not looked up one by one."""

_AT_ONCE, _TWO = 50, 2
Key = tuple[int, ...]
_ROLES = {
    "epcs": NamedAs.EPC,
    "parent": NamedAs.PARENT,
    "children": NamedAs.CHILD,
    "inputs": NamedAs.INPUT,
    "outputs": NamedAs.OUTPUT,
    "quantities": NamedAs.QUANTITY,
    "child_quantities": NamedAs.CHILD_QUANTITY,
    "input_quantities": NamedAs.INPUT_QUANTITY,
    "output_quantities": NamedAs.OUTPUT_QUANTITY,
}
_SENSED = frozenset({asked.Moment.SENSOR, asked.Moment.SENSOR_START, asked.Moment.SENSOR_END})
_OWN_TYPES = tuple(str(each) for each in EventType if each is not EventType.EXTENDED)


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of an index: the column that tells places, and the rows of the stretch.

    `time` is the column that the stretch is ordered by before places, if any.
    """

    place: Column[Any]
    rows: tuple[ColumnElement[bool], ...]
    time: Column[Any] | None = None

    def places(self, most: int) -> Select[Any]:
        """Return the places of so many events, in no particular order."""
        return select(self.place).where(*self.rows).limit(most)

    def stretch(self, after: Key | None, direction: Direction, count: int) -> Select[Any]:
        """Return the keys of the next events in the order of the index."""
        columns = [self.place] if self.time is None else [self.time, self.place]
        statement = select(*columns).where(*self.rows)
        if after is not None:
            here, there = tuple_(*columns), tuple_(*after)
            statement = statement.where(here > there if direction is Direction.ASC else here < there)
        ordered = [column.asc() if direction is Direction.ASC else column.desc() for column in columns]
        return statement.order_by(*ordered).limit(count)


@dataclass(frozen=True, slots=True)
class Source:
    """Stretches of one index; `order` is the one in which each can be streamed, None where none can."""

    parts: tuple[Part, ...]
    order: Order | None

    @property
    def of_columns(self) -> bool:
        """Whether `filters` say the same of an event that is found already."""
        return all(each.place is facts.c.id and each.time is not None for each in self.parts)

    def all_of(self, connection: Connection, most: int) -> set[int] | None:
        """Return the places of its events, None where there are more than `most`."""
        found: set[int] = set()
        for some in _fifty(self.parts):
            rows = connection.execute(_together([each.places(most + 1) for each in some], most + 1)).all()
            found.update([row[0] for row in rows])
            if len(rows) > most or len(found) > most:
                return None
        return found

    def places(self, most: int) -> Select[Any]:
        """Return the places of so many of its events, one more than once where several parts have it."""
        together = _together([each.places(most) for each in self.parts], most).subquery()
        return select(together.c[0])

    def stream(self, connection: Connection, after: Key | None, direction: Direction, count: int) -> list[Key]:
        """Return the keys of the next events in `order`, each once."""
        found: set[Key] = set()
        for some in _fifty(self.parts):
            together = _together([each.stretch(after, direction, count) for each in some])
            found.update(map(tuple, connection.execute(together).all()))
        return sorted(found, reverse=direction is Direction.DESC)[:count]


def crossed(found: Sequence[Source], connection: Connection, most: int, *, few: int) -> set[int] | None:
    """Return the places that several sources have in common, None where there are more than `few`.

    The database crosses what it reads of their indexes alone; sources with more than `most` events are left out of it.
    """
    found = [source for source in found if len(source.parts) <= _AT_ONCE]
    if not found:
        return None
    counts = [select(func.count()).select_from(each.places(most + 1).subquery()).scalar_subquery() for each in found]
    sizes = connection.execute(select(*counts)).one()
    bounded = [source.places(most) for source, size in zip(found, sizes, strict=True) if size <= most]
    if len(bounded) < _TWO:
        return None
    rows = connection.execute(intersect(*bounded).limit(few + 1)).all()
    return {row[0] for row in rows} if len(rows) <= few else None


def _together(stretches: Sequence[Select[Any]], most: int | None = None) -> Select[Any] | CompoundSelect[Any]:
    """Return limited selects as one, of `most` rows at most; each stays what the planner makes of it alone."""
    if len(stretches) == 1:
        return stretches[0]
    limited = [each.subquery() for each in stretches]
    return union_all(*[select(*each.c) for each in limited]).limit(most)


def _fifty(parts: Sequence[Part]) -> Iterable[Sequence[Part]]:
    return (parts[at : at + _AT_ONCE] for at in range(0, len(parts), _AT_ONCE))


def everything(order: Order, conditions: Iterable[asked.Condition], until: int) -> Source:
    """Return all events up to a place in an order, within the times that bound it."""
    time = _TIMES.get(order)
    bounds = tuple(_bounds(time, time, conditions)) if time is not None else ()
    return _until(Source((Part(facts.c.id, bounds, time),), order), until)


_TIMES = {Order.EVENT_TIME: facts.c.event_time, Order.RECORD_TIME: facts.c.recorded}
_MOMENTS = {asked.Moment.EVENT: facts.c.event_time, asked.Moment.RECORD: facts.c.recorded}


def _bounds(
    written: ColumnElement[Any], time: Column[Any], conditions: Iterable[asked.Condition]
) -> Iterable[ColumnElement[bool]]:
    for each in conditions:
        if isinstance(each, asked.During) and _MOMENTS.get(each.moment) is time:
            if each.since is not None:
                yield written >= to_micros(each.since)
            if each.until is not None:
                yield written < to_micros(each.until)


def among(places: Collection[int], dialect: str) -> TextClause:
    """Return the condition that a fact is at one of these places: one parameter, however many they are."""
    if dialect == "postgresql":
        return text("facts.id = ANY(CAST(:places AS BIGINT[]))").bindparams(places=list(places))
    listed = f"[{','.join(map(str, places))}]"
    return text("facts.id IN (SELECT value FROM json_each(:places))").bindparams(places=listed)


def filters(conditions: Iterable[asked.Condition]) -> list[ColumnElement[bool]]:
    """Return what can be asked of a row of `facts` itself; the conditions ask it again.

    It is asked of rows that are found already: written so that no index answers it, for one that does would be read
    from end to end.
    """
    conditions = tuple(conditions)
    found = [each for time in _MOMENTS.values() for each in _bounds(time + 0, time, conditions)]
    for each in conditions:
        if isinstance(each, asked.Is):
            found.append((_column(each.column) + "").in_(_stored(each)))
        elif isinstance(each, asked.Described):
            found.append((_column(each.column) + "").in_(_places(each)))
        elif isinstance(each, asked.Below):
            found.append(_within(each))
    return found


def _within(condition: asked.Below) -> ColumnElement[bool]:
    column, places = _column(condition.column) + "", [each for each in condition.places if "\0" not in each]
    stems = [f"{each}/254/" for each in places]
    return or_(column.in_(places), *[func.substr(column, 1, len(stem)) == stem for stem in stems])


def sources(conditions: Sequence[asked.Condition], connection: Connection, until: int) -> list[Source]:
    """Return the sources that conditions have, those that usually lead to fewest events first.

    Columns are looked up within the bounds of event time, which need no source of their own then.
    """
    times = tuple(_bounds(facts.c.event_time, facts.c.event_time, conditions))
    around = _Around(connection, times)
    found = [_source(each, around) for each in sorted(conditions, key=_breadth)]
    if times and not any(each is not None and each.order is Order.EVENT_TIME for each in found):
        found.append(Source((Part(facts.c.id, times, facts.c.event_time),), Order.EVENT_TIME))
    return [_until(each, until) for each in found if each is not None]


_BROAD = {asked.Column.DISPOSITION: 2, asked.Column.STEP: 2, asked.Column.RECORDER: 3, asked.Column.TYPE: 5}


def _breadth(condition: asked.Condition) -> int:
    """Return how little a condition usually says, the smallest number for the most."""
    if isinstance(condition, asked.Is | asked.Below | asked.Described):
        return _BROAD.get(condition.column, 1)
    return 4 if isinstance(condition, asked.During) else 0


def _until(source: Source, until: int) -> Source:
    """Return the source up to a place; nearly everything lies before it, so it must not choose the index."""
    parts = [replace(each, rows=(*each.rows, each.place + 0 <= until)) for each in source.parts]
    return replace(source, parts=tuple(parts))


@dataclass(frozen=True, slots=True)
class _Around:
    """What a condition's source may need besides: the database, and the bounds of event time."""

    connection: Connection
    times: tuple[ColumnElement[bool], ...]


def _source(condition: asked.Condition, around: _Around) -> Source | None:
    make = _SOURCES.get(type(condition))
    return None if make is None else make(condition, around)


def _named(condition: asked.Named, _: _Around) -> Source | None:
    roles = fact_things.c.role.in_([str(_ROLES[name]) for name in condition.lists])
    exacts = {each.exact for each in condition.patterns if each.exact is not None and "\0" not in each.exact}
    stems = {stem for each in condition.patterns for stem in each.stems if "\0" not in stem}
    if len(exacts) + len(stems) > MOST_PARTS:
        return None
    parts = [Part(fact_things.c.fact_id, (fact_things.c.thing == each, roles)) for each in sorted(exacts)]
    parts += [Part(fact_things.c.fact_id, (*_begins(fact_things.c.thing, stem), roles)) for stem in sorted(stems)]
    return Source(tuple(parts), None if stems else Order.RECORDED)


def _begins(column: Column[Any], stem: str) -> tuple[ColumnElement[bool], ...]:
    return column >= stem, column < stem[:-1] + chr(ord(stem[-1]) + 1)


def _terms(kinds: Sequence[str], values: Sequence[str]) -> Source | None:
    if len(kinds) * max(len(values), 1) > MOST_PARTS:
        return None
    if values:
        parts = [Part(fact_terms.c.fact_id, (fact_terms.c.term == each,)) for each in exact(kinds, values)]
        return Source(tuple(parts), Order.RECORDED)
    spans = [span(kind) for kind in kinds]
    parts = [Part(fact_terms.c.fact_id, (fact_terms.c.term.between(first, last),)) for first, last in spans]
    return Source(tuple(parts), None)


def _column(column: asked.Column) -> Column[Any]:
    return facts.c[column.value]


def _stored(condition: asked.Is) -> list[str]:
    """Return the values that the column has for those of the condition: all own types are one."""
    values = [each for each in condition.values if "\0" not in each]
    if condition.column is not asked.Column.TYPE:
        return values
    return sorted({each if each in _OWN_TYPES else str(EventType.EXTENDED) for each in values})


def _places(condition: asked.Described) -> list[str]:
    return sorted(
        {each for each in (*condition.places, *(told.place for told in condition.stated)) if "\0" not in each}
    )


def _columns(column: asked.Column, values: Sequence[str], times: tuple[ColumnElement[bool], ...]) -> Source | None:
    if column is asked.Column.ACTION or len(values) > MOST_PARTS:
        return None
    stored = _column(column)
    parts = tuple(Part(facts.c.id, (stored == each, *times), facts.c.event_time) for each in values)
    return Source(parts, Order.EVENT_TIME)


def _below(condition: asked.Below, around: _Around) -> Source | None:
    found: set[str] = set()
    for each in (place for place in condition.places if "\0" not in place):
        found.add(each)
        for value in distinct(condition.column, around.connection, f"{each}/254/"):
            found.add(value)
            if len(found) > MOST_PARTS:
                return None
    return _columns(condition.column, sorted(found), around.times)


def distinct(column: asked.Column, connection: Connection, stem: str = "", *, after: str = "") -> Iterator[str]:
    """Give the values of a column that begin with a stem, after one, in the order of code points: a step each."""
    stored, last = _column(column), max(after, stem)
    ends = _begins(stored, stem)[1:] if stem else ()
    while True:
        least = select(func.min(stored)).where(stored > last, *ends)
        value: str | None = connection.execute(least).scalar()
        if value is None:
            return
        yield value
        last = value


def own_types(connection: Connection, *, after: str = "") -> Iterator[str]:
    """Give the URIs of types that are none of the standard's, after one, in the order of their terms: a step each."""
    least, most = span(fields.OWN_TYPE)
    beyond = fact_terms.c.term > exact((fields.OWN_TYPE,), (after,))[0] if after else fact_terms.c.term >= least
    told = select(fact_terms.c.term, facts.c.body).join_from(fact_terms, facts, facts.c.id == fact_terms.c.fact_id)
    ordered = told.order_by(fact_terms.c.term, fact_terms.c.fact_id).limit(1)
    while True:
        row = connection.execute(ordered.where(beyond, fact_terms.c.term <= most)).first()
        if row is None:
            return
        beyond, event = fact_terms.c.term > row.term, canonical.parse(row.body)
        yield scope(event.get("@context")).expand(event["type"])


def _during(condition: asked.During, _: _Around) -> Source | None:
    if condition.moment is asked.Moment.ERROR:
        return _terms((fields.ERROR,), ())
    return _terms((fields.SENSED,), ()) if condition.moment in _SENSED else None


_SOURCES: dict[type, Callable[[Any, _Around], Source | None]] = {
    asked.Identified: lambda condition, _: Source((Part(facts.c.id, (identified(condition.ids),)),), None),
    asked.Named: _named,
    asked.Has: lambda condition, _: _terms(condition.kinds, condition.values),
    asked.Compared: lambda condition, _: _terms(condition.kinds, ()),
    asked.Measured: lambda _condition, _: _terms((fields.SENSED,), ()),
    asked.Is: lambda condition, around: _columns(condition.column, _stored(condition), around.times),
    asked.Below: _below,
    asked.Described: lambda condition, around: _columns(condition.column, _places(condition), around.times),
    asked.During: _during,
}
