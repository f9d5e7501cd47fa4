"""The indexes that lead to events: each answers one condition, and says no more than the condition does.

A source tells the places of all its events where they are few (`all_of`), and streams them in its own order where they
are many. Its statements read one index from one end, a bounded number of entries, whatever the database thinks of it.
What a source gives is looked at again by the conditions themselves.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from provenance.domain import canonical
from provenance.domain.epcis import fields
from provenance.domain.epcis import query as asked
from provenance.domain.epcis.context import scope
from provenance.domain.epcis.event import EventType
from provenance.readmodel.instants import to_micros
from provenance.readmodel.query import Direction, Order, identified
from provenance.readmodel.sql import Asking, Sql, any_of, counted, limit, one_of, select, together, within
from provenance.readmodel.tables import NamedAs
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
    """One stretch of an index: the table, the column that tells places, and the rows of the stretch.

    `time` is the column that the stretch is ordered by before places, if any.
    """

    table: str
    place: str
    rows: tuple[Sql, ...]
    time: str | None = None

    def places(self, most: int) -> Sql:
        """Return the places of so many events, in no particular order."""
        return select(self.place, self.table, self.rows, then=limit(most))

    def stretch(self, after: Key | None, direction: Direction, count: int) -> Sql:
        """Return the keys of the next events in the order of the index."""
        columns = [self.place] if self.time is None else [self.time, self.place]
        keys, rows = ", ".join(columns), self.rows
        if after is not None:
            beyond, begun = (">", ">=") if direction is Direction.ASC else ("<", "<")
            # SQLite would begin where the bound says, and go through all pages before this one
            rows = tuple(each for each in rows if each.text != f"{self.time} {begun} ?")
            rows = (*rows, Sql(f"({keys}) {beyond} ({', '.join('?' * len(columns))})", tuple(after)))
        ordered = ", ".join([f"{column} {direction}" for column in columns])
        return select(keys, self.table, rows, then=Sql(f"ORDER BY {ordered} LIMIT ?", (count,)))


@dataclass(frozen=True, slots=True)
class Source:
    """Stretches of one index; `order` is the one in which each can be streamed, None where none can."""

    parts: tuple[Part, ...]
    order: Order | None

    @property
    def of_columns(self) -> bool:
        """Whether `filters` say the same of an event that is found already."""
        return all(each.table == _FACTS and each.time is not None for each in self.parts)

    def all_of(self, asking: Asking, most: int) -> set[int] | None:
        """Return the places of its events, None where there are more than `most`."""
        found: set[int] = set()
        for some in _fifty(self.parts):
            rows = asking.rows(_united([each.places(most + 1) for each in some], most + 1))
            found.update([row[0] for row in rows])
            if len(rows) > most or len(found) > most:
                return None
        return found

    def places(self, most: int) -> Sql:
        """Return the places of so many of its events, one more than once where several parts have it."""
        return _united([each.places(most) for each in self.parts], most)

    def stream(self, asking: Asking, after: Key | None, direction: Direction, count: int) -> list[Key]:
        """Return the keys of the next events in `order`, each once."""
        found: set[Key] = set()
        for some in _fifty(self.parts):
            found.update(asking.rows(_united([each.stretch(after, direction, count) for each in some])))
        return sorted(found, reverse=direction is Direction.DESC)[:count]


def crossed(found: Sequence[Source], asking: Asking, most: int, *, few: int) -> set[int] | None:
    """Return the places that several sources have in common, None where there are more than `few`.

    The database crosses what it reads of their indexes alone; sources with more than `most` events are left out of it.
    """
    found = [source for source in found if 0 < len(source.parts) <= _AT_ONCE]
    if not found:
        return None
    counts = together([counted(each.places(most + 1)) for each in found], ",")
    (sizes,) = asking.rows(Sql(f"SELECT {counts.text}", counts.values))
    bounded = [within(each.places(most)) for each, size in zip(found, sizes, strict=True) if size <= most]
    if len(bounded) < _TWO:
        return None
    rows = asking.rows(together([together(bounded, "INTERSECT"), limit(few + 1)], ""))
    return {row[0] for row in rows} if len(rows) <= few else None


def _united(stretches: Sequence[Sql], most: int | None = None) -> Sql:
    """Return limited statements as one, of `most` rows at most."""
    if len(stretches) == 1:
        return stretches[0]
    united = together(map(within, stretches), "UNION ALL")
    return united if most is None else together([united, limit(most)], "")


def _fifty(parts: Sequence[Part]) -> Iterable[Sequence[Part]]:
    return (parts[at : at + _AT_ONCE] for at in range(0, len(parts), _AT_ONCE))


def everything(order: Order, conditions: Iterable[asked.Condition], until: int) -> Source:
    """Return all events up to a place in an order, within the times that bound it."""
    time = TIMES.get(order)
    bounds = tuple(_bounds(time, time, conditions)) if time is not None else ()
    return _until(Source((Part(_FACTS, _ID, bounds, time),), order), until)


_FACTS, _ID = "facts", "id"
TIMES = {Order.EVENT_TIME: "event_time", Order.RECORD_TIME: "recorded"}
"""The columns of times that events are ordered by."""

_MOMENTS = {asked.Moment.EVENT: "event_time", asked.Moment.RECORD: "recorded"}


def _bounds(written: str, time: str, conditions: Iterable[asked.Condition]) -> Iterable[Sql]:
    for each in conditions:
        if isinstance(each, asked.During) and _MOMENTS.get(each.moment) == time:
            if each.since is not None:
                yield Sql(f"{written} >= ?", (to_micros(each.since),))
            if each.until is not None:
                yield Sql(f"{written} < ?", (to_micros(each.until),))


def among(places: Collection[int], asking: Asking) -> Sql:
    """Return the condition that a fact is at one of these places: one value, however many they are."""
    if asking.on_server:
        return Sql("facts.id = ANY(CAST(? AS BIGINT[]))", (list(places),))
    return Sql("facts.id IN (SELECT value FROM json_each(?))", (f"[{','.join(map(str, places))}]",))


def filters(conditions: Iterable[asked.Condition]) -> list[Sql]:
    """Return what can be asked of a row of `facts` itself; the conditions ask it again.

    It is asked of rows that are found already: written so that no index answers it, for one that does would be read
    from end to end.
    """
    conditions = tuple(conditions)
    found = [each for time in _MOMENTS.values() for each in _bounds(f"{time} + 0", time, conditions)]
    for each in conditions:
        if isinstance(each, asked.Is):
            found.append(one_of(f"({each.column} || '')", _stored(each)))
        elif isinstance(each, asked.Described):
            found.append(one_of(f"({each.column} || '')", _places(each)))
        elif isinstance(each, asked.Below):
            found.append(_within(each))
    return found


def _within(condition: asked.Below) -> Sql:
    column, places = f"({condition.column} || '')", [each for each in condition.places if "\0" not in each]
    stems = [f"{each}/254/" for each in places]
    beginning = [Sql(f"substr({column}, 1, ?) = ?", (len(stem), stem)) for stem in stems]
    return any_of([one_of(column, places), *beginning])


def sources(conditions: Sequence[asked.Condition], asking: Asking, until: int) -> list[Source]:
    """Return the sources that conditions have, those that usually lead to fewest events first.

    Columns are looked up within the bounds of event time, which need no source of their own then; places within the
    steps besides, which their indexes tell.
    """
    times = tuple(_bounds("event_time", "event_time", conditions))
    steps = tuple(one_of(each.column, _stored(each)) for each in conditions if _tells_step(each))
    around = _Around(asking, times, steps)
    made = [(each, _source(each, around)) for each in sorted(conditions, key=_breadth)]
    placed = any(_tells_place(each) and source is not None for each, source in made)
    found = [source for each, source in made if source is not None and not (placed and _tells_step(each))]
    if times and not any(each.order is Order.EVENT_TIME for each in found):
        found.append(Source((Part(_FACTS, _ID, times, "event_time"),), Order.EVENT_TIME))
    return [_until(each, until) for each in found]


_PLACES = frozenset({asked.Column.READ_POINT, asked.Column.LOCATION})


def told_with_places(condition: asked.Condition) -> bool:
    """Return whether an index that tells places of things or events may tell this besides: event time, or the step."""
    return _tells_step(condition) or (isinstance(condition, asked.During) and condition.moment is asked.Moment.EVENT)


def _tells_step(condition: asked.Condition) -> TypeGuard[asked.Is]:
    return isinstance(condition, asked.Is) and condition.column is asked.Column.STEP


def _tells_place(condition: asked.Condition) -> bool:
    return isinstance(condition, asked.Is | asked.Below | asked.Described) and condition.column in _PLACES


_BROAD = {asked.Column.DISPOSITION: 2, asked.Column.STEP: 2, asked.Column.RECORDER: 3, asked.Column.TYPE: 5}


def _breadth(condition: asked.Condition) -> int:
    """Return how little a condition usually says, the smallest number for the most."""
    if isinstance(condition, asked.Is | asked.Below | asked.Described):
        return _BROAD.get(condition.column, 1)
    return 4 if isinstance(condition, asked.During) else 0


def _until(source: Source, until: int) -> Source:
    """Return the source up to a place; nearly everything lies before it, so it must not choose the index."""
    parts = [replace(each, rows=(*each.rows, Sql(f"{each.place} + 0 <= ?", (until,)))) for each in source.parts]
    return replace(source, parts=tuple(parts))


@dataclass(frozen=True, slots=True)
class _Around:
    """What a condition's source may need besides: the database, the bounds of event time, and the steps."""

    asking: Asking
    times: tuple[Sql, ...]
    steps: tuple[Sql, ...]


