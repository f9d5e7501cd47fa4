"""URIs as the event hash writes them, many in one pass: what nearly all events name things by.

Those are items and lots by the stem of their product and their serial, links by their path, logistic units by their
digits, and what names nothing by a GS1 key. One expression knows them all and takes only what is a URI; whatever else
there is, `eventhash` writes.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from provenance.domain.epcis import vocabulary
from provenance.domain.gs1.convert import canonical_or_none
from provenance.domain.gs1.digits import check_digit
from provenance.domain.gs1.keys import CANONICAL_STEM
from provenance.domain.gs1.link import CONVENIENCE_NAMES

SCHEMES: Final = frozenset({"urn", "http", "https"})
"""What the URIs begin with; where a context makes prefixes of them, nothing here holds."""

_CHARACTERS: Final = r"[0-9A-Za-z\-._~!$&'()*+,;=:@/]"
_SERIAL: Final = r"[0-9A-Za-z._\-]{1,20}+(?![^ ])"
_HOST: Final = r"https?://[0-9A-Za-z.\-]++"
_KEYED: Final = rf"[^ ]*/(?:[0-9]{{2,4}}|{'|'.join(CONVENIENCE_NAMES)})/"
_WORD_STEMS: Final = "|".join(re.escape(stem.removeprefix("urn:")) for stem in vocabulary.URN_STEMS)
_URI: Final = (
    rf"(urn:epc:(?:id:sgtin|class:lgtin):[0-9]++\.[0-9]++\.)({_SERIAL})"
    rf"|{_HOST}(/01/[0-9]{{14}}/(?:21|10)/{_SERIAL}|/00/[0-9]{{18}}(?![^ ]))"
    r"|urn:epc:id:sscc:([0-9]{6,12}+)\.([0-9])([0-9]*+)(?![^ ])"
    rf"|({_HOST}(?=/)(?!{_KEYED}){_CHARACTERS}++|urn:(?!epc:|{_WORD_STEMS}){_CHARACTERS}++)"
)
_EACH_URI: Final = re.compile(_URI)
_ANY_URI: Final = re.sub(r"\((?!\?)", "(?:", _URI)
_URIS: Final = re.compile(rf"(?:(?:{_ANY_URI}) )*+(?:{_ANY_URI})")
"""Any number of them with spaces between; without groups, which Python 3.11 confuses where a repetition keeps them."""

_SSCC_DIGITS: Final = 17
_REMEMBERED: Final = 4096
_LONGEST: Final = 100


class Unusual(Exception):
    """What is asked about is not as nearly all of its kind are, if it is right at all."""


def hashed(uris: Sequence[Any]) -> list[str]:
    """Return what each URI is hashed as; nothing where there is none, or where one is not as nearly all are.

    Raises `Unusual`, and `TypeError` for what is no string.
    """
    written = " ".join(uris)
    if not _URIS.fullmatch(written) or written.count(" ") != len(uris) - 1:
        return []
    return [
        other or (CANONICAL_STEM + path if path else _STEMS[stem] + serial if stem else _unit(prefix, lead, rest))
        for stem, serial, path, prefix, lead, rest, other in _EACH_URI.findall(written)
    ]


def _unit(prefix: str, lead: str, rest: str) -> str:
    digits = lead + prefix + rest
    if len(digits) != _SSCC_DIGITS:
        raise Unusual
    return f"{CANONICAL_STEM}/00/{digits}{check_digit(digits)}"


class _Stems(dict[str, str]):
    """From what the URNs of a product's items begin with to what their links begin with; raises `Unusual`."""

    def __missing__(self, urn: str) -> str:
        link = canonical_or_none(urn + "0")
        if link is None:
            raise Unusual
        if len(urn) <= _LONGEST:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[urn] = link[:-1]
        return link[:-1]


_STEMS: Final = _Stems()
