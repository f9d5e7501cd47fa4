"""From an item back to the rights that it answers to, and to the place in its history where the record stops fitting.

What a brand or an official reads after a verdict: the product, its brand, the rights with their holder and licensees,
the last entry before anything was odd, the first odd one, and who held the goods between the two.
"""

from dataclasses import dataclass
from datetime import date

from provenance.domain.findings import Severity
from provenance.domain.fold import rights
from provenance.domain.fold.history import Entry, EntryKind
from provenance.domain.fold.register import Party, Register
from provenance.domain.gs1.keys import Link
from provenance.domain.records import Licence, Product, Right
from provenance.domain.verdict import Grade, Verdict
from provenance.domain.world import World


@dataclass(frozen=True, slots=True)
class Licensee:
    """Who may make the product under a right, and from when to when."""

    party: Party
    licence: str
    starts: date
    ends: date | None
    make_in: tuple[str, ...]
    sell_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TracedRight:
    """A right of the product: its record, its holder, whether it is in force, and who is licensed under it.

    `infringed` says that a finding rests on this right, or that it is in force where the record stops fitting.
    """

    right: Right
    holder: Party
    in_force: bool
    confirmed: bool
    infringed: bool
    licensees: tuple[Licensee, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """An item traced back: product, brand, rights, and the gap in which it went wrong (None where nothing did)."""

    item: Link
    grade: Grade
    product: Product | None
    brand: Party | None
    rights: tuple[TracedRight, ...]
    last_consistent: Entry | None
    first_inconsistent: Entry | None
    held_between: tuple[Party, ...]


def trace(verdict: Verdict, world: World) -> Trace:
    """Return where an item comes from in rights, and where its record stops fitting."""
    register = Register(world, verdict.as_of)
    product = verdict.state.product
    events = [entry for entry in verdict.history if entry.kind is not EntryKind.WITHDRAWN]
    index = _first_odd(verdict, events)
    first = events[index] if index is not None else None
    before = [entry for entry in (events[:index] if index is not None else events) if entry.kind is EntryKind.EVENT]
    last = before[-1] if before else None
    return Trace(
        item=verdict.item,
        grade=verdict.grade,
        product=product,
        brand=register.party(product.brand) if product else None,
        rights=_rights(product, verdict, first, register) if product else (),
        last_consistent=last,
        first_inconsistent=first,
        held_between=_between(last, first),
    )


def _first_odd(verdict: Verdict, events: list[Entry]) -> int | None:
    """Return the index of the first entry that completes a finding of the grade's severity."""
    heaviest = max((each.severity.rank for each in verdict.findings), default=0)
    if heaviest == Severity.INFO.rank:
        return None
    places = {entry.fact: index for index, entry in reversed(list(enumerate(events)))}
    odd = []
    for finding in verdict.findings:
        if finding.severity.rank == heaviest:
            rests_on = [places[fact] for fact in finding.facts if fact in places]
            odd += [max(rests_on)] if rests_on else []
    if not odd and verdict.grade is Grade.NOT_ON_RECORD:
        return next((index for index, entry in enumerate(events) if entry.kind is EntryKind.EVENT), None)
    return min(odd, default=None)


def _between(last: Entry | None, first: Entry | None) -> tuple[Party, ...]:
    if last is None or first is None:
        return ()
    held = [last.custodian or last.recorder]
    if first.kind is EntryKind.EVENT:
        held.append(first.recorder)
    return tuple(dict.fromkeys(held))


def _rights(product: Product, verdict: Verdict, first: Entry | None, register: Register) -> tuple[TracedRight, ...]:
    if verdict.grade in (Grade.CONSISTENT, Grade.ATTENTION):
        return traced_rights(product, register)
    named = {fact for each in verdict.reasons for fact in each.facts if fact.startswith("right:")}
    if named:
        return traced_rights(product, register, infringed=frozenset(name.partition(":")[2] for name in named))
    place = first.place if first is not None else None
    country = place.country if place is not None and not place.stated else None
    at = first.time if first is not None else verdict.as_of
    reached = rights.in_force(product, register, country=country, at=at, on=at.date())
    return traced_rights(product, register, infringed=frozenset(each.right.id for each in reached))


def traced_rights(
    product: Product, register: Register, *, infringed: frozenset[str] = frozenset()
) -> tuple[TracedRight, ...]:
    """Return the rights of a product as of the register's time, with holders and licensees."""
    at = register.as_of
    return tuple(
        TracedRight(
            right=right,
            holder=register.party(right.holder),
            in_force=rights.standing_of(right, register, at=at, on=at.date()) is not None,
            confirmed=register.done(right.confirmed),
            infringed=right.id in infringed,
            licensees=licensees(right, product, register),
        )
        for right in rights.of_product(product, register)
    )


def licensees(right: Right, product: Product, register: Register) -> tuple[Licensee, ...]:
    """Return who was licensed to make a product under a right, ended licences included."""
    found = []
    for licence in register.world.linked(Licence, f"right/{right.id}"):
        if register.done(licence.granted) and (not licence.gtins or product.gtin in licence.gtins):
            ended = licence.terminated if licence.terminated and register.done(licence.terminated) else None
            ends = ended.effective.date() if ended else licence.ends
            party = register.party(licence.licensee)
            found.append(Licensee(party, licence.id, licence.starts, ends, licence.make_in, licence.sell_in))
    return tuple(found)
