"""Consignments, declarations, and what customs and courts do with goods.

A measure names a registered place of the authority's country or a declaration made there: whether the goods really
were there is for the fold to find. It is lifted by the authority that imposed it, or by a court of the same country.
While a measure is in force, a `Bar` under each thing's own key keeps custody acts off it; measures taken on a
consignment reach its logistic units.
"""

import dataclasses
from dataclasses import dataclass

from provenance.domain.acts.act import Call, Dated, act
from provenance.domain.acts.authority import fresh, known, member, of_jurisdiction
from provenance.domain.acts.fields import (
    MOST_THINGS,
    Country,
    DeclarationId,
    DeclarationNumber,
    Location,
    Name,
    Text,
    Thing,
    bounded,
)
from provenance.domain.errors import Malformed, Refused
from provenance.domain.gs1.keys import Link
from provenance.domain.records import (
    Bar,
    Consignment,
    Declaration,
    Measure,
    MeasureKind,
    Organisation,
    Place,
    Record,
    Role,
)
from provenance.domain.trade import Container, Ucr
from provenance.domain.world import Records

MOST_MEASURES = 100
"""How many measures may be in force on one thing at a time."""

TRADERS = (Role.BRAND, Role.MANUFACTURER, Role.CARRIER)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenConsignment(Dated):
    """Goods that cross borders together, by UCR: logistic units, containers (ISO 6346), first and last country."""

    consignment: Ucr
    units: tuple[Thing, ...]
    origin: Country
    destination: Country
    containers: tuple[Container, ...] = ()

    def __post_init__(self) -> None:
        bounded(self.units, "/units")
        bounded(self.containers, "/containers", least=0)


@act("customs:open_consignment")
def open_consignment(records: Records, call: Call, arguments: OpenConsignment) -> tuple[Record, ...]:
    """Put a consignment on record, as a brand, a maker or a carrier."""
    member(records, call, *TRADERS)
    fresh(records, Consignment, str(arguments.consignment))
    return (
        Consignment(
            id=str(arguments.consignment),
            units=links(arguments.units),
            origin=arguments.origin,
            destination=arguments.destination,
            opened=call.stamp(arguments.effective),
            containers=tuple(str(container) for container in arguments.containers),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LodgeDeclaration(Dated):
    """A declaration to the customs of a country: its number there, its consignment's UCR, its procedure."""

    country: Country
    number: DeclarationNumber
    consignment: Ucr
    procedure: Text


@act("customs:lodge_declaration")
def lodge_declaration(records: Records, call: Call, arguments: LodgeDeclaration) -> tuple[Record, ...]:
    """Put the declaration of a consignment on record, as a brand, a maker or a carrier."""
    member(records, call, *TRADERS)
    known(records, Consignment, str(arguments.consignment))
    identifier = f"{arguments.country}/{arguments.number}"
    fresh(records, Declaration, identifier)
    return (
        Declaration(
            id=identifier,
            country=arguments.country,
            number=arguments.number,
            consignment=str(arguments.consignment),
            procedure=arguments.procedure,
            lodged=call.stamp(arguments.effective),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Impose(Dated):
    """A measure on things, on a consignment or on both, at a registered place or under a declaration."""

    measure: Name
    measure_kind: MeasureKind
    reason: Text
    items: tuple[Thing, ...] = ()
    place: Location | None = None
    declaration: DeclarationId | None = None
    consignment: Ucr | None = None

    def __post_init__(self) -> None:
        bounded(self.items, "/items", least=0)
        if not self.items and self.consignment is None:
            raise Malformed("measure.items", "a measure is on named things or on a consignment", "/items")
        if self.place is None and self.declaration is None:
            raise Malformed("measure.territory", "a measure names a registered place or a declaration", "/place")


@act("customs:impose")
def impose(records: Records, call: Call, arguments: Impose) -> tuple[Record, ...]:
    """Detain, seize or destroy goods, as the customs or a court of the country that they are in."""
    _in_territory(records, call, arguments)
    fresh(records, Measure, arguments.measure)
    measure = Measure(
        id=arguments.measure,
        measure_kind=arguments.measure_kind,
        items=_reached(records, arguments),
        reason=arguments.reason,
        imposed=call.stamp(arguments.effective),
        place=None if arguments.place is None else Link(arguments.place),
        declaration=arguments.declaration,
        consignment=None if arguments.consignment is None else str(arguments.consignment),
    )
    return (measure, *_barred(records, measure))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift(Dated):
    """A measure that is over."""

    measure: Name


@act("customs:lift")
def lift(records: Records, call: Call, arguments: Lift) -> tuple[Record, ...]:
    """Lift a measure, as the authority that imposed it or as a court of its country."""
    authority = member(records, call, Role.CUSTOMS, Role.COURT)
    measure = known(records, Measure, arguments.measure)
    if measure.imposed.by != call.creator:
        _overruling(records, authority, measure)
    if measure.lifted is not None:
        raise Refused("measure.lifted", f"measure {measure.id} was lifted already")
    lifted = dataclasses.replace(measure, lifted=call.stamp(arguments.effective, after=measure.imposed))
    bars = [bar for bar in records.get_many(Bar, measure.items) if bar is not None]
    freed = (
        dataclasses.replace(bar, measures=tuple(each for each in bar.measures if each != measure.id)) for bar in bars
    )
    return (lifted, *freed)


def links(things: tuple[Thing, ...]) -> tuple[Link, ...]:
    """Return what arguments name as the links that records hold."""
    return tuple(Link(str(thing)) for thing in things)


def _in_territory(records: Records, call: Call, arguments: Impose) -> None:
    authority = member(records, call, Role.CUSTOMS, Role.COURT)
    if arguments.place is not None:
        of_jurisdiction(authority, known(records, Place, arguments.place).country)
    if arguments.declaration is not None:
        declaration = known(records, Declaration, arguments.declaration)
        of_jurisdiction(authority, declaration.country)
        if arguments.consignment is not None and declaration.consignment != str(arguments.consignment):
            raise Refused("measure.declaration", f"declaration {declaration.id} is of another consignment")


def _reached(records: Records, arguments: Impose) -> tuple[Link, ...]:
    consignment = arguments.consignment
    units = () if consignment is None else known(records, Consignment, str(consignment)).units
    items = tuple(dict.fromkeys((*links(arguments.items), *units)))
    if len(items) > MOST_THINGS:
        raise Refused("measure.size", f"a measure reaches {MOST_THINGS} things at most, not {len(items)}: take several")
    return items


def _barred(records: Records, measure: Measure) -> list[Bar]:
    found = records.get_many(Bar, measure.items)
    before = [() if bar is None else bar.measures for bar in found]
    if any(len(measures) >= MOST_MEASURES for measures in before):
        raise Refused("measure.many", f"{MOST_MEASURES} measures are in force on one of these things already")
    return [Bar(id=item, measures=(*each, measure.id)) for item, each in zip(measure.items, before, strict=True)]


def _overruling(records: Records, authority: Organisation, measure: Measure) -> None:
    imposed_by = known(records, Organisation, measure.imposed.by)
    if Role.COURT not in authority.roles:
        raise Refused(
            "measure.not_authority", f"measure {measure.id} was imposed by {imposed_by.id}, and no court lifts it"
        )
    of_jurisdiction(authority, str(imposed_by.jurisdiction))
