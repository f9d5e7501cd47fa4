"""Places that headers state: what is kept of them, how chunks carry it, and what is refused."""

import itertools
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance import documents
from provenance.domain import canonical, merkle
from provenance.domain.epcis import chunk, document, masterdata
from provenance.domain.errors import Malformed
from provenance.epcisxml import writing

URL = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
SITE = "https://id.gs1.org/414/9521321000100"
URN = "urn:epc:id:sgln:9521321.00010.0"
DOCK = "urn:epc:id:sgln:9521321.00010.dock7"
SHOP = "https://shop.example.com/places/7"
MDA = "urn:epcglobal:cbv:mda"


def seen(number: int, read_point: str | None = None, location: str | None = None, **fields: Any) -> dict[str, Any]:
    places = {"readPoint": read_point, "bizLocation": location}
    return {
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T10:00:00Z",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "epcList": [f"urn:epc:id:sscc:9521321.1{number:09}"],
        **{name: {"id": place} for name, place in places.items() if place is not None},
        **fields,
    }


def element(place: str, **attributes: Any) -> dict[str, Any]:
    return {
        "id": place,
        "attributes": [{"id": f"{MDA}#{name}", "attribute": value} for name, value in attributes.items()],
    }


def listed(*elements: dict[str, Any], kind: str = "BusinessLocation") -> dict[str, Any]:
    return {"type": f"urn:epcglobal:epcis:vtype:{kind}", "vocabularyElementList": list(elements)}


def body_of(vocabularies: list[dict[str, Any]], *events: dict[str, Any]) -> bytes:
    content = {
        "@context": [URL],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-01T10:00:00Z",
        "epcisHeader": {"epcisMasterData": {"vocabularyList": vocabularies}},
        "epcisBody": {"eventList": list(events)},
    }
    return json.dumps(content).encode()


def captured(vocabularies: list[dict[str, Any]], *events: dict[str, Any]) -> list[document.Captured]:
    read = document.read(body_of(vocabularies, *events))
    assert read.sound, read.problems
    return read.events


def said(vocabularies: list[dict[str, Any]], *events: dict[str, Any]) -> dict[str, dict[str, str]]:
    (arguments,) = chunk.build(captured(vocabularies, *events))
    return {each["id"]: each["place"] for each in json.loads(arguments).get("masterData", [])}


FULL = element(URN, countryCode="CN", unLocationCode="CN NGB", latitude="29.868312", longitude=121.5)


def test_what_rules_use_is_kept_and_nothing_else() -> None:
    person = element(URN, countryCode="CN", name="Jane Doe", streetAddressOne="1 Home Street", latitude="29.8683")
    assert said([listed(person)], seen(1, URN)) == {SITE: {"country": "CN"}}
    found = said([listed(FULL)], seen(1, URN))
    assert found == {SITE: {"country": "CN", "unlocode": "CNNGB", "latitude": "29.86", "longitude": "121.5"}}


@pytest.mark.parametrize("stem", ["urn:epcglobal:cbv:mda:", "urn:epcglobal:cbv:mda#", "cbvmda:"])
def test_attributes_by_every_spelling_of_their_names(stem: str) -> None:
    one = {"id": SITE, "attributes": [{"id": f"{stem}countryCode", "attribute": "CN"}]}
    assert said([listed(one, kind="ReadPoint")], seen(1, URN)) == {SITE: {"country": "CN"}}


@pytest.mark.parametrize(
    "attributes",
    [
        {"countryCode": "China"},
        {"countryCode": "QQ"},
        {"countryCode": {"ex": 1}},
        {"unLocationCode": "NINGBO"},
        {"latitude": "91", "longitude": "0"},
        {"latitude": "29.8"},
        {"latitude": "north", "longitude": "10"},
        {"name": "Works"},
    ],
)
def test_what_is_no_value_is_not_stated(attributes: dict[str, Any]) -> None:
    events = captured([listed(element(SITE, **attributes))], seen(1, SITE))
    assert chunk.build(events) == chunk.build(captured([], seen(1, SITE)))


