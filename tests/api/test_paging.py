"""Every list goes page by page in the same way, and refuses the same pages with the same codes."""

from datetime import timedelta

import pytest
import small_world
from small_world import BRAND, CARRIER, FACTORY, GTIN, PORT, ago, epcis, seen, sgtin, sscc

from provenance.api import tokens

QUERY = "/epcis/v2/queries/all"
LISTS = {
    "/epcis/v2/events": lambda found: found["epcisBody"]["queryResults"]["resultsBody"]["eventList"],
    f"{QUERY}/events": lambda found: found["epcisBody"]["queryResults"]["resultsBody"]["eventList"],
    "/epcis/v2/queries": list,
    f"{QUERY}/subscriptions": list,
    "/epcis/v2/capture": list,
    "/epcis/v2/epcs": lambda found: found["member"],
    "/epcis/v2/bizSteps": lambda found: found["member"],
    "/epcis/v2/readPoints": lambda found: found["member"],
    "/api/v1/places": lambda found: found["records"],
    "/api/v1/links": lambda found: found["links"],
}
CONSIGNMENT = "/api/v1/shipments/PAGED-1"
LINK = {
    "anchor": f"https://id.gs1.org/01/{GTIN}",
    "linkType": "gs1:pip",
    "title": "Stride",
    "href": "https://a.example/",
}


@pytest.fixture(scope="module", autouse=True)
def filled(world, app):
    """Three of everything that is listed."""
    client, headers = app.test_client(), world.headers(BRAND)
    events = [seen("packing", sgtin(f"12{at}"), at=ago(days=at + 1), place=(FACTORY, PORT)[at % 2]) for at in range(3)]
    world.record(BRAND, *events)
    subscribed = {"dest": "https://subscriber.example/told", "stream": True}
    for number in range(3):
        sent = client.post("/epcis/v2/capture", data=epcis(), headers={**headers, "Content-Type": "application/json"})
        name = ("all", "some", "none")[number]
        made = client.post("/epcis/v2/queries", json={"name": name, "query": {}}, headers=headers)
        told = client.post(f"{QUERY}/subscriptions", json=subscribed, headers=headers)
        assert (sent.status_code, made.status_code, told.status_code) == (202, 201, 201)
    links = [{**LINK, "href": f"https://a.example/{number}"} for number in range(3)]
    assert client.put("/api/v1/links", json={"links": links}, headers=headers).status_code == 200
    units = [sscc(f"0952567800000{number:04d}") for number in range(300, 325)]
    world.contracts(CARRIER).open_consignment(consignment="PAGED-1", units=units, origin="CN", destination="NL")
    world.project()


@pytest.fixture
def get(client, world):
    def get(path, organisation=BRAND):
        return client.get(path, headers=world.headers(organisation))

    return get


def following(answer):
    """Return where the next page is, None where there is none."""
    link = answer.headers.get("Link")
    assert link is None or link.startswith(f"<{small_world.BASE_URL}/")
    return link and link[1 + len(small_world.BASE_URL) : link.index(">")]


def token_of(path):
    return path.rpartition("nextPageToken=")[2]


@pytest.mark.parametrize("path", LISTS)
def test_pages_follow_each_other_without_gap_or_overlap(get, path):
    whole = LISTS[path](get(f"{path}?perPage=1000").json)
    assert len(whole) > 1
    found, at = [], f"{path}?perPage=1"
    while at:
        answer = get(at)
        shown = LISTS[path](answer.json)
        assert len(shown) <= 1
        found, at = found + shown, following(answer)
    assert found == whole


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("asked", ["perPage=0", "perPage=", "perPage=-1", "perPage=1.5", "perPage=x", "perPage=%D9%A3"])
def test_how_many_is_a_positive_number(get, path, asked):
    answer = get(f"{path}?{asked}")
    assert (answer.status_code, answer.json["code"]) == (400, "query.parameter")


@pytest.mark.parametrize("path", LISTS)
def test_more_than_a_page_may_have_is_as_much_as_it_may_have(get, path):
    for asked in ("007", "1" * 30):
        assert get(f"{path}?perPage={asked}").status_code == 200


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("asked", ["perPage=1&perPage=2", "nextPageToken=x&nextPageToken=x", "colour=red"])
def test_nothing_is_asked_for_twice_or_unknown(get, path, asked):
    answer = get(f"{path}?{asked}")
    assert (answer.status_code, answer.json["code"]) == (400, "query.parameter")


@pytest.mark.parametrize("path", [*LISTS, CONSIGNMENT])
@pytest.mark.parametrize("token", ["x", "!", "%00", "MTIz", "5", "A" * 3000])
def test_a_token_that_was_made_up_is_refused(get, path, token):
    answer = get(f"{path}?nextPageToken={token}", CARRIER if path == CONSIGNMENT else BRAND)
    assert (answer.status_code, answer.json["code"]) == (400, "query.page_token")


@pytest.mark.parametrize("path", LISTS)
def test_a_token_counts_for_one_caller_and_one_list(get, path):
    token = token_of(following(get(f"{path}?perPage=1")))
    others = [(other, BRAND) for other in LISTS if other != path] + [(path, CARRIER)] * (not path.startswith(QUERY))
    for where, organisation in others:
        answer = get(f"{where}?nextPageToken={token}", organisation)
        assert (answer.status_code, answer.json["code"]) == (400, "query.page_token"), where


@pytest.mark.parametrize("path", LISTS)
def test_a_token_ends_by_itself_and_when_it_is_ended(get, client, world, path, monkeypatch):
    at = following(get(f"{path}?perPage=1"))
    assert get(at).status_code == 200
    ended = client.delete(f"/epcis/v2/nextPageToken/{token_of(at)}", headers=world.headers(BRAND))
    assert ended.status_code == 204
    monkeypatch.setattr(tokens, "LIFETIME", timedelta(hours=-1))
    for old in (at, following(get(f"{path}?perPage=1"))):
        answer = get(old)
        assert (answer.status_code, answer.json["code"]) == (400, "query.page_token")


def test_a_filter_belongs_to_the_question(get):
    at = following(get("/api/v1/links?linkType=gs1:pip&perPage=1"))
    assert get(at).status_code == 200
    assert get(at.replace("gs1:pip", "gs1:faqs").replace("gs1%3Apip", "gs1%3Afaqs")).json["code"] == "query.page_token"


def test_units_of_a_consignment_go_page_by_page(get):
    first = get(CONSIGNMENT, CARRIER)
    rest = get(f"{CONSIGNMENT}?nextPageToken={first.json['nextPageToken']}", CARRIER)
    assert (len(first.json["units"]), len(rest.json["units"])) == (20, 5)
    assert (get(following(first), CARRIER).json["units"], following(rest)) == (rest.json["units"], None)


@pytest.mark.parametrize(
    "path", ["/epcis/v2/capture/%00", "/epcis/v2/queries/%00", "/api/v1/links/%00", "/api/v1/places/%00"]
)
def test_what_no_database_can_have_is_not_there(client, world, path):
    for method in ("GET", "DELETE"):
        answer = client.open(path, method=method, headers=world.headers(BRAND))
        assert answer.status_code in (404, 405), method
