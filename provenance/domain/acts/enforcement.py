"""Cases and examinations: what right holders pursue, and what somebody found who had the item in hand.

Only an examination can say counterfeit, so who may record one is narrow: an examiner or a customs authority about any
item, a brand about its own products.
"""

import dataclasses
from dataclasses import dataclass

from provenance.domain.acts.act import Call, Dated, act
from provenance.domain.acts.authority import fresh, known, member
from provenance.domain.acts.customs import links
from provenance.domain.acts.fields import Name, OrganisationName, Text, Thing, bounded
from provenance.domain.errors import Malformed, Refused
from provenance.domain.gs1.keys import Link
from provenance.domain.gs1.link import class_of
from provenance.domain.records import (
    Case,
    Examination,
    ExaminationResult,
    Organisation,
    Product,
    Record,
    Right,
    Role,
)
from provenance.domain.world import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase(Dated):
    """A case about things that infringe a right; a docket is named together with its court."""

    case: Name
    right: Name
    items: tuple[Thing, ...]
    docket: Text | None = None
    court: OrganisationName | None = None

    def __post_init__(self) -> None:
        bounded(self.items, "/items")
        if (self.docket is None) != (self.court is None):
            raise Malformed("case.court", "a docket is one of a court: name both or none", "/docket")


@act("enforcement:open_case")
def open_case(records: Records, call: Call, arguments: OpenCase) -> tuple[Record, ...]:
    """Open a case under a right of the caller, before a court where one is named."""
    member(records, call)
    if known(records, Right, arguments.right).holder != call.creator:
        raise Refused("right.not_holder", f"{call.creator} does not hold right {arguments.right}")
    if arguments.court is not None and Role.COURT not in known(records, Organisation, arguments.court).roles:
        raise Refused("case.court", f"{arguments.court} is no court")
    fresh(records, Case, arguments.case)
    return (
        Case(
            id=arguments.case,
            right=arguments.right,
            items=links(arguments.items),
            opened=call.stamp(arguments.effective),
            docket=arguments.docket,
            court=arguments.court,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCase(Dated):
    """A case that is over."""

    case: Name


@act("enforcement:close_case")
def close_case(records: Records, call: Call, arguments: CloseCase) -> tuple[Record, ...]:
    """Close a case, as the one that opened it or as its court."""
    member(records, call)
    case = known(records, Case, arguments.case)
    if call.creator not in (case.opened.by, case.court):
        raise Refused("case.not_party", f"{call.creator} neither opened case {case.id} nor is its court")
    if case.closed is not None:
        raise Refused("case.closed", f"case {case.id} was closed already")
    return (dataclasses.replace(case, closed=call.stamp(arguments.effective, after=case.opened)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examine(Dated):
    """What was found about an item in hand, and by which method."""

    examination: Name
    item: Thing
    result: ExaminationResult
    method: Text


@act("enforcement:examine")
def examine(records: Records, call: Call, arguments: Examine) -> tuple[Record, ...]:
    """Record an examination, as an examiner, as customs, or as the brand of the item's product."""
    examiner = member(records, call, Role.EXAMINER, Role.CUSTOMS, Role.BRAND)
    if not {Role.EXAMINER, Role.CUSTOMS} & set(examiner.roles):
        _of_brand(records, call, Link(arguments.item))
    fresh(records, Examination, arguments.examination)
    return (
        Examination(
            id=arguments.examination,
            item=Link(arguments.item),
            result=arguments.result,
            method=arguments.method,
            examined=call.stamp(arguments.effective),
        ),
    )


def _of_brand(records: Records, call: Call, item: Link) -> None:
    gtin = class_of(item)
    product = None if gtin is None else records.get(Product, str(gtin))
    if product is None or product.brand != call.creator:
        raise Refused("product.not_brand", f"{call.creator} is not the brand of {item}")
