"""The parameters of the SimpleEventQuery, read into conditions (EPCIS 2.0, 8.2.7.1; REST form as in its OpenAPI).

Values come in any spelling that events may have: URNs, links, bare words, CURIEs, full URIs. A parameter that is not
known here is refused, because leaving it out would answer a different question than the one that was asked. What the
query itself cannot say, the prefixes that events use, what lies within a place, what master data tells, comes from a
`Lexicon`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, Final, Protocol

from provenance.domain.epcis import fields, vocabulary
from provenance.domain.epcis.context import Scope
from provenance.domain.epcis.event import Action, EventType
from provenance.domain.epcis.fields import Area, Depth, field_kind
from provenance.domain.epcis.patterns import Wanted, read_pattern
from provenance.domain.epcis.query import (
    MEASURED,
    Below,
    Column,
    Compared,
    Comparison,
    Condition,
    Counted,
    Described,
    During,
    Has,
    Identified,
    Is,
    Measured,
    Moment,
    Named,
    Stated,
    amount,
    number,
)
from provenance.domain.errors import Malformed
from provenance.domain.gs1.convert import canonical_or_none
from provenance.domain.instant import parse_instant

MOST_PARAMETERS, MOST_VALUES = 100, 500
"""More of them are not read."""

Values = Sequence[str]


class Lexicon(Protocol):
    """What is known beside the query."""

    def namespaces(self, prefix: str) -> Sequence[str]:
        """Return the namespaces that events have a prefix for."""

    def within(self, place: str) -> Sequence[str]:
        """Return the places that master data puts within a place, directly or not."""

    def described(self, column: Column, attribute: str, values: Values | None) -> Sequence[str | Stated]:
        """Return the values of a column whose master data has an attribute: with one of `values`, or with any.

        What one organisation stated of a value comes as such.
        """


class TooComplex(Malformed):
    """More is asked than one query may ask."""


def read(parameters: Mapping[str, Values], *, within: Scope, lexicon: Lexicon) -> tuple[Condition, ...]:
    """Return the conditions that parameters with their values mean; `within` says what prefixes the query declares.

    Raises `Malformed` (`query.parameter`, `query.value`, `query.epc`) and `TooComplex` (`query.too_complex`).
    """
    if len(parameters) > MOST_PARAMETERS or sum(map(len, parameters.values())) > MOST_VALUES:
        raise TooComplex("query.too_complex", f"at most {MOST_PARAMETERS} parameters and {MOST_VALUES} values are read")
    reader = _Reader(within, lexicon)
    found = []
    for name, values in parameters.items():
        try:
            condition = reader.condition(name, values)
        except Malformed as error:
            raise type(error)(error.code, f"{name}: {error.detail}") from None
        if condition is not None:
            found.append(condition)
    return tuple(found)


def field_kinds(name: str, *, within: Scope, lexicon: Lexicon) -> tuple[str, ...]:
    """Return the kinds of facets that a sender's own field at the top of events is, for `orderBy`.

    Raises `Malformed` (`query.parameter`).
    """
    return _Reader(within, lexicon).kinds(Area.EVENT, Depth.TOP, name)


_TYPED: Final = re.compile(r"EQ_(bizTransaction|source|destination)_(.+)", re.DOTALL)
_TIMED: Final = re.compile(r"(GE|LT)_(eventTime|recordTime|errorDeclaration_?Time|time|startTime|endTime)")
_MEASURED: Final = re.compile(rf"(EQ|GT|GE|LT|LE)_({'|'.join(MEASURED)})(?:_([A-Z0-9]{{2,4}}))?")
_COUNTED: Final = re.compile(r"(EQ|GT|GE|LT|LE)_quantity(?:_([A-Z0-9]{2,4}))?")
_AREAS: Final = {
    "": Area.EVENT,
    "ILMD_": Area.ILMD,
    "ERROR_DECLARATION_": Area.ERROR,
    "SENSORELEMENT_": Area.SENSOR_ELEMENT,
    "SENSORMETADATA_": Area.SENSOR_METADATA,
    "SENSORREPORT_": Area.SENSOR_REPORT,
    "readPoint_": Area.READ_POINT,
    "bizLocation_": Area.LOCATION,
}
_FIELD: Final = re.compile(
    rf"(EQ|GT|GE|LT|LE|EXISTS)_(INNER_)?({'|'.join(area for area in _AREAS if area)})?([^:]+:.+)", re.DOTALL
)
_ATTRIBUTE: Final = re.compile(r"(?:HASATTR|EQ_?ATTR)_(readPoint|bizLocation)(?:_(.+))?", re.DOTALL)
_ABSOLUTE: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://|urn:).+", re.DOTALL)

_INSTANCES: Final = {
    "MATCH_epc": ("epcs", "children"),
    "MATCH_parentID": ("parent",),
    "MATCH_inputEPC": ("inputs",),
    "MATCH_outputEPC": ("outputs",),
    "MATCH_anyEPC": ("epcs", "children", "parent", "inputs", "outputs"),
}
_CLASSES: Final = {
    "MATCH_epcClass": ("quantities", "child_quantities"),
    "MATCH_inputEPCClass": ("input_quantities",),
    "MATCH_outputEPCClass": ("output_quantities",),
    "MATCH_anyEPCClass": ("quantities", "child_quantities", "input_quantities", "output_quantities"),
}
_WORDS: Final = {
    "EQ_bizStep": (Column.STEP, vocabulary.BIZ_STEP),
    "EQ_disposition": (Column.DISPOSITION, vocabulary.DISPOSITION),
}
_PERSISTENT: Final = {
    "EQ_persistentDisposition_set": fields.SET,
    "EQ_persistentDisposition_unset": fields.UNSET,
}
_PLACES: Final = {"readPoint": Column.READ_POINT, "bizLocation": Column.LOCATION}
_SENSED: Final = {f"EQ_{word}": word for word in fields.SENSOR_WORDS}
_TYPE_WORDS: Final = {
    "bizTransaction": ("transaction", vocabulary.BIZ_TRANSACTION_TYPE),
    "source": ("source", vocabulary.SOURCE_DEST_TYPE),
    "destination": ("destination", vocabulary.SOURCE_DEST_TYPE),
}
_TRUE, _FALSE = frozenset({"", "true", "1", "null"}), frozenset({"false", "0"})

FIXED: Final = (
    "eventType",
    *(f"{way}_{what}" for what in ("eventTime", "recordTime") for way in ("GE", "LT")),
    "EQ_action",
    *_WORDS,
    *_PERSISTENT,
    *(f"{way}_{place}" for place in _PLACES for way in ("EQ", "WD")),
    "EQ_transformationID",
    *_INSTANCES,
    *_CLASSES,
    *(f"{each}_quantity" for each in Comparison),
    "EQ_eventID",
    "EXISTS_errorDeclaration",
    "GE_errorDeclarationTime",
    "LT_errorDeclarationTime",
    "EQ_errorReason",
    "EQ_correctiveEventID",
    "EXISTS_sensorElementList",
    *(f"{way}_{what}" for what in ("time", "startTime", "endTime") for way in ("GE", "LT")),
    *_SENSED,
)
"""The parameters whose names are fixed."""


class _Reader:
    """Reads parameters within what a query declares."""

    _single: ClassVar[Mapping[str, Callable[["_Reader", Values], Condition | None]]] = {
        "eventType": lambda self, values: Is(Column.TYPE, self._each(self._types, values)),
        "EQ_action": lambda _, values: Is(Column.ACTION, tuple(map(_action, values))),
        "EQ_transformationID": lambda _, values: Has((fields.TRANSFORMATION,), tuple(values)),
        "EQ_eventID": lambda _, values: Identified(tuple(values)),
        "EQ_correctiveEventID": lambda _, values: Has((fields.CORRECTIVE,), tuple(values)),
        "EQ_errorReason": lambda self, values: Has((fields.REASON,), self._words(vocabulary.ERROR_REASON, values)),
        "EXISTS_errorDeclaration": lambda _, values: Has((fields.ERROR,)) if _told(values) else None,
        "EXISTS_sensorElementList": lambda _, values: Has((fields.SENSED,)) if _told(values) else None,
    }

    def __init__(self, within: Scope, lexicon: Lexicon) -> None:
        self._within = within
        self._lexicon = lexicon

    def condition(self, name: str, values: Values) -> Condition | None:
        """Return the condition of one parameter, None where it asks for nothing."""
        if name in self._single:
            return self._single[name](self, values)
        for read in (self._listed, self._amount, self._open):
            found = read(name, values)
            if found is not None:
                return found
        if name.startswith("EXISTS_") and _FIELD.fullmatch(name):
            return None
        raise Malformed("query.parameter", "this is no parameter that is known here")

    def kinds(self, area: Area, depth: Depth, name: str) -> tuple[str, ...]:
        """Return the kinds of the facets of a sender's own field with that name."""
        if ":" not in name:
            raise Malformed("query.parameter", "a field of somebody's own is named by a prefix or a full URI")
        return tuple(field_kind(area, depth, each) for each in self._names(name))

    def _listed(self, name: str, values: Values) -> Condition | None:
        if name in _WORDS:
            column, words = _WORDS[name]
            return Is(column, self._words(words, values))
        if name in _PERSISTENT:
            return Has((_PERSISTENT[name],), self._words(vocabulary.DISPOSITION, values))
        if name in _SENSED:
            word = _SENSED[name]
            return Has((fields.sensor_kind(word),), tuple(self._sensed(word, each) for each in values))
        for table, wanted in ((_INSTANCES, Wanted.INSTANCES), (_CLASSES, Wanted.CLASSES)):
            if name in table:
                return Named(table[name], tuple(read_pattern(each, wanted) for each in values))
        return self._place(name, values)

    def _place(self, name: str, values: Values) -> Condition | None:
        way, _, place = name.partition("_")
        if place not in _PLACES or way not in ("EQ", "WD"):
            return None
        places = tuple(map(_identifier, values))
        if way == "EQ":
            return Is(_PLACES[place], places)
        return Below(_PLACES[place], (*places, *(inner for each in places for inner in self._lexicon.within(each))))

    def _amount(self, name: str, values: Values) -> Condition | None:
        if timed := _TIMED.fullmatch(name):
            moment = Moment(timed[2].replace("_", ""))
            instant = parse_instant(_one(values).replace(" ", "+"))  # a plus that nobody encoded
            return During(moment, since=instant) if timed[1] == "GE" else During(moment, until=instant)
        if measured := _MEASURED.fullmatch(name):
            return Measured(measured[2], Comparison(measured[1]), _numbers(measured[1], values), measured[3])
        if counted := _COUNTED.fullmatch(name):
            return Counted(Comparison(counted[1]), _numbers(counted[1], values), counted[2])
        return None

    def _open(self, name: str, values: Values) -> Condition | None:
        if typed := _TYPED.fullmatch(name):
            listed, words = _TYPE_WORDS[typed[1]]
            kinds = tuple(fields.typed_kind(listed, each) for each in self._words(words, (typed[2],)))
            return Has(kinds, tuple(map(_identifier, values)))
        if attribute := _ATTRIBUTE.fullmatch(name):
            return self._described(name, attribute, values)
        if field := _FIELD.fullmatch(name):
            depth = Depth.INNER if field[2] else Depth.TOP
            return _of_field(field[1], self.kinds(_AREAS[field[3] or ""], depth, field[4]), values)
        return None

    def _described(self, name: str, attribute: re.Match[str], values: Values) -> Condition | None:
        column = _PLACES[attribute[1]]
        if name.startswith("HASATTR"):
            if attribute[2] is not None:
                return None
            told = [self._lexicon.described(column, each, None) for each in self._each(self._names, values)]
            return _at(column, [place for places in told for place in places])
        if attribute[2] is None:
            return None
        names = self._names(attribute[2])
        return _at(column, [place for each in names for place in self._lexicon.described(column, each, values)])

    def _each(self, spelled: Callable[[str], Values], values: Values) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each for value in values for each in spelled(value)))

    def _types(self, text: str) -> Values:
        if text in _OWN_TYPES:
            return (text,)
        if ":" not in text:
            raise Malformed("query.value", f"{text!r} is none of {', '.join(_OWN_TYPES)}, and no URI")
        return self._names(text)

    def _words(self, words: vocabulary.WordList, values: Values) -> tuple[str, ...]:
        return self._each(lambda text: (words.bare[text],) if text in words.bare else self._bare(words, text), values)

    def _bare(self, words: vocabulary.WordList, text: str) -> Values:
        return tuple(words.bare.get(each, each) for each in self._names(text))

    def _sensed(self, word: str, text: str) -> str:
        if word == "booleanValue" and text not in ("true", "false"):
            raise Malformed("query.value", f"{text!r} is neither true nor false")
        return fields.sensor_word(word, text, self._within)

    def _names(self, text: str) -> Values:
        """Return the full URIs that a name may stand for: what the query declares, else what events declare."""
        prefix, colon, local = text.partition(":")
        if _ABSOLUTE.fullmatch(text):
            return (text, text.replace("#", ""), text.replace("#", "/")) if "#" in text else (text,)
        if not colon or prefix in self._within.prefixes:
            return (self._within.expand(text),)
        return (text, *(namespace + local for namespace in self._lexicon.namespaces(prefix)))


