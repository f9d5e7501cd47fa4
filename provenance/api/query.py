"""EPCIS queries over HTTP: from parameters in a URL or a JSON query to the read model's query and its limits.

In a URL the values of a list are separated by `|`; in JSON they are an array. What each parameter means is the
domain's; order, limits and pages are read here.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from provenance.domain.canonical import Number
from provenance.domain.epcis import parameters
from provenance.domain.epcis.context import Scope, fold, scope
from provenance.domain.epcis.parameters import FIXED, Lexicon, TooComplex
from provenance.domain.epcis.query import Condition
from provenance.domain.errors import Malformed
from provenance.domain.facts import Fact
from provenance.http.problems import Problem
from provenance.readmodel.query import MOST_PER_PAGE, Cursor, Direction, EventQuery, Order, Page, TooMuch
from provenance.readmodel.view import View

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

ORDER = ("orderBy", "orderDirection", "eventCountLimit", "maxEventCount")
PAGING = ("perPage", "nextPageToken")
PARAMETERS = (*FIXED, *ORDER, *PAGING)
"""The parameters with fixed names."""

MOST_COUNTED = 10_000
"""A `maxEventCount` beyond it is counted no further."""

_NUMBER = re.compile("[1-9][0-9]{0,8}")
_ORDERS = {"eventTime": Order.EVENT_TIME, "recordTime": Order.RECORD_TIME}
Values = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query with its limits: at most `first` events on all pages, none where there are more than `most`."""

    query: EventQuery
    first: int | None = None
    most: int | None = None


def refused(detail: str) -> Problem:
    """Return the problem that a query is not understood."""
    return Problem(400, "query.parameter", detail, epcis="QueryParameterException")


def of_url(arguments: "MultiDict[str, str]", beside: Iterable[str] = PAGING) -> dict[str, list[str]]:
    """Return the parameters of a query in a URL, those `beside` it left out; raises `Problem` (400)."""
    found: dict[str, list[str]] = {}
    for name in arguments:
        if len(arguments.getlist(name)) > 1:
            raise refused(f"{name[:80]!r} is given more than once; separate several values with |")
        if name not in beside:
            found[name] = arguments[name].split("|")
    return found


def of_json(query: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the parameters of a query in JSON, its `@context` left out; raises `Problem` (400)."""
    found = {}
    for name, value in query.items():
        if name != "@context":
            listed = value if isinstance(value, list) else [value]
            found[name] = [_text(name, each) for each in listed]
    return found


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool | None):
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, Number):
        return value.literal
    if not isinstance(value, str | int):
        raise refused(f"{name[:80]}: a value is a text or a number")
    return str(value)


def declared(context: Any, extensions: str | None) -> Scope:
    """Return what a query declares: by its `@context`, and by a `GS1-Extensions` header (`prefix=namespace, ...`)."""
    pairs = (each.partition("=") for each in (extensions or "").split(","))
    prefixes = {name.strip(): uri.strip() for name, mark, uri in pairs if mark and name.strip() and uri.strip()}
    try:
        return scope(fold(prefixes or None, context))
    except (Malformed, RecursionError, TypeError, ValueError):
        raise refused("@context is no JSON-LD context") from None


def read(values: Values, *, within: Scope, lexicon: Lexicon) -> Asked:
    """Return what the parameters ask; raises `Problem` (400 `query.parameter`, 413 `query.too_complex`)."""
    filters = {name: each for name, each in values.items() if name not in ORDER}
    try:
        conditions = parameters.read(filters, within=within, lexicon=lexicon)
        query = _ordered(EventQuery(conditions=conditions), values, within=within, lexicon=lexicon)
    except TooComplex as error:
        raise Problem(413, error.code, error.detail, epcis="QueryTooComplexException") from None
    except Malformed as error:
        raise refused(error.detail) from None
    return _limited(query, values)


def narrowed(asked: Asked, conditions: Sequence[Condition]) -> Asked:
    """Return what is asked of the events that hold conditions besides."""
    return replace(asked, query=replace(asked.query, conditions=(*conditions, *asked.query.conditions)))


def _ordered(query: EventQuery, values: Values, *, within: Scope, lexicon: Lexicon) -> EventQuery:
    direction = _one_of("orderDirection", values, tuple(Direction))
    if "orderBy" not in values:
        return query
    (name,) = values["orderBy"] if len(values["orderBy"]) == 1 else ("",)
    query = replace(query, direction=Direction(direction or Direction.DESC))
    if name in _ORDERS:
        return replace(query, order=_ORDERS[name])
    try:
        kinds = parameters.field_kinds(name, within=within, lexicon=lexicon)
    except Malformed:
        detail = f"orderBy is one of {', '.join(_ORDERS)}, or a field of somebody's own, not {name[:80]!r}"
        raise refused(detail) from None
    return replace(query, order=Order.FIELD, order_kinds=kinds)


def _one_of(name: str, values: Values, words: Sequence[str]) -> str | None:
    if name not in values:
        return None
    if len(values[name]) != 1 or values[name][0] not in words:
        raise refused(f"{name} is one of {', '.join(words)}")
    return values[name][0]


def _limited(query: EventQuery, values: Values) -> Asked:
    first, most = (_count(name, values[name]) if name in values else None for name in ORDER[2:])
    if first is not None and most is not None:
        raise refused("eventCountLimit and maxEventCount exclude each other")
    if first is not None and query.order is None:
        raise refused("eventCountLimit needs orderBy")
    return Asked(query, first, most)


def _count(name: str, values: Sequence[str]) -> int:
    if len(values) != 1 or _NUMBER.fullmatch(values[0]) is None:
        raise refused(f"{name} is a positive number")
    return int(values[0])


def page(
    asked: Asked, view: View, visible: Callable[[Fact], bool], *, count: int, after: Any
) -> tuple[Page, list[Any] | None]:
    """Return the page after a place, None for the first, and the place of the next page where there is more.

    Raises `Problem` (413 `query.too_large`).
    """
    given, query = 0, asked.query
    if after is None:
        _check_size(asked, view, visible)
    else:
        order, key, until, given = after
        query = replace(query, after=Cursor(Order(order), tuple(key), until))
    wanted = count if asked.first is None else min(count, asked.first - given)
    found = looked(partial(view.events, replace(query, per_page=wanted), visible))
    given += len(found.events)
    if found.cursor is None or given == asked.first:
        return found, None
    return found, [found.cursor.order, found.cursor.key, found.cursor.until, given]


def _check_size(asked: Asked, view: View, visible: Callable[[Fact], bool]) -> None:
    """Raise `Problem` (413) where more events match than `maxEventCount`."""
    if asked.most is None:
        return
    most, found = min(asked.most, MOST_COUNTED), 0
    query = replace(asked.query, per_page=MOST_PER_PAGE)
    while found <= most:
        some = looked(partial(view.events, query, visible))
        found += len(some.events)
        if some.cursor is None:
            break
        query = replace(query, after=some.cursor)
    if found > most:
        raise _too_large(f"more than {most} events match")


def looked(look: Callable[[], Page]) -> Page:
    """Return what `look` finds; raises `Problem` (413 `query.too_large`) where it would look at too much."""
    try:
        return look()
    except TooMuch as error:
        raise _too_large(str(error)) from None


def _too_large(detail: str) -> Problem:
    return Problem(413, "query.too_large", detail, epcis="QueryTooLargeException")
