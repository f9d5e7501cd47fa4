"""The types of acts' arguments that no standard names: each takes exactly its form and is bounded in length.

They are strings to everybody else. What people read never carries control characters, line breaks or marks that turn
the reading direction: a right's title must not be able to pose as another one on a page.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, ClassVar, ParamSpec, Self, TypeVar

from provenance.domain.countries import is_country
from provenance.domain.errors import Malformed
from provenance.domain.gs1.convert import identify
from provenance.domain.gs1.link import Level, parts

P = ParamSpec("P")
T = TypeVar("T")

MOST_THINGS = 1000
"""How many things one act may name."""

MOST_HASHES = 2000
"""How many hashes of serials one batch may hold."""

NO_THINGS = frozenset({Level.PLACE, Level.PARTY, Level.SERVICE_RELATION, Level.PAYMENT, Level.MODEL})
"""What a link can name that nobody ships, holds or examines."""


class Word(str):
    """A string of one form; `says` names it in the error."""

    __slots__ = ()
    form: ClassVar[re.Pattern[str]]
    says: ClassVar[str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take a text of the form; raises `Malformed` (`arguments.form`)."""
        if cls.form.fullmatch(text) is None:
            raise Malformed("arguments.form", f"{text[:60]!r} is not {cls.says}")
        return cls(text)


class Text(Word):
    """One line that people read."""

    __slots__ = ()
    form = re.compile("[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]{1,300}")
    says = "one line of 1 to 300 characters"


class Name(Word):
    """The id that its author gives a record; it can stand in a path as it is."""

    __slots__ = ()
    form = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
    says = "an id of up to 80 letters, digits, full stops, hyphens and underscores"


class OrganisationName(Word):
    """An organisation's id, which is its MSP id."""

    __slots__ = ()
    form = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
    says = "an organisation's id of up to 64 letters, digits, full stops, hyphens and underscores"


class Country(Word):
    """A country by its ISO 3166-1 alpha-2 code."""

    __slots__ = ()
    form = re.compile(r"[A-Z]{2}")
    says = "a country's code of two capital letters (ISO 3166-1)"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take a code that ISO 3166-1 has; raises `Malformed` (`arguments.form`)."""
        if not is_country(text):
            raise Malformed("arguments.form", f"{text[:60]!r} is not {cls.says}")
        return cls(text)


class PrefixDigits(Word):
    """A GS1 company prefix."""

    __slots__ = ()
    form = re.compile(r"[0-9]{4,12}")
    says = "a GS1 company prefix: 4 to 12 digits"


class SerialDigits(Word):
    """A serial of digits alone, as ranges have them (AI 21 has at most 20 characters)."""

    __slots__ = ()
    form = re.compile(r"[0-9]{1,20}")
    says = "a serial of 1 to 20 digits"


class SsccDigits(Word):
    """An SSCC without its check digit."""

    __slots__ = ()
    form = re.compile(r"[0-9]{17}")
    says = "an SSCC without its check digit: 17 digits"


class SerialOrLot(Word):
    """A serial or lot number in the GS1 character set 82 (General Specifications, figure 7.11-1)."""

    __slots__ = ()
    form = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}")
    says = "a serial or lot: 1 to 20 characters of GS1's set 82"


class Sha256(Word):
    """A SHA-256 digest in lower-case hex."""

    __slots__ = ()
    form = re.compile(r"[0-9a-f]{64}")
    says = "a SHA-256 digest: 64 lower-case hex digits"


class DeclarationNumber(Word):
    """A customs declaration's number in its country, such as an MRN."""

    __slots__ = ()
    form = re.compile(r"[A-Z0-9][A-Z0-9-]{3,34}")
    says = "a declaration number: 4 to 35 capital letters, digits and hyphens"


class DeclarationId(Word):
    """A declaration as records name it: `country/number`."""

    __slots__ = ()
    form = re.compile(rf"{Country.form.pattern}/{DeclarationNumber.form.pattern}")
    says = "a declaration: its country, a slash and its number"


class TimeZone(Word):
    """An IANA time zone's name; only its form is judged, since the list changes."""

    __slots__ = ()
    form = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")
    says = "the name of a time zone such as Europe/Amsterdam"


class Thing(str):
    """Goods, or what holds them, given as any Digital Link URI or EPC URN, kept as the canonical link."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take a link or URN whose check digit is right; raises `Malformed` (`identifier.*`)."""
        link = identify(text)
        if parts(link).level in NO_THINGS:
            raise Malformed("identifier.form", f"{link[:120]} names no goods, and nothing that holds them")
        return cls(link)


class Location(str):
    """A place: a GLN (AI 414) with or without its extension, given and kept as things are."""

    __slots__ = ()
    _path = re.compile(r"https://id\.gs1\.org/414/([0-9]{13})(/254/.+)?")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take a place's link or URN; raises `Malformed` (`identifier.*`)."""
        link = identify(text)
        if cls._path.fullmatch(link) is None:
            raise Malformed("identifier.form", f"{link[:120]} does not name a place by its GLN")
        return cls(link)

    @property
    def gln(self) -> str:
        """The GLN's 13 digits."""
        return self.split("/")[4]


class Degrees(Decimal):
    """A latitude or longitude with at most six decimals (about 10 cm)."""

    _form = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,6})?")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take plain decimal notation; raises `Malformed` (`arguments.form`)."""
        if cls._form.fullmatch(text) is None:
            raise Malformed("arguments.form", f"{text[:60]!r} is not a number of degrees such as -33.8688")
        return cls(text)


def bounded(values: Sequence[Any], pointer: str, *, least: int = 1, most: int = MOST_THINGS) -> None:
    """Check a list's length and that it names nothing twice; raises `Malformed` (`arguments.length`, `.duplicate`)."""
    if not least <= len(values) <= most:
        raise Malformed("arguments.length", f"there must be {least} to {most} of these, not {len(values)}", pointer)
    if len(set(values)) != len(values):
        raise Malformed("arguments.duplicate", "something is named twice", pointer)


def at(pointer: str, parse: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Return what `parse` makes of several fields together; a `Malformed` points to one of them."""
    try:
        return parse(*arguments, **named)
    except Malformed as error:
        raise error.under(pointer) from None