_OWN_TYPES: Final = tuple(str(each) for each in EventType if each is not EventType.EXTENDED)


def _at(column: Column, found: Sequence[str | Stated]) -> Condition:
    places = tuple(each for each in found if isinstance(each, str))
    stated = tuple(each for each in found if isinstance(each, Stated))
    return Described(column, places, stated) if stated else Is(column, places)


def _of_field(way: str, kinds: tuple[str, ...], values: Values) -> Condition | None:
    if way == "EXISTS":
        return Has(kinds) if _told(values) else None
    if way == "EQ":
        return Has(kinds, tuple(map(fields.plain, values)))
    text = _one(values)
    bound = amount(text)
    if bound is None:
        raise Malformed("query.value", f"{text!r} is neither a number nor a time")
    return Compared(kinds, Comparison(way), bound)


def _action(text: str) -> str:
    try:
        return Action(text).value
    except ValueError:
        raise Malformed("query.value", f"{text!r} is none of {', '.join(Action)}") from None


def _identifier(text: str) -> str:
    return canonical_or_none(text) or text


def _one(values: Values) -> str:
    if len(values) != 1:
        raise Malformed("query.value", "it has one value")
    return values[0]


def _told(values: Values) -> bool:
    """Return whether an `EXISTS_` asks for something; false leaves it out, as if it were not there."""
    text = _one(values).lower()
    if text not in _TRUE | _FALSE:
        raise Malformed("query.value", f"{text!r} is neither true nor false")
    return text in _TRUE


def _numbers(way: str, values: Values) -> tuple[Decimal, ...]:
    listed = values if way == "EQ" else (_one(values),)
    found = tuple(number(each) for each in listed)
    if not found or None in found:
        raise Malformed("query.value", f"{'|'.join(values)!r} is no number")
    return tuple(each for each in found if each is not None)


__all__ = ["FIXED", "MOST_PARAMETERS", "MOST_VALUES", "Lexicon", "TooComplex", "field_kinds", "read"]
