"""The shapes of answers about things, as the OpenAPI document describes them."""

from typing import Any

from marshmallow import INCLUDE, Schema, fields, validate

from provenance.api.derived import schema_of
from provenance.domain.findings import Severity
from provenance.domain.fold.history import EntryKind
from provenance.domain.gs1.link import Level
from provenance.domain.records import Consignment, Declaration, Measure
from provenance.domain.verdict import Grade

_LINK = {"description": "a canonical GS1 Digital Link", "format": "uri"}
_TIME = {"format": "date-time"}


def _one_of(kind: Any) -> Any:
    return validate.OneOf([each.value for each in kind])


class FindingSchema(Schema):
    """One reason, with what it rests on."""

    code = fields.String(required=True, metadata={"description": "stable, for software to react to"})
    severity = fields.String(required=True, validate=_one_of(Severity))
    text = fields.String(required=True, metadata={"description": "one plain sentence"})
    facts = fields.List(fields.String(), required=True, metadata={"description": "digests of facts, ids of records"})


class VerdictSchema(Schema):
    """What the record says about an item, and nothing about the item in hand."""

    item = fields.String(required=True, metadata=_LINK)
    grade = fields.String(required=True, validate=_one_of(Grade))
    findings = fields.List(fields.Nested(FindingSchema), required=True)
    as_of = fields.String(required=True, metadata=_TIME)
    rules = fields.String(required=True, metadata={"description": "the version of the rules that it was made under"})


class EntrySchema(Schema):
    """Something that happened; whoever may not read it whole gets what is released to everybody."""

    class Meta:
        """Readable entries name the event, the organisations and the places by their ids as well."""

        unknown = INCLUDE

    time = fields.String(required=True, metadata=_TIME)
    kind = fields.String(required=True, validate=_one_of(EntryKind))
    title = fields.String(required=True)
    readable = fields.Boolean(required=True, metadata={"description": "whether the caller may read all of it"})


class HistorySchema(Schema):
    """What happened to a thing, in order."""

    item = fields.String(required=True, metadata=_LINK)
    history = fields.List(fields.Nested(EntrySchema), required=True)


class ThingSchema(Schema):
    """How a thing stands: an item has a grade, a lot its recalls, a unit its contents, a product its rights."""

    class Meta:
        """Further members depend on the level."""

        unknown = INCLUDE

    item = fields.String(required=True, metadata=_LINK)
    level = fields.String(required=True, validate=_one_of(Level), metadata={"description": "what the link names"})
    grade = fields.String(validate=_one_of(Grade), metadata={"description": "of items alone"})
    findings = fields.List(fields.Nested(FindingSchema))
    state = fields.Dict(metadata={"description": "status, custodian, place, when it was seen"})


class TraceSchema(Schema):
    """The way from an item back to the rights in it."""

    class Meta:
        """With the product, the brand, and who had it when."""

        unknown = INCLUDE

    rights = fields.List(fields.Dict(), required=True, metadata={"description": "rights, their holders and licensees"})
    last_consistent = fields.Nested(EntrySchema, required=True, allow_none=True)
    first_inconsistent = fields.Nested(EntrySchema, required=True, allow_none=True)


class StaySchema(Schema):
    """A time inside a container."""

    container = fields.String(required=True, metadata=_LINK)
    start = fields.String(required=True, data_key="from", metadata=_TIME)
    until = fields.String(required=True, allow_none=True, metadata={**_TIME, "description": "null: it still is"})


class InnerSchema(Schema):
    """A thing inside, and the measures that name it."""

    thing = fields.String(required=True, metadata=_LINK)
    level = fields.String(required=True)
    measures = fields.List(fields.String(), required=True)


class ReachedSchema(Schema):
    """A measure that reached the thing, itself or through a container."""

    measure = fields.Nested(schema_of(Measure), required=True)
    through = fields.String(metadata=_LINK)
    in_force = fields.Boolean(required=True)


class UnitSchema(Schema):
    """One thing under way."""

    thing = fields.String(required=True, metadata=_LINK)
    level = fields.String(required=True)
    grade = fields.String(validate=_one_of(Grade), metadata={"description": "of items alone"})
    findings = fields.List(fields.Nested(FindingSchema))
    state = fields.Dict(required=True)
    history = fields.List(fields.Nested(EntrySchema), required=True)
    containers = fields.List(fields.Nested(StaySchema), required=True)
    contents = fields.List(fields.Nested(InnerSchema), required=True, metadata={"description": "everything inside"})
    products = fields.List(fields.Dict(), required=True, metadata={"description": "products and the rights in them"})
    measures = fields.List(fields.Nested(ReachedSchema), required=True)
    consignments = fields.List(fields.Nested(schema_of(Consignment)), required=True)
    declarations = fields.List(fields.Nested(schema_of(Declaration)), required=True)


class ShipmentSchema(Schema):
    """Goods under way: by themselves, or as what a consignment consists of."""

    shipment = fields.String(required=True, metadata={"description": "what was asked for"})
    units = fields.List(fields.Nested(UnitSchema), required=True)
    consignments = fields.List(fields.Nested(schema_of(Consignment)), required=True)
    declarations = fields.List(fields.Nested(schema_of(Declaration)), required=True)
    next_page = fields.String(data_key="nextPageToken", metadata={"description": "there are more units: ask with this"})
