"""Intellectual property: declared by holders, confirmed, renewed and ended by offices, licensed by holders.
holders.

An office acts on rights of its own ST.3 code alone; a holder on its own rights alone. A right may be declared for any
time and place, since a declaration binds nobody: what counts more is the office's confirmation, and whoever judges
shows which it is.
"""

import dataclasses
from dataclasses import dataclass
from datetime import date

from provenance.domain.acts.act import Call, Dated, act
from provenance.domain.acts.authority import fresh, known, member, of_jurisdiction
from provenance.domain.acts.fields import Name, OrganisationName, Text, at, bounded
from provenance.domain.errors import Malformed, Refused
from provenance.domain.gs1.keys import Gtin
from provenance.domain.ip import NiceClass, St3, St13
from provenance.domain.records import EndKind, Licence, Organisation, Ratification, Record, Right, RightKind, Role
from provenance.domain.territory import office_covers
from provenance.domain.world import Records

UNION_OFFICES = {"EM": "EU", "QZ": "EU"}
"""Offices whose rights have effect in a union that has a code of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareRight(Dated):
    """A right that the caller holds. Nice classes come with their edition; a term begins before it ends.

    A right that needs no office (copyright, a visual work) names the one of the country of first publication.
    """

    right: Name
    right_kind: RightKind
    title: Text
    office: St3
    territory: St3
    starts: date
    expires: date | None = None
    application_number: Text | None = None
    st13: St13 | None = None
    registration_number: Text | None = None
    international_number: Text | None = None
    nice_classes: tuple[int, ...] = ()
    nice_edition: Text | None = None

    def __post_init__(self) -> None:
        term(self.starts, self.expires, "/expires")
        bounded(self.nice_classes, "/nice_classes", least=0)
        if self.nice_classes and self.nice_edition is None:
            raise Malformed("right.nice_edition", "Nice classes mean nothing without their edition", "/nice_edition")
        for number in self.nice_classes:
            at("/nice_classes", NiceClass.parse, str(number), str(self.nice_edition))
        if self.st13 is not None and self.st13.office != self.office:
            raise Malformed("right.office", f"the ST.13 number is not one of office {self.office}", "/st13")
        if not reaches(str(self.office), str(self.territory), self.starts):
            raise Malformed(
                "right.territory", f"rights of {self.office} have no effect in {self.territory}", "/territory"
            )


@act("registry:declare_right")
def declare_right(records: Records, call: Call, arguments: DeclareRight) -> tuple[Record, ...]:
    """Put a right of the caller, a brand, on record as declared."""
    member(records, call, Role.BRAND)
    fresh(records, Right, arguments.right)
    return (
        Right(
            id=arguments.right,
            right_kind=arguments.right_kind,
            holder=call.creator,
            title=arguments.title,
            office=str(arguments.office),
            territory=str(arguments.territory),
            starts=arguments.starts,
            declared=call.stamp(arguments.effective),
            expires=arguments.expires,
            application_number=arguments.application_number,
            st13=None if arguments.st13 is None else str(arguments.st13),
            registration_number=arguments.registration_number,
            international_number=arguments.international_number,
            nice_classes=arguments.nice_classes,
            nice_edition=arguments.nice_edition,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmRight(Dated):
    """A declared right, with the number under which the office has it where that was not declared."""

    right: Name
    registration_number: Text | None = None


@act("registry:confirm_right")
def confirm_right(records: Records, call: Call, arguments: ConfirmRight) -> tuple[Record, ...]:
    """Say as its office that a declared right is in the office's register."""
    right = _of_office(records, call, arguments.right)
    if right.confirmed is not None:
        raise Refused("right.confirmed", f"right {right.id} is confirmed already")
    number = arguments.registration_number or right.registration_number
    confirmed = call.stamp(arguments.effective)
    return (dataclasses.replace(right, confirmed=confirmed, registration_number=number),)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewRight(Dated):
    """A right and the later date on which it now expires."""

    right: Name
    expires: date


@act("registry:renew_right")
def renew_right(records: Records, call: Call, arguments: RenewRight) -> tuple[Record, ...]:
    """Prolong, as its office, the term of a confirmed right."""
    right = _of_office(records, call, arguments.right)
    if right.confirmed is None:
        raise Refused("right.unconfirmed", f"right {right.id} is only declared: its office has nothing to renew")
    if right.expires is None or arguments.expires <= right.expires:
        raise Refused("right.term", f"right {right.id} runs until {right.expires or 'it is ended'} already")
    renewed = call.stamp(arguments.effective)
    return (dataclasses.replace(right, expires=arguments.expires, renewed=renewed),)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRight(Dated):
    """A right and how it ends: invalidation works from its start, the others from the effective time."""

    right: Name
    ended_as: EndKind


