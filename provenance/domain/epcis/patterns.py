"""What a value of a MATCH parameter stands for: one identifier, or all that fit a pattern (EPCIS 2.0, 8.2.7.1.1).

An id pattern (`urn:epc:idpat:sgtin:9521234.*.*`) stands for the identifiers that its stars leave open; so does a link
that names a class where instances are asked for (a GTIN: all its serials), and one that ends in a star
(`.../01/09521234000013/10/*`: all its lots). Everything else stands for itself, whichever way it is spelled. Where
classes are asked for, a class is not its lots.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from provenance.domain.errors import Malformed
from provenance.domain.gs1 import urn as urns
from provenance.domain.gs1.convert import canonical_or_none
from provenance.domain.gs1.keys import CANONICAL_STEM, Link

_STAR: Final = re.compile(r"(.+)/(21|235|10|254|8011)/\*", re.ASCII)
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.+", re.DOTALL)
_TYPE_LENGTHS: Final = {"253": 13, "255": 13, "8003": 14}
"""Keys whose serial follows them without a slash, with the length of what is their class."""
_ANY: Final = "*"


class Wanted(StrEnum):
    """What a MATCH parameter looks at: lists of instances, or of classes with quantities."""

    INSTANCES = "instances"
    CLASSES = "classes"


@dataclass(frozen=True, slots=True)
class Pattern:
    """An identifier, or all that begin with one of `stems` and have the form; hashable, equal by what it says."""

    exact: Link | None = None
    stems: tuple[str, ...] = ()
    form: str = ""
    _form: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_form", re.compile(self.form, re.ASCII))

    def fits(self, link: str) -> bool:
        """Return whether the pattern stands for an identifier."""
        if link == self.exact:
            return True
        return link.startswith(self.stems) and self._form.fullmatch(link) is not None


def read_pattern(text: str, wanted: Wanted) -> Pattern:
    """Return what a value of a MATCH parameter stands for; raises `Malformed` (`query.epc`) for what is no URI."""
    if text.startswith(("urn:epc:idpat:", "urn:epc:class:")) and _ANY in text:
        pattern = _of_urn(text, wanted)
        if pattern is not None:
            return pattern
    starred = _STAR.fullmatch(text)
    base = canonical_or_none(starred[1]) if starred else None
    if starred and base is not None:
        stem = f"{base}/{starred[2]}/"
        return Pattern(stems=(stem,), form=f"{re.escape(stem)}[^/]+")
    link = canonical_or_none(text)
    if link is not None:
        return _of_link(link, wanted)
    if not _ABSOLUTE.fullmatch(text):
        raise Malformed("query.epc", f"{text!r} is no URI")
    return Pattern(Link(text))


def _of_link(link: Link, wanted: Wanted) -> Pattern:
    ai, _, rest = link[len(CANONICAL_STEM) + 1 :].partition("/")
    if wanted is Wanted.CLASSES or "/" in rest:
        return Pattern(link)
    if ai in ("01", "8006", "8010"):
        stems = tuple(f"{link}/{qualifier}/" for qualifier in ("21", "235", "8011"))
        return Pattern(link, stems, f"{re.escape(link)}/(?:21|235|8011)/[^/]+")
    if len(rest) == _TYPE_LENGTHS.get(ai):
        return Pattern(link, (link,), f"{re.escape(link)}[^/]+")
    return Pattern(link)


def _of_urn(text: str, wanted: Wanted) -> Pattern | None:
    _, _, kind, name, rest = text.split(":", 4) if text.count(":") >= 4 else ("", "", "", "", "")  # noqa: PLR2004
    scheme = urns.SCHEMES.get(name if kind != "class" else "lgtin")
    if scheme is None or (kind == "class" and name != "lgtin"):
        return None
    parts = rest.split(".")
    prefix, reference = parts[0], parts[1] if len(parts) > 1 else _ANY
    stems = _stems(scheme, prefix, reference)
    if stems is None or (prefix == _ANY and any(each != _ANY for each in parts[1:])):
        return None
    tail = parts[2] if len(parts) > 2 else _ANY  # noqa: PLR2004
    return _pattern(scheme, stems, wanted if kind == "idpat" else Wanted.INSTANCES, tail)


def _stems(scheme: urns.Scheme, prefix: str, reference: str) -> tuple[str, ...] | None:
    """Return what the links begin with, as far as the pattern says it."""
    home = f"{CANONICAL_STEM}/{scheme.ai}/"
    if prefix == _ANY:
        return (home,)
    if not re.fullmatch("[0-9]{6,12}", prefix):
        return None
    if reference == _ANY:
        leads = "0123456789" if scheme.leads else ("",)
        return tuple(f"{home}{scheme.head}{lead}{prefix}" for lead in leads)
    key = scheme.key(prefix, reference)
    return None if key is None else (home + key,)


def _pattern(scheme: urns.Scheme, stems: tuple[str, ...], wanted: Wanted, tail: str) -> Pattern | None:
    begins = "(?:" + "|".join(map(re.escape, stems)) + ")"
    if tail != _ANY and scheme.serial:
        return None
    if not scheme.place:
        longer = _TYPE_LENGTHS.get(scheme.ai)
        size = "" if longer is None else f"(?=[^/]{{{longer}}}{'$' if wanted is Wanted.CLASSES else '.'})"
        home = re.escape(f"{CANONICAL_STEM}/{scheme.ai}/")
        return Pattern(stems=stems, form=f"(?={home}{size}){begins}[^/]*" if size else f"{begins}[^/]*")
    if wanted is Wanted.CLASSES:
        return Pattern(stems=stems, form=f"{begins}[^/]*")
    place = f"(?:{scheme.place}[^/]+)" + ("?" if scheme.ai == "414" else "")
    return Pattern(stems=stems, form=f"{begins}[^/]*{place}")
