"""Compressed GS1 Digital Link URIs, both ways (GS1 Digital Link standard 1.1, chapter 10; 1.2, Compression).

A compressed link is one path segment in URL-safe base64 (RFC 4648, 5): bits that hold AIs as hexadecimal digits, codes
for sequences of AIs that often come together, and values as numbers, or as characters of 4, 6 or 7 bits. It names a
whole link, or what follows an uncompressed primary key. Which AI's value has which components follows from its form in
the table of AIs: neighbouring components of digits count as one.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from provenance.domain.errors import Malformed
from provenance.domain.gs1 import link
from provenance.domain.gs1.ai import AIS, may_exist
from provenance.domain.gs1.elements import Element
from provenance.domain.gs1.escaping import escape_query, unescape_path

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_HEX = "0123456789ABCDEF"
_SEGMENT = re.compile("[0-9A-Za-z_-]{4,}")
_PARTIAL = re.compile("/([0-9]{2,4})/([^/]+)/([0-9A-Za-z_-]{2,})")
_URI = re.compile(rf"(?P<domain>(?:https?|HTTPS?)://(?:{link.DOMAIN}))(?P<path>/[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?")
_CODE_BITS = 8
_PAIR_BITS, _NAME_BITS, _KIND_BITS = 4, 7, 3
_FOREIGN = 0xF
"""The first digit of a pair that is no AI: its name and its value."""

_TOGETHER = {
    0x0A: "01 22", 0x0B: "01 10", 0x0C: "01 21", 0x0D: "01 17", 0x0E: "01 7003", 0x0F: "01 30", 0x1A: "01 10 21 17",
    0x1B: "01 15", 0x1C: "01 11", 0x1D: "01 16", 0x1E: "01 91", 0x1F: "01 10 15",
    **{0x2A + places: f"01 310{places}" for places in range(6)},
    **{0x3A + places: f"01 320{places}" for places in range(6)},
    0x9A: "8010 8011", 0x9B: "8017 8019", 0x9C: "8018 8019", 0x9D: "414 254",
    **{0xA0 + places: f"01 392{places}" for places in range(10)},
    **{0xC0 + places: f"255 390{places}" for places in range(10)},
    **{0xCA + places: f"255 394{places}" for places in range(4)},
}  # fmt: skip
"""The codes of AIs that come together, in the order of their values."""


@dataclass(frozen=True, slots=True)
class _Component:
    """A part of a value: of digits or of any characters, and its length, or its greatest where it varies."""

    digits: bool
    length: int
    varies: bool


@dataclass(frozen=True, slots=True)
class _Encoding:
    """How characters are written: bits of each, and the characters in the order of their numbers (none: ASCII)."""

    bits: int
    characters: str
    form: re.Pattern[str]


_ENCODINGS = (
    _Encoding(0, "", re.compile("0|[1-9][0-9]*")),
    _Encoding(4, _HEX.lower(), re.compile("[0-9a-f]*")),
    _Encoding(4, _HEX, re.compile("[0-9A-F]*")),
    _Encoding(6, _ALPHABET, re.compile("[0-9A-Za-z_-]*")),
    _Encoding(7, "".join(map(chr, range(128))), re.compile("[\\x00-\\x7f]*")),
)
"""By their numbers; the first writes all digits as one number."""


class _Bits:
    """Bits that are read from the left."""

    def __init__(self, segment: str) -> None:
        self._number = 0
        for character in segment:
            self._number = self._number << 6 | _ALPHABET.index(character)
        self.left = 6 * len(segment)

    def take(self, count: int) -> int:
        """Return the next bits as a number; raises `Malformed` where there are not that many."""
        if count > self.left:
            raise _unreadable("it ends inside a value")
        self.left -= count
        return self._number >> self.left & (1 << count) - 1


def decompress(path: str) -> str | None:
    """Return the path and query of the link that a path stands for, None where the path is not compressed.

    Raises `Malformed` (`identifier.form`) for a compressed path that cannot be read.
    """
    partial = _PARTIAL.fullmatch(path)
    if partial is not None and AIS.get(partial[1]) is not None and partial[3] not in AIS:
        return _written(((partial[1], unescape_path(partial[2])), *_read(partial[3])))
    segment = path.removeprefix("/")
    return _written(tuple(_read(segment))) if _SEGMENT.fullmatch(segment) else None


def expand(uri: str) -> str | None:
    """Return the link that a compressed link on any domain stands for, its own query kept, None where it is none.

    Raises `Malformed` (`identifier.form`).
    """
    match = _URI.fullmatch(uri)
    path = decompress(match["path"]) if match is not None else None
    if match is None or path is None:
        return None
    query = match["query"]
    return match["domain"] + path + (("&" if "?" in path else "?") + query if query else "")


def compress(elements: Sequence[Element], others: Sequence[Element] = ()) -> str:
    """Return the path segment of a link's elements and of the other pairs of its query."""
    left, written = dict(elements), ""
    while left:
        codes = [(code, each.split()) for code, each in _TOGETHER.items()]
        fitting = [(code, ais) for code, ais in codes if ais[0] == next(iter(left)) and set(ais) <= set(left)]
        code, ais = max(fitting, key=lambda each: len(each[1]), default=(0, []))
        if ais:
            written += f"{code:08b}"
        else:
            ais = [next(iter(left))]
            written += "".join(f"{int(digit):04b}" for digit in ais[0])
        written += "".join(_value_bits(ai, left.pop(ai)) for ai in ais)
    written += "".join(_pair_bits(name, value) for name, value in others)
    written += "0" * (-len(written) % 6)
    return "".join(_ALPHABET[int(written[at : at + 6], 2)] for at in range(0, len(written), 6))


