"""Queries for events: parameters, pages, and who reads which event."""

from urllib.parse import quote, urlsplit

import jsonschema
import orjson
import pytest
import small_world
from small_world import AUDITOR, BRAND, CARRIER, COURT, CUSTOMS, FACTORY, PORT, STRANGER, ago, packed, seen, sgtin, to

from tests.databases import settings_on

ITEM, PALLET = sgtin("1300"), small_world.sscc("09525678000000030")
TIMES = [ago(days=days) for days in (9, 8, 7, 6, 5)]


@pytest.fixture(scope="module")
def world(tmp_path_factory, database):
    home = tmp_path_factory.mktemp("home")
    world = small_world.found(home, settings_on(database, home, public_url=small_world.BASE_URL))
    made = seen("commissioning", ITEM, at=TIMES[0], place=FACTORY, action="ADD", disposition="active")
    world.record(
        BRAND,
        {**made, "eventID": "urn:uuid:5a3c1f2e-7a44-4a70-9d0a-2f3d4f0d1c11"},
        packed(PALLET, ITEM, at=TIMES[1], place=FACTORY),
        seen("shipping", PALLET, at=TIMES[2], place=FACTORY, **to(CARRIER)),
    )
    world.record(CARRIER, seen("arriving", PALLET, at=TIMES[3], place=PORT), seen("storing", PALLET, at=TIMES[4]))
    yield world
    world.gateway.close()


def get(client, world, query="", organisation=AUDITOR):
    return client.get(f"/epcis/v2/events{query}", headers=world.headers(organisation))


def listed(answer):
    assert answer.status_code == 200, answer.json
    return answer.json["epcisBody"]["queryResults"]["resultsBody"]["eventList"]


def steps(answer):
    return [event["bizStep"] for event in listed(answer)]


ALL = ["commissioning", "packing", "shipping", "arriving", "storing"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ALL),
        ("?eventType=AggregationEvent", ["packing"]),
        ("?eventType=AggregationEvent|TransactionEvent", ["packing"]),
        ("?EQ_action=ADD", ["commissioning", "packing"]),
        ("?EQ_bizStep=shipping|arriving", ["shipping", "arriving"]),
        (f"?EQ_bizStep={quote('https://ref.gs1.org/cbv/BizStep-shipping')}", ["shipping"]),
        ("?EQ_disposition=active", ["commissioning"]),
        (f"?EQ_readPoint={quote(PORT, safe='')}", ["arriving"]),
        ("?EQ_bizLocation=https://id.gs1.org/414/9521234000018", []),
        (f"?MATCH_epc={quote(ITEM, safe='')}", ["commissioning", "packing"]),
        ("?MATCH_epc=urn:epc:id:sgtin:9521234.000001.1300", ["commissioning", "packing"]),
        (f"?MATCH_anyEPC={quote(PALLET, safe='')}", ["packing", "shipping", "arriving", "storing"]),
        (f"?MATCH_parentID={quote(PALLET, safe='')}", ["packing"]),
        (f"?GE_eventTime={TIMES[2]}&LT_eventTime={TIMES[4]}", ["shipping", "arriving"]),
        (f"?GE_recordTime={quote('2020-01-01T00:00:00+02:00')}", ALL),
        ("?LT_recordTime=2020-01-01T00:00:00Z", []),
        ("?EQ_eventID=urn:uuid:5a3c1f2e-7a44-4a70-9d0a-2f3d4f0d1c11", ["commissioning"]),
        ("?orderBy=eventTime", ALL[::-1]),
        ("?orderBy=eventTime&orderDirection=ASC", ALL),
        ("?orderBy=eventTime&eventCountLimit=1", ["storing"]),
        ("?maxEventCount=5", ALL),
    ],
)
def test_parameters_select(client, world, query, expected):
    assert steps(get(client, world, query)) == expected


@pytest.mark.parametrize(
    "query",
    [
        "?EQ_colour=red",
        "?eq_bizStep=shipping",
        "?eventType=Party",
        "?GE_eventTime=yesterday",
        "?GE_eventTime=2026-01-01T00:00:00",
        "?MATCH_epc=nothing",
        "?orderBy=colour",
        "?orderDirection=UP",
        "?eventCountLimit=1",
        "?orderBy=eventTime&eventCountLimit=1&maxEventCount=1",
        "?perPage=0",
        "?perPage=many",
        "?perPage=-1",
        "?EQ_action=ADD&EQ_action=OBSERVE",
        "?nextPageToken=x",
        "?nextPageToken=5~x",
        "?nextPageToken=%FF~",
    ],
)
def test_what_is_not_understood_is_refused(client, world, query):
    answer = get(client, world, query)
    assert answer.status_code == 400
    assert answer.json["type"] == "epcisException:QueryParameterException"
    assert answer.mimetype == "application/problem+json"


def test_too_many_events_is_an_error_and_not_a_short_answer(client, world):
    answer = get(client, world, "?maxEventCount=4")
    assert (answer.status_code, answer.json["type"]) == (413, "epcisException:QueryTooLargeException")