@act("registry:end_right")
def end_right(records: Records, call: Call, arguments: EndRight) -> tuple[Record, ...]:
    """End a right: its office invalidates or revokes it, its holder surrenders it."""
    surrendered = arguments.ended_as is EndKind.SURRENDERED
    right = (_of_holder if surrendered else _of_office)(records, call, arguments.right)
    return (dataclasses.replace(right, ended=call.stamp(arguments.effective), ended_as=arguments.ended_as),)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantLicence(Dated):
    """What a maker may do under a right; empty lists mean all of the right's products and territory."""

    licence: Name
    right: Name
    licensee: OrganisationName
    starts: date
    ends: date | None = None
    sell_off_until: date | None = None
    gtins: tuple[Gtin, ...] = ()
    make_in: tuple[St3, ...] = ()
    sell_in: tuple[St3, ...] = ()

    def __post_init__(self) -> None:
        term(self.starts, self.ends, "/ends")
        term(self.ends or self.starts, self.sell_off_until, "/sell_off_until")
        bounded(self.gtins, "/gtins", least=0)
        bounded(self.make_in, "/make_in", least=0)
        bounded(self.sell_in, "/sell_in", least=0)


@act("registry:grant_licence")
def grant_licence(records: Records, call: Call, arguments: GrantLicence) -> tuple[Record, ...]:
    """License a member to make and sell under a right of the caller."""
    _of_holder(records, call, arguments.right)
    known(records, Organisation, arguments.licensee)
    fresh(records, Licence, arguments.licence)
    return (
        Licence(
            id=arguments.licence,
            right=arguments.right,
            licensee=arguments.licensee,
            starts=arguments.starts,
            granted=call.stamp(arguments.effective),
            ends=arguments.ends,
            sell_off_until=arguments.sell_off_until,
            gtins=arguments.gtins,
            make_in=codes(arguments.make_in),
            sell_in=codes(arguments.sell_in),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EndLicence(Dated):
    """A licence that ends before its term."""

    licence: Name


@act("registry:end_licence")
def end_licence(records: Records, call: Call, arguments: EndLicence) -> tuple[Record, ...]:
    """Terminate a licence under a right of the caller; a right that has ended keeps nobody from it."""
    licence = known(records, Licence, arguments.licence)
    _held(records, call, licence.right)
    if licence.terminated is not None:
        raise Refused("licence.ended", f"licence {licence.id} was terminated already")
    return (dataclasses.replace(licence, terminated=call.stamp(arguments.effective, after=licence.granted)),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratify(Dated):
    """What a maker made without a licence from one day to another, both included; no GTINs mean every product."""

    ratification: Name
    right: Name
    maker: OrganisationName
    made_from: date
    made_until: date
    gtins: tuple[Gtin, ...] = ()

    def __post_init__(self) -> None:
        term(self.made_from, self.made_until, "/made_until")
        bounded(self.gtins, "/gtins", least=0)


@act("registry:ratify")
def ratify(records: Records, call: Call, arguments: Ratify) -> tuple[Record, ...]:
    """Consent, as the right's holder, to what a maker made without a licence."""
    _of_holder(records, call, arguments.right)
    known(records, Organisation, arguments.maker)
    fresh(records, Ratification, arguments.ratification)
    return (
        Ratification(
            id=arguments.ratification,
            right=arguments.right,
            maker=arguments.maker,
            made_from=arguments.made_from,
            made_until=arguments.made_until,
            granted=call.stamp(arguments.effective),
            gtins=arguments.gtins,
        ),
    )


def term(first: date, last: date | None, pointer: str) -> None:
    """Check that a term does not end before it begins; raises `Malformed` (`arguments.term`)."""
    if last is not None and last < first:
        raise Malformed("arguments.term", f"{last} is before {first}", pointer)


def reaches(office: str, territory: str, day: date) -> bool:
    """Return whether a right of an office can have effect in a territory: its own, its union, or a country in reach."""
    return territory in (office, UNION_OFFICES.get(office)) or office_covers(office, territory, day)


def codes(territories: tuple[St3, ...]) -> tuple[str, ...]:
    """Return territories as records hold them."""
    return tuple(str(territory) for territory in territories)


def _of_office(records: Records, call: Call, identifier: str) -> Right:
    office = member(records, call, Role.IP_OFFICE)
    right = known(records, Right, identifier)
    of_jurisdiction(office, right.office)
    return _in_being(right)


def _of_holder(records: Records, call: Call, identifier: str) -> Right:
    return _in_being(_held(records, call, identifier))


def _held(records: Records, call: Call, identifier: str) -> Right:
    member(records, call)
    right = known(records, Right, identifier)
    if right.holder != call.creator:
        raise Refused("right.not_holder", f"{call.creator} does not hold right {identifier}")
    return right


def _in_being(right: Right) -> Right:
    if right.ended is not None and right.ended_as is not None:
        raise Refused("right.ended", f"right {right.id} was {right.ended_as.value}")
    return right
