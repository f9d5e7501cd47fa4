"""Schemas derived from the domain's dataclasses, for reading requests and for the description of the API.

The dataclass is the one truth: its fields, their types and what these take. A schema checks that every field is there
and of the right JSON type, and names every place that is wrong; what a value may be is checked by the domain's codec,
which makes the dataclass out of it. Nothing here knows any particular dataclass.
"""

import dataclasses
import functools
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NewType

from marshmallow import RAISE, Schema, fields, validate

from provenance.domain.acts.fields import Text, Word

_FORMATS: Mapping[Any, tuple[str, str]] = {
    date: ("date", "a day (RFC 3339, full-date)"),
    datetime: ("date-time", "a time with its zone (RFC 3339)"),
    Decimal: ("decimal", "a decimal number"),
}


_SCHEMAS: dict[Any, type[Schema]] = {}


def schema_of(kind: type[Any]) -> type[Schema]:
    """Return the schema of a dataclass, the same one each time."""
    if kind not in _SCHEMAS:
        _SCHEMAS[kind] = schema(kind.__name__, inspect.getdoc(kind) or "", fields_of(kind))
    return _SCHEMAS[kind]


def fields_of(kind: type[Any], without: frozenset[str] = frozenset()) -> dict[str, fields.Field[Any]]:
    """Return the fields of a dataclass by name, less those that come from elsewhere."""
    hints = typing.get_type_hints(kind)
    return {
        each.name: _field(hints[each.name], each)
        for each in dataclasses.fields(kind)
        if each.name not in without and each.init
    }


def schema(name: str, description: str, members: Mapping[str, fields.Field[Any]]) -> type[Schema]:
    """Return a schema of a name with its description and fields; unknown fields are refused."""
    meta = type("Meta", (), {"unknown": RAISE, "description": _flowing(description)})
    return type(name, (Schema,), {**members, "Meta": meta, "__doc__": description})


def required(each: "dataclasses.Field[Any]") -> bool:
    """Return whether a dataclass's field has no default."""
    return each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING


def _field(hint: Any, each: "dataclasses.Field[Any]") -> fields.Field[Any]:
    inner, optional = _unwrapped(hint)
    return _of(inner)(required=required(each), allow_none=optional)


def _unwrapped(hint: Any) -> tuple[Any, bool]:
    if typing.get_origin(hint) not in (types.UnionType, typing.Union):
        return hint, False
    (inner,) = (argument for argument in typing.get_args(hint) if argument is not type(None))
    return inner, True


def _of(hint: Any) -> Callable[..., fields.Field[Any]]:
    """Return what makes the field of a type, given whether it is required and may be null."""
    if typing.get_origin(hint) is tuple:
        element = _of(typing.get_args(hint)[0])()
        return functools.partial(fields.List, element)
    if typing.get_origin(hint) is Mapping:
        return functools.partial(fields.Dict, metadata={"description": "a JSON object, kept as it came"})
    if isinstance(hint, NewType):
        about = {"description": _sentence(hint) or "a canonical GS1 Digital Link", "format": "uri"}
        return functools.partial(fields.String, metadata=about)
    if hint is int:
        return functools.partial(fields.Integer, strict=True)
    if dataclasses.is_dataclass(hint) and not hasattr(hint, "parse"):
        return functools.partial(fields.Nested, schema_of(typing.cast("type[Any]", hint)))
    return _text(hint)


def _text(hint: Any) -> Callable[..., fields.Field[Any]]:
    if hint in _FORMATS:
        form, meaning = _FORMATS[hint]
        return functools.partial(fields.String, metadata={"format": form, "description": meaning})
    if issubclass(hint, Enum):
        values = [each.value for each in hint]
        about = {"description": _sentence(hint)}
        return functools.partial(fields.String, validate=validate.OneOf(values), metadata=about)
    if issubclass(hint, Text):
        return functools.partial(fields.String, metadata={"description": hint.says, "minLength": 1, "maxLength": 300})
    if issubclass(hint, Word):
        about = {"description": hint.says, "pattern": f"^(?:{hint.form.pattern})$"}
        return functools.partial(fields.String, metadata=about)
    return functools.partial(fields.String, metadata={} if hint is str else {"description": _sentence(hint)})


def _sentence(hint: Any) -> str:
    """Return the first sentence of a type's docstring as a phrase."""
    first = (getattr(hint, "__doc__", None) or "").strip().partition("\n")[0].rstrip(".")
    return first[:1].lower() + first[1:]


def _flowing(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))
