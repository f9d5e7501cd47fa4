"""Numbers and classes of industrial property: WIPO Standards ST.3 and ST.13, and the Nice Classification.

ST.13 numbers applications, not registrations, and many offices number in other ways: a number that does not fit is
kept as it came, beside none of this type.
"""

import re
from dataclasses import dataclass
from typing import Self

from provenance.domain.countries import is_country
from provenance.domain.errors import Malformed

ORGANISATIONS = frozenset(("AP", "BX", "EA", "EM", "EP", "EU", "GC", "IB", "OA", "QZ", "UP", "WO", "XN", "XU", "XV"))
"""The intergovernmental offices and organisations of ST.3, beside the countries."""

_ST13 = re.compile("([A-Z]{2}) ?([0-9]{2}) ?([0-9]{4}) ?([0-9]{9})")
_NICE_NUMBER = re.compile("0?[1-9]|[1-3][0-9]|4[0-5]")
_NICE_EDITION = re.compile("([1-9]|1[0-9])(?:-(20[0-9]{2}))?")
_EARLY_CLASSES = 42
_LATE_CLASSES_SINCE = 8


@dataclass(frozen=True, slots=True, order=True)
class St3:
    """An office, country or organisation by its two-letter code (WIPO Standard ST.3)."""

    value: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the code; raises `Malformed` (`identifier.form`)."""
        if not is_country(text) and text not in ORGANISATIONS:
            raise Malformed("identifier.form", f"{text!r} is not a two-letter code of WIPO ST.3 such as CN or EM")
        return cls(text)

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, order=True)
class St13:
    """An application number: office, kind of right (2 digits), year (4), serial (9) (WIPO Standard ST.13)."""

    office: St3
    kind: str
    year: str
    serial: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take `CN502026000012345`, spaces between its parts or not; raises `Malformed` (`identifier.form`)."""
        match = _ST13.fullmatch(text)
        if match is None:
            raise Malformed("identifier.form", f"{text!r} is not an ST.13 number: an office and 15 digits")
        office, kind, year, serial = match.groups()
        return cls(St3.parse(office), kind, year, serial)

    def __str__(self) -> str:
        return f"{self.office}{self.kind}{self.year}{self.serial}"


@dataclass(frozen=True, slots=True, order=True)
class NiceClass:
    """A class of goods (1 to 34) or services (35 to 45) in an edition of the Nice Classification, such as `13-2026`."""

    number: int
    edition: str

    @classmethod
    def parse(cls, number: str, edition: str) -> Self:
        """Take a class and its edition; raises `Malformed` (`identifier.form`).

        Classes 43 to 45 came with the eighth edition.
        """
        issue = _NICE_EDITION.fullmatch(edition)
        if issue is None:
            raise Malformed("identifier.form", f"{edition!r} is not a Nice edition such as 13-2026")
        if _NICE_NUMBER.fullmatch(number) is None:
            raise Malformed("identifier.form", f"{number!r} is not a Nice class: they are numbered 1 to 45")
        if int(number) > _EARLY_CLASSES and int(issue[1]) < _LATE_CLASSES_SINCE:
            raise Malformed("identifier.form", f"edition {edition} of the Nice Classification has no class {number}")
        return cls(int(number), edition)

    def __str__(self) -> str:
        return str(self.number)