def test_only_places_that_events_name_are_stated_docks_by_their_site() -> None:
    lists = [listed(FULL, element(SHOP, countryCode="NL"), element("urn:x:other", countryCode="BE"))]
    assert set(said(lists, seen(1, DOCK))) == {SITE}
    assert set(said(lists, seen(1, DOCK, SHOP), seen(2, URN))) == {SITE, SHOP}
    dock = element(DOCK, countryCode="CN")
    assert set(said([listed(FULL), listed(dock, kind="ReadPoint")], seen(1, DOCK))) == {f"{SITE}/254/dock7"}
    assert said([{"type": "urn:epcglobal:epcis:vtype:Party", "vocabularyElementList": [FULL]}], seen(1, URN)) == {}


def test_what_a_document_contradicts_itself_in_is_not_stated() -> None:
    lists = [listed(element(SITE, countryCode="CN", unLocationCode="CNNGB")), listed(element(URN, countryCode="NL"))]
    assert said(lists, seen(1, URN)) == {SITE: {"unlocode": "CNNGB"}}


def test_xml_and_query_documents_state_the_same() -> None:
    expected = chunk.build(captured([listed(FULL)], seen(1, URN)))
    converted = documents.content(body_of([listed(FULL)], seen(1, URN)))

    (event,) = documents.read(writing.write(converted)).events
    assert event.stated == captured([listed(FULL)], seen(1, URN))[0].stated
    query = {
        "@context": [URL],
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-01T10:00:00Z",
        "epcisBody": {
            "queryResults": {
                "queryName": "q",
                "resultsBody": {"eventList": [seen(1, URN)], "vocabularyList": [listed(FULL)]},
            }
        },
    }
    read = document.read(json.dumps(query).encode())
    assert read.sound, read.problems
    assert chunk.build(read.events) == expected


def test_a_chunk_without_statements_is_what_it_was_before_there_were_any() -> None:
    with_header, without = captured([listed(FULL)], seen(1)), captured([], seen(1))
    assert chunk.build(with_header) == chunk.build(without)
    (arguments,) = chunk.build(without)
    assert arguments.startswith(b'{"events":[{"algorithm":"CBV2.0"')
    assert arguments.endswith(b'"}]}')
    assert b"masterData" not in arguments


def test_statements_follow_the_events_and_are_leaves_of_the_root() -> None:
    events = captured([listed(FULL, element(SHOP, countryCode="NL"))], seen(1, URN, SHOP), seen(2, URN))
    (arguments,) = chunk.build(events)
    assert canonical.dump(canonical.parse(arguments)) == arguments
    read = chunk.read(arguments)
    assert read.count == len(events)
    assert read.statements == chunk.statements(arguments)
    assert [each.place for each in read.statements] == [SITE, SHOP]
    assert read.statements[0].latitude == Decimal("29.86")
    digests = [*(each.digest for each in chunk.entries(arguments)), *(each.digest for each in read.statements)]
    assert read.root == merkle.root([bytes.fromhex(each) for each in digests])
    assert read.root != chunk.read(chunk.build(captured([], seen(1, URN, SHOP), seen(2, URN)))[0]).root
    assert [each.id for each in events] == [each.id for each in captured([], seen(1, URN, SHOP), seen(2, URN))]
    assert chunk.count(arguments) == 2


def test_a_header_never_makes_a_document_of_as_many_events_as_may_be_too_long() -> None:
    lists = [listed(*(element(f"{SHOP}/{each}", countryCode="NL") for each in range(2 * chunk.MOST_EVENTS)))]
    events = [seen(n, f"{SHOP}/{2 * n}", f"{SHOP}/{2 * n + 1}") for n in range(chunk.MOST_EVENTS)]
    (arguments,) = chunk.build(captured(lists, *events))
    assert len(chunk.read(arguments).statements) == 2 * chunk.MOST_EVENTS


