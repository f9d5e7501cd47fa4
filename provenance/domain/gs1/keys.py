"""GS1 identification keys as types: their form, their check digit and their canonical link (GS1 General Specifications)."""

from dataclasses import dataclass
from typing import NewType, Self

from provenance.domain.errors import Malformed

Link = NewType("Link", str)
"""A canonical GS1 Digital Link URI, `https://id.gs1.org/...`: what names a thing everywhere inside."""

CANONICAL_STEM = "https://id.gs1.org"


def check_digit(digits: str) -> str:
    """Return the check digit that follows `digits` (mod 10, weights 3 and 1 from the right; General Specifications 7.9)."""
    total = sum(int(digit) * (3, 1)[index % 2] for index, digit in enumerate(reversed(digits)))
    return str(-total % 10)


@dataclass(frozen=True, slots=True, order=True)
class Gtin:
    """A Global Trade Item Number, kept as its 14 digits."""

    value: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take 8, 12, 13 or 14 digits; raises `Malformed` (`identifier.form`, `identifier.check_digit`)."""
        if len(text) not in (8, 12, 13, 14) or not (text.isascii() and text.isdigit()):
            raise Malformed("identifier.form", f"{text!r} is not a GTIN: it has 8, 12, 13 or 14 digits")
        if check_digit(text[:-1]) != text[-1]:
            raise Malformed("identifier.check_digit", f"the check digit of GTIN {text} should be {check_digit(text[:-1])}")
        return cls(text.zfill(14))

    def __str__(self) -> str:
        return self.value

    @property
    def link(self) -> Link:
        """The canonical link, which names the product and no item of it."""
        return Link(f"{CANONICAL_STEM}/01/{self.value}")
