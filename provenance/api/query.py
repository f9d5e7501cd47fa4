"""The parameters of an EPCIS query in a URL, read into the read model's query (EPCIS 2.0, 8.2.7.1 and 12.6).

Values of list parameters are separated by `|`. A parameter that is not known here is refused, because leaving it out
would answer a different question than the one that was asked.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from provenance.domain.epcis.event import Action, EventType
from provenance.domain.epcis.vocabulary import BIZ_STEP, DISPOSITION
from provenance.domain.errors import Malformed
from provenance.domain.gs1.convert import canonical, canonical_or_none
from provenance.domain.instant import parse_instant
from provenance.http.problems import Problem
from provenance.readmodel.query import MOST_PER_PAGE, Direction, EventQuery, Order

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Asked:
    """A query with its limits: `first` is `eventCountLimit` less what earlier pages gave, `most` is `maxEventCount`.

    `given` is how many events earlier pages gave.
    """

    query: EventQuery
    first: int | None = None
    most: int | None = None
    given: int = 0


def _each(reader: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: tuple(reader(value) for value in text.split("|"))


def _one_of(kind: type[Word]) -> Callable[[str], Word]:
    def read(text: str) -> Word:
        try:
            return kind(text)
        except ValueError:
            raise Malformed("query.value", f"{text!r} is none of {', '.join(kind)}") from None

    return read


def _count(text: str) -> int:
    if _NUMBER.fullmatch(text) is None:
        raise Malformed("query.value", f"{text!r} is not a positive number")
    return int(text)


def _place(text: str) -> str:
    return canonical_or_none(text) or text


_FILTERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "eventType": ("event_types", _each(_one_of(EventType))),
    "EQ_action": ("actions", _each(_one_of(Action))),
    "EQ_bizStep": ("steps", _each(lambda text: BIZ_STEP.bare.get(text, text))),
    "EQ_disposition": ("dispositions", _each(lambda text: DISPOSITION.bare.get(text, text))),
    "EQ_readPoint": ("read_points", _each(_place)),
    "EQ_bizLocation": ("locations", _each(_place)),
    "GE_eventTime": ("event_time_from", parse_instant),
    "LT_eventTime": ("event_time_before", parse_instant),
    "GE_recordTime": ("record_time_from", parse_instant),
    "LT_recordTime": ("record_time_before", parse_instant),
    "MATCH_epc": ("match_epcs", _each(canonical)),
    "MATCH_anyEPC": ("match_any_epcs", _each(canonical)),
    "MATCH_parentID": ("match_parents", _each(canonical)),
    "MATCH_inputEPC": ("match_inputs", _each(canonical)),
    "MATCH_outputEPC": ("match_outputs", _each(canonical)),
    "MATCH_epcClass": ("match_classes", _each(canonical)),
    "MATCH_anyEPCClass": ("match_any_classes", _each(canonical)),
    "EQ_eventID": ("event_ids", _each(str)),
    "orderDirection": ("direction", _one_of(Direction)),
    "perPage": ("per_page", lambda text: min(_count(text), MOST_PER_PAGE)),
}
_NUMBER = re.compile("[1-9][0-9]{0,8}")
_GIVEN = re.compile("[0-9]{1,9}")
_ORDERS = {"eventTime": Order.EVENT_TIME, "recordTime": Order.RECORDED}
_CONTROLS = ("orderBy", "eventCountLimit", "maxEventCount", "nextPageToken")

PARAMETERS = (*_FILTERS, *_CONTROLS)
"""Every parameter that is understood."""


def refused(detail: str) -> Problem:
    """Return the problem that a query is not understood."""
    return Problem(400, "query.parameter", detail, epcis="QueryParameterException")


def read(arguments: "MultiDict[str, str]") -> Asked:
    """Return what the parameters ask; raises `Problem` (400 `query.parameter`)."""
    for name in arguments:
        if name not in PARAMETERS:
            raise refused(f"{name!r} is not a parameter that this service knows; it knows {', '.join(PARAMETERS)}")
        if len(arguments.getlist(name)) > 1:
            raise refused(f"{name!r} is given more than once; separate several values with |")
    fields = {
        field: _value(reader, name, arguments[name]) for name, (field, reader) in _FILTERS.items() if name in arguments
    }
    return _limited(EventQuery(**{**_order(arguments), **fields}), arguments)


def _value(reader: Callable[[str], Any], name: str, text: str) -> Any:
    try:
        return reader(text)
    except Malformed as error:
        raise refused(f"{name}: {error.detail}") from None


def _order(arguments: "MultiDict[str, str]") -> dict[str, Any]:
    if "orderBy" not in arguments:
        return {}
    if arguments["orderBy"] not in _ORDERS:
        raise refused(f"orderBy is one of {', '.join(_ORDERS)}, not {arguments['orderBy']!r}")
    return {"order": _ORDERS[arguments["orderBy"]], "direction": Direction.DESC}


def _limited(query: EventQuery, arguments: "MultiDict[str, str]") -> Asked:
    limits = {
        name: _value(_count, name, arguments[name])
        for name in ("eventCountLimit", "maxEventCount")
        if name in arguments
    }
    if len(limits) > 1:
        raise refused("eventCountLimit and maxEventCount exclude each other")
    if "eventCountLimit" in limits and "orderBy" not in arguments:
        raise refused("eventCountLimit needs orderBy")
    first, most = limits.get("eventCountLimit"), limits.get("maxEventCount")
    token = arguments.get("nextPageToken")
    if token is None:
        return Asked(query, first, most)
    given, _, cursor = token.partition("~")
    if _GIVEN.fullmatch(given) is None:
        raise refused("nextPageToken: the page token is not one that was given here")
    return Asked(replace(query, cursor=cursor), None if first is None else max(first - int(given), 0), most, int(given))


def token_of(cursor: str, given: int) -> str:
    """Return the token of the page that follows after `given` events."""
    return f"{given}~{cursor}"
