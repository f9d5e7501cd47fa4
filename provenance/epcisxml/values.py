"""JSON values as XML elements: what an extension holds, so that reading it gives a value with the same event hash."""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from lxml import etree

from provenance.domain.canonical import Number
from provenance.domain.epcis import vocabulary
from provenance.domain.epcis.context import IGNORE_FIELDS, Scope
from provenance.domain.errors import Malformed
from provenance.epcisxml.names import ARRAY, MASTER_DATA, MEMBER
from provenance.epcisxml.syntax import Element

_LOCAL: Final = re.compile(r"[^\W\d][\w.\-]*")
"""Local names that are names in XML 1.0 in any edition; rarer ones are written as members."""

_KEPT: Final = re.compile("ns[0-9]+")


def scalar(value: Any) -> str:
    """Return a JSON scalar as the text of an element or attribute."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.literal if isinstance(value, Number) else str(value)


def write_text(element: Element, value: Any) -> None:
    """Put a scalar into an element.

    Raises `Malformed` (`xml.inexpressible`) for characters that XML cannot hold (control characters).
    """
    try:
        element.text = scalar(value)
    except ValueError:
        raise _inexpressible(value) from None


def set_attribute(element: Element, name: str, value: Any) -> None:
    """Put a scalar into an attribute; raises as `write_text` does."""
    try:
        element.set(name, scalar(value))
    except ValueError:
        raise _inexpressible(value) from None


def is_free(prefix: str) -> bool:
    """Return whether XML documents of ours may use a prefix (the writer keeps `ns0` and the like for itself)."""
    return _LOCAL.fullmatch(prefix) is not None and _KEPT.fullmatch(prefix) is None and prefix[:3].lower() != "xml"


def write_members(parent: Element, content: Mapping[str, Any], within: Scope) -> None:
    """Write the members of an object as child elements, its `#text` as text."""
    if "@context" in content:
        within = within.under(content["@context"])
    for name, value in content.items():
        if name == "#text":
            write_text(parent, "" if value is None else value)
        elif name != "@context" and value is not None:
            write_member(parent, name, value, within)


def write_member(parent: Element, name: str, value: Any, within: Scope) -> None:
    """Write a member of an object: one element, or one for each value of its array."""
    tag = tag_of(name, within)
    if tag is None:
        _write_content(etree.SubElement(parent, MEMBER, {"name": name}), value, within)
    elif name.endswith(":" + IGNORE_FIELDS) and isinstance(value, list):
        _write_names(_element(parent, tag, name), value, within)
    elif tag.endswith("List") and not isinstance(value, Mapping):
        _write_list(_Place(parent, tag, name), value if isinstance(value, list) else [value], within)
    else:
        for item in value if isinstance(value, list) else [value]:
            if item is not None:
                _write_content(_element(parent, tag, name), item, within)


def tag_of(name: str, within: Scope) -> str | None:
    """Return the tag that a JSON name stands for, None where no element can have it."""
    prefix, colon, local = name.partition(":")
    if not colon:
        return name if _LOCAL.fullmatch(name) else None
    home = within.prefixes.get(prefix)
    if home is None or not _LOCAL.fullmatch(local) or not _is_uri_beginning(home):
        return None
    return f"{{{MASTER_DATA if home == vocabulary.PREFIXES['cbvmda'] else home}}}{local}"


def _inexpressible(value: Any) -> Malformed:
    return Malformed("xml.inexpressible", f"{scalar(value)[:40]!r} has characters that XML cannot hold")


def _is_uri_beginning(home: str) -> bool:
    return home.isprintable() and not set(home) & set(" {}<>\"'&\\^`|")


class _Place(NamedTuple):
    """Where an element comes to stand: its parent, its tag, and the JSON name that it has."""

    parent: Element
    tag: str
    name: str


def _write_list(place: _Place, items: list[Any], within: Scope) -> None:
    kept = [item for item in items if item is not None]
    if kept:
        listed = _element(*place)
        for item in kept:
            _write_content(etree.SubElement(listed, place.tag.removesuffix("List")), item, within)


def _write_content(element: Element, value: Any, within: Scope) -> None:
    if isinstance(value, Mapping):
        write_members(element, value, within)
    elif isinstance(value, list):
        for item in value:
            if item is not None:
                _write_content(etree.SubElement(element, ARRAY), item, within)
    else:
        write_text(element, value)


def _write_names(element: Element, names: list[Any], within: Scope) -> None:
    """Write the names of ignored fields as empty elements, full URIs by the prefix that stands for their beginning."""
    for name in names:
        tag = _tag_of_uri(str(name), within)
        if tag is None:
            etree.SubElement(element, MEMBER, {"name": str(name)})
        else:
            etree.SubElement(element, tag)


def _tag_of_uri(name: str, within: Scope) -> str | None:
    for home in within.prefixes.values():
        if name.startswith(home) and _LOCAL.fullmatch(name[len(home) :]):
            return f"{{{home}}}{name[len(home) :]}"
    return tag_of(name, within)


def _element(parent: Element, tag: str, name: str) -> Element:
    """Return a new child with the prefix of its JSON name."""
    if tag[:1] != "{":
        return etree.SubElement(parent, tag)
    prefix = name.partition(":")[0]
    return etree.SubElement(parent, tag, nsmap={prefix: tag[1:].partition("}")[0]} if is_free(prefix) else None)
