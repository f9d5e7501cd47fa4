"""A small language for the form of JSON values: one declaration, from which a compiled check and a JSON schema come.

The nodes are plain data. `checking.compiled` turns one into a fast check, `schema` into JSON Schema for the API's
documentation.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from provenance.domain.codec import escape
from provenance.domain.epcis.vocabulary import WordList


@dataclass(frozen=True, slots=True)
class Issue:
    """What is wrong with a value, and where in it (JSON pointer)."""

    pointer: str
    code: str
    detail: str

    def under(self, token: str | int) -> "Issue":
        """Return the same issue seen from the value that holds this one under `token`."""
        return Issue(f"/{escape(str(token))}{self.pointer}", self.code, self.detail)


class Names(StrEnum):
    """Which names an object may have beside the declared ones."""

    NONE = "none"
    EXTENSIONS = "extensions"
    """CURIEs with a declared prefix, and absolute URIs."""
    ANY = "any"


class Repeats(StrEnum):
    """Whether an array may hold the same element twice."""

    TAKEN = "taken"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Text:
    """A string, matching a pattern as a whole where one is given."""

    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few strings."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Uri:
    """A URI with its scheme (RFC 3986); a CURIE has that form too. It begins with none of `never`."""

    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """A bare word of a closed list, or a URI that begins with none of `never`."""

    words: WordList
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Time:
    """An RFC 3339 date-time with its offset."""


@dataclass(frozen=True, slots=True)
class Numeric:
    """A JSON number."""


@dataclass(frozen=True, slots=True)
class Boolean:
    """true or false."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """An object whose content is not looked at."""


@dataclass(frozen=True, slots=True)
class Anything:
    """Any JSON value; it is looked at elsewhere."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """A value that has one of several forms."""

    forms: tuple["Form", ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """An array of at least `least` elements."""

    item: "Form"
    least: int = 0
    repeats: Repeats = Repeats.TAKEN


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition on an object's fields together: the issue it finds, and how JSON Schema says it."""

    find: Callable[[Mapping[str, Any]], Issue | None]
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """An object."""

    fields: Mapping[str, "Form"]
    required: tuple[str, ...] = ()
    names: Names = Names.NONE
    rules: tuple[Rule, ...] = ()


Form = Text | OneOf | Uri | Word | Time | Numeric | Boolean | Mapped | Anything | AnyOf | Listing | Record


def schema(form: Form) -> dict[str, Any]:
    """Return the form as JSON Schema."""
    if isinstance(form, Record):
        return _object(form)
    if isinstance(form, Listing):
        unique = {"uniqueItems": True} if form.repeats is Repeats.REFUSED else {}
        least = {"minItems": form.least} if form.least else {}
        return {"type": "array", "items": schema(form.item), **least, **unique}
    if isinstance(form, AnyOf):
        return {"anyOf": [schema(each) for each in form.forms]}
    if isinstance(form, Word):
        return {"anyOf": [{"type": "string", "enum": list(form.words.words)}, schema(Uri(form.never))]}
    return _scalar(form)


def _object(form: Record) -> dict[str, Any]:
    written: dict[str, Any] = {
        "type": "object",
        "properties": {name: schema(each) for name, each in form.fields.items()},
    }
    if form.required:
        written["required"] = list(form.required)
    if form.names is Names.NONE:
        written["additionalProperties"] = False
    if form.names is Names.EXTENSIONS:
        written["patternProperties"] = {":": {}}
        written["additionalProperties"] = False
    if form.rules:
        written["allOf"] = [dict(rule.schema) for rule in form.rules]
    return written


def _scalar(form: Form) -> dict[str, Any]:
    if isinstance(form, Text):
        return {"type": "string"} | ({} if form.pattern is None else {"pattern": f"^{form.pattern}$"})
    if isinstance(form, OneOf):
        return {"type": "string", "enum": list(form.words)}
    if isinstance(form, Uri):
        barred = {"not": {"pattern": f"^({'|'.join(form.never)})"}} if form.never else {}
        return {"type": "string", "format": "uri"} | barred
    return dict(_PLAIN[type(form)])


_PLAIN: Mapping[type, dict[str, str]] = {
    Time: {"type": "string", "format": "date-time"},
    Numeric: {"type": "number"},
    Boolean: {"type": "boolean"},
    Mapped: {"type": "object"},
    Anything: {},
}
