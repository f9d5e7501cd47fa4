"""GS1 identification keys as types: their form, their check digit and their canonical link (General Specifications, 3).

`parse` is strict: what a person types, registers or puts on a label has the right form and the right check digit. A
key that is one value is written as that value (`09520123456788`); a key that is made of two is written as its
bracketed element string (`(01)09520123456788(21)A1`). `link` is the one canonical link of what the key names.
Constructing a key from a value that is already known to be right judges nothing.
"""

import re
from dataclasses import dataclass
from typing import ClassVar, NewType, Self

from provenance.domain.errors import Malformed
from provenance.domain.gs1 import ai
from provenance.domain.gs1.digits import check_digit, check_pair, is_digits
from provenance.domain.gs1.escaping import escape_path

__all__ = [
    "CANONICAL_STEM", "KEYS", "Cpi", "Gdti", "Giai", "Ginc", "Gln", "Gmn", "Grai", "Gsin", "Gsrn", "Gsrnp",
    "Gtin", "Itip", "Key", "Lgtin", "Link", "Pgln", "Sgcn", "Sgln", "Sgtin", "Sscc", "Upui", "check_digit",
    "check_pair", "prefix_candidates",
]  # fmt: skip

Link = NewType("Link", str)
"""A canonical GS1 Digital Link URI, `https://id.gs1.org/...`: what names a thing everywhere inside."""

CANONICAL_STEM = "https://id.gs1.org"
_PREFIX_LENGTHS = range(4, 13)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """A key that is one value; each kind says its AI and where its company prefix begins (negative: it has none)."""

    value: str
    ai: ClassVar[str] = ""
    prefix_at: ClassVar[int] = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the key; raises `Malformed` (`identifier.form`, `identifier.check_digit`)."""
        ai.check(cls.ai, text)
        return cls(text)

    def __str__(self) -> str:
        return self.value

    @property
    def link(self) -> Link:
        """The canonical link of what the key names."""
        return Link(f"{CANONICAL_STEM}/{self.ai}/{escape_path(self.value)}")

    @property
    def prefix_digits(self) -> str:
        """The digits that begin with the company prefix, as `prefix_candidates` takes them."""
        return leading_digits(self.value[self.prefix_at :])


class Gtin(Key):
    """A Global Trade Item Number, kept as its 14 digits. Its link names the product and no item of it."""

    __slots__ = ()
    ai = "01"
    prefix_at = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take 8, 12, 13 or 14 digits; raises `Malformed` (`identifier.form`, `identifier.check_digit`)."""
        if len(text) not in (8, 12, 13, 14) or not is_digits(text):
            raise Malformed("identifier.form", f"{text!r} is not a GTIN: it has 8, 12, 13 or 14 digits")
        if (right := check_digit(text[:-1])) != text[-1]:
            raise Malformed("identifier.check_digit", f"the check digit of GTIN {text} should be {right}")
        return cls(text.zfill(14))


class Sscc(Key):
    """A Serial Shipping Container Code: 18 digits."""

    __slots__ = ()
    ai = "00"
    prefix_at = 1


class Gln(Key):
    """A Global Location Number of a physical location: 13 digits."""

    __slots__ = ()
    ai = "414"


class Pgln(Key):
    """A Global Location Number of a party: 13 digits."""

    __slots__ = ()
    ai = "417"


class Gsrn(Key):
    """A Global Service Relation Number of a recipient: 18 digits."""

    __slots__ = ()
    ai = "8018"


class Gsrnp(Key):
    """A Global Service Relation Number of a provider: 18 digits."""

    __slots__ = ()
    ai = "8017"


class Gsin(Key):
    """A Global Shipment Identification Number: 17 digits."""

    __slots__ = ()
    ai = "402"


class Ginc(Key):
    """A Global Identification Number for Consignment: prefix and reference, up to 30 characters, no check digit."""

    __slots__ = ()
    ai = "401"


class Giai(Key):
    """A Global Individual Asset Identifier: prefix and reference, up to 30 characters, no check digit."""

    __slots__ = ()
    ai = "8004"


class Gmn(Key):
    """A Global Model Number: up to 25 characters, the last two of them check characters."""

    __slots__ = ()
    ai = "8013"


class _Typed(Key):
    """A key of a type of things, with a serial after its check digit where it names one of them."""

    __slots__ = ()
    _type_length: ClassVar[int] = 13

    @property
    def serial(self) -> str | None:
        """What follows the check digit; without it the key names the type only."""
        return self.value[self._type_length :] or None


class Grai(_Typed):
    """A Global Returnable Asset Identifier: a zero, 13 digits, and a serial of up to 16 characters."""

    __slots__ = ()
    ai = "8003"
    prefix_at = 1
    _type_length = 14


class Gdti(_Typed):
    """A Global Document Type Identifier: 13 digits and a serial of up to 17 characters."""

    __slots__ = ()
    ai = "253"


class Sgcn(_Typed):
    """A Global Coupon Number: 13 digits and a serial of up to 12 digits."""

    __slots__ = ()
    ai = "255"


