"""The records as one judgement reads them: as of one time, each looked up once.

What happened after `as_of` has not happened: acts count from their effective time. A place or party that is not on
record stays unknown; nothing here guesses. What is kept beyond one judgement, in `World.deduced`, depends on places,
organisations and prefixes alone: never on time, facts or acts.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from provenance.domain import stated
from provenance.domain.facts import Fact
from provenance.domain.geo import Point, point, point_of_uri
from provenance.domain.gs1.keys import prefix_candidates
from provenance.domain.records import Organisation, Place, PlaceKind, Prefix, Role, Stamp
from provenance.domain.vocabulary import ORGANISATION
from provenance.domain.world import World, rules_of

_PARTY = re.compile(r"https://id\.gs1\.org/41[47]/(\d{13})(?:/.*)?", re.ASCII)
_EXTENSION = "/254/"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Party:
    """A member organisation by its id and its name on record."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something was seen: a registered place, a position, or only the identifier that a record gave.

    `stated` where no registered place but its recorder's own word, in the header of a document, says where that is.
    """

    id: str
    name: str
    country: str | None = None
    kind: PlaceKind | None = None
    point: Point | None = None
    stated: bool = False

    @property
    def known(self) -> bool:
        """Whether the place is on record, or is a position in itself."""
        return self.country is not None or self.point is not None

    @property
    def label(self) -> str:
        """Name and country for a sentence."""
        return f"{self.name} ({self.country})" if self.country else self.name


class Register:
    """What is on record as of one time."""

    def __init__(self, world: World, as_of: datetime) -> None:
        self.world = world
        self.as_of = as_of
        self.rules = rules_of(world)
        self.tolerance = timedelta(seconds=self.rules.clock_tolerance)
        self._spots: dict[str, Spot] = {}
        self._scenes: dict[tuple[str | None, str | None], Spot | None] = world.deduced("scenes", Place)
        self._parties: dict[str, Party] = world.deduced("parties", Organisation)
        self._holders: dict[str, str | None] = world.deduced("holders", Organisation, Prefix)

    def done(self, stamp: Stamp | None) -> bool:
        """Return whether an act has taken effect."""
        return stamp is not None and stamp.effective <= self.as_of

    def party(self, organisation: str) -> Party:
        """Return an organisation with its name, which is its id where it is not on record."""
        found = self._parties.get(organisation)
        if found is None:
            record = self._organisation(organisation)
            found = self._parties[organisation] = Party(organisation, record.name if record else organisation)
        return found

    def name(self, organisation: str) -> str:
        """Return an organisation's name."""
        return self.party(organisation).name

    def is_any(self, organisation: str, *roles: Role) -> bool:
        """Return whether an organisation was granted one of the roles."""
        record = self._organisation(organisation)
        return record is not None and any(role in roles for role in record.roles)

    def jurisdiction(self, organisation: str) -> str | None:
        """Return an organisation's jurisdiction."""
        record = self._organisation(organisation)
        return record.jurisdiction if record else None

    def holder(self, party: str) -> str | None:
        """Return the member that a party's identifier (PGLN, GLN or our own URI) belongs to, by its company prefix."""
        if party not in self._holders:
            self._holders[party] = self._find_holder(party)
        return self._holders[party]

    def spot(self, fact: Fact) -> Spot | None:
        """Return where an event happened: its read point where that is known, else its business location.

        Where neither is on record, it is where the fact's own recorder had stated that it is.
        """
        event = fact.event
        key = (event.read_point, event.location)
        try:
            found = self._scenes[key]
        except KeyError:
            found = self._scenes[key] = self._scene(*key)
        return found if found is None or found.known else self._stated(fact) or found

    def spot_of(self, identifier: str) -> Spot:
        """Return the place of an identifier; a dock that is not on record is at its site (the GLN without
        extension).
        """
        found = self._spots.get(identifier)
        if found is None:
            found = self._spots[identifier] = self._find_spot(identifier)
        return found

    def _scene(self, read_point: str | None, location: str | None) -> Spot | None:
        seen = self.spot_of(read_point) if read_point else None
        if (seen is None or not seen.known) and location:
            rests = self.spot_of(location)
            return rests if rests.known or seen is None else seen
        return seen

    def _stated(self, fact: Fact) -> Spot | None:
        """Return the place of a fact by what its recorder had stated, as far as its statements agree."""
        for place in (fact.event.read_point, fact.event.location):
            told = stated.of_place(self.world, place, fact) if place else ()
            countries = {country for each in told for country in each.countries}
            points = {each.point for each in told if each.point is not None}
            country, where = _only(countries), _only(points)
            if place and (country is not None or where is not None):
                name = f"a place, as stated by {self.name(fact.recorder)}"
                return Spot(place, name, country, point=where, stated=True)
        return None

    def _organisation(self, identifier: str) -> Organisation | None:
        return self.world.get(Organisation, identifier)

    def _find_holder(self, party: str) -> str | None:
        if party.startswith(ORGANISATION):
            member = party[len(ORGANISATION) :]
            return member if self._organisation(member) else None
        match = _PARTY.fullmatch(party)
        for prefix in _prefixes(match[1]) if match else ():
            found = self.world.get(Prefix, prefix)
            if found is not None:
                return found.holder
        return None

    def _find_spot(self, identifier: str) -> Spot:
        place = self.world.get(Place, identifier)
        if place is None and _EXTENSION in identifier:
            place = self.world.get(Place, identifier.partition(_EXTENSION)[0])
        if place is not None:
            return _spot(place)
        return Spot(identifier, "a place that is not on record", point=point_of_uri(identifier))


def _only(values: set[T]) -> T | None:
    """Return the one value of a set of one: what disagrees is not known."""
    return next(iter(values)) if len(values) == 1 else None


def _spot(place: Place) -> Spot:
    degrees = None if place.latitude is None or place.longitude is None else point(place.latitude, place.longitude)
    return Spot(place.id, place.name, place.country, place.place_kind, degrees)


@lru_cache(maxsize=4096)
def _prefixes(digits: str) -> tuple[str, ...]:
    return tuple(reversed(prefix_candidates(digits)))
