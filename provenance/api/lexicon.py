"""What queries need to know beside themselves, from one snapshot: prefixes that events use, and registered places."""

from collections.abc import Iterator, Sequence
from functools import cached_property

from provenance.domain.epcis import masterdata
from provenance.domain.epcis.fields import plain
from provenance.domain.epcis.query import Column
from provenance.domain.records import Place
from provenance.readmodel.view import View

_ATTRIBUTES = {"name": "name", **masterdata.FIELDS}
"""From attributes of the CBV's master data for places to what the record of a place has."""

_AT_ONCE = 1000
_MOST = 100_000


class RecordLexicon:
    """`Lexicon` over the records of a view."""

    def __init__(self, view: View) -> None:
        self._view = view

    def namespaces(self, prefix: str) -> Sequence[str]:
        """Return the namespaces that recorded events have a prefix for."""
        return self._view.namespaces(prefix) if "\0" not in prefix else ()

    def within(self, place: str) -> Sequence[str]:
        """Return nothing beyond what identifiers say: a registered place lies within the one whose GLN it extends."""
        del place
        return ()

    def described(self, column: Column, attribute: str, values: Sequence[str] | None) -> Sequence[str]:
        """Return the registered places that have an attribute of master data, with one of the values or with any."""
        del column
        field = _ATTRIBUTES.get(masterdata.attribute_name(attribute))
        if field is None:
            return ()
        told = ((place.id, getattr(place, field)) for place in self._places)
        wanted = None if values is None else set(map(plain, values))
        return [name for name, value in told if value is not None and (wanted is None or plain(str(value)) in wanted)]

    @cached_property
    def _places(self) -> Sequence[Place]:
        return list(self._all(Place))

    def _all(self, kind: type[Place]) -> Iterator[Place]:
        last = ""
        for _ in range(_MOST // _AT_ONCE):
            found = self._view.records(kind, after=last, count=_AT_ONCE)
            yield from found
            if len(found) < _AT_ONCE:
                return
            last = found[-1].id
