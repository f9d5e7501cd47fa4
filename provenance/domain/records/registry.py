"""Records of who is who: the deployment and its rules, organisations, company prefixes, places."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from provenance.domain.gs1.keys import Link
from provenance.domain.records.base import Record, Stamp


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
