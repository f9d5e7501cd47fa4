"""JSON-LD contexts as EPCIS documents use them, resolved without a network and without a JSON-LD processor.

A context says which prefix stands for which namespace. The standard context is built in; the prefixes that it declares
count as declared everywhere, and its `gs1`, `cbv` and `epcis` cannot be turned into something else. A context at a URL
that is not the standard one is never fetched: what it declares is unknown, so a prefix that nothing else declares is
let through under it.

`fold` puts what a document declares into each of its events, so that an event alone says what its names mean.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from provenance.domain import canonical
from provenance.domain.epcis import vocabulary

IGNORE_FIELDS: Final = "ignoreFields"
"""The local name of the field that lists what the event hash leaves out, under any prefix."""

_PROTECTED: Final = {name: vocabulary.PREFIXES[name] for name in ("cbv", "epcis", "gs1")}
_MASTER_DATA: Final = {"urn:epcglobal:cbv:mda": vocabulary.PREFIXES["cbvmda"]}
"""The namespace as XML documents spell it, which many JSON documents copy."""
_GS1_HOMES: Final = ("https://ref.gs1.org", "https://gs1.org")


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """What a context declares: prefix to namespace, and whether some of it lies at a URL that is not read."""

    context: Sequence[Any]
    prefixes: Mapping[str, str]
    partial: bool
    expansions: Mapping[str, str]
    """The prefixes that are expanded in values too: those of the standard's own namespaces (event hash rule 15)."""

    def declares(self, name: str) -> bool:
        """Return whether `name` (`prefix:local`, or an absolute URI) has a meaning here."""
        prefix, colon, local = name.partition(":")
        return bool(colon) and (prefix in self.prefixes or self.partial or prefix == "urn" or local.startswith("//"))

    def expand(self, name: str) -> str:
        """Return the full URI of a CURIE whose prefix is declared, and `name` itself otherwise."""
        prefix, colon, local = name.partition(":")
        if not colon or local.startswith("//"):
            return name
        namespace = self.prefixes.get(prefix)
        return name if namespace is None else namespace + local

    def under(self, context: Any) -> "Scope":
        """Return what counts inside an object that has a context of its own."""
        return scope(fold(self.context, context))


def scope(context: Any) -> Scope:
    """Return what an effective `@context` (string, object or list of these; None for none) declares."""
    try:
        key = tuple([entry if type(entry) is str else tuple(entry.items()) for entry in _entries(context)])
        hash(key)
    except (TypeError, AttributeError):
        return _scope(canonical.dump(context))
    return _scope(key)


def fold(outer: Any, inner: Any = None) -> list[Any]:
    """Return the effective context of an event: the document's entries, then its own, mappings merged into one.

    URLs stay as they came, each once; a later mapping of a name replaces an earlier one.
    """
    urls: dict[str, None] = {}
    mappings: dict[str, Any] = {}
    for entry in (*_entries(outer), *_entries(inner)):
        if isinstance(entry, str):
            urls[entry] = None
        elif isinstance(entry, Mapping):
            mappings.update(entry)
    return [*urls, mappings] if mappings else [*urls]


def _entries(context: Any) -> Sequence[Any]:
    if context is None:
        return ()
    return context if isinstance(context, list) else (context,)


@lru_cache(maxsize=128)
def _scope(key: bytes | tuple[Any, ...]) -> Scope:
    entries = _entries(canonical.parse(key)) if isinstance(key, bytes) else [_entry(part) for part in key]
    declared: dict[str, str] = {}
    partial = False
    for entry in entries:
        if isinstance(entry, str):
            partial = partial or not vocabulary.is_standard_context(entry)
        else:
            declared.update(_mappings(entry))
    namespaces = {prefix: _MASTER_DATA.get(home := _resolve(prefix, declared), home) for prefix in declared}
    prefixes = vocabulary.PREFIXES | namespaces | _PROTECTED
    expansions = {prefix: home for prefix, home in prefixes.items() if home.startswith(_GS1_HOMES)}
    return Scope(entries, prefixes, partial, expansions)


def _entry(part: str | tuple[tuple[str, Any], ...]) -> str | dict[str, Any]:
    return part if isinstance(part, str) else dict(part)


def _mappings(entry: Any) -> Iterator[tuple[str, str]]:
    for name, value in entry.items() if isinstance(entry, Mapping) else ():
        target = value.get("@id") if isinstance(value, Mapping) else value
        if isinstance(target, str) and not name.startswith("@"):
            yield name, target


def _resolve(name: str, declared: Mapping[str, str]) -> str:
    """Return the namespace of a prefix, following one that is itself written with a prefix (each at most once)."""
    target, seen = declared[name], {name}
    while True:
        prefix, colon, local = target.partition(":")
        known = declared.get(prefix) or vocabulary.PREFIXES.get(prefix)
        if not colon or local.startswith("//") or known is None or prefix in seen:
            return target
        seen.add(prefix)
        target = known + local