def _read(segment: str) -> Iterator[Element]:
    """Yield the elements, and the pairs that are no AIs; fewer bits than a code's are padding."""
    bits = _Bits(segment)
    while bits.left > _CODE_BITS:
        code = bits.take(_CODE_BITS)
        if code >> _PAIR_BITS == _FOREIGN:
            yield _pair(bits, code)
        elif code in _TOGETHER:
            yield from ((ai, _value(ai, bits)) for ai in _TOGETHER[code].split())
        else:
            ai = _ai(f"{code:02X}", bits)
            yield ai, _value(ai, bits)


def _ai(begun: str, bits: _Bits) -> str:
    """Return the AI whose first two digits were read: how many more it has, these two tell."""
    code = begun
    size = next((len(ai) for ai in AIS if ai[:2] == begun), 0)
    while len(code) < size:
        code += _HEX[bits.take(4)]
    if code not in AIS:
        raise _unreadable(f"it holds ({code}), which is not a GS1 Application Identifier")
    return code


def _value(ai: str, bits: _Bits) -> str:
    return "".join(_part(component, bits) for component in _layout(ai))


def _part(component: _Component, bits: _Bits) -> str:
    kind = 0 if component.digits else bits.take(_KIND_BITS)
    length = bits.take(component.length.bit_length()) if component.varies else component.length
    return _characters(kind, length, bits)


def _characters(kind: int, length: int, bits: _Bits) -> str:
    if kind >= len(_ENCODINGS):
        raise _unreadable("it holds a value in an encoding that there is not")
    if kind == 0:
        return f"{bits.take(_digit_bits(length)):0{length}d}" if length else ""
    encoding = _ENCODINGS[kind]
    return "".join(encoding.characters[bits.take(encoding.bits)] for _ in range(length))


def _pair(bits: _Bits, code: int) -> Element:
    """Return a pair of the query that is no AI: the code's last bits begin the length of its name."""
    length = (code & 0xF) << 3 | bits.take(_NAME_BITS - _PAIR_BITS)
    name = "".join(_ALPHABET[bits.take(6)] for _ in range(length))
    kind = bits.take(_KIND_BITS)
    return name, _characters(kind, bits.take(_NAME_BITS), bits)


def _written(elements: Iterable[Element]) -> str:
    """Return path and query; what is neither the key nor may follow it in a path stands in the query."""
    pairs = tuple(elements)
    known = [each for each in pairs if each[0] in AIS]
    found = link.named(known)
    inside = (found.key, *found.qualifiers)
    attributes = tuple(each for each in known if each not in inside)
    others = [f"{name}={escape_query(value)}" for name, value in pairs if name not in AIS and not may_exist(name)]
    written = link.DigitalLink(found.key, found.qualifiers, attributes).uri("")
    return written + ("&" if attributes else "?") * bool(others) + "&".join(others)


def _value_bits(ai: str, value: str) -> str:
    written, at = "", 0
    *others, last = _layout(ai)
    for component in (*others, last):
        end = len(value) if component is last else at + component.length
        written += _part_bits(component, value[at:end])
        at = end
    return written


def _part_bits(component: _Component, text: str) -> str:
    kind = 0 if component.digits else _kind(text)
    length = f"{len(text):0{component.length.bit_length()}b}" if component.varies else ""
    return ("" if component.digits else f"{kind:03b}") + length + _character_bits(kind, text)


def _pair_bits(name: str, value: str) -> str:
    letters = "".join(f"{_ALPHABET.index(each):06b}" for each in name)
    kind = _kind(value)
    return f"1111{len(name):07b}{letters}{kind:03b}{len(value):07b}" + _character_bits(kind, value)


def _kind(text: str) -> int:
    """Return the number of the encoding that takes the fewest bits; digits with a leading zero are no number."""
    return next(number for number, each in enumerate(_ENCODINGS) if each.form.fullmatch(text))


def _character_bits(kind: int, text: str) -> str:
    if kind == 0:
        return f"{int(text):0{_digit_bits(len(text))}b}" if text else ""
    encoding = _ENCODINGS[kind]
    return "".join(f"{encoding.characters.index(each):0{encoding.bits}b}" for each in text)


def _digit_bits(length: int) -> int:
    """Return how many bits any number of so many digits needs."""
    greatest: int = 10**length - 1
    return greatest.bit_length()


@cache
def _layout(ai: str) -> tuple[_Component, ...]:
    """Return the components of an AI's value as they are compressed: those of one kind that can be told apart."""
    found: list[_Component] = []
    for form in AIS[ai].components:
        digits, varies, length = form[0] == "N", ".." in form, int(form[1:].removeprefix(".."))
        before = found[-1] if found else None
        if before is not None and before.digits is digits and (before.varies is varies or not digits):
            found[-1] = _Component(digits, before.length + length, varies)
        else:
            found.append(_Component(digits, length, varies))
    return tuple(found)


def _unreadable(why: str) -> Malformed:
    return Malformed("identifier.form", f"this is no compressed GS1 Digital Link: {why}")
