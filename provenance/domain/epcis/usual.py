"""The ids of usual events: form checked and hash worked out in one pass, at a third of what it takes one by one.

An event of a standard type whose fields are as nearly all events have them is taken field by field, and what repeats
from event to event (words, places, parties) is looked up. What a field may be and what it adds to the hash is not said
here: both come from `shape` and `eventhash`, composed. Whatever is wrong, or only unusual, gets no id here: it is
checked and hashed by them, which also say what is wrong with it.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from provenance.domain import canonical
from provenance.domain.canonical import Number
from provenance.domain.epcis import eventhash, shape, uris
from provenance.domain.epcis.checking import Check, compiled
from provenance.domain.epcis.context import Scope, scope
from provenance.domain.epcis.form import Form, Listing, Names, OneOf, Record, Repeats, Text, Time, Uri, Word
from provenance.domain.epcis.moment import in_milliseconds
from provenance.domain.epcis.uris import Unusual
from provenance.domain.errors import Malformed

_Write = Callable[[Any], str]
"""From a field's value to what it adds to the string that is hashed. Where that takes more than this module knows it
raises `Unusual`, `Malformed`, or what Python raises of a value of another type.
"""

_REMEMBERED: Final = 512
_LONGEST: Final = 200
_REMEMBERED_CONTEXTS: Final = 16
_LONGEST_CONTEXT: Final = 2000
"""What is longer is worked out each time, so that nobody fills the memory with it."""

_LISTS: Final = frozenset({"epcList", "childEPCs", "inputEPCList", "outputEPCList"})
_PLACES: Final = frozenset({"readPoint", "bizLocation"})
_PARTIES: Final = frozenset({"sourceList", "destinationList"})
_QUANTITIES: Final = frozenset({"quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"})


def event_id(event: Mapping[str, Any]) -> str | None:
    """Return the id of a well-formed event that stands alone, or None where only looking at all of it can tell.

    A number may be a float where that is written as it came.
    """
    try:
        plans = _of_context(event["@context"])
        plan = plans[(event["type"], *event)]
        if plan is None:
            return None
        parts, extensions, rules = plan
        text = "".join([write(event[field]) for field, write in parts])
        if extensions:
            named = plans.names.entries
            own = [each for field in extensions for each in named(field, _exact(event[field]))]
            own.sort()
            text += "".join(own)
        for find in rules:
            if find(event) is not None:
                return None
    except (Unusual, Malformed, KeyError, TypeError, AttributeError):
        return None
    return f"ni:///sha-256;{sha256(text.encode()).hexdigest()}?ver={eventhash.VERSION}"


_Plan = tuple[tuple[tuple[str, _Write], ...], tuple[str, ...], tuple[Callable[[Mapping[str, Any]], object], ...]]
"""The fields to go through in the order of the hash, the extensions that follow, and the rules on all together."""


class _Plans(dict[tuple[str, ...], _Plan | None]):
    """From an event's type and the names of its fields to how it is gone through, None where they are not usual."""

    def __init__(self, within: Scope) -> None:
        super().__init__()
        self.names: Final = eventhash.names_of(within)
        self._scope = within
        self._writes: dict[tuple[str, str], _Write] = {}

    def __missing__(self, key: tuple[str, ...]) -> _Plan | None:
        plan = self._plan(*key)
        if sum(map(len, key)) <= _LONGEST_CONTEXT:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[key] = plan
        return plan

    def _plan(self, kind: str, *fields: str) -> _Plan | None:
        form = shape.EVENTS.get(kind)
        if form is None or not set(form.required) <= set(fields) or not uris.SCHEMES.isdisjoint(self._scope.expansions):
            return None
        extensions = tuple(field for field in fields if field not in form.fields)
        if _EXTENSIONS(dict.fromkeys(extensions), self._scope) or any(
            field.endswith(eventhash.IGNORING) for field in extensions
        ):
            return None
        own = [field for field in (*_UNHASHED, *_HASHED, "ilmd") if field in fields]
        parts: list[tuple[str, _Write]] = [("type", lambda _: f"eventType={kind}")]
        parts += [(field, self._write(kind, field)) for field in own]
        return tuple(parts), extensions, tuple(rule.find for rule in form.rules)

    def _write(self, kind: str, field: str) -> _Write:
        found = self._writes.get((kind, field))
        if found is None:
            form, check = shape.EVENTS[kind].fields[field], _CHECKS[kind, field]
            both = self._composed(field, check)
            found = _ilmd(both, self.names) if field == "ilmd" else _usually(field, form, both)
            self._writes[kind, field] = found
        return found

    def _composed(self, field: str, check: Check) -> _Write:
        """Return what checks a field in full and then writes it."""
        write, within, names = _HASHED.get(field, _nothing), self._scope, self.names

        def both(value: Any) -> str:
            if check(value, within) is not None:
                raise Unusual
            return write(value, names)

        return both


@lru_cache(maxsize=16)
def _plans(within: Scope) -> _Plans:
    return _Plans(within)


def _of_context(context: Any) -> _Plans:
    """Return the plans of an event's own context; what nearly all events share is not resolved for each of them."""
    written = canonical.dump(context)
    found = _CONTEXTS.get(written)
    if found is None:
        if _CONTEXT(context, scope(None)) is not None:
            raise Unusual
        found = _plans(scope(context))
        if len(written) <= _LONGEST_CONTEXT:
            if len(_CONTEXTS) >= _REMEMBERED_CONTEXTS:
                _CONTEXTS.clear()
            _CONTEXTS[written] = found
    return found