@dataclass(frozen=True, slots=True, order=True)
class Sgtin:
    """One item: a GTIN and a serial of up to 20 characters (AI 21)."""

    gtin: Gtin
    serial: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `(01)...(21)...`; raises `Malformed` (`identifier.form`, `identifier.check_digit`)."""
        gtin, serial = _pair("01", "21", text)
        return cls(Gtin(gtin), serial)

    def __str__(self) -> str:
        return f"(01){self.gtin}(21){self.serial}"

    @property
    def link(self) -> Link:
        """The canonical link of the item."""
        return Link(f"{self.gtin.link}/21/{escape_path(self.serial)}")


@dataclass(frozen=True, slots=True, order=True)
class Lgtin:
    """One lot of a product: a GTIN and a lot of up to 20 characters (AI 10)."""

    gtin: Gtin
    lot: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `(01)...(10)...`; raises `Malformed` (`identifier.form`, `identifier.check_digit`)."""
        gtin, lot = _pair("01", "10", text)
        return cls(Gtin(gtin), lot)

    def __str__(self) -> str:
        return f"(01){self.gtin}(10){self.lot}"

    @property
    def link(self) -> Link:
        """The canonical link of the lot."""
        return Link(f"{self.gtin.link}/10/{escape_path(self.lot)}")


@dataclass(frozen=True, slots=True, order=True)
class Upui:
    """One unit packet of tobacco: a GTIN and a third-party extension of up to 28 characters (AI 235)."""

    gtin: Gtin
    extension: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `(01)...(235)...`; raises `Malformed` (`identifier.form`, `identifier.check_digit`)."""
        gtin, extension = _pair("01", "235", text)
        return cls(Gtin(gtin), extension)

    def __str__(self) -> str:
        return f"(01){self.gtin}(235){self.extension}"

    @property
    def link(self) -> Link:
        """The canonical link of the packet."""
        return Link(f"{self.gtin.link}/235/{escape_path(self.extension)}")


@dataclass(frozen=True, slots=True, order=True)
class Sgln:
    """A place within a location: a GLN and an extension of up to 20 characters (AI 254)."""

    gln: Gln
    extension: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `(414)...(254)...`; raises `Malformed` (`identifier.form`, `identifier.check_digit`)."""
        gln, extension = _pair("414", "254", text)
        return cls(Gln(gln), extension)

    def __str__(self) -> str:
        return f"(414){self.gln}(254){self.extension}"

    @property
    def link(self) -> Link:
        """The canonical link of the place."""
        return Link(f"{self.gln.link}/254/{escape_path(self.extension)}")


@dataclass(frozen=True, slots=True, order=True)
class Itip:
    """One piece of an item in several pieces: GTIN, piece and total (18 digits, AI 8006), and the item's serial."""

    piece: str
    serial: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `(8006)...(21)...`; raises `Malformed` (`identifier.form`, `identifier.check_digit`)."""
        return cls(*_pair("8006", "21", text))

    def __str__(self) -> str:
        return f"(8006){self.piece}(21){self.serial}"

    @property
    def link(self) -> Link:
        """The canonical link of the piece."""
        return Link(f"{CANONICAL_STEM}/8006/{self.piece}/21/{escape_path(self.serial)}")


@dataclass(frozen=True, slots=True, order=True)
class Cpi:
    """One component or part: its identifier (AI 8010) and a serial of up to 12 digits (AI 8011)."""

    part: str
    serial: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `(8010)...(8011)...`; raises `Malformed` (`identifier.form`)."""
        return cls(*_pair("8010", "8011", text))

    def __str__(self) -> str:
        return f"(8010){self.part}(8011){self.serial}"

    @property
    def link(self) -> Link:
        """The canonical link of the part."""
        return Link(f"{CANONICAL_STEM}/8010/{escape_path(self.part)}/8011/{self.serial}")


KEYS: tuple[type[Key], ...] = (Gtin, Sscc, Gln, Pgln, Gsrn, Gsrnp, Gsin, Ginc, Giai, Gmn, Grai, Gdti, Sgcn)
"""The kinds of key that are one value."""


def prefix_candidates(digits: str) -> list[str]:
    """Return every company prefix (4 to 12 digits, shortest first) that `digits` could begin with.

    The length of a company prefix is not in the key, so the owner of a key is found by looking for each of them.
    """
    return [digits[:length] for length in _PREFIX_LENGTHS if length <= len(digits)]


def leading_digits(text: str) -> str:
    """Return the digits that `text` begins with."""
    found = re.match("[0-9]*", text)
    return found[0] if found else ""


def _pair(first: str, second: str, text: str) -> tuple[str, str]:
    match = re.fullmatch(rf"\({first}\)([^()]+)\({second}\)(.+)", text, re.DOTALL)
    if match is None:
        raise Malformed("identifier.form", f"{text!r} is not of the form ({first})...({second})...")
    ai.check(first, match[1])
    ai.check(second, match[2])
    return match[1], match[2]