@pytest.mark.parametrize("query", ["?perPage=2", "?perPage=2&orderBy=eventTime&orderDirection=ASC"])
def test_pages_follow_each_other(client, world, query):
    found, answer = [], get(client, world, query)
    while True:
        found += steps(answer)
        if "Link" not in answer.headers:
            break
        url, _, rel = answer.headers["Link"].partition(">; ")
        assert rel == 'rel="next"'
        parts = urlsplit(url.lstrip("<"))
        assert f"{parts.scheme}://{parts.netloc}" == small_world.BASE_URL
        answer = client.get(f"{parts.path}?{parts.query}", headers=world.headers(AUDITOR))
    assert found == ALL


def test_a_count_limit_holds_across_pages(client, world):
    query = "?orderBy=eventTime&orderDirection=ASC&eventCountLimit=3&perPage=2"
    first = get(client, world, query)
    parts = urlsplit(first.headers["Link"].partition(">")[0].lstrip("<"))
    second = client.get(f"{parts.path}?{parts.query}", headers=world.headers(AUDITOR))
    assert steps(first) + steps(second) == ALL[:3]
    assert "Link" not in second.headers


def test_the_answer_is_a_query_document(client, world, vectors):
    schema = orjson.loads((vectors / "epcis-spec" / "epcis-json-schema.json").read_bytes())
    validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)
    validator.validate(get(client, world).json)


def test_events_carry_their_id_and_record_time(client, world):
    own, derived = listed(get(client, world))[:2]
    assert own["eventID"] == "urn:uuid:5a3c1f2e-7a44-4a70-9d0a-2f3d4f0d1c11"
    assert derived["eventID"].startswith("ni:///sha-256;")
    assert all("recordTime" in event for event in (own, derived))


def test_an_event_is_found_by_its_ni_id(client, world):
    identifier = listed(get(client, world))[1]["eventID"]
    for encoded in (quote(identifier, safe=""), quote(identifier), quote(identifier, safe="/:;?=")):
        answer = client.get(f"/epcis/v2/events/{encoded}", headers=world.headers(AUDITOR))
        assert [event["eventID"] for event in listed(answer)] == [identifier], encoded


def test_an_event_is_found_by_its_senders_id(client, world):
    path = "/epcis/v2/events/" + quote("urn:uuid:5a3c1f2e-7a44-4a70-9d0a-2f3d4f0d1c11", safe="")
    assert steps(client.get(path, headers=world.headers(AUDITOR))) == ["commissioning"]


@pytest.mark.parametrize("identifier", ["ni:///sha-256;00?ver=CBV2.0", "ni:///sha-256;zz", "nothing", "%00"])
def test_an_unknown_id_is_not_found(client, world, identifier):
    answer = client.get(f"/epcis/v2/events/{quote(identifier, safe='')}", headers=world.headers(AUDITOR))
    assert (answer.status_code, answer.json["type"]) == (404, "epcisException:NoSuchResourceException")


VISIBLE = {
    BRAND: ["commissioning", "packing", "shipping"],
    CARRIER: ["shipping", "arriving", "storing"],
    CUSTOMS: ["arriving"],
    AUDITOR: ALL,
    COURT: [],
    STRANGER: [],
}
"""By organisation: own events, those that name it, those with its product, those in its country, all, none, none."""


@pytest.mark.parametrize("organisation", sorted(VISIBLE))
def test_who_reads_which_event(client, world, organisation):
    assert steps(get(client, world, organisation=organisation)) == VISIBLE[organisation]
    for event in listed(get(client, world)):
        path = "/epcis/v2/events/" + quote(event["eventID"], safe="")
        answer = client.get(path, headers=world.headers(organisation))
        assert answer.status_code == (200 if event["bizStep"] in VISIBLE[organisation] else 404), event["bizStep"]


def test_customs_on_the_route_of_a_consignment_reads_its_events(tmp_path, database):
    world = small_world.found(tmp_path, settings_on(database, tmp_path, public_url=small_world.BASE_URL))
    client = small_world.make_app(world.gateway).test_client()
    world.record(CARRIER, seen("storing", PALLET, at=ago(hours=4)))
    assert steps(get(client, world, organisation=CUSTOMS)) == []
    world.contracts(CARRIER).open_consignment(
        consignment="6NL952567800000000001", units=[PALLET], origin="CN", destination="NL"
    )
    world.project()
    assert steps(get(client, world, organisation=CUSTOMS)) == ["storing"]
    world.gateway.close()


def test_a_court_reads_the_events_of_the_things_that_its_docket_names(tmp_path, database):
    world = small_world.found(tmp_path, settings_on(database, tmp_path, public_url=small_world.BASE_URL))
    client = small_world.make_app(world.gateway).test_client()
    world.record(BRAND, seen("storing", ITEM, at=ago(hours=4)), seen("storing", sgtin("1301"), at=ago(hours=4)))
    brand = world.contracts(BRAND)
    brand.open_case(case="C-1", right="EX-EU", items=[ITEM])
    world.project()
    assert steps(get(client, world, organisation=COURT)) == []
    brand.open_case(case="C-2", right="EX-EU", items=[ITEM], docket="NL-2026-1", court=COURT)
    world.project()
    assert [event["epcList"] for event in listed(get(client, world, organisation=COURT))] == [[ITEM]]
    world.gateway.close()
