"""From the JSON form to the event that the rules read."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import fields

from provenance.domain import canonical
from provenance.domain.epcis import document, shape
from provenance.domain.epcis.event import Action, ErrorDeclaration, Event, EventType, Quantity, Typed
from provenance.domain.epcis.reading import read_event

URL = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


def read(**fields: Any) -> Event:
    core = {
        "@context": [URL, {"ex": "https://ex.example.com/"}],
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T10:00:00.123456+08:00",
        "eventTimeZoneOffset": "+08:00",
    }
    return read_event(canonical.parse(json.dumps(core | fields).encode()))


def test_when_it_happened_and_what_it_did_to_what_it_names() -> None:
    event = read(action="ADD", eventID="urn:uuid:1")
    assert (event.type, event.action, event.sender_id) == (EventType.OBJECT, Action.ADD, "urn:uuid:1")
    assert event.time == datetime(2026, 3, 1, 2, 0, 0, 123456, tzinfo=UTC)
    assert event.offset == "+08:00"


def test_things_are_named_by_their_links() -> None:
    shop = "https://shop.example.com/01/09521321123458/21/A2?x=1"
    lot = {"epcClass": "urn:epc:class:lgtin:9521321.012345.L1", "quantity": 2.50, "uom": "KGM"}
    event = read(
        epcList=["urn:epc:id:sgtin:9521321.012345.A1", shop, "urn:x:other"],
        quantityList=[lot, {"epcClass": "urn:x:c"}],
    )
    product = "https://id.gs1.org/01/09521321123458"
    assert event.epcs == (f"{product}/21/A1", f"{product}/21/A2", "urn:x:other")
    assert event.quantities == (Quantity(f"{product}/10/L1", Decimal("2.5"), "KGM"), Quantity("urn:x:c"))


def test_words_of_the_vocabulary_are_read_in_every_spelling() -> None:
    event = read(
        bizStep="cbv:BizStep-shipping",
        disposition="https://ref.gs1.org/cbv/Disp-in_transit",
        persistentDisposition={"set": ["recalled"], "unset": ["urn:epcglobal:cbv:disp:active"]},
    )
    assert (event.step, event.disposition) == ("shipping", "in_transit")
    assert (event.set_dispositions, event.unset_dispositions) == (("recalled",), ("active",))


def test_where_it_happened() -> None:
    sgln = "https://id.gs1.org/414/9521321000018"
    event = read(readPoint={"id": "urn:epc:id:sgln:9521321.00001.5", "ex:gate": 1}, bizLocation={"id": sgln})
    assert (event.read_point, event.location) == (f"{sgln}/254/5", sgln)


def test_papers_and_parties_with_their_types() -> None:
    event = read(
        bizTransactionList=[
            {"bizTransaction": "http://example.com/po/1"},
            {"type": "ex:ucr", "bizTransaction": "urn:x:ucr"},
        ],
        sourceList=[{"type": "possessing_party", "source": "urn:epc:id:pgln:9521321.00001"}],
        destinationList=[{"type": "https://ref.gs1.org/cbv/SDT-owning_party", "destination": "urn:x:party"}],
    )
    untyped, typed = Typed(None, "http://example.com/po/1"), Typed("https://ex.example.com/ucr", "urn:x:ucr")
    assert event.transactions == (untyped, typed)
    assert event.sources == (Typed("possessing_party", "https://id.gs1.org/417/9521321000018"),)
    assert event.destinations == (Typed("owning_party", "urn:x:party"),)


def test_certification_and_the_declaration_of_an_error() -> None:
    corrected = {"correctiveEventIDs": ["ni:///x"], "declarationTime": "2026-03-02T00:00:00Z"}
    event = read(certificationInfo="urn:x:certificate", errorDeclaration={**corrected, "reason": "did_not_occur"})
    assert event.certifications == ("urn:x:certificate",)
    assert event.error == ErrorDeclaration(datetime(2026, 3, 2, tzinfo=UTC), "did_not_occur", ("ni:///x",))


def test_what_the_standard_does_not_define_is_kept_by_its_full_name() -> None:
    event = read(ilmd={"cbvmda:lotNumber": "L1"}, **{"ex:a": {"ex:b": 1}, "recordTime": "2026-03-02T00:00:00Z"})
    assert event.ilmd == {"urn:epcglobal:cbv:mda:lotNumber": "L1"}
    assert event.extensions == {"https://ex.example.com/a": {"ex:b": 1}}


def test_what_is_not_stated_is_not_made_up() -> None:
    time = datetime(2026, 3, 1, 2, 0, 0, 123456, tzinfo=UTC)
    assert read() == Event(type=EventType.OBJECT, time=time, offset="+08:00")


def test_quantities_keep_their_digits() -> None:
    body = json.dumps(
        {
            "@context": URL,
            "type": "ObjectEvent",
            "eventTime": "2026-03-01T10:00:00Z",
            "eventTimeZoneOffset": "+00:00",
            "quantityList": [{"epcClass": "urn:x:c", "quantity": 0}],
        }
    ).replace('"quantity": 0', '"quantity": 0.12345678901234567890')
    assert str(read_event(canonical.parse(body.encode())).quantities[0].quantity) == "0.12345678901234567890"


def test_things_in_a_family_and_in_a_transformation() -> None:
    packed = read(
        type="AggregationEvent",
        action="ADD",
        parentID="urn:epc:id:sscc:9521321.1000000001",
        childEPCs=["urn:x:a"],
        childQuantityList=[{"epcClass": "urn:x:c", "quantity": 3}],
    )
    assert packed.parent == "https://id.gs1.org/00/195213210000000015" or packed.parent is not None
    assert (packed.children, packed.child_quantities) == (("urn:x:a",), (Quantity("urn:x:c", Decimal(3)),))
    made = read(
        type="TransformationEvent",
        inputEPCList=["urn:x:i"],
        outputEPCList=["urn:x:o"],
        transformationID="urn:x:t",
        inputQuantityList=[{"epcClass": "urn:x:c"}],
        outputQuantityList=[{"epcClass": "urn:x:d"}],
    )
    assert (made.inputs, made.outputs, made.transformation, made.action) == (
        ("urn:x:i",),
        ("urn:x:o",),
        "urn:x:t",
        None,
    )
    assert made.things == ("urn:x:i", "urn:x:o", "urn:x:c", "urn:x:d")


@pytest.mark.parametrize(
    ("spelling", "step"),
    [
        ("packing", "packing"),
        ("urn:epcglobal:cbv:bizstep:packing", "packing"),
        ("https://ref.gs1.org/cbv/BizStep-packing", "packing"),
        ("ex:own", "https://ex.example.com/own"),
        ("https://own.example.com/step", "https://own.example.com/step"),
        ("cbv:BizStep-unheard_of", "https://ref.gs1.org/cbv/BizStep-unheard_of"),
    ],
)
def test_a_step_has_one_spelling(spelling: str, step: str) -> None:
    assert read(bizStep=spelling).step == step


def test_an_event_of_somebodys_own_type_is_read_as_such() -> None:
    assert read(type="ex:Inspection").type is EventType.EXTENDED


def test_every_field_of_the_standard_is_read() -> None:
    known = {name for event in shape.EVENTS.values() for name in event.fields}
    plain = Event(type=EventType.OBJECT, time=datetime(2026, 3, 1, tzinfo=UTC), offset="+00:00")
    values: dict[str, Any] = {
        "action": "ADD",
        "transformationID": "urn:x:t",
        "parentID": "urn:x:p",
        "eventID": "urn:x:e",
        "bizStep": "packing",
        "disposition": "active",
        "certificationInfo": ["urn:x:c"],
        "errorDeclaration": {"declarationTime": "2026-03-01T10:00:00Z"},
        "ilmd": {"cbvmda:a": 1},
        "readPoint": {"id": "urn:x:r"},
        "bizLocation": {"id": "urn:x:l"},
        "persistentDisposition": {"set": ["active"]},
        "bizTransactionList": [{"bizTransaction": "urn:x:b"}],
        "sourceList": [{"type": "location", "source": "urn:x:s"}],
        "destinationList": [{"type": "location", "destination": "urn:x:d"}],
        "sensorElementList": [{"sensorReport": [{"type": "Count"}]}],
        **{name: [{"epcClass": "urn:x:c"}] for name in known if name.lower().endswith("quantitylist")},
        **{name: ["urn:x:a"] for name in known if name.lower().endswith("epclist") or name == "childEPCs"},
    }
    assert set(values) == known - {"@context", "type", "eventTime", "eventTimeZoneOffset", "recordTime"}
    for name, value in values.items():
        event = read(**{name: value})
        differing = [
            field.name
            for field in fields(Event)
            if field.name not in {"time", "offset"} and getattr(event, field.name) != getattr(plain, field.name)
        ]
        assert len(differing) == 1, name


def test_every_accepted_event_of_the_vectors_is_read(vectors: Path) -> None:
    count = 0
    for path in sorted((vectors / "epcis" / "accept").glob("*.json")):
        for captured in document.read(path.read_bytes()).events:
            event = read_event(captured.event)
            assert event.things
            assert event.time.tzinfo is UTC
            count += 1
    assert count > 30
