"""One codec for every frozen dataclass of the domain: to plain JSON values and back, strictly.

A field is a `str`, `int`, `bool`, string enum, `date`, `datetime` (RFC 3339), `Decimal` (as a string), a type with
`parse(text)` and `str()`, another dataclass, a `Mapping` (a JSON object that stays as it came), an optional of these,
or a `tuple[X, ...]` of them. Unknown and missing fields are refused with the place; a field that equals its default is
still written, so that one value has one form.
"""

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, TypeVar

from provenance.domain.errors import Malformed
from provenance.domain.instant import format_instant, parse_instant

T = TypeVar("T")


def encode(value: Any) -> Any:
    """Return `value` (a dataclass, a named tuple or a field) as plain JSON values; absent optionals are left out."""
    if dataclasses.is_dataclass(value) and not hasattr(type(value), "parse"):
        fields = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {name: encode(content) for name, content in fields if content is not None}
    if isinstance(value, tuple):
        return _sequence(value)
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bool | int | Mapping) or value is None:
        return value
    return str(value)


def _sequence(value: tuple[Any, ...]) -> Any:
    names = getattr(value, "_fields", None)
    if names is None:
        return [encode(element) for element in value]
    return {name: encode(content) for name, content in zip(names, value, strict=True) if content is not None}


def decode(kind: type[T], value: Any) -> T:
    """Return the dataclass `kind` that `value`, a JSON object, spells.

    Raises `Malformed` (`arguments.*`, or what a field's own type raises) with the pointer of the place.
    """
    if not isinstance(value, Mapping):
        raise Malformed("arguments.type", f"expected an object, got {_name(value)}")
    decoders = _decoders(typing.cast("Any", kind))
    unknown = sorted(set(value) - set(decoders))
    if unknown:
        raise Malformed("arguments.unknown", f"unknown field {unknown[0]!r}", f"/{escape(unknown[0])}")
    missing = sorted(name for name, (_, required) in decoders.items() if required and name not in value)
    if missing:
        raise Malformed("arguments.missing", f"missing field {missing[0]!r}", f"/{missing[0]}")
    content = {}
    for name, raw in value.items():
        try:
            content[name] = decoders[name][0](raw)
        except Malformed as error:
            raise error.under(f"/{name}") from None
    return kind(**content)


def escape(token: str) -> str:
    """Return one reference token of a JSON pointer (RFC 6901, section 3)."""
    return token.replace("~", "~0").replace("/", "~1")


@functools.cache
def _decoders(kind: type[Any]) -> dict[str, tuple[Callable[[Any], Any], bool]]:
    hints = typing.get_type_hints(kind)
    missing = dataclasses.MISSING
    return {
        field.name: (_decoder(hints[field.name]), field.default is missing and field.default_factory is missing)
        for field in dataclasses.fields(kind)
        if field.init
    }


def _decoder(hint: Any) -> Callable[[Any], Any]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        (inner,) = (_decoder(argument) for argument in arguments if argument is not type(None))
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        return functools.partial(_tuple, _decoder(arguments[0]))
    if origin is Mapping:
        return _object
    if isinstance(hint, typing.NewType):
        return _decoder(hint.__supertype__)
    return _scalar(hint)


def _scalar(hint: Any) -> Callable[[Any], Any]:
    if hint in (bool, int):
        return functools.partial(_exactly, hint)
    if hint is str:
        return functools.partial(_exactly, str)
    if hasattr(hint, "parse"):
        return lambda value: hint.parse(_exactly(str, value))
    if dataclasses.is_dataclass(hint):
        return functools.partial(decode, typing.cast("type[Any]", hint))
    if hint is datetime:
        return lambda value: parse_instant(_exactly(str, value))
    readers: dict[Any, Callable[[str], Any]] = {date: date.fromisoformat, Decimal: Decimal}
    reader = readers.get(hint, hint)
    return lambda value: _read(reader, hint.__name__, _exactly(str, value))


def _read(reader: Callable[[str], Any], name: str, text: str) -> Any:
    try:
        return reader(text)
    except (ValueError, InvalidOperation):
        raise Malformed("arguments.value", f"{text!r} is not a valid {name}") from None


def _exactly(kind: type[T], value: Any) -> T:
    if type(value) is not kind:
        raise Malformed("arguments.type", f"expected {kind.__name__}, got {_name(value)}")
    return value


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Malformed("arguments.type", f"expected an object, got {_name(value)}")
    return value


def _tuple(element: Callable[[Any], Any], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise Malformed("arguments.type", f"expected a list, got {_name(value)}")
    content = []
    for index, raw in enumerate(value):
        try:
            content.append(element(raw))
        except Malformed as error:
            raise error.under(f"/{index}") from None
    return tuple(content)


def _name(value: Any) -> str:
    return "null" if value is None else type(value).__name__
