"""Named queries as they are kept, and what they ask.

A definition is a JSON query as it was sent; it is read anew whenever it is asked, for what it may mean (prefixes,
places) is on record and changes. Who asks sees what its organisation may see at that time.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provenance.api import query
from provenance.api.lexicon import RecordLexicon
from provenance.domain import canonical
from provenance.domain.epcis.context import Scope
from provenance.http.problems import Problem
from provenance.operations import NamedQuery
from provenance.readmodel.view import View

LONGEST = 64 * 1024
"""The largest definition, in bytes."""

_NAME = re.compile(r"[^\x00-\x1f\x7f/]{1,200}")


@dataclass(frozen=True, slots=True)
class Definition:
    """What a definition says: parameters with their values, and the prefixes that it declares."""

    values: query.Values
    within: Scope


def check_name(name: Any) -> str:
    """Return a name that a query may have; raises `Problem` (400 `query.name`)."""
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise _invalid("query.name", "a name has 1 to 200 characters, no slash and no control character", "/name")
    return name


def define(content: Any, extensions: str | None = None) -> tuple[str, Definition]:
    """Return a definition as it is to be kept, and what it says; `extensions` is the header that came with it.

    Raises `Problem` (400, 413) where it is none that can be asked.
    """
    if not isinstance(content, Mapping):
        raise _invalid("query.form", "a query is an object of parameters", "/query")
    kept = dict(content)
    if extensions:
        kept["@context"] = [*_listed(kept.get("@context")), _prefixes(extensions)]
    text = canonical.dump(kept)
    if len(text) > LONGEST:
        raise Problem(
            413, "query.too_complex", f"a query has at most {LONGEST} bytes", epcis="QueryTooComplexException"
        )
    found = _read(kept)
    if "nextPageToken" in found.values or "perPage" in found.values:
        raise query.refused("perPage and nextPageToken belong to requests, not to queries")
    return text.decode(), found


def definition(named: NamedQuery) -> Definition:
    """Return what the definition of a named query says."""
    return _read(canonical.parse(named.definition.encode()))


def asked(found: Definition, view: View) -> query.Asked:
    """Return what a definition asks in a view; raises `Problem` (400)."""
    return query.read(found.values, within=found.within, lexicon=RecordLexicon(view))


def _read(content: Mapping[str, Any]) -> Definition:
    return Definition(query.of_json(content), query.declared(content.get("@context"), None))


def _listed(context: Any) -> list[Any]:
    return context if isinstance(context, list) else [] if context is None else [context]


def _prefixes(extensions: str) -> dict[str, str]:
    pairs = (each.partition("=") for each in extensions.split(","))
    return {name.strip(): uri.strip() for name, mark, uri in pairs if mark and name.strip() and uri.strip()}


def _invalid(code: str, detail: str, pointer: str) -> Problem:
    return Problem(400, code, detail, pointer=pointer, epcis="QueryValidationException")
