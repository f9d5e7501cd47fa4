"""From the JSON form to the event that the rules read."""

import json
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

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


def test_an_event_in_full() -> None:
    event = read(
        action="ADD",
        eventID="urn:uuid:1",
        epcList=[
            "urn:epc:id:sgtin:9521321.012345.A1",
            "https://shop.example.com/01/09521321123458/21/A2?x=1",
            "urn:x:other",
        ],
        quantityList=[
            {"epcClass": "urn:epc:class:lgtin:9521321.012345.L1", "quantity": 2.50, "uom": "KGM"},
            {"epcClass": "urn:x:c"},
        ],
        bizStep="cbv:BizStep-shipping",
        disposition="https://ref.gs1.org/cbv/Disp-in_transit",
        persistentDisposition={"set": ["recalled"], "unset": ["urn:epcglobal:cbv:disp:active"]},
        readPoint={"id": "urn:epc:id:sgln:9521321.00001.5", "ex:gate": 1},
        bizLocation={"id": "https://id.gs1.org/414/9521321000018"},
        bizTransactionList=[
            {"bizTransaction": "http://example.com/po/1"},
            {"type": "ex:ucr", "bizTransaction": "urn:x:ucr"},
        ],
        sourceList=[{"type": "possessing_party", "source": "urn:epc:id:pgln:9521321.00001"}],
        destinationList=[{"type": "https://ref.gs1.org/cbv/SDT-owning_party", "destination": "urn:x:party"}],
        certificationInfo="urn:x:certificate",
        errorDeclaration={
            "declarationTime": "2026-03-02T00:00:00Z",
            "reason": "did_not_occur",
            "correctiveEventIDs": ["ni:///x"],
        },
        ilmd={"cbvmda:lotNumber": "L1"},
        **{"ex:a": {"ex:b": 1}, "recordTime": "2026-03-02T00:00:00Z"},
    )
    sgln = "https://id.gs1.org/414/9521321000018"
    assert event == Event(
        type=EventType.OBJECT,
        time=datetime(2026, 3, 1, 2, 0, 0, 123456, tzinfo=UTC),
        offset="+08:00",
        action=Action.ADD,
        sender_id="urn:uuid:1",
        epcs=(
            "https://id.gs1.org/01/09521321123458/21/A1",
            "https://id.gs1.org/01/09521321123458/21/A2",
            "urn:x:other",
        ),
        quantities=(
            Quantity("https://id.gs1.org/01/09521321123458/10/L1", Decimal("2.5"), "KGM"),
            Quantity("urn:x:c"),
        ),
        step="shipping",
        disposition="in_transit",
        set_dispositions=("recalled",),
        unset_dispositions=("active",),
        read_point=f"{sgln}/254/5",
        location=sgln,
        transactions=(Typed(None, "http://example.com/po/1"), Typed("https://ex.example.com/ucr", "urn:x:ucr")),
        sources=(Typed("possessing_party", "https://id.gs1.org/417/9521321000018"),),
        destinations=(Typed("owning_party", "urn:x:party"),),
        certifications=("urn:x:certificate",),
        error=ErrorDeclaration(datetime(2026, 3, 2, tzinfo=UTC), "did_not_occur", ("ni:///x",)),
        ilmd={"urn:epcglobal:cbv:mda:lotNumber": "L1"},
        extensions={"https://ex.example.com/a": {"ex:b": 1}},
    )


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
