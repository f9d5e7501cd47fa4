"""Named queries: kept, listed, asked page by page, forgotten, and each organisation's own."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
import small_world
from small_world import AUDITOR, BRAND, CARRIER, FACTORY, ago, seen, sgtin

from provenance.api import standing
from provenance.operations import Level

QUERIES = "/epcis/v2/queries"
ASKED = {"name": "Made or packed", "query": {"EQ_bizStep": ["commissioning", "packing"], "orderBy": "eventTime"}}


@pytest.fixture(scope="module")
def ids(world):
    steps = ["commissioning", "packing", "shipping", "commissioning"]
    events = [seen(step, sgtin(f"19{at}"), at=ago(days=9 - at), place=FACTORY) for at, step in enumerate(steps)]
    return world.record(BRAND, *events)


def make(client, world, content=None, organisation=BRAND, level=Level.RECORD):
    return client.post(QUERIES, json=ASKED if content is None else content, headers=world.headers(organisation, level))


@pytest.fixture
def made(client, world, ids):
    assert make(client, world).status_code == 201
    yield f"{QUERIES}/{quote(ASKED['name'])}"
    client.delete(f"{QUERIES}/{quote(ASKED['name'])}", headers=world.headers(BRAND))


def listed(answer):
    assert answer.status_code == 200, answer.json
    return answer.json["epcisBody"]["queryResults"]["resultsBody"]["eventList"]


def test_a_query_is_kept_as_it_was_sent(client, world, made):
    assert client.get(made, headers=world.headers(BRAND)).json == ASKED
    assert client.get(QUERIES, headers=world.headers(BRAND)).json == [ASKED]
    answer = client.post(QUERIES, json=ASKED, headers=world.headers(BRAND))
    assert (answer.status_code, answer.json["type"]) == (409, "epcisException:ResourceAlreadyExistsException")


def test_its_location_leads_to_it(client, world, ids):
    answer = make(client, world, {"name": "a b%c", "query": {}})
    assert answer.headers["Location"] == f"{QUERIES}/a%20b%25c"
    assert client.get(answer.headers["Location"], headers=world.headers(BRAND)).json == {"name": "a b%c", "query": {}}
    assert client.delete(answer.headers["Location"], headers=world.headers(BRAND)).status_code == 204


def test_its_events_come_page_by_page_under_its_name(client, world, made, ids):
    answer = client.get(f"{made}/events?perPage=2", headers=world.headers(BRAND))
    assert answer.json["epcisBody"]["queryResults"]["queryName"] == ASKED["name"]
    first = [event["eventID"] for event in listed(answer)]
    url, _, _ = answer.headers["Link"].removeprefix("<").partition(">")
    rest = client.get(url.removeprefix(small_world.BASE_URL), headers=world.headers(BRAND))
    assert first + [event["eventID"] for event in listed(rest)] == [ids[3], ids[1], ids[0]]
    assert "Link" not in rest.headers


def test_others_have_queries_of_their_own(client, world, made):
    assert client.get(QUERIES, headers=world.headers(CARRIER)).json == []
    for method, path in (("get", made), ("delete", made), ("get", f"{made}/events")):
        answer = getattr(client, method)(path, headers=world.headers(CARRIER))
        assert (answer.status_code, answer.json["type"]) == (404, "epcisException:NoSuchNameException")
    assert make(client, world, organisation=CARRIER).status_code == 201
    assert listed(client.get(f"{made}/events", headers=world.headers(CARRIER))) == []
    assert client.delete(made, headers=world.headers(CARRIER)).status_code == 204


def test_who_only_reads_keeps_and_forgets_none(client, world, made):
    assert make(client, world, {"name": "x", "query": {}}, level=Level.READ).status_code == 403
    assert client.delete(made, headers=world.headers(BRAND, Level.READ)).status_code == 403
    assert client.get(made, headers=world.headers(BRAND, Level.READ)).status_code == 200


@pytest.mark.parametrize(
    ("content", "status", "kind"),
    [
        ({"name": "x"}, 400, "QueryValidationException"),
        ({"name": "x", "query": []}, 400, "QueryValidationException"),
        ({"name": "", "query": {}}, 400, "QueryValidationException"),
        ({"name": "a/b", "query": {}}, 400, "QueryValidationException"),
        ({"name": 5, "query": {}}, 400, "QueryValidationException"),
        ({"name": "x", "query": {"EQ_colour": ["red"]}}, 400, "QueryParameterException"),
        ({"name": "x", "query": {"EQ_action": ["JUMP"]}}, 400, "QueryParameterException"),
        ({"name": "x", "query": {"EQ_bizStep": [{}]}}, 400, "QueryParameterException"),
        ({"name": "x", "query": {"perPage": 5}}, 400, "QueryParameterException"),
        ({"name": "x", "query": {"eventCountLimit": 5}}, 400, "QueryParameterException"),
        ({"name": "x", "query": {"EQ_bizStep": ["x"] * 501}}, 413, "QueryTooComplexException"),
        ({"name": "x", "query": {"EQ_eventID": ["x" * 70_000]}}, 413, "QueryTooComplexException"),
    ],
)
def test_what_cannot_be_asked_is_not_kept(client, world, content, status, kind):
    answer = make(client, world, content)
    assert (answer.status_code, answer.json["type"]) == (status, f"epcisException:{kind}")
    assert client.get(f"{QUERIES}/x", headers=world.headers(BRAND)).status_code == 404


def test_they_are_listed_page_by_page_in_the_order_of_their_names(client, world, ids):
    for name in ("b", "B", "a"):
        assert make(client, world, {"name": name, "query": {}}, AUDITOR).status_code == 201
    found, url = [], f"{QUERIES}?perPage=2"
    while url:
        answer = client.get(url, headers=world.headers(AUDITOR))
        found += [each["name"] for each in answer.json]
        url = answer.headers.get("Link", "").removeprefix("<").partition(">")[0].removeprefix(small_world.BASE_URL)
    assert found == ["B", "a", "b"]


def test_prefixes_come_with_the_query_or_its_header(client, world, ids):
    event = seen("storing", sgtin("1950"), at=ago(days=1), **{"own:colour": "red"})
    world.record(BRAND, {**event, "@context": [{"own": "https://example.com/own/"}]})
    declared = {"@context": {"mine": "https://example.com/own/"}, "EQ_mine:colour": "red"}
    assert make(client, world, {"name": "declared", "query": declared}).status_code == 201
    headers = {**world.headers(BRAND), "GS1-Extensions": "mine=https://example.com/own/"}
    client.post(QUERIES, json={"name": "header", "query": {"EQ_mine:colour": ["red"]}}, headers=headers)
    client.post(QUERIES, json={"name": "neither", "query": {"EQ_mine:colour": ["red"]}}, headers=world.headers(BRAND))
    found = {
        name: len(listed(client.get(f"{QUERIES}/{name}/events", headers=world.headers(BRAND))))
        for name in ("declared", "header", "neither")
    }
    assert found == {"declared": 1, "header": 1, "neither": 0}


def found_since(world, place):
    """Return the ids of what the brand's query asks for since a place, and the place that was looked up to."""
    with world.gateway.readmodel.view() as view:
        kept = world.gateway.operations.queries.get(BRAND, ASKED["name"])
        found = standing.find(view, standing.standing(view, kept, datetime.min.replace(tzinfo=UTC)), place)
        assert (found.reached, found.more) == (view.newest, False)
        return [each.fact.id for each in found.events], found.reached


def test_it_runs_from_where_it_ended(client, world, made, ids):
    found, place = found_since(world, -1)
    assert found == [ids[0], ids[1], ids[3]]
    assert found_since(world, place) == ([], place)
    (late,) = world.record(BRAND, seen("packing", sgtin("1960"), at=ago(days=20)))
    world.record(CARRIER, seen("packing", sgtin("1961", "09529999000019"), at=ago(days=1)))
    assert found_since(world, place)[0] == [late]
