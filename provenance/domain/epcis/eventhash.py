"""The CBV 2.0 event hash: what an event says, as one string, whatever its syntax, order of fields and spelling of
identifiers.

The string is defined by CBV 2.0 (section 8.9) and its reference implementation as of July 2026: fields in the canonical
property order without separators, lists sorted by code point, times in UTC milliseconds, numbers plain, identifiers as
canonical links, standard words as web URIs. Sources stand before destinations, a type before what it types;
`sensorElementList` itself is not named; extensions inside standard fields come in a block of their own after the ilmd,
those of the event last.

What says who told it and when is left out: `eventID`, `recordTime`, `errorDeclaration`, `certificationInfo`, comments,
the context, and the fields that `PREFIX:ignoreFields` lists. An event passed here has the standard's form (`shape`).
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from provenance.domain.canonical import Number
from provenance.domain.epcis import vocabulary
from provenance.domain.epcis.context import IGNORE_FIELDS, Scope
from provenance.domain.epcis.moment import in_milliseconds
from provenance.domain.epcis.plain import plain_number, plain_text
from provenance.domain.gs1.convert import canonical_or_none

VERSION: Final = "CBV2.0"

LEFT_OUT: Final = frozenset(
    {"@context", "type", "eventID", "recordTime", "errorDeclaration", "certificationInfo", "ilmd"}
)
_COMMENTS: Final = frozenset({"comment", "rdfs:comment", "#text", "@context"})
IGNORING: Final = ":" + IGNORE_FIELDS
_RDFS_COMMENT: Final = vocabulary.PREFIXES["rdfs"] + "comment"
_MASTER_DATA: Final = vocabulary.PREFIXES["cbvmda"]


def event_id(event: Mapping[str, Any], scope: Scope) -> str:
    """Return the event's id, `ni:///sha-256;<hex>?ver=CBV2.0` (RFC 6920)."""
    return f"ni:///sha-256;{sha256(prehash(event, scope).encode()).hexdigest()}?ver={VERSION}"


def prehash(event: Mapping[str, Any], scope: Scope) -> str:
    """Return the string that is hashed."""
    names = names_of(scope)
    standard, extensions, ignoring = _PLANS[tuple(event)]
    parts = [write(event[field], names) for field, write in standard]
    if ignoring:
        names = names.without(_ignored(event, ignoring, scope))
    return f"eventType={event['type']}{''.join(parts)}{_trailing(event, extensions, names)}"


_Plan = tuple[tuple[tuple[str, "Write"], ...], tuple[str, ...], tuple[str, ...]]


class _Plans(dict[tuple[str, ...], _Plan]):
    """From an event's fields to its standard ones in canonical order with their writers, its extensions, and those of
    them that list ignored fields; remembers what it worked out, since the events of a step have the same fields.
    """

    def __missing__(self, fields: tuple[str, ...]) -> _Plan:
        standard = tuple(each for each in ORDER if each[0] in fields)
        extensions = tuple(field for field in fields if field not in _STANDARD)
        plan = standard, extensions, tuple(field for field in extensions if field.endswith(IGNORING))
        if sum(map(len, fields)) <= _LONGEST_PLAN:
            if len(self) >= _REMEMBERED_PLANS:
                self.clear()
            self[fields] = plan
        return plan


_REMEMBERED_PLANS: Final = 1024
_LONGEST_PLAN: Final = 2000
"""Plans for longer names together are worked out each time, so that nobody fills the memory with them."""
_PLANS: Final = _Plans()


def _trailing(event: Mapping[str, Any], extensions: tuple[str, ...], names: "Names") -> str:
    """Return the ilmd, the extensions inside standard fields, and those of the event itself."""
    ilmd = event.get("ilmd")
    parts = [] if ilmd is None else ["ilmd", *names.sorted_entries(ilmd)]
    parts += _inside_fields(event, names)
    if not extensions:
        return "".join(parts)
    own: list[str] = []
    for field in extensions:
        own += names.entries(field, event[field])
    own.sort()
    return "".join(parts + own)


