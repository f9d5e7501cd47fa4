"""From the event model to XML 2.0 and back: the same event, the same hash, also as the public library reads it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from provenance.domain import canonical
from provenance.domain.epcis import document, entry
from provenance.domain.epcis.context import fold
from provenance.domain.errors import Malformed
from provenance.epcisxml.fields import ORDER
from provenance.epcisxml.reading import convert, read
from provenance.epcisxml.writing import CbvFormat, write
from tests.domain.epcis import epcis_library as library
from tests.domain.epcis.epcis_made import CONTEXT, EVENTS, EX, URL

CORE = {"type": "ObjectEvent", "eventTime": "2026-03-01T09:30:00Z", "eventTimeZoneOffset": "+08:00"}


def enveloped(*events: Any, context: Any = None, **fields: Any) -> Any:
    content = {
        "@context": CONTEXT if context is None else context,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-02T00:00:00Z",
        **fields,
        "epcisBody": {"eventList": list(events)},
    }
    return canonical.parse(json.dumps(content).encode())


def prehashes(content: Any) -> list[str]:
    """The pre-hash strings of the events of a document, whether well-formed or not."""
    context = content.get("@context")
    events = content["epcisBody"]["eventList"]
    return [entry.prehash({**event, "@context": fold(context, event.get("@context"))}) for event in events]


def text(content: Any, path: str, **options: Any) -> list[str | None]:
    return [found.text for found in etree.fromstring(write(content, **options)).iterfind(path)]


# Round trips


def documents(vectors: Path) -> Iterator[tuple[str, Any]]:
    for path in (*sorted((vectors / "epcis" / "accept").glob("*.json")), *sorted((vectors / "event-hash").iterdir())):
        if path.suffix == ".xml":
            yield path.name, convert(path.read_bytes())
        elif path.name != "expected.json":
            yield path.name, canonical.parse(path.read_bytes())


def test_every_document_of_the_vectors_reads_back_to_the_same_events(vectors: Path) -> None:
    count = 0
    for name, content in documents(vectors):
        before = document.of(content)
        for cbv in CbvFormat:
            after = read(write(content, cbv=cbv))
            assert after.problems == [], name
            assert [each.id for each in after.events] == [each.id for each in before.events], name
            count += len(after.events)
    assert count > 150


def sensible(made: dict[str, Any]) -> dict[str, Any]:
    """An event with the fields of its type alone: XML has an element for no other."""
    standard = {name for names in ORDER.values() for name in names}
    own = ORDER[made["type"]]
    return {name: value for name, value in made.items() if name not in standard or name in own}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(EVENTS)
def test_made_events_keep_their_hash_through_xml(made: dict[str, Any]) -> None:
    content = enveloped(sensible(made))
    once = convert(write(content))
    assert prehashes(once) == prehashes(content)
    twice = convert(write(once))
    assert canonical.dump(twice) == canonical.dump(once)


# The public library as an oracle of what is written. Left out are, beside what the reading of JSON leaves out, names
# and arrays that only JSON has: the library knows nothing of the elements that stand for them.


def has_array_in_array(value: Any) -> bool:
    if isinstance(value, dict):
        return any(has_array_in_array(each) for each in value.values())
    return isinstance(value, list) and any(isinstance(each, list) or has_array_in_array(each) for each in value)


def views(made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each field alone: the revisions before and since 2026 order some differently."""
    core = {name: made[name] for name in CORE}
    for name, value in made.items():
        if name not in core and not has_array_in_array(value):
            yield core | {name: value}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(EVENTS)
def test_the_library_reads_what_is_written_as_the_same_event(made: dict[str, Any]) -> None:
    parts = list(views(sensible(made)))
    if not parts:
        return
    content = enveloped(*parts)
    answers = library.xml_prehashes(write(content))
    assert [each.replace("sensorElementList", "") for each in answers] == prehashes(content)


# What is written


