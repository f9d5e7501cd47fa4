"""The public event hash library (1.9.3) as an oracle: contexts from its own package, never from the network."""

import importlib.resources
import json
import logging
import warnings
from collections.abc import Callable
from typing import Any

from epcis_event_hash_generator import json_to_py, xml_to_py
from epcis_event_hash_generator.hash_generator import derive_prehashes_from_events
from pyld import jsonld

_CONTEXT_FILE = "e532647e8eb371379b8b0e8602d8981c8566bc60f7351f22c76a5bc865962008.jsonld"


def _load(url: str, _options: object = None) -> dict[str, Any]:
    if not url.endswith("/epcis-context.jsonld"):
        raise AssertionError(f"the oracle would fetch {url}")
    text = importlib.resources.files("epcis_event_hash_generator").joinpath(_CONTEXT_FILE).read_text()
    return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": json.loads(text)}


def xml_prehashes(document: bytes) -> list[str]:
    """Return the library's pre-hash strings of an EPCISDocument in XML."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks an element for its truth
        return _quietly(lambda: xml_to_py.event_list_from_epcis_document_str(document.decode()))


def prehashes(document: dict[str, Any]) -> list[str]:
    """Return the library's pre-hash strings of an EPCISDocument; those of events that it cannot take are missing."""
    jsonld.set_document_loader(_load)
    json_to_py._namespaces.clear()  # it keeps the prefixes of every document before
    json_to_py._namespaces["cbvmda"] = "{urn:epcglobal:cbv:mda}"  # it reads no prefix out of the standard context
    return _quietly(lambda: json_to_py.event_list_from_epcis_document_str(json.dumps(document)))


def _quietly(read: Callable[[], Any]) -> list[str]:
    root = logging.getLogger()  # the library logs to it, at length
    level = root.level
    root.setLevel(logging.CRITICAL)
    try:
        return derive_prehashes_from_events(read())
    finally:
        root.setLevel(level)
