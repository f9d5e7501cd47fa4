"""The ways between the forms of an identifier: EPC URN, Digital Link on any domain, canonical link.

`canonical` is the lenient reading of what partners' events carry (CBV 2.0, section 8.9): convenience names and short GTINs are
taken, check digits are computed for URNs and not judged in links, the query is dropped, the finest level is kept.
"""

import re
from functools import lru_cache

from provenance.domain.errors import Malformed
from provenance.domain.gs1 import urn as urns
from provenance.domain.gs1.escaping import escape_path, unescape_path
from provenance.domain.gs1.keys import Link

_LINK = re.compile(r"(?:https?|HTTPS?)://[^/?#]+(/[^?#]*)")
_X20 = re.compile("""[!"%&'()*+,./0-9:;<=>?A-Z_a-z-]{1,20}""")
_X28 = re.compile("""[!"%&'()*+,./0-9:;<=>?A-Z_a-z-]{1,28}""")
_OPEN = re.compile("""[0-9]{4}[!"%&'()*+,./0-9:;<=>?A-Z_a-z-]{0,26}""")

_KEYS = {
    "00": re.compile("[0-9]{18}"),
    "01": re.compile("[0-9]{8}|[0-9]{12,14}"),
    "253": re.compile("""[0-9]{13}[!"%&'()*+,./0-9:;<=>?A-Z_a-z-]{0,17}"""),
    "255": re.compile("[0-9]{13,25}"),
    "401": _OPEN,
    "402": re.compile("[0-9]{17}"),
    "414": re.compile("[0-9]{13}"),
    "415": re.compile("[0-9]{13}"),
    "417": re.compile("[0-9]{13}"),
    "8003": re.compile("""[0-9]{14}[!"%&'()*+,./0-9:;<=>?A-Z_a-z-]{0,16}"""),
    "8004": _OPEN,
    "8006": re.compile("[0-9]{18}"),
    "8010": re.compile("[0-9]{4}[#/0-9A-Z-]{0,26}"),
    "8013": re.compile("""[0-9]{4}[!"%&'()*+,./0-9:;<=>?A-Z_a-z-]{0,21}"""),
    "8017": re.compile("[0-9]{18}"),
    "8018": re.compile("[0-9]{18}"),
}
"""The form of each primary key's value, as far as it names something; check digits are not judged here."""

_QUALIFIERS: dict[str, tuple[tuple[str, re.Pattern[str]], ...]] = {
    "01": (("22", _X20), ("10", _X20), ("21", _X20), ("235", _X28)),
    "8006": (("22", _X20), ("10", _X20), ("21", _X20)),
    "414": (("254", _X20), ("7040", re.compile("[0-9][!-_a-z]{3}"))),
    "415": (("8020", re.compile("[!-_a-z]{1,25}")),),
    "417": (("7040", re.compile("[0-9][!-_a-z]{3}")),),
    "8004": (("7040", re.compile("[0-9][!-_a-z]{3}")),),
    "8010": (("8011", re.compile("[0-9]{1,12}")),),
    "8017": (("8019", re.compile("[0-9]{1,10}")),),
    "8018": (("8019", re.compile("[0-9]{1,10}")),),
}
_NAMES = {
    "sscc": "00", "gtin": "01", "gdti": "253", "gcn": "255", "ginc": "401", "gsin": "402", "gln": "414", "party": "417",
    "grai": "8003", "giai": "8004", "itip": "8006", "cpid": "8010", "gmn": "8013", "gsrnp": "8017", "gsrn": "8018",
    "cpv": "22", "lot": "10", "ser": "21", "glnx": "254", "cpsn": "8011", "refno": "8020", "srin": "8019",
}  # fmt: skip
_AIS = {**_NAMES, **{ai: ai for ai in (*_KEYS, *_NAMES.values(), "235", "7040")}}


def canonical(text: str) -> Link:
    """Return the canonical link of an EPC URN, class URN, id pattern or Digital Link; raises `Malformed` (`identifier.form`)."""
    link = canonical_or_none(text)
    if link is None:
        raise Malformed("identifier.form", f"{text!r} is neither an EPC URN of a GS1 key nor a GS1 Digital Link URI")
    return link


@lru_cache(maxsize=1 << 16)
def canonical_or_none(text: str) -> Link | None:
    """Return the canonical link, None where `text` names nothing by a GS1 key."""
    link = urns.read(text) if text.startswith("urn:") else _of_link(text)
    return None if link is None else Link(link)


def _of_link(text: str) -> str | None:
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


def _of_pairs(ai: str, rest: list[str]) -> str | None:
    """Return the link of a primary key, given its value and then its qualifiers' names and values."""
    key = unescape_path(rest[0])
    if not _KEYS[ai].fullmatch(key):
        return None
    stem = f"{urns.STEM}/{ai}/{escape_path(key.zfill(14) if ai == '01' else key)}"
    if len(rest) == 1:
        return stem
    pairs = {_AIS[rest[at]]: unescape_path(rest[at + 1]) for at in range(1, len(rest), 2)}
    order = _QUALIFIERS.get(ai, ())
    fitting = [name for name, form in order if name in pairs and form.fullmatch(pairs[name])]
    if list(pairs) != fitting or 2 * len(pairs) != len(rest) - 1 or ("235" in pairs and len(pairs) > 1):
        return None
    finest = fitting[-1]
    return stem if finest == "22" else f"{stem}/{finest}/{escape_path(pairs[finest])}"