def _ignored(event: Mapping[str, Any], ignoring: tuple[str, ...], scope: Scope) -> frozenset[str]:
    lists = [event[field] for field in ignoring if isinstance(event[field], list)]
    return frozenset([scope.expand(name) for names in lists for name in names if type(name) is str])


class _Values(dict[str, str]):
    """From a value as it came to the value as it is hashed; remembers what it worked out."""

    def __init__(self, expansions: Mapping[str, str]) -> None:
        super().__init__()
        self._expansions = expansions

    def __missing__(self, text: str) -> str:
        prefix, colon, local = text.partition(":")
        home = self._expansions.get(prefix) if colon else None
        hashed = plain_text(text if home is None else home + local)
        if len(text) <= _LONGEST:
            if len(self) > _REMEMBERED:
                self.clear()
            self[text] = hashed
        return hashed


_REMEMBERED: Final = 50_000
_LONGEST: Final = 200
"""Longer values and names are worked out each time, so that nobody fills the memory with them."""


@lru_cache(maxsize=8)
def _values(expansions: tuple[tuple[str, str], ...]) -> _Values:
    return _Values(dict(expansions))


class Names:
    """A context compiled: names and values as they came, to names and values as they are hashed."""

    def __init__(self, scope: Scope, ignored: frozenset[str] = frozenset()) -> None:
        self._scope = scope
        self._ignored = ignored
        self._fields: dict[str, str | None] = {}
        self.values = _values(tuple(sorted(scope.expansions.items())))

    def field(self, name: str) -> str | None:
        """Return an extension's name as it is hashed (`{namespace}local`), None when it is left out."""
        try:
            return self._fields[name]
        except KeyError:
            hashed = self._work_out(name)
            if len(name) <= _LONGEST:
                if len(self._fields) > _REMEMBERED:
                    self._fields.clear()
                self._fields[name] = hashed
            return hashed

    def _work_out(self, name: str) -> str | None:
        uri = self._scope.expand(name)
        prefix, colon, local = name.partition(":")
        if name in _COMMENTS or uri == _RDFS_COMMENT or uri in self._ignored or (colon and local == IGNORE_FIELDS):
            return None
        if not colon or uri == name:
            return name
        namespace = self._scope.prefixes[prefix]
        return f"{{{namespace.removesuffix(':') if namespace == _MASTER_DATA else namespace}}}{local}"

    def text(self, value: Any) -> str:
        """Return a scalar as it is hashed; `null` is nothing (JSON-LD 1.1, 9.1)."""
        kind = type(value)
        if kind is str:
            return self.values[value]
        if kind is bool:
            return "true" if value else "false"
        return plain_number(value.literal if kind is Number else str(value))

    def entries(self, field: str, value: Any) -> list[str]:
        """Return what an extension field and everything in it add to the string, one entry for each of its values."""
        name = self.field(field)
        if name is None or value is None:
            return []
        if type(value) is str and not name.endswith("List"):
            text = self.values[value]
            return [f"{name}={text}"] if text else [name]
        if type(value) is dict or not name.endswith("List"):
            return self._named(name, value)
        inner = self._named(name[:-4], value)
        return [name + "".join(sorted(inner))] if inner else []

    def sorted_entries(self, content: Mapping[str, Any]) -> list[str]:
        """Return the entries of all fields of an extension object, sorted."""
        names = self._within(content)
        found: list[str] = []
        for field, value in content.items():
            found += names.entries(field, value)
        found.sort()
        return found

    def tree(self, value: Any) -> tuple[str, list[Any]]:
        """Return a value as the reference sorts it: its text, and its fields by name."""
        if isinstance(value, Mapping):
            pairs = [
                (self.field(field) or field, self.tree(each)) for field, inner in value.items() for each in _each(inner)
            ]
            return "", sorted(pairs)
        if type(value) is list:
            return "", sorted(("", self.tree(each)) for each in value)
        return self.text(value) if value is not None else "", []

    def _named(self, name: str, value: Any) -> list[str]:
        if type(value) is list:
            return [self._one(name, element) for element in value if element is not None]
        return [self._one(name, value)]

    def _one(self, name: str, value: Any) -> str:
        if isinstance(value, Mapping):
            text = value.get("#text")
            return name + self._equals(text) + "".join(self.sorted_entries(value))
        if type(value) is list:
            return name + "".join(sorted(self._one("", element) for element in value if element is not None))
        return name + self._equals(value)

    def _equals(self, value: Any) -> str:
        text = "" if value is None else self.text(value)
        return "=" + text if text else ""

    def without(self, ignored: frozenset[str]) -> "Names":
        """Return the same names where the fields of these URIs are left out too."""
        return Names(self._scope, ignored) if ignored else self

    def _within(self, content: Mapping[str, Any]) -> "Names":
        inner = content.get("@context")
        return self if inner is None else Names(self._scope.under(inner), self._ignored)


