"""Records of intellectual property: rights, licences, and what holders consented to afterwards."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from provenance.domain.gs1.keys import Gtin
from provenance.domain.records.base import Record, Stamp


class RightKind(StrEnum):
    """The kinds of intellectual property that a right can be."""

    TRADEMARK = "trademark"
    DESIGN = "design"
    PATENT = "patent"
    COPYRIGHT = "copyright"
    VISUAL_WORK = "visual_work"


class EndKind(StrEnum):
    """How a right ended: invalidation works from the start, the others from their date."""

    INVALIDATED = "invalidated"
    REVOKED = "revoked"
    SURRENDERED = "surrendered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Right(Record):
    """An intellectual property right: declared by its holder, confirmed by its office or not.

    `office` is a WIPO ST.3 code, `territory` an ISO 3166-1 alpha-2 country, `EU` or another regional code of
    `provenance.domain.territory`; `application_number` is kept as it came, `st13` where it has that form.
    """

    kind: ClassVar[str] = "right"
    id: str
    right_kind: RightKind
    holder: str
    title: str
    office: str
    territory: str
    starts: date
    declared: Stamp
    expires: date | None = None
    application_number: str | None = None
    st13: str | None = None
    registration_number: str | None = None
    international_number: str | None = None
    nice_classes: tuple[int, ...] = ()
    nice_edition: str | None = None
    confirmed: Stamp | None = None
    renewed: Stamp | None = None
    ended: Stamp | None = None
    ended_as: EndKind | None = None

    @property
    def terms(self) -> tuple[str, ...]:
        return (f"holder/{self.holder}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence(Record):
    """A right holder's permission to a maker: products, where it may make and sell, from when to when.

    Empty `gtins` means every product of the right, empty `make_in` and `sell_in` the right's whole territory.
    """

    kind: ClassVar[str] = "licence"
    id: str
    right: str
    licensee: str
    starts: date
    granted: Stamp
    ends: date | None = None
    sell_off_until: date | None = None
    gtins: tuple[Gtin, ...] = ()
    make_in: tuple[str, ...] = ()
    sell_in: tuple[str, ...] = ()
    terminated: Stamp | None = None

    @property
    def terms(self) -> tuple[str, ...]:
        return (f"right/{self.right}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratification(Record):
    """A right holder's later consent to what a maker made without a licence between two dates."""

    kind: ClassVar[str] = "ratification"
    id: str
    right: str
    maker: str
    made_from: date
    made_until: date
    granted: Stamp
    gtins: tuple[Gtin, ...] = ()

    @property
    def terms(self) -> tuple[str, ...]:
        return (f"right/{self.right}",)
