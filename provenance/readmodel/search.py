"""Finding the events of a query: by what its conditions are indexed for, and bounded whatever it asks.

Conditions that lead to few events are intersected, and those events are looked at. Where every condition leads to many,
one index is read in its order until the page is full. A request looks at `MOST_LOOKED` events at most: if some
condition threw out so many that the page is still not full, `TooMuch` says so. It never scans on in silence.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from provenance.domain.epcis import chunk as chunks
from provenance.domain.epcis import query as asked
from provenance.domain.facts import Fact
from provenance.readmodel.query import MOST_PER_PAGE, Cursor, Direction, EventQuery, Order, Page, RecordedEvent, TooMuch
from provenance.readmodel.sources import (
    TIMES,
    Key,
    Source,
    among,
    crossed,
    everything,
    filters,
    sources,
    told_with_places,
)
from provenance.readmodel.sql import Asking, select

FEW = 1000
"""So many events are looked at one by one rather than in the order of an index."""

MOST_LOOKED = 10_000
"""How many events one request looks at."""

MOST_CROSSED = 5_000
"""So many entries of each index are crossed, where events with several conditions are sparse among those with one."""

MOST_SORTED = 5_000
"""How many events are put in the order of a field of theirs."""

_HANDFUL = 50

_GROWS, _LARGEST_CHUNK = 4, 2000
_SPARSE = _GROWS**2
"""Where an index would next be asked for so many pages, what is wanted is sparse in it."""

Reader = Callable[[Any], RecordedEvent]
Visible = Callable[[Fact], bool]


class Search:
    """One query over one snapshot; `columns` are those of facts that `read` makes a recorded event of, place first.

    At most `most` events are looked at.
    """

    def __init__(
        self,
        asking: Asking,
        query: EventQuery,
        *,
        columns: str,
        read: Reader,
        newest: int,
        most: int,
    ) -> None:
        self._asking = asking
        self._query = query
        self._columns = columns
        self._read = read
        self._most = most
        self._filters = filters(query.conditions)
        self._until = newest if query.after is None else query.after.until
        self._wanted = max(1, min(query.per_page, MOST_PER_PAGE))

    def page(self, visible: Visible) -> Page:
        """Return the page; raises `TooMuch`."""
        found = sources(self._query.conditions, self._asking, self._until)
        if self._is_stretch(found):
            return self._of_many(found, self._order(found, None), visible)
        few = self._few(found)
        order = self._order(found, few)
        if order is Order.FIELD:
            return self._by_field(few, visible)
        if few is not None:
            return self._of_few(few, order, visible)
        return self._of_many(found, order, visible)

    def _is_stretch(self, found: Sequence[Source]) -> bool:
        """Return whether one index says all that is asked in the order that is asked for: no need to know how much."""
        order = self._query.order if self._query.after is None else self._query.after.order
        besides = [each for each in self._query.conditions if not told_with_places(each)]
        return len(found) == 1 and found[0].order is order and len(besides) <= 1

    def _few(self, found: Sequence[Source]) -> set[int] | None:
        """Return the places that all conditions with few events lead to, None where there is no such condition."""
        small: set[int] | None = None
        left = self._unindexed()
        for source in found:
            if small is not None and source.of_columns:
                left = True
                continue
            places = source.all_of(self._asking, FEW)
            if places is None:
                left = left or source.of_columns
                continue
            small = places if small is None else small & places
            if len(small) <= _HANDFUL:
                return small
        return self._sifted(small) if small is not None and left else small

    def _unindexed(self) -> bool:
        """Return whether rows are asked for what no source leads to."""
        return any(
            (isinstance(each, asked.During) and each.moment is asked.Moment.RECORD)
            or (isinstance(each, asked.Is) and each.column is asked.Column.ACTION)
            for each in self._query.conditions
        )

    def _sifted(self, few: set[int]) -> set[int]:
        """Return those of a few events that hold what can be asked of their rows."""
        found = self._asking.rows(select("id", "facts", [among(few, self._asking), *self._filters]))
        return {row[0] for row in found}

    def _order(self, found: Sequence[Source], few: set[int] | None) -> Order:
        if self._query.after is not None:
            return self._query.after.order
        if self._query.order is not None:
            return self._query.order
        if few is not None:
            return Order.RECORDED
        natural = next((source.order for source in found if source.order is not None), None)
        timed = any(isinstance(each, asked.During) and each.moment is asked.Moment.RECORD
                    for each in self._query.conditions)  # fmt: skip
        return natural or (Order.RECORD_TIME if timed else Order.RECORDED)

    def _stream(self, found: Sequence[Source], order: Order) -> Source:
        fitting = next((source for source in found if source.order is order), None)
        return fitting or everything(order, self._query.conditions, self._until)

    def _of_few(self, few: set[int], order: Order, visible: Visible) -> Page:
        descending = self._query.direction is Direction.DESC
        keys = sorted(self._keys(few, order), reverse=descending)
        if self._query.after is not None:
            last = self._query.after.key
            keys = [key for key in keys if (key < last if descending else key > last)]
        taken: list[tuple[Key, RecordedEvent]] = []
        for some in _chunks(keys, self._wanted + 1):
            taken += self._looked_at(some, visible)
            if len(taken) > self._wanted:
                break
        return self._cut(taken, order)

    def _keys(self, few: Collection[int], order: Order) -> Collection[Key]:
        """Return the keys of a few events."""
        time = TIMES.get(order)
        if time is None:
            return {(place,) for place in few}
        return set(self._asking.rows(select(f"{time}, id", "facts", [among(few, self._asking)])))

    def _of_many(self, found: Sequence[Source], order: Order, visible: Visible) -> Page:
        source = self._stream(found, order)
        taken: list[tuple[Key, RecordedEvent]] = []
        after = None if self._query.after is None else self._query.after.key
        looked, seen, chunk = 0, 0, self._wanted + 1
        while looked < self._most:
            keys = source.stream(self._asking, after, self._query.direction, chunk)
            held = self._held(keys)
            seen += len(held)
            taken += [(key, recorded) for key, recorded in held if visible(recorded.fact)]
            if len(taken) > self._wanted or len(keys) < chunk:
                return self._cut(taken, order)
            after, looked, chunk = keys[-1], looked + len(keys), min(_GROWS * chunk, _LARGEST_CHUNK)
            if chunk == _SPARSE * (self._wanted + 1):
                few = crossed(found, self._asking, MOST_CROSSED, few=FEW)
                if few is not None:
                    return self._of_few(few, order, visible)
        if seen < self._wanted:
            raise TooMuch(f"more than {looked} events were looked at: narrow the query by a thing, a place or a time")
        return Page(tuple(recorded for _, recorded in taken), Cursor(order, after or (), self._until))

    def _by_field(self, few: set[int] | None, visible: Visible) -> Page:
        taken = self._looked_at([(place,) for place in sorted(few)], visible) if few is not None else self._all(visible)
        offset = 0 if self._query.after is None else self._query.after.key[0]
        ordered = self._sorted([recorded for _, recorded in taken])
        page = ordered[offset : offset + self._wanted]
        more = len(ordered) > offset + len(page)
        return Page(tuple(page), Cursor(Order.FIELD, (offset + len(page),), self._until) if more else None)

    def _all(self, visible: Visible) -> list[tuple[Key, RecordedEvent]]:
        timed = any(isinstance(each, asked.During) and each.moment is asked.Moment.EVENT
                    for each in self._query.conditions)  # fmt: skip
        order = Order.EVENT_TIME if timed else Order.RECORDED
        source = everything(order, self._query.conditions, self._until)
        keys = source.stream(self._asking, None, Direction.ASC, MOST_SORTED + 1)
        if len(keys) > MOST_SORTED:
            raise TooMuch(f"more than {MOST_SORTED} events would have to be put in order: narrow the query")
        return self._looked_at(keys, visible)

    def _sorted(self, events: Sequence[RecordedEvent]) -> list[RecordedEvent]:
        ranked, without = [], []
        for each in events:
            facets = subject(each).facets
            values = [value for kind in self._query.order_kinds for value in facets.get(kind, ())]
            if values:
                ranked.append((min(map(_rank, values)), each.place, each))
            else:
                without.append(each)
        without.sort(key=lambda each: each.place)
        ranked.sort(key=lambda entry: entry[:2], reverse=self._query.direction is Direction.DESC)
        return [each for _, _, each in ranked] + without

    def _cut(self, taken: Sequence[tuple[Key, RecordedEvent]], order: Order) -> Page:
        events = tuple(recorded for _, recorded in taken[: self._wanted])
        more = len(taken) > self._wanted
        return Page(events, Cursor(order, taken[self._wanted - 1][0], self._until) if more else None)

    def _looked_at(self, keys: Sequence[Key], visible: Visible) -> list[tuple[Key, RecordedEvent]]:
        return [(key, recorded) for key, recorded in self._held(keys) if visible(recorded.fact)]

    def _held(self, keys: Sequence[Key]) -> list[tuple[Key, RecordedEvent]]:
        """Return the events with these keys that hold all conditions, in their order."""
        these = among([key[-1] for key in keys], self._asking)
        rows = {row[0]: row for row in self._asking.rows(select(self._columns, "facts", [these, *self._filters]))}
        read = ((key, self._read(rows[key[-1]])) for key in keys if key[-1] in rows)
        return [(key, recorded) for key, recorded in read if holds(self._query.conditions, recorded)]


def subject(recorded: RecordedEvent) -> asked.Subject:
    """Return a recorded event as conditions look at it."""
    fact = recorded.fact
    document = partial(chunks.event_of, recorded.body)
    return asked.Subject(fact.event, document=document, recorder=fact.recorder, recorded=fact.recorded, id_=fact.id)


def holds(conditions: Iterable[asked.Condition], recorded: RecordedEvent) -> bool:
    """Return whether a recorded event holds all of the conditions."""
    return asked.holds(conditions, subject(recorded))


def _rank(value: str) -> tuple[int, Any]:
    """Return what a value is ordered by: numbers and times by their amount, everything else by code points."""
    amount = asked.amount(value)
    if amount is None:
        return (2, value)
    return (0, amount) if not hasattr(amount, "tzinfo") else (1, amount)


def _chunks(listed: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (listed[at : at + size] for at in range(0, len(listed), size))
