"""Which target a request is sent to, and the linkset of a thing (GS1-Conformant Resolver 1.2, RFC 9264).

Targets come by level, the finest first; of each type the finest level that has any counts. Among several of a type the
request's context, languages and media types choose, in this order; what they cannot tell apart is for the caller to
choose among (300). Pure: a request is what `Wanted` says.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provenance.domain.gs1.targets import DEFAULT_LINK, DEFAULT_LINK_MULTI, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a request asks for: a link type, contexts, and language and media ranges in order of preference."""

    link_type: str | None = None
    contexts: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()


def choose(levels: Sequence[Sequence[Target]], wanted: Wanted) -> tuple[Target, ...]:
    """Return the target that fits best, several where nothing tells them apart, none where there is none."""
    if wanted.link_type is not None:
        of_type = _finest(levels, wanted.link_type)
        return _alike(_narrowed(of_type, wanted)[0])
    for level in levels:
        several = [each for each in level if each.link_type == DEFAULT_LINK_MULTI]
        default = tuple(each for each in level if each.link_type == DEFAULT_LINK)
        narrowed, preferred = _narrowed([each for each in several if not default or _bearable(each, wanted)], wanted)
        if narrowed and (preferred or not default):
            return _alike(narrowed)
        if default:
            return default[:1]
    return ()


def linkset(levels: Iterable[tuple[str, Sequence[Target]]], *, described: str) -> dict[str, Any]:
    """Return the linkset of a thing: one link context for each of its levels, given as (address, targets)."""
    return {"linkset": [_context(address, targets, described) for address, targets in levels]}


def _context(address: str, targets: Sequence[Target], described: str) -> dict[str, Any]:
    relations: dict[str, list[dict[str, Any]]] = {}
    for target in targets:
        relations.setdefault(target.link_type, []).append(_object(target))
    return {"anchor": address, "itemDescription": described, **relations}


def _object(target: Target) -> dict[str, Any]:
    shown: dict[str, Any] = {"href": target.href, "title": target.title}
    if target.languages:
        shown["hreflang"] = list(target.languages)
    if target.media_type:
        shown["type"] = target.media_type
    if target.contexts:
        shown["context"] = list(target.contexts)
    return shown


def _finest(levels: Sequence[Sequence[Target]], link_type: str) -> list[Target]:
    of_type = ([each for each in level if each.link_type == link_type] for level in levels)
    return next((found for found in of_type if found), [])


def _narrowed(targets: list[Target], wanted: Wanted) -> tuple[list[Target], bool]:
    """Return the targets that fit best, and whether anything of the request spoke for them."""
    preferred = False
    for ranges, values, fits in _dimensions(wanted):
        targets, spoken_for = _best(targets, ranges, values, fits)
        preferred = preferred or spoken_for
    return targets, preferred


_ANYTHING = ("*", "*/*")
_Values = Callable[[Target], Sequence[str]]
_Fits = Callable[[str, str], bool]


def _dimensions(wanted: Wanted) -> tuple[tuple[Sequence[str], _Values, _Fits], ...]:
    return (
        (wanted.contexts, lambda each: each.contexts, lambda asked, has: asked.lower() == has.lower()),
        (wanted.languages, lambda each: each.languages, _speaks),
        (wanted.media_types, _media, _is_of),
    )


def _best(targets: list[Target], ranges: Sequence[str], values: _Values, fits: _Fits) -> tuple[list[Target], bool]:
    """Return the targets that the first range fits, those without a value where none does, all as the last resort."""
    for asked in ranges:
        if asked in _ANYTHING:
            return targets, False
        exactly = [each for each in targets if asked.lower() in map(str.lower, values(each))]
        found = exactly or [each for each in targets if any(fits(asked, has) for has in values(each))]
        if found:
            return found, True
    return [each for each in targets if not values(each)] or targets, False


def _bearable(target: Target, wanted: Wanted) -> bool:
    """Return whether nothing about the target is other than what the request asks for."""
    return all(
        not ranges
        or not values(target)
        or any(asked in _ANYTHING or fits(asked, has) for asked in ranges for has in values(target))
        for ranges, values, fits in _dimensions(wanted)
    )


def _media(target: Target) -> Sequence[str]:
    return (target.media_type,) if target.media_type else ()


def _speaks(asked: str, has: str) -> bool:
    """Return whether a language fits a language range, either being the finer one (RFC 4647)."""
    asked, has = asked.lower(), has.lower()
    return asked == has or has.startswith(asked + "-") or asked.startswith(has + "-")


def _is_of(asked: str, has: str) -> bool:
    return asked == has or (asked.endswith("/*") and has.startswith(asked[:-1]))


def _alike(targets: Sequence[Target]) -> tuple[Target, ...]:
    """Return the first target with all that differ from it in nothing that a request could ask for."""
    return tuple(each for each in targets if each.attributes == targets[0].attributes)


def by_level(anchors: Sequence[str], stored: Mapping[str, Sequence[Target]]) -> list[tuple[str, Sequence[Target]]]:
    """Return the levels that have targets, and the finest one whether it has any or not, the finest first."""
    return [(each, stored.get(each, ())) for each in anchors if stored.get(each) or each == anchors[0]]
