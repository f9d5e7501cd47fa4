"""What a component of an Application Identifier's value must be beyond its characters and length.

Each check is named as in GS1's syntax dictionary and answers whether a component passes; the component's characters
and length have been judged before.
"""

import re
from collections.abc import Callable, Mapping

from provenance.domain.countries import CURRENCIES, NUMERIC, NUMERIC_COUNTRIES
from provenance.domain.gs1 import coupons
from provenance.domain.gs1.calendar import day, day_or_none
from provenance.domain.gs1.digits import check_digit, check_pair
from provenance.domain.gs1.packaging import PACKAGE_TYPES


def _checked(text: str) -> bool:
    return check_digit(text[:-1]) == text[-1]


def _checked_pair(text: str) -> bool:
    return len(text) > 2 and check_pair(text[:-2]) == text[-2:]  # noqa: PLR2004 - the pair is two characters


def _prefixed(text: str) -> bool:
    """Return whether the value begins with as many digits as the shortest company prefix has."""
    return re.match("[0-9]{4}", text) is not None


def _piece_of_total(text: str) -> bool:
    half = len(text) // 2
    return 0 < int(text[:half]) <= int(text[half:])


def _position_of_total(text: str) -> bool:
    return re.fullmatch("[1-9]/[1-9]", text) is not None and text[0] <= text[2]


def _iban(text: str) -> bool:
    if re.fullmatch("[A-Z]{2}[0-9]{2}[0-9A-Z]+", text) is None or text[:2] not in NUMERIC:
        return False
    return int("".join(str(int(character, 36)) for character in text[4:] + text[:4])) % 97 == 1


def _percent_encoded(text: str) -> bool:
    return re.fullmatch("(?:[^%]|%[0-9A-Fa-f]{2})*", text) is not None


def _below(limit: int) -> Callable[[str], bool]:
    return lambda text: int(text) < limit


def _among(*values: str) -> Callable[[str], bool]:
    return lambda text: text in values


CHECK_DIGITS = frozenset({"csum", "csumalpha"})
"""The checks whose failure means that a key was misread or mistyped."""

CHECKS: Mapping[str, Callable[[str], bool]] = {
    "couponcode": coupons.coupon_code,
    "couponposoffer": coupons.positive_offer,
    "csum": _checked,
    "csumalpha": _checked_pair,
    "gcppos1": _prefixed,
    "gcppos2": lambda text: _prefixed(text[1:]),
    "hasnondigit": lambda text: not text.isdigit(),
    "hh": _below(24),
    "hhmi": lambda text: int(text[:2]) < 24 and int(text[2:]) < 60,  # noqa: PLR2004 - hours and minutes
    "hyphen": _among("-"),
    "iban": _iban,
    "importeridx": lambda text: re.fullmatch("[0-9A-Za-z_-]", text) is not None,
    "iso3166": lambda text: text in NUMERIC_COUNTRIES,
    "iso3166999": lambda text: text in NUMERIC_COUNTRIES or text == "999",
    "iso3166alpha2": lambda text: text in NUMERIC,
    "iso4217": lambda text: text in CURRENCIES,
    "iso5218": _among("0", "1", "2", "9"),
    "latitude": lambda text: int(text) <= 1_800_000_000,  # noqa: PLR2004 - ten-millionths of a degree from a pole
    "longitude": lambda text: int(text) <= 3_600_000_000,  # noqa: PLR2004
    "mediatype": lambda text: 1 <= int(text) <= 10 or 80 <= int(text) <= 99,  # noqa: PLR2004 - General Specifications 3
    "mi": _below(60),
    "nonzero": lambda text: int(text) > 0,
    "nozeroprefix": lambda text: text == "0" or not text.startswith("0"),
    "packagetype": PACKAGE_TYPES.__contains__,
    "pcenc": _percent_encoded,
    "pieceoftotal": _piece_of_total,
    "posinseqslash": _position_of_total,
    "ss": _below(60),
    "winding": _among("0", "1", "9"),
    "yesno": _among("0", "1"),
    "yymmd0": day_or_none,
    "yymmdd": day,
    "yyyymmdd": day,
    "zero": lambda text: int(text) == 0,
}