def test_elements_stand_in_the_order_of_the_schema() -> None:
    fields = {
        "ex:z": "1",
        "ilmd": {"ex:a": "1"},
        "bizStep": "commissioning",
        "action": "ADD",
        "quantityList": [{"uom": "KGM", "quantity": 1.50, "epcClass": "urn:x:q"}],
        "readPoint": {"ex:gate": 1, "id": "urn:x:p"},
        "eventID": "urn:x:id",
    }
    root = etree.fromstring(write(enveloped({**fields, **CORE})))
    (event,) = root.iterfind("EPCISBody/EventList/ObjectEvent")
    assert [child.tag for child in event] == [
        *("eventTime", "eventTimeZoneOffset", "eventID", "epcList", "action", "bizStep", "readPoint", "quantityList"),
        *("ilmd", f"{{{EX}}}z"),
    ]
    assert root.nsmap["ex"] == EX
    assert [child.tag for child in event.iterfind("quantityList/quantityElement/")] == ["epcClass", "quantity", "uom"]


def test_numbers_keep_their_digits() -> None:
    body = json.dumps(enveloped({**CORE, "quantityList": [{"epcClass": "urn:x:q", "quantity": 7}]}))
    content = canonical.parse(body.replace(": 7}", ": 1.50000000000000000001}").encode())
    assert text(content, ".//quantity") == ["1.50000000000000000001"]


@pytest.mark.parametrize(
    ("cbv", "step", "own"),
    [
        (CbvFormat.ALWAYS_WEB_URI, "https://ref.gs1.org/cbv/BizStep-shipping", "https://ref.gs1.org/cbv/Disp-x"),
        (CbvFormat.NO_PREFERENCE, "https://ref.gs1.org/cbv/BizStep-shipping", "https://ref.gs1.org/cbv/Disp-x"),
        (CbvFormat.NEVER_TRANSLATES, "https://ref.gs1.org/cbv/BizStep-shipping", "https://ref.gs1.org/cbv/Disp-x"),
        (CbvFormat.ALWAYS_URN, "urn:epcglobal:cbv:bizstep:shipping", "https://ref.gs1.org/cbv/Disp-x"),
    ],
)
def test_words_have_the_spelling_that_is_wanted(cbv: CbvFormat, step: str, own: str) -> None:
    content = enveloped({**CORE, "bizStep": "shipping", "disposition": "https://ref.gs1.org/cbv/Disp-x"})
    assert text(content, ".//bizStep", cbv=cbv) + text(content, ".//disposition", cbv=cbv) == [step, own]


def test_sensor_data_is_written_as_attributes() -> None:
    report = {"type": "Temperature", "value": 26.5, "booleanValue": True, "ex:a": "1", "ex:b": {"ex:c": 1}}
    content = enveloped({**CORE, "sensorElementList": [{"sensorReport": [report]}]})
    (found,) = etree.fromstring(write(content)).iterfind(".//sensorReport")
    assert dict(found.attrib) == {
        "type": "https://ref.gs1.org/voc/Temperature",
        "value": "26.5",
        "booleanValue": "true",
        f"{{{EX}}}a": "1",
    }
    assert [child.tag for child in found] == [f"{{{EX}}}b"]


@pytest.mark.parametrize(
    "extension",
    [
        {"ex:f": None},
        {"ex:f": [None, 1]},
        {"ex:f": [[1, 2], [3]]},
        {"ex:f": [[[1]], {"ex:g": [[2]]}]},
        {"ex:f": {"a b": 1, "1": 2, "ex:": 3, "@x": 4, "https://example.com/a": 5, "unknown:x": 6}},
        {"ex:f": {"#text": "t", "ex:a": 1, "b": 2}},
        {"ex:fList": []},
        {"ex:fList": ["a", None, {"ex:b": 1}, [1, 2]]},
        {"ex:fList": {"ex:f": [1, 2]}},
        {"ex:fList": {"ex:g": 1}},
        {"ex:fList": {"#text": "x"}},
        {"ex:fList": "x"},
        {"ex:fList": {}},
        {"ex:fListList": [{"ex:fList": [1]}, 2]},
        {"ex:f": {"aList": [1], "bList": {"a": 1}}},
        {"ex:f": {"@context": {"in": "https://in.example.com/"}, "in:a": 1, "ex:b": {"in:c": 2}}},
        {"ex:f": {"comment": "c", "rdfs:comment": "c", "gs1:a": "gs1:b", "cbvmda:c": "cbv:Disp-active"}},
        {"ex:f": " x ", "ex:g": "", "ex:h": {}, "ex:i": True, "ex:j": -0.0, "ex:k": "<&>\"'\r\n\t"},
        {"ex:ignoreFields": ["ex:a", f"{EX}b", "urn:x"], "ex:a": 1, "ex:b": 2, "ex:c": 3},
        {"ex:jsonMember": 1, "ex:f": {"name": "n"}},
    ],
)
def test_an_extension_keeps_its_meaning(extension: dict[str, Any]) -> None:
    content = enveloped({**CORE, **extension})
    back = convert(write(content))
    assert prehashes(back) == prehashes(content)
    assert canonical.dump(convert(write(back))) == canonical.dump(back)


