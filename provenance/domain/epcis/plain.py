"""Single values in the one spelling that the event hash uses: plain numbers, web URIs for words, canonical links."""

from typing import Final

from provenance.domain.epcis.vocabulary import URN_STEMS
from provenance.domain.gs1.convert import canonical_or_none

_SPACE: Final = " \t\n\r\f\v"
_DIGITS: Final = frozenset("0123456789")
_LONGEST: Final = 400
"""Exponents that would write more zeros than this are left as they came."""


def plain_text(text: str) -> str:
    """Return a text value trimmed: numbers plain, CBV URNs as web URIs, identifiers as canonical links."""
    text = text.strip(_SPACE)
    if text.startswith(_IDENTIFYING):
        return canonical_or_none(text) or text
    if text[:1] in _NUMERIC:
        return plain_number(text)
    return _web_uri(text) if text.startswith("urn:epcglobal:cbv:") else text


_NUMERIC: Final = frozenset("+-.0123456789")
_IDENTIFYING: Final = ("urn:epc:", "http://", "https://", "HTTP://", "HTTPS://")


def plain_number(text: str) -> str:
    """Return a decimal literal without plus sign, exponent and idle zeros; whatever is no such literal comes back as it
    is.

    Exact: no digit is lost, and -0 is 0.
    """
    sign, body = ("-", text[1:]) if text[:1] == "-" else ("", text[text[:1] == "+" :])
    mantissa, mark, exponent = body.replace("e", "E", 1).partition("E")
    whole, _, fraction = mantissa.partition(".")
    if not _DIGITS.issuperset(digits := whole + fraction) or not digits:
        return text
    shift = 0
    if mark:
        power = exponent[1:] if exponent[:1] in ("+", "-") else exponent
        if not power or not _DIGITS.issuperset(power) or len(power) > len(str(_LONGEST)) or int(power) > _LONGEST:
            return text
        shift = int(exponent)
    return _written(sign, digits, len(whole) + shift)


def _written(sign: str, digits: str, point: int) -> str:
    if point <= 0:
        whole, fraction = "", "0" * -point + digits
    else:
        whole, fraction = digits[:point].ljust(point, "0"), digits[point:]
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    if not fraction:
        return "0" if whole == "0" else sign + whole
    return f"{sign}{whole}.{fraction}"


def _web_uri(text: str) -> str:
    for stem, home in URN_STEMS.items():
        if text.startswith(stem):
            return home + text[len(stem) :]
    return text
