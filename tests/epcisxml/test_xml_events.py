"""Every type of event and every field of it, from XML to the event model."""

from typing import Any

import pytest

from tests.epcisxml.xml_documents import CORE, OBSERVED, document, event, sound


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
