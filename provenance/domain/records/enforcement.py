"""Records of what examiners found and of the cases that right holders open."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from provenance.domain.gs1.keys import Link
from provenance.domain.records.base import Record, Stamp


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
