"""GS1 Digital Link URIs, read strictly (URI Syntax 1.6), and what a canonical link says about its thing.

A path carries one primary key and its qualifiers in their fixed order, the query carries data attributes. GTINs have
14 digits, names in place of AIs are refused, every value has the form of its AI and every check digit is judged; what
else stands in the query belongs to somebody else and is left out. `Allowance` opens what older versions of the
standard allowed.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from provenance.domain.errors import Malformed
from provenance.domain.gs1.ai import AIS, may_exist, of
from provenance.domain.gs1.associations import check_together
from provenance.domain.gs1.digits import is_digits
from provenance.domain.gs1.elements import Element
from provenance.domain.gs1.escaping import escape_path, escape_query, unescape_path, unescape_query
from provenance.domain.gs1.keys import CANONICAL_STEM, KEYS, Gtin, Link, leading_digits

CONVENIENCE_NAMES = {
    "sscc": "00", "gtin": "01", "gdti": "253", "gcn": "255", "ginc": "401", "gsin": "402", "gln": "414", "party": "417",
    "grai": "8003", "giai": "8004", "itip": "8006", "cpid": "8010", "gmn": "8013", "gsrnp": "8017", "gsrn": "8018",
    "cpv": "22", "lot": "10", "ser": "21", "glnx": "254", "cpsn": "8011", "refno": "8020", "srin": "8019",
}  # fmt: skip
"""The names that versions before 1.3 took in place of AIs."""

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_LABEL = "[0-9A-Za-z-]{1,63}"
_NAMED = rf"(?:{_LABEL}\.)*(?=[0-9]{{0,62}}[A-Za-z-]){_LABEL}\.?"
_PORT = ":(?:[0-9]{0,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
DOMAIN = (
    rf"(?:{_OCTET}(?:\.{_OCTET}){{3}}|{_NAMED}|[0-9]{{1,63}}|\[[0-9A-Fa-f]{{0,4}}(?::[0-9A-Fa-f.]{{0,15}}){{2,7}}\])"
    rf"(?:{_PORT})?"
)
"""The pattern of a link's domain: a host by its name (RFC 1123) or address, and a port (RFC 3986, 3.2); no user."""

_URI = re.compile(rf"(?:https|http|HTTPS|HTTP)://(?:{DOMAIN})(?P<path>/[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?")
STEM = re.compile(rf"(?:https|http)://(?:{DOMAIN})(?:/[0-9A-Za-z._~!$&'()*+,;=:@%-]+)*/?")
"""What a link of one's own may begin with."""

_URI_CHARACTERS = re.compile(r"[0-9A-Za-z._~:/?#\[\]@!$&'()*+,;=%-]*")
_USUAL = re.compile(
    rf"{re.escape(CANONICAL_STEM)}/(?:(01)/([0-9]{{14}})(?:/(21|10)/([0-9A-Za-z._-]{{1,20}}))?|(00)/([0-9]{{18}}))"
)
"""Canonical links of trade items and logistic units without escapes: nearly all there are, read at once."""

_OF_PRODUCTS = ("01", "8006")
_LEVELS_OF_TYPED = {"253": 13, "255": 13, "8003": 14}


class Level(StrEnum):
    """What a link names: one thing, a lot of things, or a class of things."""

    ITEM = "item"
    LOT = "lot"
    CLASS = "class"
    LOGISTIC_UNIT = "logistic_unit"
    PLACE = "place"
    PARTY = "party"
    ASSET = "asset"
    DOCUMENT = "document"
    COUPON = "coupon"
    CONSIGNMENT = "consignment"
    SHIPMENT = "shipment"
    SERVICE_RELATION = "service_relation"
    MODEL = "model"
    PAYMENT = "payment"


class Allowance(StrEnum):
    """What the standard does not allow by default and a caller may."""

    SHORT_GTINS = "short_gtins"
    NAMES = "names"
    UNKNOWN_AIS = "unknown_ais"


