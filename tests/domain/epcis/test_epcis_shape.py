"""The form of documents: the standard's JSON schema as an oracle over changed documents, and what we ask beyond it.

Where the schema takes a document and we refuse it, the reason is one of these, each on purpose:

- the prefix of an extension is not declared: the standard asks for it, JSON Schema cannot;
- a place (`readPoint`, `bizLocation`) has a field that is neither the standard's nor an extension: the schema says
  nothing about names there;
- `persistentDisposition` of an aggregation, association or transaction is malformed: the schema forgets its form there;
- an event of somebody's own type spells a standard field in a form that the field has nowhere, or has a bare unknown
  field;
- a time is no moment of the calendar in UTC (years 1 to 9999).

Nothing that the schema refuses is taken.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from epcis_mutations import mutants

from provenance.domain import merkle
from provenance.domain.epcis import chunk, document, shape, vocabulary
from provenance.domain.epcis.checking import is_uri
from provenance.domain.epcis.context import scope
from provenance.domain.epcis.reading import read_event
from provenance.domain.errors import Malformed

URL = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
STANDARD_TYPES = tuple(shape.EVENTS)


@pytest.fixture(scope="module")
def oracle(vectors: Path) -> jsonschema.protocols.Validator:
    schema = json.loads((vectors / "epcis-spec" / "epcis-json-schema.json").read_bytes())
    return jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())


def problems(content: Any) -> list[tuple[str, str]]:
    """What we find wrong with a document: codes and places."""
    try:
        return [(each.code, each.pointer) for each in document.read(json.dumps(content).encode()).problems]
    except Malformed as error:
        return [(error.code, error.pointer)]


def explained(code: str, pointer: str, content: Any) -> bool:
    places = pointer.split("/")
    if code == "epcis.undeclared_prefix":
        return True
    if places[-2:-1] and places[-2] in {"readPoint", "bizLocation"}:
        return code in {"epcis.unknown_field", "epcis.field_name"}
    return "persistentDisposition" in places or own_type(pointer, content)


def own_type(pointer: str, content: Any) -> bool:
    """Whether the place lies in an event of somebody's own type."""
    node, within = content, content.get("type") not in (*STANDARD_TYPES, "EPCISDocument", "EPCISQueryDocument")
    for token in pointer.split("/")[1:]:
        node = node[int(token)] if isinstance(node, list) else node.get(token)
        within = within or (isinstance(node, dict) and "eventTime" in node and node.get("type") not in STANDARD_TYPES)
        if not isinstance(node, dict | list):
            break
    return within


