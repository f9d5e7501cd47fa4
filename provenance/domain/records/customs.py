"""Records of goods under way: handovers, consignments, declarations, and what authorities do with goods."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from provenance.domain.gs1.keys import Link
from provenance.domain.records.base import Record, Stamp


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
    """A consignment by its Unique Consignment Reference (the id): logistic units, transport equipment, countries."""

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