_LEVELS = {
    "00": Level.LOGISTIC_UNIT, "01": Level.CLASS, "253": Level.DOCUMENT, "255": Level.COUPON, "401": Level.CONSIGNMENT,
    "402": Level.SHIPMENT, "414": Level.PLACE, "415": Level.PAYMENT, "417": Level.PARTY, "8003": Level.ASSET,
    "8004": Level.ASSET, "8006": Level.CLASS, "8010": Level.CLASS, "8013": Level.MODEL, "8017": Level.SERVICE_RELATION,
    "8018": Level.SERVICE_RELATION,
}  # fmt: skip
_FINER = {"21": Level.ITEM, "235": Level.ITEM, "8011": Level.ITEM, "10": Level.LOT}
_FINEST = ("21", "235", "10")
_PREFIX_AT = {key.ai: key.prefix_at for key in KEYS} | {"8006": 1}


@dataclass(frozen=True, slots=True)
class DigitalLink:
    """A link taken apart: primary key, qualifiers in path order, data attributes in the order they came."""

    key: Element
    qualifiers: tuple[Element, ...] = ()
    attributes: tuple[Element, ...] = ()

    @property
    def elements(self) -> tuple[Element, ...]:
        """Every AI with its value, in the order of the link."""
        return (self.key, *self.qualifiers, *self.attributes)

    @property
    def canonical(self) -> Link:
        """The link that names the thing inside: its key and what makes it one thing, nothing else."""
        return Link(CANONICAL_STEM + _path((self.key, *finest(self.key[0], self.qualifiers))))

    @property
    def canonical_uri(self) -> str:
        """The canonical form of the whole link: all qualifiers, then the attributes, those of fixed length first."""
        return self.uri(CANONICAL_STEM)

    def uri(self, stem: str) -> str:
        """Return the whole link on a domain of one's own, `https://example.com` or a path below it."""
        ordered = sorted(self.attributes, key=lambda element: not of(element[0]).fixed)
        query = "&".join(f"{ai}={escape_query(value)}" for ai, value in ordered)
        return stem.removesuffix("/") + _path((self.key, *self.qualifiers)) + ("?" + query if query else "")

    @property
    def element_string(self) -> str:
        """The GS1 element string, `^` for FNC1 (General Specifications 7.8)."""
        *others, last = self.elements
        parts = (ai + value + ("" if of(ai).fixed else "^") for ai, value in others)
        return "^" + "".join(parts) + "".join(last)

    @property
    def bracketed(self) -> str:
        """The elements as people type them, `(01)...(21)...`, which `elements.bracketed` reads."""
        return "".join(f"({ai})" + value.replace("(", "\\(") for ai, value in self.elements)

    @property
    def printed(self) -> str:
        """The elements as they stand below a symbol for people to read, `(01)...(21)...`."""
        return "".join(f"({ai}){value}" for ai, value in self.elements)

    @property
    def level(self) -> Level:
        """What the link names; a type of assets, documents or coupons without a serial is a class."""
        ai, value = self.key
        if ai in _LEVELS_OF_TYPED and len(value) == _LEVELS_OF_TYPED[ai]:
            return Level.CLASS
        finer = [_FINER[name] for name, _ in finest(ai, self.qualifiers) if name in _FINER]
        return finer[-1] if finer else _LEVELS[ai]

    @property
    def prefix_digits(self) -> str:
        """The digits that begin with the company prefix, as `keys.prefix_candidates` takes them."""
        ai, value = self.key
        return leading_digits(value[_PREFIX_AT.get(ai, 0) :])

    def value(self, ai: str) -> str | None:
        """Return the value of an AI in the path or the query, None where it has none."""
        return next((value for code, value in self.elements if code == ai), None)


def parse(uri: str, *, allow: frozenset[Allowance] = frozenset()) -> DigitalLink:
    """Return the parts of a Digital Link URI on any domain.

    Raises `Malformed` (`identifier.form`, `identifier.check_digit`) for what is none or has a value that is wrong.
    """
    usual = _USUAL.fullmatch(uri)
    link = _taken_apart(uri, allow) if usual is None else _parts(usual)
    for ai, value in link.elements:
        of(ai).check(value)
    return link


