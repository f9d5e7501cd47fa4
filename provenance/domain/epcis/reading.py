"""From the JSON form of a well-formed event to the event that the rules read.

Identifiers become canonical links where they are GS1 identifiers, words of the CBV their bare form whichever way they
were spelled, everything else its full URI. The names of extensions become full URIs too, so that no rule depends on a
prefix that a sender chose; their values stay as they came.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from provenance.domain.canonical import Number
from provenance.domain.epcis import vocabulary
from provenance.domain.epcis.context import Scope, scope
from provenance.domain.epcis.event import Action, ErrorDeclaration, Event, EventType, Quantity, Typed
from provenance.domain.epcis.moment import instant
from provenance.domain.gs1.convert import canonical_or_none
from provenance.domain.gs1.keys import Link

_TYPES: Final = {each.value: each for each in EventType}
_ACTIONS: Final = {each.value: each for each in Action}


def read_event(event: Mapping[str, Any]) -> Event:
    """Return the event that a well-formed JSON object with its effective context spells.

    Raises `Malformed` (`time.malformed`) where a time is none; any other defect of form is not looked for here.
    """
    return Event(**read_fields(event, scope(event.get("@context"))))


def read_fields(event: Mapping[str, Any], within: Scope) -> dict[str, Any]:
    """Return the fields of the event that are said, by their names in `Event`.

    `within` is the scope of its context.
    """
    content: dict[str, Any] = {}
    extensions: dict[str, Any] = {}
    for name, value in event.items():
        reader = _READERS.get(name)
        if reader is not None:
            field, read = reader
            content[field] = read(value, within)
        elif ":" in name:
            extensions[within.expand(name)] = value
    if extensions:
        content["extensions"] = extensions
    lasting = event.get("persistentDisposition")
    if lasting is not None:
        content["set_dispositions"] = _dispositions(lasting.get("set", ()), within)
        content["unset_dispositions"] = _dispositions(lasting.get("unset", ()), within)
    return content


def _type(value: str, _: Scope) -> EventType:
    return _TYPES.get(value, EventType.EXTENDED)


def _action(value: str, _: Scope) -> Action:
    return _ACTIONS[value]


def _text(value: str, _: Scope) -> str:
    return value


def _time(value: str, _: Scope) -> Any:
    return instant(value)


def _identifier(value: str, _: Scope) -> Link:
    return canonical_or_none(value) or Link(value)


def _identifiers(value: list[str], _: Scope) -> tuple[Link, ...]:
    return tuple([canonical_or_none(each) or Link(each) for each in value])


def _place(value: Mapping[str, Any], _: Scope) -> str:
    return canonical_or_none(value["id"]) or value["id"]


def _quantities(value: list[Mapping[str, Any]], _: Scope) -> tuple[Quantity, ...]:
    return tuple([_quantity(each) for each in value])


def _quantity(value: Mapping[str, Any]) -> Quantity:
    named = value["epcClass"]
    return Quantity(canonical_or_none(named) or Link(named), _decimal(value.get("quantity")), value.get("uom"))


def _decimal(value: int | Number | None) -> Decimal | None:
    if value is None:
        return None
    return value.decimal if isinstance(value, Number) else Decimal(value)


class _Word:
    """Reads a word of one list: bare where it is the standard's, its full URI otherwise."""

    def __init__(self, words: vocabulary.WordList) -> None:
        self._bare = words.bare

    def __call__(self, value: str, within: Scope) -> str:
        bare = self._bare.get(value)
        if bare is not None:
            return bare
        uri = within.expand(value)
        return self._bare.get(uri, uri)


_typed: Final = lru_cache(maxsize=8192)(Typed)
"""Parties and orders recur in event after event."""


class _TypedList:
    """Reads a list of typed references: business transactions, sources, destinations."""

    def __init__(self, field: str, words: vocabulary.WordList) -> None:
        self._field = field
        self._word = _Word(words)

    def __call__(self, value: list[Mapping[str, str]], within: Scope) -> tuple[Typed, ...]:
        return tuple([self._one(each, within) for each in value])

    def _one(self, value: Mapping[str, str], within: Scope) -> Typed:
        kind, named = value.get("type"), value[self._field]
        return _typed(None if kind is None else self._word(kind, within), canonical_or_none(named) or named)


_STEP: Final = _Word(vocabulary.BIZ_STEP)
_DISPOSITION: Final = _Word(vocabulary.DISPOSITION)
_REASON: Final = _Word(vocabulary.ERROR_REASON)


def _dispositions(value: Sequence[str], within: Scope) -> tuple[str, ...]:
    return tuple([_DISPOSITION(each, within) for each in value])


def _certifications(value: str | list[str], _: Scope) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _error(value: Mapping[str, Any], within: Scope) -> ErrorDeclaration:
    reason = value.get("reason")
    return ErrorDeclaration(
        instant(value["declarationTime"]),
        None if reason is None else _REASON(reason, within),
        tuple(value.get("correctiveEventIDs", ())),
    )


def _sensors(value: list[Mapping[str, Any]], _: Scope) -> tuple[Mapping[str, Any], ...]:
    return tuple(value)


def _ilmd(value: Mapping[str, Any], within: Scope) -> Mapping[str, Any]:
    return {within.expand(name): content for name, content in value.items()}


_READERS: Final[Mapping[str, tuple[str, Callable[[Any, Scope], Any]]]] = {
    "type": ("type", _type),
    "eventTime": ("time", _time),
    "eventTimeZoneOffset": ("offset", _text),
    "action": ("action", _action),
    "eventID": ("sender_id", _text),
    "epcList": ("epcs", _identifiers),
    "parentID": ("parent", _identifier),
    "childEPCs": ("children", _identifiers),
    "inputEPCList": ("inputs", _identifiers),
    "outputEPCList": ("outputs", _identifiers),
    "quantityList": ("quantities", _quantities),
    "childQuantityList": ("child_quantities", _quantities),
    "inputQuantityList": ("input_quantities", _quantities),
    "outputQuantityList": ("output_quantities", _quantities),
    "transformationID": ("transformation", _text),
    "bizStep": ("step", _STEP),
    "disposition": ("disposition", _DISPOSITION),
    "readPoint": ("read_point", _place),
    "bizLocation": ("location", _place),
    "bizTransactionList": ("transactions", _TypedList("bizTransaction", vocabulary.BIZ_TRANSACTION_TYPE)),
    "sourceList": ("sources", _TypedList("source", vocabulary.SOURCE_DEST_TYPE)),
    "destinationList": ("destinations", _TypedList("destination", vocabulary.SOURCE_DEST_TYPE)),
    "certificationInfo": ("certifications", _certifications),
    "errorDeclaration": ("error", _error),
    "sensorElementList": ("sensors", _sensors),
    "ilmd": ("ilmd", _ilmd),
}
"""From the standard's field to the event's, and how it is read; `persistentDisposition` alone fills two."""
