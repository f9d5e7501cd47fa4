"""Who reads an event: its recorder, the parties in it, the brand, customs on the route, auditors, a docket's court.

The rule is one predicate over a fact and the records; whoever it does not name sees nothing of the event, not even
that it exists.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from provenance.domain.facts import Fact
from provenance.domain.fold.register import Register
from provenance.domain.gs1.keys import Link
from provenance.domain.gs1.link import class_of
from provenance.domain.records import Case, Consignment, Declaration, Organisation, Product, Role
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
        or _is_brand(world, organisation, fact.event.things)
        or (Role.CUSTOMS in member.roles and _among(member, route(register, fact)))
        or (Role.COURT in member.roles and _has_docket(world, organisation, fact.event.things))
    )


def reads_all(world: World, organisation: str, thing: Link, facts: Iterable[Fact]) -> bool:
    """Return whether an organisation reads the whole history of a thing, what happened to its containers included.

    That are auditors, the brand of the item, a court whose docket names it, and customs of a country that it passed,
    as `facts` (what happened to it) and its papers say.
    """
    member = world.get(Organisation, organisation)
    if member is None:
        return False
    if Role.AUDITOR in member.roles or _is_brand(world, organisation, (thing,)):
        return True
    if Role.COURT in member.roles and _has_docket(world, organisation, (thing,)):
        return True
    if Role.CUSTOMS not in member.roles:
        return False
    register = Register(world, datetime.now(UTC))
    passed = (country for fact in facts for country in route(register, fact))
    return _among(member, papers(world, thing)) or _among(member, passed)


def route(register: Register, fact: Fact) -> Iterator[str]:
    """Give the countries on the route of an event: where it was, where it goes to or comes from, and by its papers."""
    event = fact.event
    for named in (event.read_point, event.location, *_parties(fact)):
        country = register.spot_of(named).country if named is not None else None
        if country is not None:
            yield country
    for thing in event.things:
        yield from papers(register.world, thing)


def papers(world: World, thing: Link) -> Iterator[str]:
    """Give the countries that the consignments of a thing go from and to, and those they were declared in."""
    for consignment in world.linked(Consignment, f"item/{thing}"):
        yield from (consignment.origin, consignment.destination)
        yield from (each.country for each in world.linked(Declaration, f"consignment/{consignment.id}"))


def _among(authority: Organisation, countries: Iterator[str]) -> bool:
    return any(country == authority.jurisdiction for country in countries)


def _parties(fact: Fact) -> Iterable[str]:
    return (party.id for party in (*fact.event.sources, *fact.event.destinations))


def _is_brand(world: World, organisation: str, things: Iterable[Link]) -> bool:
    gtins = {str(gtin) for gtin in map(class_of, things) if gtin is not None}
    products = (world.get(Product, gtin) for gtin in sorted(gtins))
    return any(product is not None and product.brand == organisation for product in products)


def _has_docket(world: World, organisation: str, things: Iterable[Link]) -> bool:
    cases = (case for thing in things for case in world.linked(Case, f"item/{thing}"))
    return any(case.docket is not None and case.court == organisation for case in cases)
