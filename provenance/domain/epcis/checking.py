"""The compiled check of a form: None for a well-formed value, at the price of a few dictionary look-ups; else every
issue in it.

Formats are asserted: a URI is one by RFC 3986, a date-time one by RFC 3339 that is in the calendar.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from ipaddress import AddressValueError, IPv6Address
from typing import Any, Final

from provenance.domain import canonical
from provenance.domain.canonical import Number
from provenance.domain.epcis.context import Scope
from provenance.domain.epcis.form import (
    AnyOf,
    Anything,
    Boolean,
    Form,
    Issue,
    Listing,
    Mapped,
    Names,
    Numeric,
    OneOf,
    Record,
    Repeats,
    Rule,
    Text,
    Time,
    Uri,
    Word,
)
from provenance.domain.epcis.moment import in_milliseconds
from provenance.domain.errors import Malformed

Check = Callable[[Any, Scope], list[Issue] | None]

_WORDS: Final = r"A-Za-z0-9\-._~!$&'()*+,;="
_URI: Final = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.\-]*+:"
    rf"(?://(?:(?:[{_WORDS}:]++|%[0-9A-Fa-f]{{2}})*+@)?(?:\[([^\]]*)\]|(?:[{_WORDS}]++|%[0-9A-Fa-f]{{2}})*+)(?::[0-9]*+)?(?![^/?#])"
    rf"|(?!//))"
    rf"(?:[{_WORDS}:@/]++|%[0-9A-Fa-f]{{2}})*+"
    rf"(?:\?(?:[{_WORDS}:@/?]++|%[0-9A-Fa-f]{{2}})*+)?"
    rf"(?:\#(?:[{_WORDS}:@/?]++|%[0-9A-Fa-f]{{2}})*+)?"
)
_SIMPLE: Final = rf"(?:urn:|https?://[A-Za-z0-9.\-]++/)[{_WORDS}:@/]++"
_SIMPLE_LIST: Final = re.compile(rf"(?:{_SIMPLE} )*+{_SIMPLE}")
"""The URIs that most lists hold, written one after the other with spaces between: a whole list in one match."""
_FUTURE: Final = re.compile(rf"[vV][0-9A-Fa-f]+\.[{_WORDS}:]+")


def is_uri(text: str) -> bool:
    """Return whether `text` is a URI with its scheme (RFC 3986, section 3)."""
    match = _URI.fullmatch(text)
    return match is not None and (match.lastindex is None or _is_address(match[1]))


def _is_address(text: str) -> bool:
    if _FUTURE.fullmatch(text):
        return True
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return "%" not in text


def compiled(form: Form) -> Check:
    """Return the check of a form."""
    leaf = _LEAVES.get(type(form))
    return _COMPILERS[type(form)](form) if leaf is None else leaf(form)[1]


def _wrong(value: Any, expected: str) -> list[Issue]:
    return [Issue("", "epcis.type", f"expected {expected}, got {_described(value)}")]


def _described(value: Any) -> str:
    kinds = {
        dict: "an object",
        list: "an array",
        str: "a string",
        bool: "a boolean",
        int: "a number",
        Number: "a number",
    }
    return kinds.get(type(value), "null")


def _typed(kind: type, expected: str, value: Any, _: Scope) -> list[Issue] | None:
    return None if type(value) is kind else _wrong(value, expected)


def _numeric(value: Any, _: Scope) -> list[Issue] | None:
    return None if type(value) is int or type(value) is Number else _wrong(value, "a number")


def _time(value: Any, _: Scope) -> list[Issue] | None:
    if type(value) is not str:
        return _wrong(value, "a date-time as a string")
    try:
        in_milliseconds(value)
    except Malformed as error:
        return [Issue("", error.code, error.detail)]
    return None


class _Known(dict[str, bool]):
    """Remembers what a test said of a string; what repeats (places, parties, units) is tested once."""

    def __init__(self, test: Callable[[str], bool]) -> None:
        super().__init__()
        self._test = test

    def __missing__(self, text: str) -> bool:
        if len(text) > _LONGEST:
            return self._test(text)
        if len(self) > _REMEMBERED:
            self.clear()
        found = self[text] = self._test(text)
        return found


_REMEMBERED: Final = 20_000
_LONGEST: Final = 200
_REMEMBERED_LISTS: Final = 256
_LONGEST_LIST: Final = 2_000
"""What is longer is tested each time, so that nobody fills the memory with it."""


_Leaf = tuple[_Known, Check]
"""What is known of strings of a form, to be looked up where they stand, and the check that says what is wrong."""


def _text(form: Text) -> _Leaf:
    pattern = re.compile(form.pattern or "(?s:.*)", re.ASCII)
    known = _Known(lambda text: pattern.fullmatch(text) is not None)

    def check(value: Any, _: Scope) -> list[Issue] | None:
        if type(value) is not str:
            return _wrong(value, "a string")
        return (
            None if known[value] else [Issue("", "epcis.value", f"{value!r} does not have the form {pattern.pattern}")]
        )

    return known, check


def _one_of(choices: tuple[str, ...]) -> _Leaf:
    known = _Known(choices.__contains__)

    def check(value: Any, _: Scope) -> list[Issue] | None:
        if value in choices:
            return None
        if type(value) is not str:
            return _wrong(value, "a string")
        return [Issue("", "epcis.value", f"{value!r} is not one of {', '.join(choices)}")]

    return known, check


def _word(words: frozenset[str], never: tuple[str, ...]) -> _Leaf:
    known = _Known(lambda text: text in words or (is_uri(text) and not text.startswith(never)))

    def check(value: Any, _: Scope) -> list[Issue] | None:
        if type(value) is not str:
            return _wrong(value, "a string")
        if known[value]:
            return None
        expected = "neither a word of the standard's list nor a URI" if words else "not a URI"
        barred = " that may stand here" if never else ""
        return [Issue("", "epcis.value", f"{value!r} is {expected}{barred}")]

    return known, check


def _any_of(checks: tuple[Check, ...]) -> Check:
    """Return the check of a choice; a list that is well-formed, as a document's context, is looked at once."""
    sound: set[tuple[bytes, Scope]] = set()

    def check(value: Any, scope: Scope) -> list[Issue] | None:
        if type(value) is not list:
            return choose(value, scope)
        key = (canonical.dump(value), scope)
        if key in sound:
            return None
        issues = choose(value, scope)
        if issues is None and len(key[0]) <= _LONGEST_LIST:
            if len(sound) > _REMEMBERED_LISTS:
                sound.clear()
            sound.add(key)
        return issues

    def choose(value: Any, scope: Scope) -> list[Issue] | None:
        found: list[Issue] | None = None
        for each in checks:
            issues = each(value, scope)
            if issues is None:
                return None
            if found is None or issues[0].code != "epcis.type":
                found = issues
        return found

    return check


