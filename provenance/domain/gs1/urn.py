"""EPC URNs of GS1 keys, both ways (GS1 EPC Tag Data Standard, chapters 6 and 7; CBV 2.0, section 8).

Reading computes the check digit that a URN leaves out; writing needs the length of the company prefix, which a link
does not show. Schemes without a GS1 key (gid, usdod, adi, bic, ...) have no link. Both directions answer None where
there is no counterpart; callers turn that into an error in the identifier's own words. Every scheme is one line of
`_SCHEMES`.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from provenance.domain.gs1.digits import check_digit
from provenance.domain.gs1.escaping import escape_path, unescape_path
from provenance.domain.gs1.keys import CANONICAL_STEM, Link

PREFIX_LENGTHS = range(6, 13)

_EXTENSION, _NO_EXTENSION = "/254/", "0"
"""A location's URN always has an extension; `0` stands for none, so an extension that is `0` itself has no URN."""

_PLAIN = re.compile("[0-9A-Za-z._-]*")
_NOT_IN_URN = re.compile('["#%&/<>?]')
_ANY = "(?:[!'()*+,.0-9:;=A-Za-z_-]|%(?:2[25-9A-Fa-f]|3[A-Fa-f0-9]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9Aa]|21))+"
_COMPONENT = "(?:[0-9A-Z-]|%(?:2[3DdFf]|3[0-9]|4[1-9A-Fa-f]|5[0-9Aa]))+"
_DIGITS = "[0-9]+"


@dataclass(frozen=True, eq=False)
class Scheme:
    """How a URN scheme writes a key: the AI it means and where its parts stand.

    `size` is the number of digits of prefix and reference together, 0 where the reference is open text of up to 30
    characters with the prefix; `leads` is 1 where the reference's first digit stands before the prefix in the key;
    `head` is what the key begins with; `serial` is the pattern of the serial, `limit` its greatest length and
    `place` what separates it from the key in a link; `pieces` is 1 where piece and total stand before it.
    """

    kind: str
    name: str
    ai: str
    size: int = 0
    leads: int = 0
    head: str = ""
    reference: str = "[0-9]*"
    pieces: int = 0
    place: str = ""
    serial: str = ""
    limit: int = 0

    @cached_property
    def form(self) -> re.Pattern[str]:
        """The pattern of what follows the scheme's name; its groups are prefix, reference, pieces and serial."""
        pieces = r"\.([0-9]{2}\.[0-9]{2})" if self.pieces else "()"
        tail = r"\.\*()" if self.kind == "idpat" else rf"\.({self.serial})" if self.serial else "()"
        return re.compile(rf"([0-9]{{6,12}})\.({self.reference}){pieces}{tail}")

    def path(self, text: str) -> str | None:
        """Return the path of the link that `text` stands for under this scheme."""
        match = self.form.fullmatch(text)
        if match is None:
            return None
        prefix, reference, pieces, serial = match.groups()
        key = _numbered(self, prefix, reference) if self.size else _segment(prefix + reference, 30)
        tail = _segment(serial, self.limit)
        if key is None or tail is None:
            return None
        key += pieces.replace(".", "")
        if not tail or (self.place == _EXTENSION and tail == _NO_EXTENSION):
            return f"/{self.ai}/{key}"
        return f"/{self.ai}/{key}{self.place}{tail}"

    def key(self, prefix: str, reference: str) -> str | None:
        """Return the key that a company prefix and a reference make up, None where they make none."""
        if not re.fullmatch(self.reference, reference):
            return None
        return _numbered(self, prefix, reference) if self.size else _segment(prefix + reference, 30)

    def text(self, key: str, *, serial: str, prefix_length: int) -> str | None:
        """Return what follows the scheme's name for a key and its serial, None where the prefix does not fit."""
        pieces = f".{key[-4:-2]}.{key[-2:]}" if self.pieces else ""
        body = key[len(self.head) : len(self.head) + self.size] if self.size else key
        prefix = body[self.leads : self.leads + prefix_length]
        reference = body[: self.leads] + body[self.leads + prefix_length :]
        tail = ".*" if self.kind == "idpat" else f".{_NOT_IN_URN.sub(_escape, serial)}" if self.serial else ""
        text = f"{prefix}.{_NOT_IN_URN.sub(_escape, reference)}{pieces}{tail}"
        return text if self.form.fullmatch(text) else None


