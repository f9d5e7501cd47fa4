"""The EPCIS event as the rules see it: canonical identifiers, short CBV words, instants, decimals.

The JSON form stays what is recorded and hashed; this is what the fold reads. Identifiers are canonical links where they
are GS1 identifiers and stay as they came otherwise; business steps, dispositions and types from the CBV are their bare
words (`shipping`), everything else its full URI.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from msgspec import Struct

from provenance.domain.gs1.keys import Link


class EventType(StrEnum):
    """The five event types of EPCIS 2.0, and any type of somebody's own."""

    OBJECT = "ObjectEvent"
    AGGREGATION = "AggregationEvent"
    TRANSACTION = "TransactionEvent"
    TRANSFORMATION = "TransformationEvent"
    ASSOCIATION = "AssociationEvent"
    EXTENDED = "ExtendedEvent"


class Action(StrEnum):
    """How an event relates to the life of what it names (EPCIS 2.0, 7.3.2)."""

    ADD = "ADD"
    OBSERVE = "OBSERVE"
    DELETE = "DELETE"


class Quantity(Struct, frozen=True, array_like=True, gc=False):
    """An amount of a class of things; `uom` is a UN/ECE Rec 20 code, absent for a count."""

    epc_class: Link
    quantity: Decimal | None = None
    uom: str | None = None


class Typed(Struct, frozen=True, array_like=True, gc=False):
    """A business transaction, source or destination: its type (absent only for transactions) and its id."""

    type: str | None
    id: str


class ErrorDeclaration(Struct, frozen=True, array_like=True, gc=False):
    """Says that the event with the same content is wrong (EPCIS 2.0, 7.4.1.4)."""

    declared: datetime
    reason: str | None = None
    corrective_ids: tuple[str, ...] = ()


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One EPCIS event. `time` keeps microseconds.

    `sensors` and the values of `extensions` and `ilmd` are JSON as it came, numbers as `int` or `canonical.Number`; the
    names of extensions and ilmd are full URIs.
    """

    type: EventType
    time: datetime
    offset: str
    action: Action | None = None
    sender_id: str | None = None
    epcs: tuple[Link, ...] = ()
    parent: Link | None = None
    children: tuple[Link, ...] = ()
    inputs: tuple[Link, ...] = ()
    outputs: tuple[Link, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    child_quantities: tuple[Quantity, ...] = ()
    input_quantities: tuple[Quantity, ...] = ()
    output_quantities: tuple[Quantity, ...] = ()
    transformation: str | None = None
    step: str | None = None
    disposition: str | None = None
    set_dispositions: tuple[str, ...] = ()
    unset_dispositions: tuple[str, ...] = ()
    read_point: str | None = None
    location: str | None = None
    transactions: tuple[Typed, ...] = ()
    sources: tuple[Typed, ...] = ()
    destinations: tuple[Typed, ...] = ()
    certifications: tuple[str, ...] = ()
    error: ErrorDeclaration | None = None
    sensors: tuple[Any, ...] = ()
    ilmd: Mapping[str, Any] = {}
    extensions: Mapping[str, Any] = {}

    @property
    def things(self) -> tuple[Link, ...]:
        """Everything that the event is about: each thing once, parents and classes included, in field order."""
        classes = (*self.quantities, *self.child_quantities, *self.input_quantities, *self.output_quantities)
        parent = (self.parent,) if self.parent is not None else ()
        named = (
            *self.epcs,
            *parent,
            *self.children,
            *self.inputs,
            *self.outputs,
            *(each.epc_class for each in classes),
        )
        return tuple(dict.fromkeys(named))
