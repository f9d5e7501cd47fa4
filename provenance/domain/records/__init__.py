"""What the ledger holds as state: one record a thing, each with its kind, its id and the terms it is found by.

Records are written by acts (`provenance.domain.acts`), read by contracts under exact keys, and read by the fold
together with what is linked to a term. A `Stamp` says who did something, when it was recorded and from when it
counts; times that somebody claims and times that endorsers attest are never mixed.
"""

from provenance.domain.records.base import Record, Stamp
from provenance.domain.records.customs import (
    Bar,
    Consignment,
    Declaration,
    Handover,
    HandoverState,
    Measure,
    MeasureKind,
)
from provenance.domain.records.enforcement import Case, Examination, ExaminationResult
from provenance.domain.records.products import Batch, Product, Recall, SsccRange
from provenance.domain.records.registry import (
    Delegation,
    Deployment,
    Organisation,
    Place,
    PlaceKind,
    Prefix,
    Role,
    Rules,
)
from provenance.domain.records.rights import EndKind, Licence, Ratification, Right, RightKind

__all__ = [
    "RECORDS",
    "Bar",
    "Batch",
    "Case",
    "Consignment",
    "Declaration",
    "Delegation",
    "Deployment",
    "EndKind",
    "Examination",
    "ExaminationResult",
    "Handover",
    "HandoverState",
    "Licence",
    "Measure",
    "MeasureKind",
    "Organisation",
    "Place",
    "PlaceKind",
    "Prefix",
    "Product",
    "Ratification",
    "Recall",
    "Record",
    "Right",
    "RightKind",
    "Role",
    "Rules",
    "SsccRange",
    "Stamp",
]


RECORDS: dict[str, type[Record]] = {
    record.kind: record
    for record in (
        Deployment,
        Rules,
        Organisation,
        Prefix,
        Delegation,
        Place,
        Right,
        Licence,
        Ratification,
        Product,
        Batch,
        SsccRange,
        Recall,
        Handover,
        Consignment,
        Declaration,
        Measure,
        Bar,
        Examination,
        Case,
    )
}
"""Every kind of record by its name, for codecs and projections."""