_SCHEMES = (
    Scheme("id", "sgtin", "01", 13, leads=1, place="/21/", serial=_ANY, limit=20),
    Scheme("id", "upui", "01", 13, leads=1, place="/235/", serial=_ANY, limit=28),
    Scheme("class", "lgtin", "01", 13, leads=1, place="/10/", serial=_ANY, limit=20),
    Scheme("idpat", "sgtin", "01", 13, leads=1),
    Scheme("idpat", "upui", "01", 13, leads=1),
    Scheme("id", "itip", "8006", 13, leads=1, pieces=1, place="/21/", serial=_ANY, limit=20),
    Scheme("idpat", "itip", "8006", 13, leads=1, pieces=1),
    Scheme("id", "sscc", "00", 17, leads=1),
    Scheme("id", "sgln", "414", 12, place=_EXTENSION, serial=_ANY, limit=20),
    Scheme("id", "pgln", "417", 12),
    Scheme("id", "gsrn", "8018", 17),
    Scheme("id", "gsrnp", "8017", 17),
    Scheme("id", "gsin", "402", 16),
    Scheme("id", "grai", "8003", 12, head="0", serial=_ANY, limit=16),
    Scheme("idpat", "grai", "8003", 12, head="0"),
    Scheme("id", "gdti", "253", 12, serial=_ANY, limit=17),
    Scheme("idpat", "gdti", "253", 12),
    Scheme("id", "sgcn", "255", 12, serial=_DIGITS, limit=12),
    Scheme("idpat", "sgcn", "255", 12),
    Scheme("id", "giai", "8004", reference=_ANY),
    Scheme("id", "ginc", "401", reference=_ANY),
    Scheme("id", "cpi", "8010", reference=_COMPONENT, place="/8011/", serial=_DIGITS, limit=12),
    Scheme("idpat", "cpi", "8010", reference=_COMPONENT),
)
_BY_NAME = {f"{scheme.kind}:{scheme.name}": scheme for scheme in _SCHEMES}
_BY_PLACE = {(scheme.ai, scheme.place, bool(scheme.serial)): scheme for scheme in reversed(_SCHEMES)}
SCHEMES = {scheme.name: scheme for scheme in reversed(_SCHEMES)}
"""The schemes of instances and lots by their names."""

_STEM = "urn:epc:"
_SERIALS = ("/21/", "/10/")
_USUAL_SERIAL = re.compile("[0-9A-Za-z._-]{1,20}")
"""Serials and lots that a link writes as the URN does, within the limits of their schemes."""
_STEMS: dict[str, str] = {}
"""What a product's URNs begin with, and what its links begin with: its items share it."""
_REMEMBERED = 1 << 14
_LONGEST = 100


def read(urn: str) -> Link | None:
    """Return the canonical link that an EPC URN, class URN or id pattern (`...*`) stands for, if any."""
    end = urn.find(".", urn.find(".") + 1) + 1
    stem = _STEMS.get(urn[:end])
    if stem is not None and _USUAL_SERIAL.fullmatch(urn, end):
        return Link(stem + urn[end:])
    return _read(urn, end)


def _read(urn: str, end: int) -> Link | None:
    if not urn.startswith(_STEM):
        return None
    kind, _, rest = urn[len(_STEM) :].partition(":")
    name, _, text = rest.partition(":")
    scheme = _BY_NAME.get(f"{kind}:{name}")
    path = scheme.path(text) if scheme is not None else None
    if scheme is None or path is None:
        return None
    if scheme.place in _SERIALS and not scheme.pieces and _USUAL_SERIAL.fullmatch(urn, end) and len(urn) <= _LONGEST:
        if len(_STEMS) >= _REMEMBERED:
            _STEMS.clear()
        _STEMS[urn[:end]] = CANONICAL_STEM + path[: path.rindex("/") + 1]
    return Link(CANONICAL_STEM + path)


def write(ai: str, key: str, *, place: str, serial: str, prefix_length: int) -> str | None:
    """Return the URN of the key `ai` with its serial at `place` (`/21/`, or `""` where it follows the key), if any."""
    if ai == "414" and place in ("", _EXTENSION):
        place, serial = _EXTENSION, _NO_EXTENSION if not serial else "" if serial == _NO_EXTENSION else serial
    scheme = _BY_PLACE.get((ai, place, bool(serial)))
    if scheme is None or prefix_length not in PREFIX_LENGTHS:
        return None
    text = scheme.text(key, serial=serial, prefix_length=prefix_length)
    return None if text is None else f"{_STEM}{scheme.kind}:{scheme.name}:{text}"


@lru_cache(maxsize=1 << 14)
def _numbered(scheme: Scheme, prefix: str, reference: str) -> str | None:
    """Return the digits of a key with their check digit; remembered, since many items share one."""
    if len(prefix) + len(reference) != scheme.size:
        return None
    raw = scheme.head + reference[: scheme.leads] + prefix + reference[scheme.leads :]
    return raw + check_digit(raw)


def _segment(text: str, limit: int) -> str | None:
    """Return the URN's text as a link's path segment, None where it is longer than `limit` characters."""
    if _PLAIN.fullmatch(text):
        return text if len(text) <= max(limit, 0) else None
    value = unescape_path(text)
    return escape_path(value) if len(value) <= limit else None


def _escape(match: re.Match[str]) -> str:
    return f"%{ord(match[0]):02X}"