class _Known(dict[Any, str]):
    """What was written for a value, by the value or what makes it up: words, places and parties repeat."""

    def __init__(self, write: _Write) -> None:
        super().__init__()
        self._write = write

    def __missing__(self, value: Any) -> str:
        written = self._write(value)
        if len(written) <= _LONGEST and len(repr(value)) <= _LONGEST:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[value] = written
        return written


def _usually(field: str, form: Form, both: _Write) -> _Write:
    """Return what writes a field's usual values fast, and leaves the others to what checks them in full."""
    found: _Write = lambda value: both(_exact(value))  # noqa: E731 - the last of the ways below
    if isinstance(form, Word | OneOf | Text):
        found = _Known(both).__getitem__
    elif isinstance(form, Time) and field in _HASHED:
        found = lambda value: f"{field}={in_milliseconds(value)}"  # noqa: E731
    elif form == Uri():
        found = _single(field, both)
    elif field in _PLACES:
        found = _place(both)
    elif field in _PARTIES:
        found = _parties(field, both)
    elif field == "sensorElementList":
        found = _sensors(both)
    elif field in _QUANTITIES:
        found = _quantities(field, both)
    elif field == "bizTransactionList":
        found = _transactions(both)
    elif isinstance(form, Listing) and field in _LISTS:
        found = _items(field, form.repeats, both)
    return found


def _single(field: str, both: _Write) -> _Write:
    written = f"{field}=" if field in _HASHED else None

    def write(value: Any) -> str:
        found = uris.hashed([value])
        if not found:
            return both(value)
        return "" if written is None else written + found[0]

    return write


def _place(both: _Write) -> _Write:
    known = _Known(lambda identifier: both({"id": identifier}))

    def write(value: Any) -> str:
        if len(value) != 1:
            raise Unusual
        return known[value["id"]]

    return write


def _parties(field: str, both: _Write) -> _Write:
    known = _Known(lambda items: both([dict(items)]).removeprefix(field))

    def write(value: Any) -> str:
        if type(value) is not list or not value:
            raise Unusual
        return field + "".join(sorted([known[tuple(each.items())] for each in value]))

    return write


def _sensors(both: _Write) -> _Write:
    def write(value: Any) -> str:
        if type(value) is not list or eventhash.are_extended(value):
            raise Unusual
        return both(_exact(value))

    return write


def _quantities(field: str, both: _Write) -> _Write:
    named = f"{field}quantityElementepcClass={_ANYTHING}"

    def amount(written: bytes) -> str:
        return both([{"epcClass": _ANYTHING, **canonical.parse(written)}]).removeprefix(named)

    known = _Known(amount)

    def write(value: Any) -> str:
        if type(value) is not list:
            raise Unusual
        found = uris.hashed([each["epcClass"] for each in value])
        if not found:
            return both(_exact(value))
        amounts = [canonical.dump({name: each[name] for name in each if name != "epcClass"}) for each in value]
        written = [f"quantityElementepcClass={uri}{known[each]}" for uri, each in zip(found, amounts, strict=True)]
        return field + "".join(sorted(written))

    return write


def _transactions(both: _Write) -> _Write:
    field = "bizTransactionList"

    def typed(kind: str) -> str:
        return both([{"type": kind, "bizTransaction": _ANYTHING}]).removeprefix(field).removesuffix(_ANYTHING)

    known = _Known(typed)

    def write(value: Any) -> str:
        if type(value) is not list:
            raise Unusual
        found = uris.hashed([each["bizTransaction"] for each in value])
        if not found or any(each.keys() != _TYPED for each in value):
            return both(value)
        return field + "".join(sorted([known[each["type"]] + uri for each, uri in zip(value, found, strict=True)]))

    return write


def _items(field: str, repeats: Repeats, both: _Write) -> _Write:
    once = repeats is Repeats.REFUSED

    def write(value: Any) -> str:
        if type(value) is not list:
            raise Unusual
        found = uris.hashed(value)
        if not found or (once and len(set(value)) < len(value)):
            return both(value)
        found.sort()
        return f"{field}epc={'epc='.join(found)}"

    return write


def _exact(value: Any) -> Any:
    """Return a value with each float as the number that it is written as."""
    if type(value) is dict:
        return {name: _exact(each) if type(each) in _NESTING else each for name, each in value.items()}
    if type(value) is list:
        return [_exact(each) if type(each) in _NESTING else each for each in value]
    return Number(canonical.dump(value).decode()) if type(value) is float else value


def _ilmd(both: _Write, names: eventhash.Names) -> _Write:
    known = _Known(lambda fields: both(dict.fromkeys(fields)))

    def write(value: Any) -> str:
        if type(value) is not dict:
            raise Unusual
        known[tuple(value)]
        return "".join(["ilmd", *names.sorted_entries(_exact(value))])

    return write


def _nothing(_value: Any, _names: eventhash.Names) -> str:
    return ""


_ANYTHING: Final = "urn:x:y"
"""A URI that is hashed as it stands, in the place of those that are worked out apart."""
_TYPED: Final = {"type", "bizTransaction"}
_NESTING: Final = frozenset({dict, list, float})
_CONTEXTS: Final[dict[bytes, _Plans]] = {}
_HASHED: Final[Mapping[str, eventhash.Write]] = dict(eventhash.ORDER)
_UNHASHED: Final = tuple(sorted(eventhash.LEFT_OUT - {"@context", "type", "ilmd"}))
_EXTENSIONS: Final = compiled(Record({}, names=Names.EXTENSIONS))
_CHECKS: Final[Mapping[tuple[str, str], Check]] = {
    (kind, field): compiled(form) for kind, event in shape.EVENTS.items() for field, form in event.fields.items()
}
_CONTEXT: Final = _CHECKS["ObjectEvent", "@context"]
