"""What a GS1 Digital Link leads to: links of a type, in a language, of a media type (GS1-Conformant Resolver 1.2).

Whoever scans is sent where a target says, so its address is https on a named host and nothing else, and every part of
it fits the schema of a linkset (RFC 9264). A link type is a term of the GS1 Web Vocabulary (`gs1:pip`), of schema.org,
any other URI of letters, digits, dots and slashes, or a relation that IANA registered (`license`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from provenance.domain.errors import Malformed
from provenance.domain.gs1.link import DigitalLink

GS1_VOCABULARY = "https://gs1.org/voc/"
NAMESPACES = {"gs1:": GS1_VOCABULARY, "schema:": "https://schema.org/"}
"""The prefixes that link types are written with, and what they stand for."""

DEFAULT_LINK = GS1_VOCABULARY + "defaultLink"
"""Where a link leads when nothing else is asked for; each thing has one at most, in no particular language."""

DEFAULT_LINK_MULTI = GS1_VOCABULARY + "defaultLinkMulti"
"""Where it leads instead in a language, of a media type or in a context."""

MOST_TITLE, MOST_HREF, MOST_ANCHOR = 200, 2000, 300
_SAME_VOCABULARY = re.compile("https?://(?:www\\.|ref\\.)?gs1\\.org/voc/")
_NAME = re.compile("[A-Za-z][A-Za-z0-9]{0,80}")
_RELATION = re.compile("[a-z][a-z-]{1,60}")
_URI_TYPE = re.compile("https?://[A-Za-z0-9./]{3,200}")
_NO_TYPES = ("linkset", "all", "anchor")
_LANGUAGE = re.compile("[a-z]{2}(?:-[A-Z]{2})?")
_MEDIA_TYPE = re.compile("[0-9A-Za-z_]+/[-+.0-9A-Za-z_]+")
_CONTEXT = re.compile("[0-9A-Za-z_.:/-]{1,60}")
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HREF = re.compile(
    rf"https://(?:{_LABEL}\.)+[a-z][a-z0-9-]{{0,61}}[a-z0-9](?::[0-9]{{1,5}})?"
    r"(?:[/?#](?:[0-9A-Za-z._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?",
    re.IGNORECASE,
)
_OF_PRODUCTS = ("01", "8006")
_TYPED = {"253": 13, "255": 13, "8003": 14}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One link: its type as a URI (or registered relation), where it leads, and for whom."""

    link_type: str
    href: str
    title: str
    languages: tuple[str, ...] = ()
    media_type: str | None = None
    contexts: tuple[str, ...] = ()

    @property
    def attributes(self) -> tuple[tuple[str, ...], str | None, tuple[str, ...]]:
        """What tells it from other links of its type: languages, media type, contexts."""
        return self.languages, self.media_type, self.contexts


def link_type(text: str) -> str | None:
    """Return the URI, or the registered relation, that a link type is written for; None for what is none.

    The GS1 Web Vocabulary has several addresses, which are one.
    """
    prefix, colon, name = text.partition(":")
    if prefix + colon in NAMESPACES:
        return NAMESPACES[prefix + colon] + name if _NAME.fullmatch(name) else None
    same = _SAME_VOCABULARY.match(text)
    if same is not None:
        return link_type("gs1:" + text[same.end() :])
    if _URI_TYPE.fullmatch(text) or (_RELATION.fullmatch(text) and text not in _NO_TYPES):
        return text
    return None


def short_type(uri: str) -> str:
    """Return a link type as people write it, `gs1:pip`."""
    prefix = next((prefix for prefix, stem in NAMESPACES.items() if uri.startswith(stem)), None)
    return uri if prefix is None else prefix + uri[len(NAMESPACES[prefix]) :]


