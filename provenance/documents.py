"""EPCIS documents in whichever syntax they came: JSON-LD, or XML of EPCIS 2.0 and of 1.0 to 1.2.

A document says itself which it is: no JSON text begins like XML. Both give the same events with the same ids.
"""

from typing import Any

import orjson

from provenance.domain import canonical
from provenance.domain.epcis import document
from provenance.domain.epcis.document import Document
from provenance.epcisxml import reading, syntax

is_xml = syntax.is_xml


def read(body: bytes) -> Document:
    """Return the document with its events and problems.

    Raises `Malformed` (`json.*`, `xml.*`, `epcis.type`, `epcis.missing`) when it is not even a document.
    """
    return reading.read(body) if is_xml(body) else document.read(body)


def content(body: bytes) -> Any:
    """Return the document as JSON values; raises `Malformed` (`json.*`, `xml.*`) for what JSON cannot say."""
    return reading.convert(body) if is_xml(body) else canonical.parse(body)


def size(body: bytes) -> int:
    """Return how many events a document has, without judging any of them.

    Raises `Malformed` (`json.*`, `xml.*`, `epcis.type`) for what is not even JSON or XML, or no document by its root.
    """
    if is_xml(body):
        return reading.size(body)
    try:
        value = orjson.loads(body)
    except ValueError:
        value = canonical.parse(body)
    return document.size(value)
