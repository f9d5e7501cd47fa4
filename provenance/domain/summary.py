"""What is on record about links that name no single item: a product, a lot of it, a logistic unit. None gets a
grade.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from provenance.domain.errors import Malformed
from provenance.domain.facts import Fact
from provenance.domain.findings import Finding
from provenance.domain.fold import measures
from provenance.domain.fold.contents import inside
from provenance.domain.fold.history import Entry
from provenance.domain.fold.register import Party, Register
from provenance.domain.gs1 import link
from provenance.domain.gs1.keys import Link
from provenance.domain.records import Consignment, Declaration, Product, Recall
from provenance.domain.trace import TracedRight, traced_rights
from provenance.domain.verdict import ItemState, fold, state_and_history
from provenance.domain.world import World


@dataclass(frozen=True, slots=True)
class ProductSummary:
    """A product as its own link shows it: the code names no item, so nothing is said about one."""

    thing: Link
    product: Product | None
    brand: Party | None
    rights: tuple[TracedRight, ...]
    recalls: tuple[Recall, ...]


@dataclass(frozen=True, slots=True)
class LotSummary:
    """A lot of a product: whether a recall in force names it or its whole product."""

    thing: Link
    lot: str
    product: Product | None
    brand: Party | None
    recalled: bool
    recalls: tuple[Recall, ...]


@dataclass(frozen=True, slots=True)
class UnitSummary:
    """A logistic unit: where it is, who has it, what is inside it and what it is declared as.

    `contents` are the things directly inside, `all_contents` those inside them as well, `stopped` whether a measure
    holds it.
    """

    thing: Link
    state: ItemState
    history: tuple[Entry, ...]
    findings: tuple[Finding, ...]
    contents: tuple[Link, ...]
    all_contents: tuple[Link, ...]
    stopped: bool
    consignments: tuple[Consignment, ...]
    declarations: tuple[Declaration, ...]


def product(thing: Link, world: World, *, as_of: datetime) -> ProductSummary:
    """Return what is on record about the product that a link names; raises `Malformed` where it names none."""
    register = Register(world, as_of)
    gtin = link.class_of(thing)
    if gtin is None:
        raise Malformed("identifier.no_product", f"{thing} names no product")
    found = world.get(Product, str(gtin))
    brand = register.party(found.brand) if found else None
    recalls = [recall for recall in measures.recalls(gtin, register) if recall.lot is None and not recall.serials]
    rights = traced_rights(found, register) if found else ()
    return ProductSummary(thing, found, brand, rights, tuple(recalls))


def lot(thing: Link, world: World, *, as_of: datetime) -> LotSummary:
    """Return the recall state of the lot that a link names; raises `Malformed` where it names none."""
    register = Register(world, as_of)
    gtin, number = link.class_of(thing), link.lot_of(thing)
    if gtin is None or number is None:
        raise Malformed("identifier.no_lot", f"{thing} names no lot of a product")
    found = world.get(Product, str(gtin))
    brand = register.party(found.brand) if found else None
    named = [each for each in measures.recalls(gtin, register) if not each.serials and each.lot in (None, number)]
    in_force = any(not register.done(each.lifted) for each in named)
    return LotSummary(thing, number, found, brand, in_force, tuple(named))


def unit(thing: Link, facts_of: Callable[[Link], Sequence[Fact]], world: World, *, as_of: datetime) -> UnitSummary:
    """Return the state, history and contents of a logistic unit or another container."""
    register = Register(world, as_of)
    folded = fold(thing, facts_of, register)
    state, history = state_and_history(folded, register)
    contents = inside(thing, facts_of, register)
    consignments = _consignments((thing, *state.containers), register)
    declarations = [
        declaration
        for consignment in consignments
        for declaration in world.linked(Declaration, f"consignment/{consignment.id}")
        if register.done(declaration.lodged)
    ]
    return UnitSummary(
        thing=thing,
        state=state,
        history=history,
        findings=tuple(measures.judge(folded.timeline, folded.measures, register)),
        contents=contents.direct,
        all_contents=contents.everything,
        stopped=any(each.in_force for each in folded.measures),
        consignments=consignments,
        declarations=tuple(declarations),
    )


def _consignments(things: Sequence[Link], register: Register) -> tuple[Consignment, ...]:
    found: dict[str, Consignment] = {}
    for thing in things:
        for each in register.world.linked(Consignment, f"item/{thing}"):
            if register.done(each.opened):
                found[each.id] = each
    return tuple(found[key] for key in sorted(found))