def test_contexts_of_events_travel_with_them() -> None:
    one = {**CORE, "@context": {"a": "https://a.example.com/"}, "a:x": "1", "bizStep": "a:step"}
    two = {
        **CORE,
        "@context": [URL, {"a": "https://b.example.com/", "ns1": "https://n.example.com/"}],
        "a:x": "1",
        "ns1:y": 2,
    }
    content = enveloped(one, two, context=[URL])
    assert prehashes(convert(write(content))) == prehashes(content)


def test_an_event_of_somebodys_own_type() -> None:
    content = enveloped({**CORE, "type": "ex:Inspection", "epcList": ["urn:x:a"], "action": "OBSERVE"})
    assert [each.event["type"] for each in read(write(content)).events] == ["ex:Inspection"]
    unnamed = enveloped({**CORE, "type": "https://example.com/Inspection"})
    with pytest.raises(Malformed, match="no element can be called"):
        write(unnamed)


def test_one_event_alone() -> None:
    event = canonical.parse(json.dumps({**CORE, "@context": CONTEXT, "epcList": ["urn:x:a"], "action": "ADD"}).encode())
    assert [each.id for each in read(write(event)).events] == [entry.event_id(event)]


def test_a_query_document_and_what_stands_beside_the_events() -> None:
    results = {
        "queryName": "SimpleEventQuery",
        "subscriptionID": "s",
        "resultsBody": {"eventList": [{**CORE, "epcList": ["urn:x:a"], "action": "ADD"}]},
        "ex:ignoreFields": ["ex:a"],
    }
    content = enveloped() | {
        "type": "EPCISQueryDocument",
        "epcisBody": {"queryResults": canonical.parse(json.dumps(results).encode())},
        "ex:note": "n",
    }
    assert canonical.dump(convert(write(content))) == canonical.dump(content)


def test_master_data_of_the_header() -> None:
    vocabularies = [
        {
            "type": "urn:epcglobal:epcis:vtype:BusinessLocation",
            "vocabularyElementList": [
                {
                    "id": "urn:x:l",
                    "attributes": [
                        {"id": "urn:epcglobal:cbv:mda#countryCode", "attribute": "CN"},
                        {"id": "urn:x:size", "attribute": 7},
                        {"id": "urn:x:address", "attribute": {"ex:city": "Ningbo"}},
                    ],
                    "children": ["urn:x:l1"],
                },
                {"id": "urn:x:m"},
            ],
        },
        {"type": "urn:epcglobal:epcis:vtype:ReadPoint", "vocabularyElementList": []},
    ]
    parties = {"sender": "urn:x:s", "receiver": "urn:x:r", "instanceIdentifier": "42"}
    content = enveloped(epcisHeader={"epcisMasterData": {"vocabularyList": vocabularies}}, **parties)
    back = convert(write(content))
    expected = json.loads(json.dumps(vocabularies).replace(": 7}", ': "7"}'))
    assert back["epcisHeader"] == {"epcisMasterData": {"vocabularyList": expected}}
    assert {name: back[name] for name in parties} == parties


@pytest.mark.parametrize("where", ["ex:f", "epcList"])
def test_text_that_xml_cannot_hold_is_refused(where: str) -> None:
    content = enveloped({**CORE, where: ["a\u0000b"]})
    with pytest.raises(Malformed, match="cannot hold"):
        write(content)
