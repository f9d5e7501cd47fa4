"""What a scanner or a hand types for a thing: element strings, links, EPC URNs and the digits below a bar code.

Scanners may send a symbology identifier first (ISO/IEC 15424): `]d2`, `]C1`, `]Q3`, `]e0` and `]J1` say that an element
string follows, `]E0` and `]I1` that the digits of a GTIN do; others say nothing about their content, which is then
read by how it begins. An element string names the thing by its first primary key and the key's qualifiers; its other
elements say something about the thing and not which one it is.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from provenance.domain.errors import Malformed
from provenance.domain.gs1 import convert
from provenance.domain.gs1 import elements as strings
from provenance.domain.gs1 import link as links
from provenance.domain.gs1.ai import AIS
from provenance.domain.gs1.elements import Element
from provenance.domain.gs1.keys import Gln, Gtin, Link, Sscc

_SYMBOLOGY = re.compile(r"(\][A-Za-z][0-9A-Za-z])(.*)", re.DOTALL)
_ELEMENT_STRINGS = ("]C1", "]e0", "]e1", "]e2", "]d2", "]Q3", "]J1")
_GTINS = ("]E0", "]E3", "]E4", "]I0", "]I1")
_ADD_ON = {"]E3": 13}
"""An EAN-13 that is sent with its add-on: how many digits of it are the GTIN."""
_GTIN = re.compile("[0-9]{8}|[0-9]{12,14}")
_GLN = re.compile("[0-9]{13}")
_SSCC = re.compile("[0-9]{18}")
_URI = re.compile("urn:|https?://", re.IGNORECASE)


class Form(StrEnum):
    """In what form a code came."""

    ELEMENT_STRING = "element_string"
    BRACKETED = "bracketed"
    LINK = "link"
    URN = "urn"
    DIGITS = "digits"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a code names, in what form it came, and all that it says about the thing."""

    thing: Link
    form: Form
    elements: tuple[Element, ...] = ()


def read(text: str) -> Scanned:
    """Return what a code names; raises `Malformed` (`identifier.form`, `identifier.check_digit`)."""
    symbology, content = _split(text)
    if symbology in _GTINS:
        return Scanned(Gtin.parse(content[: _ADD_ON.get(symbology)]).link, Form.DIGITS)
    if symbology not in _ELEMENT_STRINGS:
        if _URI.match(content):
            return _uri(content)
        if _GTIN.fullmatch(content):
            return Scanned(Gtin.parse(content).link, Form.DIGITS)
        if _SSCC.fullmatch(content):
            return Scanned(Sscc.parse(content).link, Form.DIGITS)
    found = _elements(content)
    form = Form.BRACKETED if content.startswith("(") else Form.ELEMENT_STRING
    return Scanned(thing(found), form, found)


def place(text: str) -> Link:
    """Return the place that a GLN of 13 digits, a link, an EPC URN or an element string names.

    Raises `Malformed` (`scan.place`, `identifier.form`, `identifier.check_digit`).
    """
    found = Gln.parse(text).link if _GLN.fullmatch(text) else read(text).thing
    if links.parts(found).level is not links.Level.PLACE:
        raise Malformed("scan.place", f"{text!r} names no place; a place has a GLN (AI 414)")
    return found


def elements(text: str) -> tuple[Element, ...]:
    """Return the elements of an element string, bracketed or plain, with or without a symbology identifier.

    Raises `Malformed` (`identifier.form`).
    """
    return _elements(_split(text)[1])


def thing(found: tuple[Element, ...]) -> Link:
    """Return the canonical link of what elements name; raises `Malformed` (`identifier.form`, `.check_digit`)."""
    for ai, value in found:
        AIS[ai].check(value)
    return links.named(found).canonical


def _split(text: str) -> tuple[str, str]:
    match = _SYMBOLOGY.fullmatch(text.strip(" \t\r\n"))
    return (match[1], match[2]) if match else ("", text.strip(" \t\r\n"))


def _elements(content: str) -> tuple[Element, ...]:
    found = strings.bracketed(content) if content.startswith("(") else strings.plain(content)
    for ai, _ in found:
        if ai not in AIS:
            raise Malformed("identifier.form", f"({ai}) is not a GS1 Application Identifier")
    return found


def _uri(content: str) -> Scanned:
    if content[:4].lower() == "urn:":
        return Scanned(convert.identify(content), Form.URN)
    found = convert.parse(content)
    return Scanned(found.canonical, Form.LINK, found.elements)
