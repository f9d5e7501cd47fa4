"""From XML to the event model: documents of both versions, query documents, bare events, and their headers."""

import json
from pathlib import Path

import pytest

from provenance.domain.epcis import entry
from provenance.epcisxml.reading import convert
from tests.epcisxml.xml_documents import CORE, EX, OBSERVED, URL, document, event, plain, sound


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