def _source(condition: asked.Condition, around: _Around) -> Source | None:
    make = _SOURCES.get(type(condition))
    return None if make is None else make(condition, around)


def _named(condition: asked.Named, _: _Around) -> Source | None:
    roles = one_of("role", [_ROLES[name] for name in condition.lists])
    exacts = {each.exact for each in condition.patterns if each.exact is not None and "\0" not in each.exact}
    stems = {stem for each in condition.patterns for stem in each.stems if "\0" not in stem}
    if len(exacts) + len(stems) > MOST_PARTS:
        return None
    things: list[tuple[Sql, ...]] = [(Sql("thing = ?", (each,)),) for each in sorted(exacts)]
    things += [_begins("thing", stem) for stem in sorted(stems)]
    parts = tuple(Part("fact_things", "fact_id", (*each, roles)) for each in things)
    return Source(parts, None if stems else Order.RECORDED)


def _begins(column: str, stem: str) -> tuple[Sql, ...]:
    return Sql(f"{column} >= ?", (stem,)), Sql(f"{column} < ?", (stem[:-1] + chr(ord(stem[-1]) + 1),))


def _terms(kinds: Sequence[str], values: Sequence[str]) -> Source | None:
    if len(kinds) * max(len(values), 1) > MOST_PARTS:
        return None
    if values:
        rows = [Sql("term = ?", (each,)) for each in exact(kinds, values)]
    else:
        rows = [Sql("term BETWEEN ? AND ?", span(kind)) for kind in kinds]
    parts = tuple(Part("fact_terms", "fact_id", (each,)) for each in rows)
    return Source(parts, Order.RECORDED if values else None)


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


