"""What queries need to know beside themselves, from one snapshot: prefixes that events use, and what places are."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

from provenance.domain.epcis import masterdata
from provenance.domain.epcis.fields import plain
from provenance.domain.epcis.query import Column, Stated
from provenance.domain.records import Place, Record
from provenance.domain.stated import PlaceStatement
from provenance.readmodel.view import View

_ATTRIBUTES = {"name": "name", **masterdata.FIELDS}
"""From attributes of the CBV's master data for places to what the record of a place has."""

_STATED = frozenset(masterdata.FIELDS.values())
"""What headers state of them."""

R = TypeVar("R", bound=Record)

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

    def described(self, column: Column, attribute: str, values: Sequence[str] | None) -> Sequence[str | Stated]:
        """Return the places that have an attribute of master data, with one of the values or with any.

        A place has what the registry says of it. One that is not registered has what the event's own recorder had
        stated of it in headers of documents, as far as that agrees, as the fold sees places.
        """
        del column
        field = _ATTRIBUTES.get(masterdata.attribute_name(attribute))
        if field is None:
            return ()
        wanted = None if values is None else set(map(plain, values))
        told = ((place.id, getattr(place, field)) for place in self._places.values())
        registered = [name for name, value in told if value is not None and _is(value, wanted)]
        return [*registered, *(self._stated(field, wanted) if field in _STATED else ())]

    def _stated(self, field: str, wanted: set[str] | None) -> Iterator[Stated]:
        """Give from when on, and until when, what an organisation stated of a place was one thing, and a wanted one."""
        for (place, by), statements in self._statements.items():
            told = [(each.stated.recorded, getattr(each, field)) for each in statements]
            said = [(at, value) for at, value in told if value is not None]
            if said and _is(said[0][1], wanted):
                until = next((at for at, value in said if value != said[0][1]), None)
                yield Stated(place, by, said[0][0], until)

    @cached_property
    def _places(self) -> Mapping[str, Place]:
        return {each.id: each for each in self._all(Place)}

    @cached_property
    def _statements(self) -> Mapping[tuple[str, str], Sequence[PlaceStatement]]:
        """What was stated of places that are not registered, nor at a site that is, by place and organisation."""
        found: dict[tuple[str, str], list[PlaceStatement]] = {}
        for each in self._all(PlaceStatement):
            if self._places.keys().isdisjoint(masterdata.named(each.place)):
                found.setdefault((each.place, each.stated.by), []).append(each)
        return {key: sorted(listed, key=lambda each: each.stated.recorded) for key, listed in found.items()}

    def _all(self, kind: type[R]) -> Iterator[R]:
        last = ""
        for _ in range(_MOST // _AT_ONCE):
            found = self._view.records(kind, after=last, count=_AT_ONCE)
            yield from found
            if len(found) < _AT_ONCE:
                return
            last = found[-1].id


def _is(value: Any, wanted: set[str] | None) -> bool:
    return wanted is None or plain(str(value)) in wanted
