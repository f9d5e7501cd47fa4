"""GS1 element strings: AIs and their values one after the other, as people write them and as scanners send them.

`bracketed` reads `(01)...(21)...`, where a backslash before a bracket makes it part of a value; `plain` reads what a
symbol carries, where FNC1 ends a value whose length is not fixed. FNC1 is sent as the control character GS and is
written `^`. Values are not judged here: `link.build` does that.
"""

import re

from provenance.domain.errors import Malformed
from provenance.domain.gs1.ai import AIS

Element = tuple[str, str]
"""An AI and its value."""

FNC1 = "^"
GS = "\x1d"
_PICTURE = "\u241d"
"""How some terminals show GS."""
_BRACKETED = re.compile(r"\(([0-9]{2,4})\)((?:[^(\\]|\\\(|\\(?!\())+)")
_AI_LENGTHS = (2, 3, 4)


def bracketed(text: str) -> tuple[Element, ...]:
    """Return the elements of `(01)...(21)...`; raises `Malformed` (`identifier.form`)."""
    found: list[Element] = []
    at = 0
    while match := _BRACKETED.match(text, at):
        found.append((match[1], match[2].replace("\\(", "(")))
        at = match.end()
    if at != len(text) or not found:
        raise Malformed("identifier.form", f"{text!r} is not of the form (AI)value(AI)value: see position {at}")
    return tuple(found)


def plain(text: str) -> tuple[Element, ...]:
    """Return the elements that a symbol carries, `01...21...`; raises `Malformed` (`identifier.form`).

    FNC1 may come first and after any value, and has to come between a value without a fixed length and the next AI.
    """
    text = text.replace(GS, FNC1).replace(_PICTURE, FNC1).removeprefix(FNC1)
    found: list[Element] = []
    at = 0
    while at < len(text):
        ai = next((text[at : at + size] for size in _AI_LENGTHS if text[at : at + size] in AIS), None)
        if ai is None:
            raise Malformed("identifier.form", f"no GS1 Application Identifier begins at {text[at : at + 4]!r}")
        start = at + len(ai)
        separator = text.find(FNC1, start)
        end = len(text) if separator < 0 else separator
        if AIS[ai].fixed:
            end = min(end, start + AIS[ai].longest)
        found.append((ai, text[start:end]))
        at = end + (text[end : end + 1] == FNC1)
    if not found:
        raise Malformed("identifier.form", "there is no GS1 element string")
    return tuple(found)
