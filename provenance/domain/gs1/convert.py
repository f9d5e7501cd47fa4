"""The ways between the forms of an identifier: EPC URN, Digital Link URI on any domain, canonical link.

`canonical` reads what partners' events carry, leniently (CBV 2.0, section 8): names and short GTINs are taken, check
digits are computed for URNs and not judged in links, the query is dropped, the finest level is kept. `identify` reads
what a person typed or a device scanned, strictly. Both end at the same link for the same thing.
"""

import re
from functools import lru_cache

from provenance.domain.errors import Malformed
from provenance.domain.gs1 import compression
from provenance.domain.gs1 import link as links
from provenance.domain.gs1 import urn as urns
from provenance.domain.gs1.ai import AIS
from provenance.domain.gs1.checks import CHECK_DIGITS
from provenance.domain.gs1.digits import check_digit
from provenance.domain.gs1.escaping import escape_path, unescape_path
from provenance.domain.gs1.keys import CANONICAL_STEM, Link

_LINK = re.compile(r"(?:https?|HTTPS?)://[^/?#]+(/[^?#]*)")
_PLAIN = re.compile(r"https?://[^/?#]+(/01/[0-9]{14}(?:/(?:21|10)/[0-9A-Za-z._-]{1,20})?)(?:\?[^#]*)?")
"""The commonest links: their path is canonical as it stands."""

_PREFIXED = re.compile("[0-9]{4}")
_GTIN = re.compile("[0-9]{8}|[0-9]{12,14}")
_KEYS = {code: each.form for code, each in AIS.items() if each.paths is not None} | {"01": _GTIN}
_QUALIFIERS = {ai: AIS[ai].form for key in _KEYS for path in AIS[key].paths or () for ai in path}
_AIS = {**links.CONVENIENCE_NAMES, **{ai: ai for ai in (*_KEYS, *_QUALIFIERS)}}
_ENDS_IN_CHECK_DIGIT = frozenset({"00", "01"})
"""The keys that every verdict asks about; of others the table says which part is checked how."""

_TYPES = {"253": 13, "255": 13, "8003": 14}
"""The keys whose serial follows the check digit, with the length of what stands before it."""


def canonical(text: str) -> Link:
    """Return the canonical link of an EPC URN, class URN, id pattern or Digital Link URI.

    Raises `Malformed` (`identifier.form`) for what names nothing by a GS1 key.
    """
    link = canonical_or_none(text)
    if link is None:
        raise Malformed("identifier.form", f"{text!r} is neither the EPC URN of a GS1 key nor a GS1 Digital Link URI")
    return link


@lru_cache(maxsize=1 << 16)
def canonical_or_none(text: str) -> Link | None:
    """Return the canonical link, None where `text` names nothing by a GS1 key."""
    if text.startswith("urn:"):
        return urns.read(text)
    plain = _PLAIN.fullmatch(text)
    return _of_link(text) if plain is None else Link(CANONICAL_STEM + plain[1])


def identify(text: str) -> Link:
    """Return the canonical link of what somebody typed or scanned: a Digital Link URI on any domain, or an EPC URN.

    Raises `Malformed` (`identifier.form`, `identifier.check_digit`).
    """
    return canonical(text) if text.startswith("urn:") else parse(text).canonical


def parse(uri: str) -> links.DigitalLink:
    """Return the parts of a Digital Link URI on any domain, compressed or not, read strictly.

    Raises `Malformed` (`identifier.form`, `identifier.check_digit`) with what is wrong with it as an uncompressed one.
    """
    try:
        return links.parse(uri)
    except Malformed:
        expanded = _expanded(uri)
        if expanded is None:
            raise
        return expanded


def _expanded(uri: str) -> links.DigitalLink | None:
    try:
        found = compression.expand(uri)
        return None if found is None else links.parse(found)
    except Malformed:
        return None


def well_checked(link: Link) -> bool:
    """Return whether the check digit of a link's key is right; so is what has none, or is no canonical link."""
    found = links.parts_or_none(link)
    if found is None:
        return True
    ai, key = found.key
    if ai in _ENDS_IN_CHECK_DIGIT:
        return check_digit(key[:-1]) == key[-1]
    return CHECK_DIGITS.isdisjoint(AIS[ai].failures(key))


def urn(link: Link, *, prefix_length: int) -> str:
    """Return the EPC URN of a canonical link, given the length of its company prefix (6 to 12 digits).

    A class has its id pattern (`urn:epc:idpat:...*`), a lot its class URN. Raises `Malformed` (`identifier.no_urn`)
    where the standard has no URN for what the link names, or where the key has no prefix of that length.
    """
    found = links.parts(link)
    (ai, key), place, serial = found.key, "", ""
    if found.qualifiers:
        ((name, serial),) = found.qualifiers
        place = f"/{name}/"
    elif ai in _TYPES:
        key, serial = key[: _TYPES[ai]], key[_TYPES[ai] :]
    text = urns.write(ai, key, place=place, serial=serial, prefix_length=prefix_length)
    if text is None:
        raise Malformed("identifier.no_urn", f"{link} has no EPC URN with a company prefix of {prefix_length} digits")
    return text


def _of_link(text: str) -> Link | None:
    match = _LINK.match(text)
    if match is None:
        return None
    segments = match[1].split("/")
    place = len(segments) - 2
    while place > 0 and (ai := _AIS.get(segments[place])) is not None:
        if ai in _KEYS:
            return _of_pairs(ai, segments[place + 1 :])
        place -= 2
    return None


def _of_pairs(ai: str, rest: list[str]) -> Link | None:
    """Return the link of a primary key, given its value and then its qualifiers' names and values."""
    key = unescape_path(rest[0])
    if not _KEYS[ai].fullmatch(key) or not _PREFIXED.match(key):
        return None
    stem = f"{CANONICAL_STEM}/{ai}/{escape_path(key.zfill(14) if ai == '01' else key)}"
    if len(rest) == 1:
        return Link(stem)
    pairs = [(_AIS[rest[at]], unescape_path(rest[at + 1])) for at in range(1, len(rest), 2)]
    fitting = all(name in _QUALIFIERS and _QUALIFIERS[name].fullmatch(value) for name, value in pairs)
    if not fitting or not AIS[ai].allows(tuple(name for name, _ in pairs)):
        return None
    return Link(stem + "".join(f"/{name}/{escape_path(value)}" for name, value in links.finest(ai, pairs)))