@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=4), min_size=1, max_size=4))
def test_joined_chunks_state_each_place_once(groups: list[list[int]]) -> None:
    numbers = itertools.count()
    lists = [listed(*(element(f"{SHOP}{each}", countryCode="NL") for each in range(3)))]
    parts = [captured(lists, *(seen(next(numbers), f"{SHOP}{place}") for place in group)) for group in groups]
    (whole,) = chunk.build(each for part in parts for each in part)
    assert chunk.joined([chunk.build(part)[0] for part in parts]) == whole
    assert {each.place for each in chunk.read(whole).statements} == {
        f"{SHOP}{place}" for group in groups for place in group if place < 3
    }


@given(st.lists(st.tuples(st.integers(1, 200_000), st.integers(0, 300)), min_size=1, max_size=8))
def test_statements_count_toward_the_bytes_of_a_chunk(sizes: list[tuple[int, int]]) -> None:
    blob = [
        document.Captured(0, {}, b'"%b"' % (b"x" * size), "ni:x", tuple(b'{"s":%d}' % n for n in range(stated)))
        for size, stated in sizes
    ]
    parts = [json.loads(part)["events"] for part in chunk.build(blob)]
    assert all(len(part) <= chunk.MOST_BYTES for part in chunk.build(blob))
    assert [len(each["event"]) for part in parts for each in part] == [size for size, _ in sizes]


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (lambda c: c["masterData"][0].update(more=1), "chunk.master_data", "/masterData/0"),
        (lambda c: c["masterData"][0].update(id=URN), "chunk.master_data", "/masterData/0/id"),
        (lambda c: c["masterData"][0].update(id="x" * 301), "chunk.master_data", "/masterData/0/id"),
        (lambda c: c["masterData"][0]["place"].update(name="Jane Doe"), "chunk.master_data", "/masterData/0/place"),
        (lambda c: c["masterData"][0]["place"].update(country="QQ"), "chunk.master_data",
         "/masterData/0/place/country"),
        (lambda c: c["masterData"][0]["place"].update(latitude="1.234"), "chunk.master_data",
         "/masterData/0/place/latitude"),
        (lambda c: c["masterData"][0]["place"].pop("latitude"), "chunk.master_data", "/masterData/0/place"),
        (lambda c: c["masterData"][0]["place"].clear(), "chunk.master_data", "/masterData/0/place"),
        (lambda c: c["masterData"].append(c["masterData"][0]), "chunk.not_canonical", "/masterData"),
        (lambda c: c["masterData"].clear(), "chunk.form", ""),
        (lambda c: c.update(masterData={}), "chunk.form", ""),
        (lambda c: c["events"][0].update(id="ni:x"), "chunk.id", "/events/0/id"),
        (lambda c: c["masterData"].extend({"id": f"urn:x:{n:03}", "place": {"country": "NL"}} for n in range(500)),
         "chunk.count", "/masterData"),
    ],
)  # fmt: skip
def test_a_statement_with_anything_wrong_is_refused_with_its_chunk(change: Any, code: str, place: str) -> None:
    content = canonical.parse(chunk.build(captured([listed(FULL)], seen(1, URN)))[0])
    change(content)
    with pytest.raises(Malformed) as caught:
        chunk.read(canonical.dump(content))
    assert (caught.value.code, caught.value.pointer) == (code, place)


def test_what_looks_like_statements_inside_an_event_is_the_events() -> None:
    odd = captured([], seen(1, URN, **{"urn:x:n": {"a": [], "masterData": [{"b": {"c": 1}}]}}))
    (arguments,) = chunk.build(odd)
    assert chunk.read(arguments).statements == ()
    stating = captured([listed(FULL)], seen(1, URN, **{"urn:x:n": {"a": [], "masterData": [{"b": {"c": 1}}]}}))
    (arguments,) = chunk.build(stating)
    assert [each.place for each in chunk.read(arguments).statements] == [SITE]
    assert [each.body for each in chunk.entries(arguments)] == [each.body for each in odd]


def test_a_place_is_told_by_itself_and_then_by_its_site() -> None:
    assert masterdata.named(SITE) == (SITE,)
    assert masterdata.named(f"{SITE}/254/dock7") == (f"{SITE}/254/dock7", SITE)