def checked(target: Target) -> Target:
    """Return a target in its normal form; raises `Malformed` (`link.*`) with the place of what is wrong."""
    kind = link_type(target.link_type)
    _require(kind is not None, "link.type", "linkType", f"{target.link_type!r} is no link type, such as gs1:pip")
    fitting = len(target.href) <= MOST_HREF and _HREF.fullmatch(target.href) is not None
    _require(fitting, "link.href", "href", "a target is an absolute https address on a named host, without a user")
    printable = 0 < len(target.title) <= MOST_TITLE and target.title.isprintable() and target.title.strip() != ""
    _require(printable, "link.title", "title", f"a title has 1 to {MOST_TITLE} printable characters")
    languages = tuple(sorted({_language(each) for each in target.languages}))
    for each in languages:
        _require(
            _LANGUAGE.fullmatch(each) is not None, "link.language", "hreflang", f"{each!r} is no language: en, en-GB"
        )
    media = target.media_type
    _require(media is None or _fits(_MEDIA_TYPE, media), "link.media_type", "type", f"{media!r} is no media type")
    contexts = tuple(sorted(set(target.contexts)))
    for each in contexts:
        _require(_fits(_CONTEXT, each), "link.context", "context", f"{each!r} is no context: a word, a country, a URI")
    plain = not (languages or media or contexts)
    reason = "the default link has no language, media type or context: gs1:defaultLinkMulti has"
    _require(kind != DEFAULT_LINK or plain, "link.default", "linkType", reason)
    return Target(
        link_type=kind or "",
        href=target.href,
        title=target.title,
        languages=languages,
        media_type=media and media.lower(),
        contexts=contexts,
    )


def anchor(link: DigitalLink) -> str:
    """Return what links are attached to: key and qualifiers as the path of a link, `/01/.../10/...`."""
    return DigitalLink(link.key, link.qualifiers).uri("")


def levels(link: DigitalLink) -> list[str]:
    """Return the anchors whose links hold for a link, the finest first: it, the lot it is of, the product, ...

    Fewer qualifiers name what has them all; a document, coupon or asset with a serial is one of its type.
    """
    ai, value = link.key
    chosen = [chosen for size in range(len(link.qualifiers) + 1) for chosen in combinations(link.qualifiers, size)]
    order = {qualifier: place for place, qualifier in enumerate(link.qualifiers)}
    chosen.sort(key=lambda each: ([order[qualifier] for qualifier in reversed(each)], len(each)), reverse=True)
    found = [anchor(DigitalLink(link.key, each)) for each in chosen]
    if ai in _TYPED and len(value) > _TYPED[ai]:
        found.append(anchor(DigitalLink((ai, value[: _TYPED[ai]]))))
    return found


def check_attachable(link: DigitalLink) -> None:
    """Accept what links may be attached to; raises `Malformed` (`link.anchor`).

    It is a key with its qualifiers, and no data attribute. Whoever states a serial names one item, whatever its lot
    and variant are: they do not stand beside it (2.5.9, rule 2), so that one item has its links in one place.
    """
    if link.attributes:
        raise Malformed("link.anchor", "a link is attached to a key and its qualifiers, without data attributes")
    if link.key[0] in _OF_PRODUCTS and link.value("21") is not None and len(link.qualifiers) > 1:
        raise Malformed("link.anchor", "an item is named by its serial alone, without lot and variant")


def _language(text: str) -> str:
    language, dash, country = text.partition("-")
    return language.lower() + dash + country.upper()


def _fits(form: re.Pattern[str], text: str) -> bool:
    return form.fullmatch(text) is not None


def _require(holds: bool, code: str, place: str, detail: str) -> None:  # noqa: FBT001 - what must hold
    if not holds:
        raise Malformed(code, detail, f"/{place}")


__all__: Sequence[str] = (
    "DEFAULT_LINK", "DEFAULT_LINK_MULTI", "GS1_VOCABULARY", "NAMESPACES", "Target", "anchor", "check_attachable",
    "checked", "levels", "link_type", "short_type",
)  # fmt: skip
