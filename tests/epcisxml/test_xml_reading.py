"""From XML to the event model: every type and field, both versions, and what is refused with its line."""

import json
from pathlib import Path
from typing import Any

import pytest

from provenance.domain import canonical
from provenance.domain.epcis import entry
from provenance.domain.epcis.document import Document
from provenance.domain.errors import Malformed
from provenance.epcisxml.reading import convert, read

URL = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
EX = "https://ns.example.com/epcis/"
CORE = "<eventTime>2026-03-01T09:30:00Z</eventTime><eventTimeZoneOffset>+08:00</eventTimeZoneOffset>"
OBSERVED = "<epcList><epc>urn:x:a</epc></epcList><action>OBSERVE</action>"


def document(events: str, *, version: str = "2.0", header: str = "", others: str = "") -> bytes:
    return (
        f'<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:{version[0]}" schemaVersion="{version}" '
        f'creationDate="2026-03-02T00:00:00Z" xmlns:ex="{EX}" xmlns:cbvmda="urn:epcglobal:cbv:mda" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"{header}{others}<EPCISBody><EventList>{events}</EventList></EPCISBody></epcis:EPCISDocument>"
    ).encode()


def event(inside: str, kind: str = "ObjectEvent", **options: str) -> dict[str, Any]:
    """The JSON form of one event, without what the core says."""
    found = convert(document(f"<{kind}>{CORE}{inside}</{kind}>", **options))["epcisBody"]["eventList"][0]
    assert (found.pop("eventTime"), found.pop("eventTimeZoneOffset")) == ("2026-03-01T09:30:00Z", "+08:00")
    return plain(found)


def plain(value: Any) -> Any:
    return json.loads(canonical.dump(value))


def sound(body: bytes) -> Document:
    found = read(body)
    assert found.problems == []
    return found


def extension(inside: str) -> Any:
    """What an extension that holds `inside` is in JSON."""
    return event(f"{OBSERVED}<ex:f>{inside}</ex:f>")["ex:f"]


# Vectors


def test_every_xml_vector_has_its_prehash_and_hash(vectors: Path) -> None:
    checked = 0
    for case in json.loads((vectors / "event-hash" / "expected.json").read_bytes()):
        for name in case["documents"]:
            if name.endswith(".xml"):
                captured = sound((vectors / "event-hash" / name).read_bytes()).events[case["event_index"]]
                assert entry.prehash(captured.event) == case["prehash"]
                assert captured.id == f"ni:///sha-256;{case['sha256']}?ver=CBV2.0"
                checked += 1
    assert checked >= 6


# Documents


