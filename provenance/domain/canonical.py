"""JSON as the ledger keeps it: read strictly, written in one form, no digit lost.

Reading refuses what readers disagree about: duplicate names, bytes that are not UTF-8, NaN and infinities, lone
surrogates, and nesting beyond a bound. Small integers become `int`; every other number keeps its literal as a `Number`,
so that 2^64, `1.50` and `1e3` come out as they came in. Writing sorts names by code point and puts no whitespace;
`dump(parse(body))` is therefore the same for every body that spells the same value with the same literals.
"""

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NoReturn

import orjson

from provenance.domain.codec import escape
from provenance.domain.errors import Malformed

DEEPEST: Final = 64
"""How many levels a text may nest, unless its reader says otherwise."""
_SMALL: Final = 15
"""Integers of up to this many characters are exact in every JSON reader (below 2^53)."""
_LONGEST_EXPONENT: Final = 9
"""Digits; beyond some more a decimal could not hold the value, so that no reader of the ledger could say what it is."""


class Number:
    """A JSON number kept as its literal; equal only to the same literal."""

    __slots__ = ("literal",)

    def __init__(self, literal: str) -> None:
        self.literal = literal

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and other.literal == self.literal

    def __hash__(self) -> int:
        return hash((Number, self.literal))

    def __repr__(self) -> str:
        return f"Number({self.literal!r})"

    @property
    def decimal(self) -> Decimal:
        """The exact value."""
        return Decimal(self.literal)


def parse(body: bytes, *, max_depth: int = DEEPEST) -> Any:
    """Return the value of a JSON text (RFC 8259), read strictly.

    Raises `Malformed`: `json.encoding`, `json.syntax` (with line and column), `json.duplicate` (with the pointer of the
    name), `json.depth`, `json.number` (an exponent that nobody can hold; RFC 8259, section 6, allows a limit).
    """
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Malformed("json.encoding", f"byte {error.start} is not UTF-8: {error.reason}") from None
    try:
        value = _DECODER.decode(text)
    except _Duplicate:
        raise _duplicate(text) from None
    except RecursionError:
        raise _too_deep(max_depth) from None
    except json.JSONDecodeError as error:
        raise Malformed("json.syntax", f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    if b"\\u" in body:
        _refuse_surrogates(value, max_depth)
    if body.count(b"{") + body.count(b"[") > max_depth:  # fewer brackets cannot nest deeper: most texts need no walk
        refuse_depth(value, max_depth)
    return value


def dump(value: Any) -> bytes:
    """Return the canonical bytes: names sorted by code point, no whitespace, UTF-8, number literals as they came."""
    return orjson.dumps(value, default=_literal, option=orjson.OPT_SORT_KEYS)


def readable(value: Any) -> bytes:
    """Return a value as JSON for people: indented, names in the order that they have, number literals as they came."""
    return orjson.dumps(value, default=_literal, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def digest(body: bytes) -> str:
    """Return the SHA-256 of `body` as hex."""
    return hashlib.sha256(body).hexdigest()


def refuse_depth(value: Any, max_depth: int) -> None:
    """Raise `Malformed` (`json.depth`) for a value that nests deeper than `max_depth` levels."""
    level = [value]
    for _ in range(max_depth):
        level = [
            child
            for parent in level
            if (kind := type(parent)) is dict or kind is list
            for child in (parent.values() if kind is dict else parent)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return
    raise _too_deep(max_depth)


class _Duplicate(Exception):
    """Stops the reader at an object with a repeated name; the second pass finds its place."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise _Duplicate
    return content


def _repeated(pairs: list[tuple[str, Any]]) -> str:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            return name
        seen.add(name)
    return ""


def _integer(literal: str) -> int | Number:
    return int(literal) if len(literal) <= _SMALL and literal != "-0" else Number(literal)


def _decimal(literal: str) -> Number:
    exponent = literal.lower().partition("e")[2].lstrip("+-")
    if len(exponent) > _LONGEST_EXPONENT:
        raise Malformed("json.number", f"an exponent has at most {_LONGEST_EXPONENT} digits, got {len(exponent)}")
    return Number(literal)


def _constant(literal: str) -> NoReturn:
    raise Malformed("json.syntax", f"{literal} is not a JSON value")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_decimal, parse_int=_integer, parse_constant=_constant
)


def _literal(value: Any) -> orjson.Fragment:
    if type(value) is Number:
        return orjson.Fragment(value.literal)
    raise TypeError(f"{type(value).__name__} is not a JSON value")


def _too_deep(max_depth: int) -> Malformed:
    return Malformed("json.depth", f"nested deeper than {max_depth} levels")


def _refuse_surrogates(value: Any, max_depth: int) -> None:
    refuse_depth(value, max_depth)
    stack = [("", value)]
    while stack:
        pointer, node = stack.pop()
        if isinstance(node, str):
            _refuse_surrogate(node, pointer)
        elif isinstance(node, Mapping):
            for name, child in node.items():
                _refuse_surrogate(name, pointer)
                stack.append((f"{pointer}/{escape(name)}", child))
        elif isinstance(node, list):
            stack.extend((f"{pointer}/{index}", child) for index, child in enumerate(node))


def _refuse_surrogate(text: str, pointer: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Malformed("json.encoding", "a lone surrogate is not a character", pointer) from None


class _Pairs(list[tuple[str, Any]]):
    """An object as its pairs, duplicates kept: what the second pass reads to find the place of one."""


def _duplicate(text: str) -> Malformed:
    try:
        pairs = json.JSONDecoder(object_pairs_hook=_Pairs, parse_float=_decimal, parse_int=Number).decode(text)
        pointer, name = _find_duplicate(pairs, "") or ("", "")
    except (RecursionError, json.JSONDecodeError):
        return Malformed("json.duplicate", "a name occurs twice in one object")
    return Malformed("json.duplicate", f"the name {name!r} occurs twice in one object", f"{pointer}/{escape(name)}")


def _find_duplicate(node: Any, pointer: str) -> tuple[str, str] | None:
    if isinstance(node, _Pairs):
        if len(dict(node)) != len(node):
            return pointer, _repeated(node)
        children = [(escape(name), child) for name, child in node]
    elif isinstance(node, list):
        children = [(str(index), child) for index, child in enumerate(node)]
    else:
        return None
    found = (_find_duplicate(child, f"{pointer}/{token}") for token, child in children)
    return next((place for place in found if place), None)