def _each(value: Any) -> list[Any]:
    return value if type(value) is list else [value]


@lru_cache(maxsize=128)
def names_of(scope: Scope) -> Names:
    """Return a context compiled."""
    return Names(scope)


Write = Callable[[Any, Names], str]


def _text(name: str) -> Write:
    return lambda value, names: f"{name}={names.values[value]}"


def _word(name: str, words: vocabulary.WordList) -> Write:
    known = {spelling: f"{name}={words.uris[word]}" for spelling, word in words.bare.items()}
    return lambda value, names: known.get(value) or f"{name}={names.values[value]}"


def _time(name: str) -> Write:
    return lambda value, _: f"{name}={in_milliseconds(value)}"


def _scalar(name: str) -> Write:
    return lambda value, names: f"{name}={names.text(value)}"


def _epcs(name: str) -> Write:
    def write(value: Any, names: Names) -> str:
        if not value:
            return ""
        inner = [canonical_or_none(epc) or names.values[epc] for epc in value]
        inner.sort()
        return f"{name}epc={'epc='.join(inner)}"

    return write


def _fields(name: str, writers: Mapping[str, Write]) -> Write:
    def write(value: Any, names: Names) -> str:
        inner = [writer(value[field], names) for field, writer in writers.items() if field in value]
        return name + "".join(inner) if inner else ""

    return write


def _list(name: str, element: Write) -> Write:
    def write(value: Any, names: Names) -> str:
        inner = [element(each, names) for each in value]
        inner.sort()
        return name + "".join(inner) if inner else ""

    return write


def _typed(name: str, words: vocabulary.WordList) -> Write:
    types = {spelling: f"type={words.uris[word]}" for spelling, word in words.bare.items()}

    def write(value: Any, names: Names) -> str:
        known, inner = names.values, []
        for each in value:
            kind = each.get("type")
            typed = "" if kind is None else types.get(kind) or f"type={known[kind]}"
            inner.append(f"{typed}{name}={known[each[name]]}")
        inner.sort()
        return f"{name}List{''.join(inner)}" if inner else ""

    return write


def _place(name: str) -> Write:
    return lambda value, names: f"{name}id={names.values[value['id']]}"


def _quantities(name: str) -> Write:
    element = {"epcClass": _text("epcClass"), "quantity": _scalar("quantity"), "uom": _text("uom")}
    return _list(name, _fields("quantityElement", element))


def _dispositions(value: Any, names: Names) -> str:
    inner = [
        _list("", _word(field, vocabulary.DISPOSITION))(value[field], names)
        for field in ("set", "unset")
        if field in value
    ]
    return "persistentDisposition" + "".join(inner)


