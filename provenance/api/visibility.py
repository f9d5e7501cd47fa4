"""Who reads an event: its recorder, the parties in it, the brand, customs on the route, auditors, a docket's court.

The rule is one predicate over a fact and the records; whoever it does not name sees nothing of the event, not even
that it exists.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from provenance.domain.facts import Fact
from provenance.domain.fold.register import Register
from provenance.domain.gs1.keys import Link
from provenance.domain.gs1.link import class_of
from provenance.domain.records import Case, Consignment, Organisation, Place, Product, Role
from provenance.domain.world import World


def reader(world: World, organisation: str) -> Callable[[Fact], bool]:
    """Return the predicate that says which facts an organisation may read."""
    member = world.get(Organisation, organisation)
    if member is None:
        return lambda fact: fact.recorder == organisation
    if Role.AUDITOR in member.roles:
        return lambda _: True
    register = Register(world, datetime.now(UTC))
    return lambda fact: (
        fact.recorder == organisation
        or organisation in map(register.holder, _parties(fact))
        or _is_brand(world, organisation, fact)
        or (Role.CUSTOMS in member.roles and member.jurisdiction in _route(world, fact))
        or (Role.COURT in member.roles and _has_docket(world, organisation, fact))
    )


def reads_all(world: World, organisation: str, thing: Link, facts: Iterable[Fact]) -> bool:
    """Return whether an organisation reads the whole history of a thing, what happened to its containers included.

    That are the brand of the item, and customs of a country that it passed, as `facts` (all that were looked at) say.
    """
    member, gtin = world.get(Organisation, organisation), class_of(thing)
    product = world.get(Product, str(gtin)) if gtin is not None else None
    if product is not None and product.brand == organisation:
        return True
    if member is None or Role.CUSTOMS not in member.roles:
        return False
    return any(member.jurisdiction in _route(world, fact) for fact in facts)


def _parties(fact: Fact) -> Iterable[str]:
    return (party.id for party in (*fact.event.sources, *fact.event.destinations))


def _is_brand(world: World, organisation: str, fact: Fact) -> bool:
    gtins = {str(gtin) for gtin in map(class_of, fact.event.things) if gtin is not None}
    products = (world.get(Product, gtin) for gtin in sorted(gtins))
    return any(product is not None and product.brand == organisation for product in products)


def _route(world: World, fact: Fact) -> tuple[str, ...]:
    return tuple(_countries(world, fact))


def _countries(world: World, fact: Fact) -> Iterable[str]:
    event = fact.event
    for named in (event.read_point, event.location):
        place = world.get(Place, Link(named)) if named is not None else None
        if place is not None:
            yield place.country
    for thing in event.things:
        for consignment in world.linked(Consignment, f"item/{thing}"):
            yield from (consignment.origin, consignment.destination)


def _has_docket(world: World, organisation: str, fact: Fact) -> bool:
    cases = (case for thing in fact.event.things for case in world.linked(Case, f"item/{thing}"))
    return any(case.docket is not None and case.court == organisation for case in cases)
