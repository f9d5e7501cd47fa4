"""From the names of XML to those of JSON-LD: a namespace and a local name become `prefix:local`, and the context that
declares the prefixes.

The prefixes that the root declares keep their spelling, so that values written as CURIEs keep their meaning. What the
standard's own context declares has its prefix there.
"""

from typing import Any, Final

from provenance.domain.epcis import vocabulary
from provenance.domain.vocabulary import NAMESPACE
from provenance.epcisxml.syntax import Element

STANDARD_CONTEXT: Final = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

MEMBER: Final = f"{{{NAMESPACE}}}jsonMember"
"""Element for a member of a JSON object whose name no element can have; its attribute `name` says it."""
ARRAY: Final = f"{{{NAMESPACE}}}jsonArray"
"""Element for one value of an array within an array."""

MASTER_DATA: Final = "urn:epcglobal:cbv:mda"
_BUILT_IN: Final = {home: prefix for prefix, home in vocabulary.PREFIXES.items()} | {
    MASTER_DATA: "cbvmda",
    "https://gs1.org/voc/": "gs1",
}
_SCHEMES: Final = frozenset({"urn", "http", "https", "xml"})
"""Prefixes that would make something else of the beginning of a URI."""
_OF_DOCUMENTS: Final = (
    "urn:epcglobal:",
    "http://www.w3.org/2001/XMLSchema",
    "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader",
    "http://schemas.xmlsoap.org/",
)
"""What the namespaces begin with that a document's envelope declares for itself."""


class Names:
    """The prefixes of one document."""

    def __init__(self, root: Element) -> None:
        self._homes: dict[str, str] = {}
        self._prefixes: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        for prefix, home in root.nsmap.items():
            if prefix is not None and home not in _BUILT_IN and not home.startswith(_OF_DOCUMENTS):
                self._declare(prefix, home)

    @property
    def context(self) -> list[Any]:
        """The JSON-LD context of the root's prefixes and of all names that were asked for."""
        return [STANDARD_CONTEXT, dict(self._homes)] if self._homes else [STANDARD_CONTEXT]

    def of(self, element: Element) -> str:
        """Return the JSON name of an element."""
        return self.name(str(element.tag), element.prefix)

    def name(self, tag: str, prefix: str | None = None) -> str:
        """Return the JSON name for a tag (`{namespace}local`, or bare), with the prefix that it had if that is free."""
        if tag[:1] != "{":
            return tag
        home, _, local = tag[1:].partition("}")
        known = _BUILT_IN.get(home) or self._prefixes.get(home) or self._declare(prefix or "ns", home)
        return f"{known}:{local}"

    def another(self, name: str, count: int) -> str:
        """Return a different name with the same meaning: by a further prefix of its namespace."""
        prefix, _, local = name.partition(":")
        home = self._homes.get(prefix) or vocabulary.PREFIXES[prefix]
        return f"{self._declare(f'{prefix}-{count}', home)}:{local}"

    def _declare(self, prefix: str, home: str) -> str:
        wanted, count = prefix, self._counts.get(prefix, 1)
        while wanted in _SCHEMES or wanted in vocabulary.PREFIXES or self._homes.get(wanted, home) != home:
            count += 1
            wanted = f"{prefix}{count}"
        self._counts[prefix] = count
        self._homes[wanted] = home
        self._prefixes.setdefault(home, wanted)
        return wanted