def _columns(column: asked.Column, values: Sequence[str], around: _Around) -> Source | None:
    if column is asked.Column.ACTION or len(values) > MOST_PARTS:
        return None
    besides = (*around.times, *(around.steps if column in _PLACES else ()))
    parts = tuple(Part(_FACTS, _ID, (Sql(f"{column} = ?", (each,)), *besides), "event_time") for each in values)
    return Source(parts, Order.EVENT_TIME)


def _below(condition: asked.Below, around: _Around) -> Source | None:
    found: set[str] = set()
    for each in (place for place in condition.places if "\0" not in place):
        found.add(each)
        for value in distinct(condition.column, around.asking, f"{each}/254/"):
            found.add(value)
            if len(found) > MOST_PARTS:
                return None
    return _columns(condition.column, sorted(found), around)


def distinct(column: asked.Column, asking: Asking, stem: str = "", *, after: str = "") -> Iterator[str]:
    """Give the values of a column that begin with a stem, after one, in the order of code points: a step each."""
    last, ends = max(after, stem), _begins(column, stem)[1:] if stem else ()
    while True:
        ((value,),) = asking.rows(select(f"min({column})", _FACTS, [Sql(f"{column} > ?", (last,)), *ends]))
        if value is None:
            return
        yield value
        last = value


_TOLD = "fact_terms JOIN facts ON facts.id = fact_terms.fact_id"


def own_types(asking: Asking, *, after: str = "") -> Iterator[str]:
    """Give the URIs of types that are none of the standard's, after one, in the order of their terms: a step each."""
    first, most = span(fields.OWN_TYPE)
    last = exact((fields.OWN_TYPE,), (after,))[0] if after else first - 1
    least = Sql("ORDER BY term, fact_id LIMIT 1")
    while found := asking.rows(select("term, body", _TOLD, [Sql("term > ? AND term <= ?", (last, most))], then=least)):
        ((last, body),) = found
        event = canonical.parse(body)
        yield scope(event.get("@context")).expand(event["type"])


def _during(condition: asked.During, _: _Around) -> Source | None:
    if condition.moment is asked.Moment.ERROR:
        return _terms((fields.ERROR,), ())
    return _terms((fields.SENSED,), ()) if condition.moment in _SENSED else None


_SOURCES: dict[type, Callable[[Any, _Around], Source | None]] = {
    asked.Identified: lambda condition, _: Source((Part(_FACTS, _ID, (identified(condition.ids),)),), None),
    asked.Named: _named,
    asked.Has: lambda condition, _: _terms(condition.kinds, condition.values),
    asked.Compared: lambda condition, _: _terms(condition.kinds, ()),
    asked.Measured: lambda _condition, _: _terms((fields.SENSED,), ()),
    asked.Is: lambda condition, around: _columns(condition.column, _stored(condition), around),
    asked.Below: _below,
    asked.Described: lambda condition, around: _columns(condition.column, _places(condition), around),
    asked.During: _during,
}
