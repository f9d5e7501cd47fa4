"""What the parameters of a query mean, on one event that has everything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.domain import canonical
from provenance.domain.epcis import parameters
from provenance.domain.epcis.context import scope
from provenance.domain.epcis.moment import instant
from provenance.domain.epcis.patterns import Wanted, read_pattern
from provenance.domain.epcis.query import Subject, holds
from provenance.domain.epcis.reading import read_event
from provenance.domain.errors import Malformed

EVENT = canonical.parse(
    b"""{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",{"ex":"https://example.com/"}],
    "type":"ObjectEvent","action":"OBSERVE","eventTime":"2026-03-01T10:00:00Z","eventTimeZoneOffset":"+00:00",
    "epcList":["urn:epc:id:sgtin:0614141.107346.2018"],"bizStep":"urn:epcglobal:cbv:bizstep:shipping",
    "quantityList":[{"epcClass":"urn:epc:class:lgtin:0614141.107346.A","quantity":2.5,"uom":"KGM"}],
    "persistentDisposition":{"set":["completeness_verified"]},
    "readPoint":{"id":"urn:epc:id:sgln:0614141.00777.8","ex:gate":"north"},
    "bizTransactionList":[{"type":"po","bizTransaction":"urn:epcglobal:cbv:bt:1:2"}],
    "errorDeclaration":{"declarationTime":"2026-03-02T10:00:00Z","reason":"did_not_occur","ex:by":"me"},
    "ilmd":{"ex:best":"2026-12-01T00:00:00Z","ex:farm":{"ex:name":"Hill"}},
    "ex:weight":"12.50","ex:box":[{"ex:seal":7}],
    "sensorElementList":[{"sensorMetadata":{"time":"2026-03-01T09:00:00Z","deviceID":"urn:epc:id:giai:4000001.111"},
    "sensorReport":[{"type":"gs1:Temperature","value":26.0,"uom":"CEL","sDev":1.8,"ex:probe":"a"}]}]}"""
)


class Nothing:
    def namespaces(self, prefix):
        return ["https://example.com/"] if prefix == "seen" else []

    def within(self, place):
        return []

    def described(self, column, attribute, values):
        return []


def subject():
    event = read_event(EVENT)
    return Subject(
        event, document=lambda: EVENT, recorder="Me", recorded=instant("2026-03-03T00:00:00Z"), id_="ni:///x"
    )


def holding(**asked):
    values = {name: value.split("|") for name, value in asked.items()}
    return holds(parameters.read(values, within=scope({"ex": "https://example.com/"}), lexicon=Nothing()), subject())


YES = [
    {"eventType": "ObjectEvent"},
    {"EQ_bizStep": "shipping"},
    {"EQ_bizStep": "receiving|https://ref.gs1.org/cbv/BizStep-shipping"},
    {"EQ_persistentDisposition_set": "completeness_verified"},
    {"EQ_readPoint": "https://id.gs1.org/414/0614141007776/254/8"},
    {"WD_readPoint": "urn:epc:id:sgln:0614141.00777.0"},
    {"EQ_bizTransaction_po": "urn:epcglobal:cbv:bt:1:2"},
    {"EQ_bizTransaction_urn:epcglobal:cbv:btt:po": "urn:epcglobal:cbv:bt:1:2"},
    {"MATCH_epc": "https://example.org/01/10614141073464/21/2018"},
    {"MATCH_anyEPC": "urn:epc:idpat:sgtin:0614141.*.*"},
    {"MATCH_epcClass": "https://id.gs1.org/01/10614141073464/10/*"},
    {"GE_quantity": "2.5"},
    {"LT_quantity_GRM": "2501"},
    {"EXISTS_errorDeclaration": "true"},
    {"EQ_errorReason": "did_not_occur", "GE_errorDeclarationTime": "2026-03-02T00:00:00Z"},
    {"EQ_ERROR_DECLARATION_ex:by": "me"},
    {"EQ_ex:weight": "12.5"},
    {"EQ_seen:weight": "12.5"},
    {"EQ_https://example.com/#weight": "12.5"},
    {"GT_ex:weight": "12"},
    {"EQ_INNER_ex:seal": "7"},
    {"EXISTS_ex:box": "1"},
    {"LT_ILMD_ex:best": "2027-01-01T00:00:00+01:00"},
    {"EQ_INNER_ILMD_ex:name": "Hill"},
    {"EQ_readPoint_ex:gate": "north"},
    {"EQ_type": "Temperature", "EXISTS_sensorElementList": ""},
    {"EQ_deviceID": "https://id.gs1.org/8004/4000001111"},
    {"EQ_value_FAH": "78.8"},
    {"GE_value_KEL": "299.15", "LE_sDev_KEL": "1.8"},
    {"GE_time": "2026-03-01T09:00:00Z"},
    {"EQ_SENSORREPORT_ex:probe": "a"},
    {"GE_recordTime": "2026-03-03T00:00:00Z", "LT_eventTime": "2026-03-01T10:00:01Z"},
    {"EQ_eventID": "ni:///x"},
]
NO = [
    {"EQ_action": "ADD"},
    {"EQ_bizStep": "receiving"},
    {"MATCH_epcClass": "https://id.gs1.org/01/10614141073464"},
    {"MATCH_parentID": "urn:epc:idpat:sscc:0614141.*"},
    {"MATCH_epc": "urn:epc:idpat:sgtin:0614142.*.*"},
    {"EQ_INNER_ex:weight": "12.5"},
    {"EQ_ex:seal": "7"},
    {"GT_ex:weight": "12.5"},
    {"EQ_value_KGM": "26"},
    {"GT_value_CEL": "26"},
    {"EXISTS_ILMD_ex:weight": "true"},
    {"LT_eventTime": "2026-03-01T10:00:00Z"},
]


@pytest.mark.parametrize("asked", YES)
def test_what_holds(asked):
    assert holding(**asked)


@pytest.mark.parametrize("asked", NO)
def test_what_does_not_hold(asked):
    assert not holding(**asked)


@pytest.mark.parametrize(
    "asked",
    [
        {"EQ_colour": "red"},
        {"EQ_action": "JUMP"},
        {"GT_ex:weight": "heavy"},
        {"GE_eventTime": "a|b"},
        {"MATCH_epc": "x"},
        {"EQ_booleanValue": "maybe"},
        {"EXISTS_errorDeclaration": "perhaps"},
        {"EQ_quantity": "NaN"},
        {"eventType": "Party"},
    ],
)
def test_what_is_not_understood(asked):
    with pytest.raises(Malformed):
        holding(**asked)


@given(st.text(max_size=60))
def test_a_pattern_of_one_identifier_fits_it_and_any_text_is_read_or_refused(text):
    for wanted in Wanted:
        try:
            pattern = read_pattern(f"urn:x:{text}", wanted)
        except Malformed:
            continue
        assert pattern.fits(f"urn:x:{text}")