_METADATA: Final[Mapping[str, Write]] = {
    **{field: _time(field) for field in ("time", "startTime", "endTime")},
    **{field: _text(field) for field in ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules")},
}
_REPORT: Final[Mapping[str, Write]] = {
    "type": _word("type", vocabulary.MEASUREMENT_TYPE),
    "exception": _word("exception", vocabulary.SENSOR_ALERT),
    **{field: _text(field) for field in ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod")},
    "time": _time("time"),
    **{field: _text(field) for field in ("microorganism", "chemicalSubstance")},
    "value": _scalar("value"),
    "component": _word("component", vocabulary.COMPONENT),
    **{field: _scalar(field) for field in ("stringValue", "booleanValue", "hexBinaryValue", "uriValue")},
    **{field: _scalar(field) for field in ("minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue")},
    **{field: _text(field) for field in ("uom", "coordinateReferenceSystem")},
}
_ELEMENT: Final[Mapping[str, Write]] = {
    "sensorMetadata": _fields("sensorMetadata", _METADATA),
    "sensorReport": _list("", _fields("sensorReport", _REPORT)),
}
ORDER: Final[tuple[tuple[str, Write], ...]] = (
    ("eventTime", _time("eventTime")),
    ("eventTimeZoneOffset", _text("eventTimeZoneOffset")),
    ("epcList", _epcs("epcList")),
    ("parentID", _text("parentID")),
    ("inputEPCList", _epcs("inputEPCList")),
    ("childEPCs", _epcs("childEPCs")),
    ("quantityList", _quantities("quantityList")),
    ("childQuantityList", _quantities("childQuantityList")),
    ("inputQuantityList", _quantities("inputQuantityList")),
    ("outputEPCList", _epcs("outputEPCList")),
    ("outputQuantityList", _quantities("outputQuantityList")),
    ("action", _text("action")),
    ("transformationID", _text("transformationID")),
    ("bizStep", _word("bizStep", vocabulary.BIZ_STEP)),
    ("disposition", _word("disposition", vocabulary.DISPOSITION)),
    ("persistentDisposition", _dispositions),
    ("readPoint", _place("readPoint")),
    ("bizLocation", _place("bizLocation")),
    ("bizTransactionList", _typed("bizTransaction", vocabulary.BIZ_TRANSACTION_TYPE)),
    ("sourceList", _typed("source", vocabulary.SOURCE_DEST_TYPE)),
    ("destinationList", _typed("destination", vocabulary.SOURCE_DEST_TYPE)),
    ("sensorElementList", _list("", _fields("sensorElement", _ELEMENT))),
)
"""The canonical property order (CBV 2.0, 8.9.2)."""

_STANDARD: Final = LEFT_OUT | {field for field, _ in ORDER}


def _inside_fields(event: Mapping[str, Any], names: Names) -> list[str]:
    """Return the block of extensions inside standard fields, each named by the way to it."""
    found = []
    for field in ("readPoint", "bizLocation"):
        place = event.get(field)
        if place is not None and len(place) > 1:
            found.append(_prefixed(field, _extensions(place, ("id",), names)))
    sensors = event.get("sensorElementList")
    if sensors:
        found.append(_inside_sensors(sensors, names))
    return found


def _prefixed(name: str, inner: str) -> str:
    return name + inner if inner else ""


def _extensions(content: Mapping[str, Any], standard: Any, names: Names) -> str:
    found: list[str] = []
    for field, value in content.items():
        if field not in standard:
            found += names.entries(field, value)
    found.sort()
    return "".join(found)


def are_extended(sensors: list[Any]) -> bool:
    """Return whether there are extensions anywhere inside sensor data."""
    return any(
        not element.keys() <= _ELEMENT.keys()
        or not element.get("sensorMetadata", {}).keys() <= _METADATA.keys()
        or not all(report.keys() <= _REPORT.keys() for report in element["sensorReport"])
        for element in sensors
    )


def _inside_sensors(sensors: list[Any], names: Names) -> str:
    return "".join(
        _in_reference_order(sensors, names, lambda element: _prefixed("sensorElement", _inside_element(element, names)))
    )


def _inside_element(element: Mapping[str, Any], names: Names) -> str:
    metadata = _prefixed("sensorMetadata", _extensions(element.get("sensorMetadata", {}), _METADATA, names))
    reports = _in_reference_order(
        element["sensorReport"], names, lambda report: _prefixed("sensorReport", _extensions(report, _REPORT, names))
    )
    return metadata + "".join(reports) + _extensions(element, _ELEMENT, names)


def _in_reference_order(elements: list[Any], names: Names, write: Callable[[Any], str]) -> list[str]:
    """Return what each element writes, in the order that the reference gives equal names: by all they hold."""
    written = [(element, text) for element in elements if (text := write(element))]
    if len(written) > 1:
        written.sort(key=lambda pair: names.tree(pair[0]))
    return [text for _, text in written]
