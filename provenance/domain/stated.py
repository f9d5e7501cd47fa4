"""What organisations stated of places, kept as the fold looks it up.

A statement comes with the header of a document and never from an act: it is no state of the ledger and confers
nothing. The same words of the same organisation about the same place are one statement, from the time when it first
recorded them; so what is kept depends on what was recorded and when, never on the order in which it is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from provenance.domain.countries import is_country
from provenance.domain.epcis.masterdata import Statement, named
from provenance.domain.facts import Fact
from provenance.domain.geo import Point, point
from provenance.domain.records import Record, Stamp
from provenance.domain.world import Records, World


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceStatement(Record):
    """Where a place is, as one organisation stated it; the id is `organisation/digest`. Degrees are WGS 84."""

    kind: ClassVar[str] = "place_statement"
    id: str
    place: str
    stated: Stamp
    country: str | None = None
    unlocode: str | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None

    @property
    def terms(self) -> tuple[str, ...]:
        """What it is found by: who stated it, of which place."""
        return (_term(self.stated.by, self.place),)

    @property
    def countries(self) -> frozenset[str]:
        """The countries that it says the place is in: two where its parts disagree."""
        of_code = "" if self.unlocode is None else self.unlocode[:2]
        return frozenset(each for each in (self.country, of_code) if each is not None and is_country(each))

    @property
    def point(self) -> Point | None:
        """The position that it states."""
        return None if self.latitude is None or self.longitude is None else point(self.latitude, self.longitude)


def keep_stated(records: Records, statement: Statement, *, by: str, at: datetime) -> None:
    """Keep a statement that `by` recorded at a time, unless it had recorded the same by then."""
    identifier = f"{by}/{statement.digest}"
    known = records.get(PlaceStatement, identifier)
    if known is not None and known.stated.recorded <= at:
        return
    records.put(
        PlaceStatement(
            id=identifier,
            place=statement.place,
            stated=Stamp(by, at, at),
            country=statement.country,
            unlocode=statement.unlocode,
            latitude=statement.latitude,
            longitude=statement.longitude,
        )
    )


def of_place(world: World, place: str, fact: Fact) -> Sequence[PlaceStatement]:
    """Return what a fact's own recorder had stated of a place when it recorded the fact, else of the place's site."""
    for name in named(place):
        told = world.linked(PlaceStatement, _term(fact.recorder, name))
        found = [each for each in told if each.stated.recorded <= fact.recorded]
        if found:
            return found
    return ()


def _term(by: str, place: str) -> str:
    return f"stated/{by}/{place}"