def _listing(form: Listing) -> Check:
    item, least, once = compiled(form.item), form.least, form.repeats is Repeats.REFUSED
    plain = form.item == Uri()

    def check(value: Any, scope: Scope) -> list[Issue] | None:
        if type(value) is not list:
            return _wrong(value, "an array")
        if plain and len(value) >= least and _are_usual_uris(value) and not (once and _repeats(value)):
            return None
        issues: list[Issue] = []
        for index, element in enumerate(value):
            found = item(element, scope)
            if found is not None:
                issues += [issue.under(index) for issue in found]
        if len(value) < least:
            issues.append(Issue("", "epcis.value", f"expected at least {least} element(s)"))
        if once and len(value) > 1 and _repeats(value):
            issues.append(Issue("", "epcis.value", "the same element occurs twice"))
        return issues or None

    return check


def _are_usual_uris(value: list[Any]) -> bool:
    try:
        written = " ".join(value)
    except TypeError:
        return False
    return written.count(" ") == len(value) - 1 and _SIMPLE_LIST.fullmatch(written) is not None


def _repeats(value: list[Any]) -> bool:
    try:
        return len(set(value)) != len(value)
    except TypeError:
        return len({canonical.dump(element) for element in value}) != len(value)


def _record(form: Record) -> Check:
    leaves = {name: _LEAVES[type(inner)](inner) for name, inner in form.fields.items() if type(inner) in _LEAVES}
    table = {name: leaves[name][1] if name in leaves else compiled(inner) for name, inner in form.fields.items()}
    known = {name: leaf[0] for name, leaf in leaves.items()}
    required, rules, others = form.required, form.rules, _OTHERS[form.names]
    needed = frozenset(required)

    def check(value: Any, scope: Scope) -> list[Issue] | None:
        if type(value) is not dict:
            return _wrong(value, "an object")
        issues: list[Issue] = []
        for name, content in value.items():
            if type(content) is str and name in known and known[name][content]:
                continue
            inner = table.get(name)
            found = inner(content, scope) if inner is not None else others(name, scope)
            if found is not None:
                issues += [issue.under(name) for issue in found]
        if not value.keys() >= needed:
            issues += [Issue("", "epcis.missing", f"missing field {name!r}") for name in required if name not in value]
        return _together(value, rules, issues) or None

    return check


def _together(value: Mapping[str, Any], rules: tuple[Rule, ...], issues: list[Issue]) -> list[Issue]:
    for rule in rules:
        found = rule.find(value)
        if found is not None:
            issues.append(found)
    return issues


def _no_other(name: str, _: Scope) -> list[Issue] | None:
    return [Issue("", "epcis.unknown_field", f"unknown field {name!r}")]


def _any_value(_value: Any, _: Scope) -> list[Issue] | None:
    return None


def _any_other(_name: str, _: Scope) -> list[Issue] | None:
    return None


def _extension(name: str, scope: Scope) -> list[Issue] | None:
    return _named(name, scope) if len(name) <= _LONGEST else _named.__wrapped__(name, scope)


@lru_cache(maxsize=16_384)
def _named(name: str, scope: Scope) -> list[Issue] | None:
    if ":" not in name:
        return [Issue("", "epcis.unknown_field", f"unknown field {name!r}: an extension has a prefix")]
    if not is_uri(name):
        return [Issue("", "epcis.field_name", f"{name!r} has not the form of a URI or CURIE")]
    if not scope.declares(name):
        return [Issue("", "epcis.undeclared_prefix", f"the prefix of {name!r} is not declared in @context")]
    return None


_OTHERS: Final[Mapping[Names, Callable[[str, Scope], list[Issue] | None]]] = {
    Names.NONE: _no_other,
    Names.EXTENSIONS: _extension,
    Names.ANY: _any_other,
}


_LEAVES: Final[Mapping[type, Callable[[Any], _Leaf]]] = {
    Word: lambda form: _word(frozenset(form.words.words), form.never),
    Uri: lambda form: _word(frozenset(), form.never),
    Text: _text,
    OneOf: lambda form: _one_of(form.words),
}
"""The forms of strings."""

_COMPILERS: Final[Mapping[type, Callable[[Any], Check]]] = {
    Record: _record,
    Listing: _listing,
    AnyOf: lambda form: _any_of(tuple(compiled(each) for each in form.forms)),
    Time: lambda _: _time,
    Numeric: lambda _: _numeric,
    Boolean: lambda _: partial(_typed, bool, "true or false"),
    Mapped: lambda _: partial(_typed, dict, "an object"),
    Anything: lambda _: _any_value,
}
