"""XML as bytes, read without a DTD, entities, network or external files, and what all readers here share.

A document type declaration is refused before the parser sees it, so no entity can be declared. Sizes and depth are
bounded by the parser (256 levels, 10 MB a text) and by whoever took the bytes in.
"""

import codecs
import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from provenance.domain.errors import Malformed

Element = etree._Element  # noqa: SLF001  lxml has no public name for the type of its elements

SCHEMA_INSTANCE: Final = "http://www.w3.org/2001/XMLSchema-instance"
SPACE: Final = " \t\r\n"
"""White space by XML's definition."""

_BEGINNING: Final = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*<|\xff\xfe|\xfe\xff")
_PROLOG: Final = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t\r\n]++|<\?.*?\?>|<!--.*?-->)*+<(?![!?])", re.DOTALL)
_WIDE: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
EXTENSIONS: Final = ("extension", "baseExtension")
"""Elements in which EPCIS 1.x nests what a later version added."""


def is_xml(body: bytes) -> bool:
    """Return whether a document can only be XML: no JSON text begins like it."""
    return _BEGINNING.match(body) is not None


def parse(body: bytes) -> Element:
    """Return the root element; comments and processing instructions are dropped.

    Raises `Malformed` (`xml.syntax` with line and column, `xml.doctype`, `xml.encoding`).
    """
    if _PROLOG.match(_narrow(body)) is None:
        raise Malformed("xml.doctype", "a document begins with its root element, without a document type declaration")
    try:
        root = etree.fromstring(body, _parser())
    except etree.XMLSyntaxError as error:
        line, column = error.position
        message = (error.msg or "not well-formed").partition(", ")[0]
        raise Malformed("xml.syntax", f"line {line}, column {column}: {message}") from None
    except (LookupError, ValueError) as error:
        raise Malformed("xml.encoding", f"the text cannot be decoded: {error}") from None
    if root is None:
        raise Malformed("xml.syntax", "line 1, column 1: there is no element")
    return root


def children(element: Element) -> Iterator[Element]:
    """Give the child elements of one that holds nothing but elements.

    What EPCIS 1.x nests in `extension` and `baseExtension`, because a later version added it, counts as standing here.
    Raises `Malformed` (`xml.text`) where there is text between the elements.
    """
    _refuse_text(element, element.text)
    for child in element:
        _refuse_text(child, child.tail)
        if child.tag in EXTENSIONS:
            yield from children(child)
        else:
            yield child


def text(element: Element) -> str:
    """Return the text of an element that holds nothing but text, trimmed; raises `Malformed` (`xml.element`)."""
    for child in element:
        raise unexpected(child, element)
    return (element.text or "").strip(SPACE)


def local(tag: str) -> str:
    """Return a tag without its namespace."""
    return tag.rpartition("}")[2]


def unexpected(child: Element, parent: Element) -> Malformed:
    """Return the error for an element that may not stand where it does."""
    name, within = local(str(child.tag)), local(str(parent.tag))
    return Malformed("xml.element", f"{where(child)}: <{name}> may not stand in <{within}>")


def where(element: Element) -> str:
    """Return the place of an element for a sentence."""
    return f"line {element.sourceline}"


def _refuse_text(element: Element, between: str | None) -> None:
    if between and between.strip(SPACE):
        raise Malformed("xml.text", f"{where(element)}: {between.strip(SPACE)[:40]!r} stands between elements")


def _narrow(body: bytes) -> bytes:
    if not body.startswith(_WIDE):
        return body
    try:
        return body.decode("utf-16").encode()
    except UnicodeError as error:
        raise Malformed("xml.encoding", f"the text cannot be decoded: {error}") from None


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
