"""Events in the form that the caller wants: JSON, JSON-LD, XML; links or URNs; versions that fit or are refused."""

import jsonschema
import pytest
import small_world
from small_world import BRAND, CONTEXT, FACTORY, GTIN, ago, seen, sgtin

from provenance.domain.epcis import shape
from provenance.domain.gs1.keys import check_digit
from provenance.epcisxml import reading
from tests.databases import settings_on

URN = "urn:epc:id:sgtin:9521234.000001.2001"
LINK = sgtin("2001")
EVENTS = "/epcis/v2/events"


@pytest.fixture(scope="module")
def world(tmp_path_factory, database):
    home = tmp_path_factory.mktemp("home")
    world = small_world.found(home, settings_on(database, home, public_url=small_world.BASE_URL))
    as_urn = seen("commissioning", URN, at=ago(days=9), place=FACTORY, action="ADD", **{"own:colour": "red"})
    world.record(BRAND, {**as_urn, "@context": [{"own": "https://example.com/own/"}]})
    world.record(BRAND, seen("storing", "https://example.com/01/" + GTIN + "/21/2001", at=ago(days=8)))
    world.record(BRAND, seen("inspecting", sgtin("1", "0406141412345" + check_digit("0406141412345")), at=ago(days=7)))
    yield world
    world.gateway.close()


def get(client, world, path=EVENTS, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(path, headers={**world.headers(BRAND), **named})


def epcs(answer):
    assert answer.status_code == 200, answer.text
    events = answer.json["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return [event["epcList"][0] for event in events]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, [LINK, f"https://example.com/01/{GTIN}/21/2001"]),
        ("Always_GS1_Digital_Link", [LINK, f"https://example.com/01/{GTIN}/21/2001"]),
        ("Always_EPC_URN", [URN, URN]),
        ("Never_Translates", [URN, f"https://example.com/01/{GTIN}/21/2001"]),
        ("No_Preference", [URN, f"https://example.com/01/{GTIN}/21/2001"]),
    ],
)
def test_identifiers_come_as_they_are_wanted(client, world, asked, expected):
    answer = get(client, world, **({} if asked is None else {"GS1_EPC_Format": asked}))
    assert epcs(answer)[:2] == expected


@pytest.mark.parametrize("value", [URN, LINK, f"https://example.com/01/{GTIN}/21/2001?x=1"])
@pytest.mark.parametrize("asked", ["Always_EPC_URN", "Always_GS1_Digital_Link"])
def test_every_form_of_an_identifier_asks_for_the_same_events(client, world, value, asked):
    path = f"{EVENTS}?MATCH_epc={small_world.quote(value, safe='')}"
    assert len(epcs(get(client, world, path, GS1_EPC_Format=asked))) == 2


@pytest.mark.parametrize("kind", ["application/json", "application/ld+json"])
def test_json_is_a_query_document(client, world, kind):
    answer = get(client, world, Accept=kind)
    assert answer.mimetype == kind
    declared = shape.declaration()
    schema = {**declared["EPCISQueryDocument"], "components": {"schemas": declared}}
    jsonschema.validate(answer.json, schema)
    assert answer.headers["GS1-EPCIS-Version"] == "2.0"


@pytest.mark.parametrize("kind", ["application/xml", "text/xml"])
def test_xml_reads_back_to_the_same_events(client, world, kind):
    as_xml, as_json = get(client, world, Accept=kind), get(client, world)
    assert (as_xml.status_code, as_xml.mimetype) == (200, kind)
    read = reading.read(as_xml.data)
    assert read.problems == []
    expected = as_json.json["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert [each.id for each in read.events] == [each["eventID"] for each in expected]


def test_words_come_as_urns_in_xml_where_that_is_wanted(client, world):
    assert (
        b"urn:epcglobal:cbv:bizstep:storing"
        in get(client, world, Accept="text/xml", GS1_CBV_XML_Format="Always_URN").data
    )
    assert b"https://ref.gs1.org/cbv/BizStep-storing" in get(client, world, Accept="text/xml").data


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "image/png"},
        {"GS1_EPCIS_Min": "2.1"},
        {"GS1_EPCIS_Max": "1.2"},
        {"GS1_CBV_Max": "1.2.2"},
        {"GS1_EPCIS_Min": "two"},
        {"GS1_EPC_Format": "Sometimes"},
        {"GS1_CBV_XML_Format": "Always"},
    ],
)
def test_what_is_not_spoken_here_is_refused(client, world, headers):
    answer = get(client, world, **headers)
    assert (answer.status_code, answer.json["type"]) == (406, "epcisException:NotAcceptableException")


@pytest.mark.parametrize("headers", [{"GS1_EPCIS_Min": "1.2", "GS1_EPCIS_Max": "2.0.1"}, {"GS1_CBV_Min": "2.0.0"}])
def test_versions_that_fit_are_answered(client, world, headers):
    assert get(client, world, **headers).status_code == 200


def test_the_senders_context_travels_with_the_event(client, world):
    event = get(client, world).json["epcisBody"]["queryResults"]["resultsBody"]["eventList"][0]
    assert event["@context"] == [CONTEXT, {"own": "https://example.com/own/"}]
    assert event["own:colour"] == "red"
