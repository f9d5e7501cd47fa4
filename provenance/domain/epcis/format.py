"""Identifiers of events in the form that a caller wants: EPC URNs or GS1 Digital Link URIs (`GS1-EPC-Format`).

Only what the standard's fields name is rewritten: things, classes, places, parties, transactions and sensors. The event
hash knows no difference between the forms, so a rewritten event keeps its id. A URN shows the length of the company
prefix, which a link does not: where nobody knows it the link stays, and is named.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from provenance.domain.errors import Malformed
from provenance.domain.gs1 import link as links
from provenance.domain.gs1.convert import canonical_or_none, urn
from provenance.domain.gs1.keys import Link

_DIGITS: Final = re.compile("[0-9]+")

PrefixLength = Callable[[str], int | None]
"""Tells how many of the digits that a key begins with are its company prefix, None where that is not known."""


class EpcFormat(StrEnum):
    """How identifiers come in answers."""

    NO_PREFERENCE = "No_Preference"
    ALWAYS_GS1_DIGITAL_LINK = "Always_GS1_Digital_Link"
    ALWAYS_EPC_URN = "Always_EPC_URN"
    NEVER_TRANSLATES = "Never_Translates"


_LISTS: Final = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_QUANTITIES: Final = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_TYPED: Final = {"bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination"}
_PLACES: Final = ("readPoint", "bizLocation")
_SINGLE: Final = ("parentID", "transformationID")
_AFTER: Final = {"00": 1, "01": 1, "8003": 1, "8006": 1}
"""Where a company prefix begins in the keys that have a digit before it (extension, indicator, leading zero)."""


class Formatter:
    """Rewrites events into one form; `kept` are the links that have no URN, or none that is known, each once."""

    def __init__(self, wanted: EpcFormat, prefix_length: PrefixLength) -> None:
        self.wanted = wanted
        self._prefix_length = prefix_length
        self._known: dict[str, str] = {}
        self._kept: dict[str, None] = {}

    @property
    def kept(self) -> tuple[str, ...]:
        """The links that stayed although a URN was wanted, in the order in which they were met."""
        return tuple(self._kept)

    def event(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the event with its identifiers in the wanted form; the same event where nothing is to be done."""
        if self.wanted in (EpcFormat.NO_PREFERENCE, EpcFormat.NEVER_TRANSLATES):
            return event
        written = dict(event)
        for field, value in event.items():
            if field in _LISTS:
                written[field] = [self.identifier(each) for each in value]
            elif field in _SINGLE:
                written[field] = self.identifier(value)
            elif field in _PLACES:
                written[field] = self._within(value, "id")
            elif field in _QUANTITIES:
                written[field] = [self._within(each, "epcClass") for each in value]
            elif field in _TYPED:
                written[field] = [self._within(each, _TYPED[field]) for each in value]
            elif field == "sensorElementList":
                written[field] = [self._sensor(each) for each in value]
        return written

    def identifier(self, text: str) -> str:
        """Return one identifier in the wanted form; what is no GS1 identifier stays as it is."""
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = self._rewritten(text)
        return found

    def _rewritten(self, text: str) -> str:
        is_urn = text.startswith("urn:")
        if is_urn is (self.wanted is EpcFormat.ALWAYS_EPC_URN):
            return text
        link = canonical_or_none(text)
        if link is None or is_urn:
            return text if link is None else link
        written = _urn(link, self._prefix_length(_from_prefix(link)))
        if written is None:
            self._kept[text] = None
            return text
        return written

    def _within(self, value: Mapping[str, Any], field: str) -> Mapping[str, Any]:
        return {**value, field: self.identifier(value[field])}

    def _sensor(self, element: Mapping[str, Any]) -> Mapping[str, Any]:
        written = {**element, "sensorReport": [self._device(each) for each in element["sensorReport"]]}
        if "sensorMetadata" in element:
            written["sensorMetadata"] = self._device(element["sensorMetadata"])
        return written

    def _device(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._within(value, "deviceID") if "deviceID" in value else value


def _urn(link: Link, prefix_length: int | None) -> str | None:
    """Return the URN of a link; None where it has none, and where the URN would mean something else.

    A URN leaves out the check digit, so a link with a wrong one stays what it is.
    """
    try:
        written = urn(link, prefix_length=prefix_length or 0)
    except Malformed:
        return None
    return written if canonical_or_none(written) == link else None


def _from_prefix(link: Link) -> str:
    """Return the digits of a link's key from its company prefix on."""
    ai, key = links.parts(link).key
    found = _DIGITS.match(key, _AFTER.get(ai, 0))
    return "" if found is None else found[0]