def build(elements: Iterable[Element], *, allow: frozenset[Allowance] = frozenset()) -> DigitalLink:
    """Return the link of the elements of one thing: its first primary key, the key's qualifiers, and all else beside.

    An element that is given twice counts once. Where qualifiers exclude each other those of the order that takes the
    most of them belong to the key. Raises `Malformed` (`identifier.form`, `identifier.check_digit`,
    `identifier.association`).
    """
    given = _once(elements)
    for ai, value in given.items():
        _require_known(ai, allow)
        of(ai).check(value)
    link = named(given.items())
    inside = {link.key[0], *(ai for ai, _ in link.qualifiers)}
    attributes = tuple((ai, value) for ai, value in given.items() if ai not in inside)
    for ai, _ in attributes:
        _require_attribute(ai)
    check_together(given)
    return DigitalLink(link.key, link.qualifiers, attributes)


def named(elements: Iterable[Element]) -> DigitalLink:
    """Return what elements name: their first primary key with its qualifiers, without data attributes.

    The values are not judged. Raises `Malformed` (`identifier.form`) where there is no primary key.
    """
    given = _once(elements)
    key = next((ai for ai in given if of(ai).paths is not None), None)
    if key is None:
        raise Malformed("identifier.form", "there is no primary key of GS1 Digital Link among the elements")
    orders = [tuple(ai for ai in path if ai in given) for path in of(key).paths or ()]
    return DigitalLink((key, given[key]), tuple((ai, given[ai]) for ai in max(orders, key=len)))


def parts(link: Link) -> DigitalLink:
    """Return the parts of a canonical link; raises `Malformed` (`identifier.form`) for what is none."""
    found = parts_or_none(link)
    if found is None:
        raise Malformed("identifier.form", f"{link!r} is not a canonical GS1 Digital Link URI")
    return found


@lru_cache(maxsize=1 << 16)
def parts_or_none(link: str) -> DigitalLink | None:
    """Return the parts of a canonical link, None for any other identifier; check digits are not judged.

    Events name things by identifiers of other systems too, which have no parts, level, product or serial here.
    """
    usual = _USUAL.fullmatch(link)
    return _canonical_parts(link) if usual is None else _parts(usual)


def _parts(usual: re.Match[str]) -> DigitalLink:
    product, gtin, qualifier, value, unit, sscc = usual.groups()
    key = (unit, sscc) if product is None else (product, gtin)
    return DigitalLink(key, () if qualifier is None else ((qualifier, value),))


def _canonical_parts(link: str) -> DigitalLink | None:
    if not link.startswith(CANONICAL_STEM + "/"):
        return None
    segments = link[len(CANONICAL_STEM) + 1 :].split("/")
    if len(segments) % 2:
        return None
    key, *qualifiers = zip(segments[::2], map(unescape_path, segments[1::2]), strict=True)
    found = DigitalLink(key, tuple(qualifiers))
    if not all(ai in AIS and AIS[ai].form.fullmatch(value) for ai, value in found.elements):
        return None
    whole = AIS[key[0]].allows(tuple(ai for ai, _ in qualifiers)) and found.canonical == link
    return found if whole else None


def path(link: Link) -> str:
    """Return the percent-encoded path of a canonical link, `/01/...`."""
    return link[len(CANONICAL_STEM) :]


def class_of(link: Link) -> Gtin | None:
    """Return the GTIN of the product that a link names or names an item, lot or piece of."""
    found = parts_or_none(link)
    return Gtin(found.key[1][:14]) if found is not None and found.key[0] in _OF_PRODUCTS else None


def serial_of(link: Link) -> str | None:
    """Return the serial (AI 21, or 235 of a unit packet) of the item that a link names."""
    found = parts_or_none(link)
    return None if found is None else found.value("21") or found.value("235")


def lot_of(link: Link) -> str | None:
    """Return the lot (AI 10) that a link names; the canonical link of an item names no lot."""
    found = parts_or_none(link)
    return None if found is None else found.value("10")


