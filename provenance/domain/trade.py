"""Identifiers of trade and transport: consignments, goods codes, containers, locations.

Each type takes what its standard's form allows and nothing else, and keeps one spelling of it: no spaces, capitals.
Whether such a number was ever given out is not knowable here.
"""

import re
from dataclasses import dataclass
from typing import Self

from provenance.domain.countries import is_country
from provenance.domain.errors import Malformed

_UCR = re.compile(r"[0-9A-Z][0-9A-Z()/.-]{3,34}")
_HS = re.compile(r"([0-9]{4})\.?([0-9]{2})")
_HS_EDITIONS = ("1988", "1992", "1996", "2002", "2007", "2012", "2017", "2022", "2028")
_HS_CHAPTERS = range(1, 98)
_HS_RESERVED_CHAPTER = 77
_CONTAINER = re.compile("([A-Z]{3}[JUZ]) ?([0-9]{6})[ -]?([0-9])")
_LETTER_VALUES = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (value for value in range(10, 39) if value % 11), strict=True))
_UNLOCODE = re.compile("([A-Z]{2}) ?([A-Z2-9]{3})")
_HIGH_SEAS = "XZ"


@dataclass(frozen=True, slots=True, order=True)
class Ucr:
    """A Unique Consignment Reference: 4 to 35 capitals, digits and `( ) / . -` (WCO recommendation of 2004)."""

    value: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the reference; raises `Malformed` (`identifier.form`)."""
        if _UCR.fullmatch(text) is None:
            raise Malformed("identifier.form", f"{text!r} is not a UCR: up to 35 capitals, digits and ( ) / . -")
        return cls(text)

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, order=True)
class HsCode:
    """A six-digit subheading of the Harmonized System in one of its editions: codes move between them."""

    value: str
    edition: str

    @classmethod
    def parse(cls, code: str, edition: str) -> Self:
        """Take `640411` or `6404.11` and the edition's year; raises `Malformed` (`identifier.form`)."""
        match = _HS.fullmatch(code)
        if match is None:
            raise Malformed("identifier.form", f"{code!r} is not an HS subheading of six digits such as 6404.11")
        chapter = int(code[:2])
        if chapter not in _HS_CHAPTERS or chapter == _HS_RESERVED_CHAPTER:
            raise Malformed("identifier.form", f"the Harmonized System has no chapter {code[:2]}")
        if edition not in _HS_EDITIONS:
            raise Malformed("identifier.form", f"the Harmonized System has no edition {edition!r}")
        return cls(f"{match[1]}.{match[2]}", edition)

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, order=True)
class Container:
    """A freight container by its owner code, category, serial number and check digit (ISO 6346)."""

    value: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take `CSQU3054383`, spaces between its parts or not.

        Raises `Malformed` (`identifier.form`, `identifier.check_digit`).
        """
        match = _CONTAINER.fullmatch(text)
        if match is None:
            raise Malformed("identifier.form", f"{text!r} is not a container number such as CSQU3054383")
        owner, serial, last = match.groups()
        if (right := container_check_digit(owner + serial)) != last:
            raise Malformed("identifier.check_digit", f"the check digit of container {text} should be {right}")
        return cls(owner + serial + last)

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, order=True)
class UnLocode:
    """A place of trade and transport: a country and three characters (UN/ECE Recommendation 16)."""

    value: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take `NLRTM` or `NL RTM`; raises `Malformed` (`identifier.form`)."""
        match = _UNLOCODE.fullmatch(text)
        if match is None or not (is_country(match[1]) or match[1] == _HIGH_SEAS):
            raise Malformed("identifier.form", f"{text!r} is not a UN/LOCODE such as NLRTM")
        return cls(match[1] + match[2])

    def __str__(self) -> str:
        return self.value

    @property
    def country(self) -> str:
        """The country's code; `XZ` for installations in international waters."""
        return self.value[:2]


def container_check_digit(text: str) -> str:
    """Return the check digit that follows four letters and six digits (ISO 6346, annex A)."""
    values = (_LETTER_VALUES[character] if character.isalpha() else int(character) for character in text)
    return str(sum(value << place for place, value in enumerate(values)) % 11 % 10)