def test_a_document_as_json() -> None:
    found = plain(convert(document(f"<ObjectEvent>{CORE}{OBSERVED}</ObjectEvent>")))
    assert found == {
        "@context": [URL, {"ex": EX}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-02T00:00:00Z",
        "epcisBody": {
            "eventList": [
                {
                    "type": "ObjectEvent",
                    "eventTime": "2026-03-01T09:30:00Z",
                    "eventTimeZoneOffset": "+08:00",
                    "epcList": ["urn:x:a"],
                    "action": "OBSERVE",
                }
            ]
        },
    }


def test_a_query_document() -> None:
    body = (
        '<q:EPCISQueryDocument xmlns:q="urn:epcglobal:epcis-query:xsd:2" schemaVersion="2.0" '
        f'creationDate="2026-03-02T00:00:00" xmlns:r="https://r.example.com/" xmlns:ex="{EX}"><EPCISBody>'
        "<q:QueryResults><queryName>SimpleEventQuery</queryName><subscriptionID>s</subscriptionID><resultsBody>"
        f"<EventList><ObjectEvent>{CORE}{OBSERVED}<ex:a>1</ex:a><ex:b>2</ex:b></ObjectEvent></EventList></resultsBody>"
        "<r:ignoreFields><ex:a/></r:ignoreFields></q:QueryResults></EPCISBody></q:EPCISQueryDocument>"
    ).encode()
    found = convert(body)
    assert (found["type"], found["creationDate"]) == ("EPCISQueryDocument", "2026-03-02T00:00:00Z")
    results = found["epcisBody"]["queryResults"]
    assert (results["queryName"], results["subscriptionID"]) == ("SimpleEventQuery", "s")
    assert results["r:ignoreFields"] == ["ex:a"]
    assert entry.prehash(sound(body).events[0].event).endswith(f"action=OBSERVE{{{EX}}}b=2")


def test_a_bare_event() -> None:
    body = f'<ObjectEvent xmlns:ex="{EX}">{CORE}{OBSERVED}<ex:a>1</ex:a></ObjectEvent>'.encode()
    (captured,) = sound(body).events
    assert captured.event["ex:a"] == "1"
    assert captured.event["@context"] == [URL, {"ex": EX}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_encodings(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    place = "<bizLocation><id>urn:x:é</id></bizLocation>"
    text = f'<?xml version="1.0" encoding="{declared}"?><!-- x --><ObjectEvent>{CORE}{OBSERVED}{place}</ObjectEvent>'
    body = text.encode(encoding)
    assert convert(body)["bizLocation"] == {"id": "urn:x:é"}


def test_master_data_and_parties_of_the_header() -> None:
    header = (
        "<EPCISHeader><sbdh:StandardBusinessDocumentHeader "
        'xmlns:sbdh="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader">'
        "<sbdh:HeaderVersion>1.0</sbdh:HeaderVersion><sbdh:Sender><sbdh:Identifier>urn:x:s</sbdh:Identifier></sbdh:Sender>"
        "<sbdh:Receiver><sbdh:Identifier>urn:x:r</sbdh:Identifier></sbdh:Receiver><sbdh:DocumentIdentification>"
        "<sbdh:InstanceIdentifier>42</sbdh:InstanceIdentifier></sbdh:DocumentIdentification>"
        "</sbdh:StandardBusinessDocumentHeader><extension><EPCISMasterData><VocabularyList>"
        '<Vocabulary type="urn:epcglobal:epcis:vtype:BusinessLocation"><VocabularyElementList>'
        '<VocabularyElement id="urn:x:l"><attribute id="urn:epcglobal:cbv:mda#countryCode">CN</attribute>'
        '<attribute id="urn:x:address"><ex:city>Ningbo</ex:city></attribute>'
        "<children><id>urn:x:l1</id></children></VocabularyElement></VocabularyElementList></Vocabulary>"
        "</VocabularyList></EPCISMasterData></extension></EPCISHeader>"
    )
    found = convert(document("", header=header))
    assert (found["sender"], found["receiver"], found["instanceIdentifier"]) == ("urn:x:s", "urn:x:r", "42")
    assert found["epcisHeader"] == {
        "epcisMasterData": {
            "vocabularyList": [
                {
                    "type": "urn:epcglobal:epcis:vtype:BusinessLocation",
                    "vocabularyElementList": [
                        {
                            "id": "urn:x:l",
                            "attributes": [
                                {"id": "urn:epcglobal:cbv:mda#countryCode", "attribute": "CN"},
                                {"id": "urn:x:address", "attribute": {"ex:city": "Ningbo"}},
                            ],
                            "children": ["urn:x:l1"],
                        }
                    ],
                }
            ]
        }
    }
    assert sound(document("", header=header)).header == found["epcisHeader"]


# Events


def test_all_fields_of_an_object_event() -> None:
    found = event(
        """
        <recordTime>2026-03-02T00:00:00Z</recordTime><eventID>urn:x:id</eventID>
        <errorDeclaration><declarationTime>2026-03-03T00:00:00Z</declarationTime>
          <reason>urn:epcglobal:cbv:er:incorrect_data</reason>
          <correctiveEventIDs><correctiveEventID>urn:x:c</correctiveEventID></correctiveEventIDs><ex:who>me</ex:who>
        </errorDeclaration><certificationInfo>urn:x:c1</certificationInfo><certificationInfo>urn:x:c2</certificationInfo>
        <epcList><epc> urn:x:a </epc><epc>urn:x:b</epc></epcList><action>ADD</action>
        <bizStep>urn:epcglobal:cbv:bizstep:packing</bizStep><disposition>https://ref.gs1.org/cbv/Disp-active</disposition>
        <readPoint><id>urn:x:p</id><ex:gate>4</ex:gate></readPoint><bizLocation><id>urn:x:l</id></bizLocation>
        <bizTransactionList><bizTransaction type="cbv:BTT-po">urn:x:po</bizTransaction><bizTransaction>urn:x:t
          </bizTransaction></bizTransactionList>
        <quantityList><quantityElement><epcClass>urn:x:q</epcClass><quantity>+007.50</quantity><uom>KGM</uom></quantityElement>
          <quantityElement><epcClass>urn:x:n</epcClass><quantity xsi:nil="true"/></quantityElement></quantityList>
        <sourceList><source type="urn:epcglobal:cbv:sdt:possessing_party">urn:x:s</source></sourceList>
        <destinationList><destination type="urn:x:own">urn:x:d</destination></destinationList>
        <persistentDisposition><unset>urn:epcglobal:cbv:disp:active</unset><set>urn:epcglobal:cbv:disp:recalled</set>
        </persistentDisposition>
        <ilmd><cbvmda:lotNumber>L1</cbvmda:lotNumber></ilmd>
        <ex:note xsi:type="xsd:string">n</ex:note>
        """
    )
    assert found == {
        "type": "ObjectEvent",
        "recordTime": "2026-03-02T00:00:00Z",
        "eventID": "urn:x:id",
        "errorDeclaration": {
            "declarationTime": "2026-03-03T00:00:00Z",
            "reason": "incorrect_data",
            "correctiveEventIDs": ["urn:x:c"],
            "ex:who": "me",
        },
        "certificationInfo": ["urn:x:c1", "urn:x:c2"],
        "epcList": ["urn:x:a", "urn:x:b"],
        "action": "ADD",
        "bizStep": "packing",
        "disposition": "active",
        "readPoint": {"id": "urn:x:p", "ex:gate": "4"},
        "bizLocation": {"id": "urn:x:l"},
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:x:po"}, {"bizTransaction": "urn:x:t"}],
        "quantityList": [{"epcClass": "urn:x:q", "quantity": 7.5, "uom": "KGM"}, {"epcClass": "urn:x:n"}],
        "sourceList": [{"type": "possessing_party", "source": "urn:x:s"}],
        "destinationList": [{"type": "urn:x:own", "destination": "urn:x:d"}],
        "persistentDisposition": {"unset": ["active"], "set": ["recalled"]},
        "ilmd": {"cbvmda:lotNumber": "L1"},
        "ex:note": "n",
    }


@pytest.mark.parametrize(
    ("kind", "inside", "said"),
    [
        (
            "AggregationEvent",
            (
                "<parentID>urn:x:p</parentID><childEPCs><epc>urn:x:c</epc></childEPCs><action>ADD</action>"
                "<childQuantityList><quantityElement><epcClass>urn:x:q</epcClass></quantityElement></childQuantityList>"
            ),
            {"parentID": "urn:x:p", "childEPCs": ["urn:x:c"], "childQuantityList": [{"epcClass": "urn:x:q"}]},
        ),
        (
            "AssociationEvent",
            "<parentID>urn:x:p</parentID><childEPCs><epc>urn:x:c</epc></childEPCs><action>ADD</action>",
            {"parentID": "urn:x:p", "childEPCs": ["urn:x:c"]},
        ),
        (
            "TransactionEvent",
            (
                "<bizTransactionList><bizTransaction>urn:x:t</bizTransaction></bizTransactionList>"
                "<parentID>urn:x:p</parentID><epcList/><action>DELETE</action>"
            ),
            {"bizTransactionList": [{"bizTransaction": "urn:x:t"}], "epcList": [], "parentID": "urn:x:p"},
        ),
        (
            "TransformationEvent",
            (
                "<inputEPCList><epc>urn:x:i</epc></inputEPCList><outputEPCList><epc>urn:x:o</epc></outputEPCList>"
                "<inputQuantityList/><outputQuantityList/><transformationID>urn:x:t</transformationID><ilmd/>"
            ),
            {"inputEPCList": ["urn:x:i"], "outputEPCList": ["urn:x:o"], "transformationID": "urn:x:t", "ilmd": {}},
        ),
    ],
)
def test_the_other_types(kind: str, inside: str, said: dict[str, Any]) -> None:
    found = event(inside, kind)
    assert {name: found[name] for name in said} == said
    assert found["type"] == kind
    sound(document(f"<{kind}>{CORE}{inside}</{kind}>"))


def test_sensor_data_keeps_numbers_as_numbers_and_extensions() -> None:
    found = event(
        f"""{OBSERVED}<sensorElementList><sensorElement>
        <sensorMetadata time="2026-03-01T09:00:00Z" deviceID="urn:x:d" bizRules="urn:x:r" ex:cell="7"/>
        <sensorReport type="gs1:Temperature" value="26.50" minValue="-.5" maxValue="1E3" uom="CEL" booleanValue="1"
          stringValue="12" component="cbv:Comp-x" exception="https://gs1.org/voc/ALARM_CONDITION" ex:raw="r"/>
        <sensorReport type="urn:x:own" value="18446744073709551617" hexBinaryValue="0f" uriValue="urn:x:u"/>
        <ex:box>b</ex:box></sensorElement></sensorElementList>"""
    )
    assert found["sensorElementList"] == [
        {
            "sensorMetadata": {
                "time": "2026-03-01T09:00:00Z",
                "deviceID": "urn:x:d",
                "bizRules": "urn:x:r",
                "ex:cell": "7",
            },
            "sensorReport": [
                {
                    "type": "Temperature",
                    "value": 26.5,
                    "minValue": -0.5,
                    "maxValue": 1000,
                    "uom": "CEL",
                    "booleanValue": True,
                    "stringValue": "12",
                    "component": "x",
                    "exception": "ALARM_CONDITION",
                    "ex:raw": "r",
                },
                {
                    "type": "urn:x:own",
                    "value": 18446744073709551617,
                    "hexBinaryValue": "0f",
                    "uriValue": "urn:x:u",
                },
            ],
            "ex:box": "b",
        }
    ]


# EPCIS 1.0 to 1.2


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_what_1_x_nests_in_extensions_stands_where_2_0_has_it(version: str) -> None:
    nested = event(
        f"<baseExtension><eventID>urn:x:id</eventID></baseExtension>{OBSERVED}"
        "<extension><quantityList><quantityElement><epcClass>urn:x:q</epcClass></quantityElement></quantityList>"
        '<sourceList><source type="urn:epcglobal:cbv:sdt:location">urn:x:s</source></sourceList>'
        "<extension><persistentDisposition><set>urn:epcglobal:cbv:disp:active</set></persistentDisposition></extension>"
        "</extension><readPoint><id>urn:x:p</id><extension><ex:gate>1</ex:gate></extension></readPoint>",
        version=version,
    )
    assert nested["eventID"] == "urn:x:id"
    assert nested["quantityList"] == [{"epcClass": "urn:x:q"}]
    assert nested["sourceList"] == [{"type": "location", "source": "urn:x:s"}]
    assert nested["persistentDisposition"] == {"set": ["active"]}
    assert nested["readPoint"] == {"id": "urn:x:p", "ex:gate": "1"}


def test_a_transformation_event_of_1_1_stands_in_an_extension_of_the_list() -> None:
    inside = "<inputEPCList><epc>urn:x:i</epc></inputEPCList><outputEPCList><epc>urn:x:o</epc></outputEPCList>"
    made = f"<extension><TransformationEvent>{CORE}{inside}</TransformationEvent></extension>"
    other = f"<ObjectEvent>{CORE}{OBSERVED}</ObjectEvent>"
    found = sound(document(made + other, version="1.1"))
    assert [each.event["type"] for each in found.events] == ["TransformationEvent", "ObjectEvent"]


def test_a_quantity_event_of_1_0_is_an_observation_of_a_quantity() -> None:
    found = event("<epcClass>urn:x:c</epcClass><quantity>12</quantity>", "QuantityEvent", version="1.0")
    assert found == {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "quantityList": [{"epcClass": "urn:x:c", "quantity": 12}],
    }


# Extensions


@pytest.mark.parametrize(
    ("inside", "value"),
    [
        ("", ""),
        (" text ", "text"),
        ("0.50", "0.50"),
        ("<ex:a>1</ex:a>", {"ex:a": "1"}),
        ("<ex:a>1</ex:a><ex:a>2</ex:a><ex:b/>", {"ex:a": ["1", "2"], "ex:b": ""}),
        ('<ex:a unit="KGM" ex:x="2">1</ex:a>', {"ex:a": {"#text": "1", "unit": "KGM", "ex:x": "2"}}),
        ("<a>1</a><ex:b><c>2</c></ex:b>", {"a": "1", "ex:b": {"c": "2"}}),
        ("<ex:aList><ex:a>1</ex:a><ex:a>2</ex:a></ex:aList>", {"ex:aList": ["1", "2"]}),
        ("<ex:aList><ex:a><ex:b>1</ex:b></ex:a></ex:aList>", {"ex:aList": [{"ex:b": "1"}]}),
        ("<ex:aList><ex:b>1</ex:b></ex:aList>", {"ex:aList": {"ex:b": "1"}}),
        ("<ex:aList>x</ex:aList>", {"ex:aList": {"#text": "x"}}),
        ("<ex:aList/>", {"ex:aList": {}}),
        ('<ex:a aList="x"/>', {"ex:a": {"aList": {"#text": "x"}}}),
        ("<ex:a><![CDATA[<x>]]></ex:a>", {"ex:a": "<x>"}),
        ("t<!-- c -->u", "tu"),
        ("<extension><ex:a>1</ex:a></extension>", {"ex:a": "1"}),
        ('<ex:a xsi:nil="true" xsi:type="x"/>', {"ex:a": ""}),
        ('<o:a xmlns:o="https://o.example.com/">1</o:a>', {"o:a": "1"}),
        ('<a xmlns="https://o.example.com/">1</a>', {"ns:a": "1"}),
        ('<cbv:a xmlns:cbv="https://other.example.com/">1</cbv:a>', {"cbv2:a": "1"}),
        ('<x:a xmlns:x="https://ref.gs1.org/voc/">1</x:a>', {"gs1:a": "1"}),
        ('<m:a xmlns:m="urn:epcglobal:cbv:mda">1</m:a>', {"cbvmda:a": "1"}),
        ('<urn:a xmlns:urn="https://o.example.com/">1</urn:a>', {"urn2:a": "1"}),
    ],
)
def test_what_an_extension_holds(inside: str, value: Any) -> None:
    assert extension(inside) == value


def test_a_list_that_occurs_twice_has_a_second_prefix_and_the_same_meaning() -> None:
    inside = "<ex:aList><ex:a>1</ex:a></ex:aList><ex:aList><ex:a>2</ex:a></ex:aList>"
    body = document(f"<ObjectEvent>{CORE}{OBSERVED}<ex:f>{inside}</ex:f></ObjectEvent>")
    captured = sound(body).events[0]
    assert captured.event["ex:f"] == {"ex:aList": ["1"], "ex-2:aList": ["2"]}
    written = entry.prehash(captured.event)
    assert written.endswith(f"{{{EX}}}f{{{EX}}}aList{{{EX}}}a=1{{{EX}}}aList{{{EX}}}a=2")


def test_the_prefixes_of_the_root_count_in_values() -> None:
    body = document(f"<ObjectEvent>{CORE}{OBSERVED}<bizStep>ex:polishing</bizStep></ObjectEvent>")
    assert sound(body).events[0].event["bizStep"] == "ex:polishing"


def test_attributes_of_an_event_are_extensions() -> None:
    body = document(f'<ObjectEvent ex:a="1" xsi:type="x">{CORE}{OBSERVED}</ObjectEvent>')
    assert sound(body).events[0].event["ex:a"] == "1"


@pytest.mark.parametrize(
    "listed",
    ["<ex:a/><ex:b/>", "ex:a ex:b", "ex:a, ex:b", "<ex:a>ignored</ex:a><o:b xmlns:o='https://ns.example.com/epcis/'/>"],
)
def test_fields_that_the_hash_ignores(listed: str) -> None:
    fields = "<ex:a>1</ex:a><ex:b>2</ex:b><ex:c>3</ex:c>"
    ignored = f'<r:ignoreFields xmlns:r="https://r.example.com/">{listed}</r:ignoreFields>'
    for body in (
        document(f"<ObjectEvent>{CORE}{OBSERVED}{fields}</ObjectEvent>", others=ignored),
        document(f"<ObjectEvent>{CORE}{OBSERVED}{fields}{ignored}</ObjectEvent>"),
    ):
        assert entry.prehash(sound(body).events[0].event).endswith(f"action=OBSERVE{{{EX}}}c=3")


# What is refused


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        (b"<a><b></a>", "xml.syntax", "line 1, column"),
        (b"<a/><b/>", "xml.syntax", "line 1"),
        (b"<", "xml.syntax", "line 1"),
        (b" ", "xml.doctype", "root element"),
        (b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "xml.doctype", "document type"),
        (b'<?xml version="1.0"?>\n<!-- x --><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "xml.doctype", ""),
        ("<!DOCTYPE a><a/>".encode("utf-16"), "xml.doctype", ""),
        (b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>', "xml.doctype", ""),
        (b"<a>&x;</a>", "xml.syntax", "x"),
        (b'<?xml version="1.0" encoding="utf-8"?><a>\xff</a>', "xml.syntax", ""),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "xml.", ""),
        (b"\xff\xfe<", "xml.", ""),
        (b"<a>" * 5000, "xml.syntax", ""),
        (b"<a/>", "xml.root", "<a> is no EPCIS document"),
        (b'<EPCISDocument schemaVersion="2.0"/>', "xml.root", "no EPCIS document"),
        (b'<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:3" schemaVersion="3.0"/>', "xml.root", ""),
        (b'<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:2" schemaVersion="1.2"/>', "xml.version", "1.2"),
        (b'<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:1"/>', "xml.version", "no schemaVersion"),
        (b'<x:foo xmlns:x="urn:x"/>', "xml.root", ""),
    ],
)
def test_what_is_no_document_is_refused(body: bytes, code: str, said: str) -> None:
    with pytest.raises(Malformed) as refused:
        read(body)
    assert refused.value.code.startswith(code)
    assert said in refused.value.detail


def problems(inside: str, kind: str = "ObjectEvent") -> list[tuple[str, str, str]]:
    body = document(f"\n<{kind}>\n{CORE}\n{inside}\n</{kind}>")
    return [(each.pointer, each.code, each.detail) for each in read(body).problems]


@pytest.mark.parametrize(
    ("inside", "pointer", "code", "line", "said"),
    [
        (f"{OBSERVED}\n<foo>1</foo>", "/foo", "epcis.unknown_field", 5, "foo"),
        (f"{OBSERVED}\n<parentID>urn:x:p</parentID>", "/parentID", "epcis.unknown_field", 5, "parentID"),
        (f"{OBSERVED}\n<bizStep>urn:epcglobal:cbv:bizstep:teleporting</bizStep>", "/bizStep", "epcis.value", 5, "tele"),
        (f"{OBSERVED}\n<bizStep>teleporting</bizStep>", "/bizStep", "epcis.value", 5, "teleporting"),
        (f"{OBSERVED}\n<action>ADD</action>", "", "xml.repeated", 5, "<action> occurs twice"),
        ("<epcList><epc>urn:x:a</epc></epcList>", "", "epcis.missing", 2, "action"),
        ("<epcList>\n<foo/></epcList><action>ADD</action>", "", "xml.element", 5, "<foo> may not stand in <epcList>"),
        (f"{OBSERVED}\nstray", "", "xml.text", 4, "stray"),
        (f"{OBSERVED}\n<ex:a>x<ex:b/>y</ex:a>", "", "xml.text", 5, "text follows"),
        (f"{OBSERVED}\n<bizLocation>urn:x:l</bizLocation>", "", "xml.text", 5, "urn:x:l"),
        (f"{OBSERVED}\n<bizStep><b/></bizStep>", "", "xml.element", 5, "<b>"),
        (
            (
                f"{OBSERVED}\n<quantityList><quantityElement><epcClass>urn:x:q</epcClass>\n<quantity>many</quantity>"
                "</quantityElement></quantityList>"
            ),
            "/quantityList/0/quantity",
            "epcis.type",
            6,
            "number",
        ),
        (
            (
                f"{OBSERVED}\n<sensorElementList><sensorElement><sensorReport type='gs1:Temperature' value='NaN'/>"
                "</sensorElement></sensorElementList>"
            ),
            "/sensorElementList/0/sensorReport/0/value",
            "epcis.type",
            5,
            "number",
        ),
        (f"{OBSERVED}\n<ilmd><ex:a>1</ex:a></ilmd>", "/ilmd", "epcis.value", 5, "ADD"),
        (f"{OBSERVED}\n{'<ex:a>' * 70}{'</ex:a>' * 70}", "", "json.depth", 2, "nested"),
    ],
)
def test_what_is_wrong_in_an_event_is_told_with_its_line(
    inside: str, pointer: str, code: str, line: int, said: str
) -> None:
    ((place, found, detail), *_) = problems(inside)
    assert (place, found) == ("/epcisBody/eventList/0" + pointer, code)
    assert f"line {line}:" in detail
    assert said in detail


def test_a_faulty_event_does_not_hide_the_others() -> None:
    good = f"<ObjectEvent>{CORE}{OBSERVED}</ObjectEvent>"
    bad = f"<ObjectEvent>{CORE}{OBSERVED}<action>ADD</action></ObjectEvent>"
    found = read(document(f"{good}{bad}<foo/>{good}"))
    assert [each.index for each in found.acceptable] == [0, 3]
    assert [(each.index, each.code) for each in found.problems] == [(1, "xml.repeated"), (2, "xml.element")]
    with pytest.raises(Malformed, match="occurs twice"):
        convert(document(bad))


def test_lists_that_repeat_without_a_namespace_are_refused() -> None:
    with pytest.raises(Malformed, match="occurs twice"):
        extension("<aList/><aList/>")


@pytest.mark.parametrize("inside", ["<ex:aList/>" * 20_000, "".join(f'<a xmlns="urn:x:{n}"/>' for n in range(20_000))])
def test_much_of_the_same_is_read_in_time_that_grows_with_it(inside: str) -> None:
    assert len(extension(inside)) == 20_000