def finest(ai: str, qualifiers: Iterable[Element]) -> tuple[Element, ...]:
    """Return the qualifiers that make the thing one: of a trade item the finest alone, of other keys all."""
    present = dict(qualifiers)
    if ai not in _OF_PRODUCTS:
        return tuple(present.items())
    return next((((name, present[name]),) for name in _FINEST if name in present), ())


def _path(elements: Iterable[Element]) -> str:
    return "".join(f"/{ai}/{escape_path(value)}" for ai, value in elements)


def _taken_apart(uri: str, allow: frozenset[Allowance]) -> DigitalLink:
    """Return the parts of a URI, each where it belongs; their values are not judged."""
    if _URI_CHARACTERS.fullmatch(uri) is None:
        raise Malformed("identifier.form", f"{uri!r} has a character that no URI may have")
    match = _URI.fullmatch(uri)
    if match is None:
        raise Malformed("identifier.form", f"{uri!r} is not an http or https URI with a domain and a path")
    (key, *qualifiers) = _in_path(match["path"], allow)
    attributes = tuple(_in_query(match["query"] or "", allow))
    link = DigitalLink(key, tuple(qualifiers), attributes)
    _check_places(link)
    return link


def _in_path(text: str, allow: frozenset[Allowance]) -> list[Element]:
    """Return the elements of a path: from its last primary key on, of which everything before is the domain's own."""
    segments = text.split("/")
    found: list[Element] = []
    for place in range(len(segments) - 2, 0, -2):
        name = segments[place]
        ai = CONVENIENCE_NAMES.get(name, name) if Allowance.NAMES in allow else name
        if ai not in AIS:
            break
        found.insert(0, (ai, _gtin_filled(ai, unescape_path(segments[place + 1]), allow)))
        if AIS[ai].paths is not None:
            return found
    raise Malformed("identifier.form", f"there is no primary key of GS1 Digital Link in the path {text!r}")


def _once(elements: Iterable[Element]) -> dict[str, str]:
    """Return the elements in their order, each once; raises `Malformed` where one has two values."""
    given: dict[str, str] = {}
    for ai, value in elements:
        if given.setdefault(ai, value) != value:
            raise Malformed("identifier.form", f"({ai}) is given with different values")
    return given


def _require_known(ai: str, allow: frozenset[Allowance]) -> None:
    if ai not in AIS and not (Allowance.UNKNOWN_AIS in allow and may_exist(ai)):
        raise Malformed("identifier.form", f"({ai}) is not a GS1 Application Identifier")


def _require_attribute(ai: str) -> None:
    if not of(ai).attribute:
        raise Malformed("identifier.form", f"({ai}) is no data attribute of a link")


def _in_query(text: str, allow: frozenset[Allowance]) -> Iterator[Element]:
    for parameter in text.split("&"):
        ai, equals, value = parameter.partition("=")
        if not equals or not is_digits(ai):
            continue
        _require_known(ai, allow)
        yield ai, _gtin_filled(ai, unescape_query(value), allow)


def _gtin_filled(ai: str, value: str, allow: frozenset[Allowance]) -> str:
    if ai == "01" and Allowance.SHORT_GTINS in allow and len(value) in (8, 12, 13):
        return value.zfill(14)
    return value


def _check_places(link: DigitalLink) -> None:
    """Refuse qualifiers out of order, AIs that occur twice, and AIs in the query that do not belong there."""
    key = AIS[link.key[0]]
    order = tuple(ai for ai, _ in link.qualifiers)
    if not key.allows(order):
        raise Malformed("identifier.form", f"({key.code}) is not followed by {', '.join(order)} in a path")
    seen = {key.code, *order}
    for ai, _ in link.attributes:
        if ai in seen:
            raise Malformed("identifier.form", f"({ai}) occurs more than once")
        seen.add(ai)
        _require_attribute(ai)
        if any(key.allows((*order[:place], ai, *order[place:])) for place in range(len(order) + 1)):
            raise Malformed("identifier.form", f"({ai}) belongs in the path, not in the query")