def changed(folder: Path, *, every: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every so manieth change of every accepted document; which ones differs between documents."""
    for number, path in enumerate(sorted(folder.glob("*.json"))):
        for index, (change, make) in enumerate(mutants(json.loads(path.read_bytes()))):
            if (index + number) % every == 0:
                yield f"{path.name}: {change}", make()


def test_changed_documents_are_judged_as_the_schema_judges_them(vectors: Path, oracle: Any) -> None:
    taken = refused = 0
    for change, content in changed(vectors / "epcis" / "accept", every=61):
        found = problems(content)
        if oracle.is_valid(content):
            taken += 1
            unexplained = [each for each in found if not explained(*each, content)]
            assert not unexplained, f"{change}: {unexplained}"
        else:
            refused += 1
            assert found, f"{change}: the schema refuses it"
    assert taken > 100
    assert refused > 300


def test_what_is_taken_from_a_changed_document_passes_as_a_chunk_and_is_read(vectors: Path) -> None:
    count = 0
    for change, content in changed(vectors / "epcis" / "accept", every=29):
        taken = document.read(json.dumps(content).encode()).acceptable if isinstance(content.get("type"), str) else []
        for part in chunk.build(taken):
            entries = list(chunk.entries(part))
            assert [each.id for each in entries] == [each.id for each in taken], change
            assert chunk.read(part).root == merkle.root([bytes.fromhex(each.digest) for each in entries]), change
        count += len([read_event(each.event) for each in taken])
    assert count > 500


def test_every_vector_is_taken_or_refused_as_expected_with_its_count(vectors: Path) -> None:
    expectations = json.loads((vectors / "epcis" / "expectations.json").read_bytes())
    for each in expectations:
        body = (vectors / "epcis" / each["file"]).read_bytes()
        try:
            read = document.read(body)
        except Malformed:
            found = ("reject", 0)
        else:
            found = ("accept" if read.sound else "reject", read.size)
        assert found == (each["expect"], each["events"]), each["file"]
    assert len(expectations) > 30


def test_the_closed_lists_are_those_of_the_schema(oracle: Any) -> None:
    definitions = oracle.schema["definitions"]
    for name, words in {
        "bizStep": vocabulary.BIZ_STEP,
        "disposition": vocabulary.DISPOSITION,
        "error-reason": vocabulary.ERROR_REASON,
        "bizTransaction-type": vocabulary.BIZ_TRANSACTION_TYPE,
        "source-dest-type": vocabulary.SOURCE_DEST_TYPE,
        "measurementType": vocabulary.MEASUREMENT_TYPE,
        "sensorAlertType": vocabulary.SENSOR_ALERT,
        "component": vocabulary.COMPONENT,
    }.items():
        assert set(words.words) == set(definitions[name]["anyOf"][1]["enum"]), name


@pytest.mark.parametrize("name", STANDARD_TYPES)
def test_an_event_type_has_the_fields_that_the_schema_names(name: str, oracle: Any) -> None:
    definitions = oracle.schema["definitions"]
    own = definitions[name]["allOf"][1]["propertyNames"]["anyOf"][1]["enum"]
    common = definitions["common-event-properties"]["anyOf"][0]["enum"]
    assert set(shape.EVENTS[name].fields) == {*own, *common}


URIS = [
    "example:x",
    "urn:epc:idpat:sgtin:9521321.012345.*",
    "http://[::1]/x",
    "http://[v1.a]/",
    "a:",
    "http:///x",
    "x://",
    "x:#a",
    "x:?q/?#f/?",
    "http://u:p@h:80/%41",
    "a_b:c",
    "ext:größe",
    "http://a b",
    "http://x/%zz",
    "http://x:8a/",
    "//x/y",
    "x:[y]",
    "x:#a#b",
    "http://u@v@w/",
    "ex:a|b",
    "http://x/<y>",
    "1a:b",
    "http://[zz]/",
    "http://[::1/x",
    "",
    ":",
    "x",
    "http://[::1%25e]/",
    "http://h:/p",
    "http://h?q",
    "http://h#f",
    "mailto:a@b",
    "x:/",
    "x:/a//b",
    "http://x/a^b",
    "http://[::1]:80/",
    "geo:1,2;u=3",
]


@pytest.mark.parametrize("text", URIS)
def test_a_uri_is_what_the_format_says(text: str) -> None:
    assert is_uri(text) == jsonschema.FormatChecker().conforms(text, "uri")


TIMES = [
    "2026-03-01T10:00:00Z",
    "2026-03-01T10:00:00.1234567890+14:00",
    "2026-03-01t10:00:00z",
    "2026-02-29T10:00:00Z",
    "2024-02-29T10:00:00Z",
    "2026-03-01T24:00:00Z",
    "2026-03-01T23:59:60Z",
    "2026-03-01T10:00:00",
    "2026-03-01 10:00:00Z",
    "2026-03-01T10:00Z",
    "2026-03-01T10:00:00+0100",
    "2026-03-01T10:00:00+01:60",
    "2026-03-01T10:00:00+24:00",
    "2026-13-01T10:00:00Z",
    "20260301T100000Z",
    "2026-W09-7T10:00:00Z",
    "2026-03-01T10:00:00,5Z",
    "2026-03-01T10:00:00.Z",
    "22-07-2026",
    "",
    "2026-03-01T10:00:00-23:59",
]


@pytest.mark.parametrize("text", TIMES)
def test_a_time_is_what_the_format_says(text: str) -> None:
    found = shape.event_issues(event(eventTime=text), scope(URL))
    assert (not found) == jsonschema.FormatChecker().conforms(text, "date-time")


def event(**fields: Any) -> dict[str, Any]:
    core = {
        "@context": URL,
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T10:00:00Z",
        "eventTimeZoneOffset": "+08:00",
    }
    return core | {"action": "OBSERVE", "epcList": ["urn:epc:id:sscc:9521321.1000000001"]} | fields


def test_a_time_outside_the_calendar_is_refused() -> None:
    for text in ("0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59.9999Z", "0000-01-01T00:00:00Z"):
        assert problems(event(eventTime=text)) == [("time.malformed", "/eventTime")]


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"unknown": 1}, "/unknown"),
        ({"action": "ADD", "ilmd": {"lot": "A"}}, "/ilmd/lot"),
        ({"readPoint": {"id": "urn:x:p", "gate": 1}}, "/readPoint/gate"),
        (
            {"sensorElementList": [{"sensorReport": [{"type": "Count", "note": 1}]}]},
            "/sensorElementList/0/sensorReport/0/note",
        ),
        ({"errorDeclaration": {"declarationTime": "2026-03-01T10:00:00Z", "why": 1}}, "/errorDeclaration/why"),
        ({"bizTransactionList": [{"bizTransaction": "urn:x:t", "rdfs:label": 1}]}, "/bizTransactionList/0/rdfs:label"),
    ],
)
def test_a_field_without_a_place_in_the_standard_is_refused(fields: dict[str, Any], place: str) -> None:
    assert problems(event(**fields)) == [("epcis.unknown_field", place)]


def test_the_prefix_of_an_extension_is_declared_somewhere() -> None:
    assert problems(event(**{"ex:f": 1})) == [("epcis.undeclared_prefix", "/ex:f")]
    for context in (
        [URL, {"ex": "https://ex.example.com/"}],
        {"ex": {"@id": "https://ex.example.com/"}},
        [URL, "https://ex.example.com/c"],
    ):
        assert problems(event(**{"@context": context, "ex:f": 1})) == []
    for name in ("cbv:f", "rdfs:label", "dcterms:title", "https://example.com/f", "urn:example:f"):
        assert problems(event(**{name: {"anything": [None]}})) == []


def test_all_problems_of_a_document_are_found_with_their_places() -> None:
    events = [
        event(),
        event(action="CREATE", eventTime="22-07-2026"),
        7,
        {"eventTime": 1},
        event(type="Mine"),
        event(type="ex:Mine"),
        event(type=1),
        event(epcList="urn:x:y", recordTime="now"),
        event(quantityList=[{"quantity": "20", "weight": 1}]),
    ]
    content = {
        "@context": [URL, {"ex": "https://ex.example.com/"}],
        "type": "EPCISDocument",
        "schemaVersion": 2.0,
        "epcisBody": {"eventList": events},
    }
    read = document.read(json.dumps(content).encode())
    listed = "/epcisBody/eventList"
    assert {(each.pointer, each.code, each.index) for each in read.problems} == {
        ("/schemaVersion", "epcis.type", None),
        ("", "epcis.missing", None),
        (f"{listed}/1/action", "epcis.value", 1),
        (f"{listed}/1/eventTime", "time.malformed", 1),
        (f"{listed}/2", "epcis.type", 2),
        (f"{listed}/3", "epcis.missing", 3),
        (f"{listed}/4/type", "epcis.value", 4),
        (f"{listed}/6/type", "epcis.type", 6),
        (f"{listed}/7/epcList", "epcis.type", 7),
        (f"{listed}/7/recordTime", "time.malformed", 7),
        (f"{listed}/8/quantityList/0", "epcis.missing", 8),
        (f"{listed}/8/quantityList/0/quantity", "epcis.type", 8),
        (f"{listed}/8/quantityList/0/weight", "epcis.unknown_field", 8),
    }
    assert [each.index for each in read.events] == [0, 5]
    assert read.acceptable == []


def test_the_declaration_describes_every_type_and_judges_alike(vectors: Path) -> None:
    declared = shape.declaration()
    assert set(declared) == {*STANDARD_TYPES, "EPCISDocument", "EPCISQueryDocument"}
    for name in STANDARD_TYPES:
        jsonschema.Draft202012Validator.check_schema(declared[name])
    judged = 0
    for path in sorted((vectors / "epcis" / "accept").glob("*.json")):
        for captured in document.read(path.read_bytes()).events:
            content = json.loads(captured.body)
            jsonschema.Draft202012Validator(declared[content["type"]]).validate(content)
            broken = {name: value for name, value in content.items() if name != "eventTime"}
            assert not jsonschema.Draft202012Validator(declared[content["type"]]).is_valid(broken)
            judged += 1
    assert judged > 30
