"""What the ledger holds as state: one record a thing, each with its kind, its id and the terms it can be found by.

Records are written by acts (`provenance.domain.acts`), read by contracts under exact keys, and read by the fold together with
what is linked to a term. A `Stamp` says who did something, when it was recorded and from when it counts; times that somebody
claims and times that endorsers attest are never mixed.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from provenance.domain.gs1.keys import Gtin, Link


class Role(StrEnum):
    """What an organisation may be in the consortium; only stewards grant it."""

    BRAND = "brand"
    MANUFACTURER = "manufacturer"
    CARRIER = "carrier"
    CUSTOMS = "customs"
    IP_OFFICE = "ip_office"
    COURT = "court"
    MARKETPLACE = "marketplace"
    EXAMINER = "examiner"
    AUDITOR = "auditor"
    STEWARD = "steward"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who did it, the time of its transaction, and the time from which it counts (never after the transaction's)."""

    by: str
    recorded: datetime
    effective: datetime


class Record:
    """A piece of ledger state: `kind` names its type, `id` the thing, `terms` what it is linked to."""

    __slots__ = ()
    kind: ClassVar[str]
    id: str

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms under which `World.linked` finds this record, each `name/value`."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment(Record):
    """What the deployment fixes once: the organisations that grant roles. Its id is always `deployment`."""

    kind: ClassVar[str] = "deployment"
    stewards: tuple[str, ...]
    id: str = "deployment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules(Record):
    """The thresholds of the fold. Its id is always `rules`; speeds are km/h, spans seconds."""

    kind: ClassVar[str] = "rules"
    version: str = "2026-1"
    clock_tolerance: int = 300
    speed_air: int = 900
    speed_rail: int = 120
    speed_road: int = 100
    speed_sea: int = 50
    id: str = "rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation(Record):
    """A member (an MSP) with what the stewards granted it.

    `jurisdiction` is an ISO 3166-1 alpha-2 country for customs and courts, a WIPO ST.3 code for an IP office.
    """

    kind: ClassVar[str] = "organisation"
    id: str
    name: str
    roles: tuple[Role, ...]
    granted: Stamp
    jurisdiction: str | None = None
    prefixes: tuple[str, ...] = ()

    @property
    def terms(self) -> tuple[str, ...]:
        return tuple(f"prefix/{prefix}" for prefix in self.prefixes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix(Record):
    """A GS1 company prefix and the organisation that holds it until `ended`; the id is the prefix's digits."""

    kind: ClassVar[str] = "prefix"
    id: str
    holder: str
    granted: Stamp
    ended: Stamp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation(Record):
    """A prefix holder's word that another organisation issues under its prefix; the id is `prefix/organisation`."""

    kind: ClassVar[str] = "delegation"
    id: str
    prefix: str
    delegate: str
    granted: Stamp
    ended: Stamp | None = None


class PlaceKind(StrEnum):
    """What happens at a place, as far as rules ask."""

    FACTORY = "factory"
    WAREHOUSE = "warehouse"
    PORT = "port"
    AIRPORT = "airport"
    BORDER = "border"
    VESSEL = "vessel"
    RETAIL = "retail"
    DOORSTEP = "doorstep"
    OFFICE = "office"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Record):
    """A registered place; the id is its canonical link (GLN, with extension where it has one). Degrees are WGS 84."""

    kind: ClassVar[str] = "place"
    id: Link
    name: str
    place_kind: PlaceKind
    country: str
    registered: Stamp
    unlocode: str | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    time_zone: str | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Product(Record):
    """A trade item of a brand; the id is its GTIN. `markets` are the countries it is authorised for; empty means all."""

    kind: ClassVar[str] = "product"
    id: str
    brand: str
    name: str
    rights: tuple[str, ...]
    nice_class: int
    nice_edition: str
    hs_code: str
    hs_edition: str
    registered: Stamp
    markets: tuple[str, ...] = ()

    @property
    def gtin(self) -> Gtin:
        """The id as a type."""
        return Gtin(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch(Record):
    """Serials issued under a GTIN: a range of equally long numbers, or SHA-256 hashes of random ones.

    A hash is the hex SHA-256 of `gtin/serial`; `first` and `last` are digits of one length.
    """

    kind: ClassVar[str] = "batch"
    id: str
    gtin: Gtin
    issued: Stamp
    lot: str | None = None
    first: str | None = None
    last: str | None = None
    hashes: tuple[str, ...] = ()

    @property
    def terms(self) -> tuple[str, ...]:
        if self.first is not None:
            return (f"range/{self.gtin}",)
        return tuple(f"serial/{digest}" for digest in self.hashes)


@dataclass(frozen=True, slots=True, kw_only=True)
class SsccRange(Record):
    """Serial shipping container codes issued under a prefix: 17 digits each, check digit left out."""

    kind: ClassVar[str] = "sscc_range"
    id: str
    prefix: str
    first: str
    last: str
    issued: Stamp

    @property
    def terms(self) -> tuple[str, ...]:
        return (f"sscc/{self.prefix}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall(Record):
    """A brand's recall of a product, of a lot of it or of single serials; lifted or still in force."""

    kind: ClassVar[str] = "recall"
    id: str
    gtin: Gtin
    reason: str
    ordered: Stamp
    lot: str | None = None
    serials: tuple[str, ...] = ()
    lifted: Stamp | None = None

    @property
    def terms(self) -> tuple[str, ...]:
        return (f"recall/{self.gtin}",)


class HandoverState(StrEnum):
    """Where a handover stands."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover(Record):
    """One organisation's offer of custody of named things to another, and its answer."""

    kind: ClassVar[str] = "handover"
    id: str
    items: tuple[Link, ...]
    receiver: str
    state: HandoverState
    offered: Stamp
    answered: Stamp | None = None
    reason: str | None = None

    @property
    def terms(self) -> tuple[str, ...]:
        return tuple(f"item/{item}" for item in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consignment(Record):
    """A consignment by its Unique Consignment Reference (the id): logistic units, transport equipment, route countries."""

    kind: ClassVar[str] = "consignment"
    id: str
    units: tuple[Link, ...]
    origin: str
    destination: str
    opened: Stamp
    containers: tuple[str, ...] = ()

    @property
    def terms(self) -> tuple[str, ...]:
        return tuple(f"item/{unit}" for unit in self.units)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration(Record):
    """A customs declaration of a consignment; the id is `country/number`."""

    kind: ClassVar[str] = "declaration"
    id: str
    country: str
    number: str
    consignment: str
    procedure: str
    lodged: Stamp

    @property
    def terms(self) -> tuple[str, ...]:
        return (f"consignment/{self.consignment}",)


class MeasureKind(StrEnum):
    """What customs or a court does with goods."""

    DETAIN = "detain"
    SEIZE = "seize"
    DESTROY = "destroy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(Record):
    """A measure on named things at a registered place or under a declaration, until its authority lifts it.

    `consignment` names the UCR it was taken on, if any; its logistic units are then among `items`.
    """

    kind: ClassVar[str] = "measure"
    id: str
    measure_kind: MeasureKind
    items: tuple[Link, ...]
    reason: str
    imposed: Stamp
    place: Link | None = None
    declaration: str | None = None
    consignment: str | None = None
    lifted: Stamp | None = None

    @property
    def terms(self) -> tuple[str, ...]:
        return tuple(f"item/{item}" for item in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar(Record):
    """The measures in force on one named thing, which bar acts on it; the id is its link."""

    kind: ClassVar[str] = "bar"
    id: Link
    measures: tuple[str, ...]


class ExaminationResult(StrEnum):
    """What an examiner found; the only place where the word counterfeit can come from."""

    GENUINE = "genuine"
    COUNTERFEIT = "counterfeit"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination(Record):
    """An examiner's finding about an item in hand."""

    kind: ClassVar[str] = "examination"
    id: str
    item: Link
    result: ExaminationResult
    method: str
    examined: Stamp

    @property
    def terms(self) -> tuple[str, ...]:
        return (f"item/{self.item}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Record):
    """An enforcement case of a right holder about named items; a court's docket may be attached."""

    kind: ClassVar[str] = "case"
    id: str
    right: str
    items: tuple[Link, ...]
    opened: Stamp
    docket: str | None = None
    court: str | None = None
    closed: Stamp | None = None

    @property
    def terms(self) -> tuple[str, ...]:
        return (*(f"item/{item}" for item in self.items), f"right/{self.right}")


RECORDS: dict[str, type[Record]] = {
    record.kind: record
    for record in (
        Deployment, Rules, Organisation, Prefix, Delegation, Place, Right, Licence, Ratification, Product, Batch, SsccRange,
        Recall, Handover, Consignment, Declaration, Measure, Bar, Examination, Case,
    )
}
"""Every kind of record by its name, for codecs and projections."""
