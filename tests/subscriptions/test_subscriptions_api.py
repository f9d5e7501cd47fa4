"""Subscribing: what may be asked for, what is shown of it, and to whom."""

import pytest
from small_world import BRAND, CARRIER

from provenance.operations import Level

QUERIES = "/epcis/v2/queries"
HERE = f"{QUERIES}/mine/subscriptions"
TOKEN = "13df38d8275b13f05704629e5f1cf3d45d6132d5"
WANTED = {"dest": "https://subscriber.example/told", "signatureToken": TOKEN, "stream": True}


@pytest.fixture(autouse=True)
def mine(world, client):
    """A query of the brand, without subscriptions."""
    query = {"name": "mine", "query": {"EQ_bizStep": ["shipping"]}}
    assert client.post(QUERIES, json=query, headers=world.headers(BRAND)).status_code == 201
    yield
    client.delete(f"{QUERIES}/mine", headers=world.headers(BRAND))


def subscribe(world, client, **changed):
    body = {name: value for name, value in {**WANTED, **changed}.items() if value is not None}
    return client.post(HERE, json=body, headers=world.headers(BRAND, Level.RECORD))


def test_a_stream_is_made_shown_and_ended(world, client):
    made = subscribe(world, client)
    assert made.status_code == 201
    assert made.headers["GS1-EPCIS-Version"] == "2.0"
    where = made.headers["Location"]
    assert where == f"{HERE}/{made.json['subscriptionID']}"
    shown = client.get(where, headers=world.headers(BRAND, Level.READ))
    assert shown.json == made.json
    assert set(shown.json) == {
        "subscriptionID", "queryName", "dest", "createdAt", "initialRecordTime", "minRecordTime", "stream",
    }  # fmt: skip
    assert (shown.json["queryName"], shown.json["dest"]) == ("mine", WANTED["dest"])
    listed = client.get(HERE, headers=world.headers(BRAND, Level.READ))
    assert listed.json == [made.json]
    assert client.delete(where, headers=world.headers(BRAND, Level.RECORD)).status_code == 204
    for method in ("GET", "DELETE"):
        gone = client.open(where, method=method, headers=world.headers(BRAND))
        assert (gone.status_code, gone.json["type"]) == (404, "epcisException:NoSuchResourceException")


def test_a_schedule_is_shown_as_it_was_stated(world, client):
    schedule = {"hour": "1", "minute": "5,[10-20]"}
    made = subscribe(world, client, stream=None, schedule=schedule, reportIfEmpty=True)
    assert (made.json["schedule"], made.json["reportIfEmpty"]) == (schedule, True)
    assert "stream" not in made.json


def test_the_token_is_never_shown(world, client):
    made = subscribe(world, client)
    texts = [made.text, client.get(HERE, headers=world.headers(BRAND)).text]
    texts.append(client.get(made.headers["Location"], headers=world.headers(BRAND)).text)
    assert not any(TOKEN in text or "signatureToken" in text for text in texts)
    assert world.gateway.operations.subscriptions.find(BRAND, made.json["subscriptionID"]).token == TOKEN


def test_the_initial_record_time_is_now_or_what_is_stated(world, client):
    made = subscribe(world, client, initialRecordTime="2026-01-05T00:00:00+08:00")
    assert made.json["initialRecordTime"] == made.json["minRecordTime"] == "2026-01-04T16:00:00.000Z"


@pytest.mark.parametrize(
    ("changed", "kind", "code"),
    [
        ({"stream": None}, "SubscriptionControls", "subscriptions.controls"),
        ({"stream": False}, "SubscriptionControls", "subscriptions.controls"),
        ({"stream": "true"}, "SubscriptionControls", "subscriptions.controls"),
        ({"schedule": {"hour": "1"}}, "SubscriptionControls", "subscriptions.controls"),
        ({"stream": None, "schedule": {}}, "SubscriptionControls", "schedule.empty"),
        ({"stream": None, "schedule": {"hour": "24"}}, "SubscriptionControls", "schedule.field"),
        ({"stream": None, "schedule": {"hour": True}}, "SubscriptionControls", "subscriptions.controls"),
        ({"stream": None, "schedule": {"hours": "1"}}, "SubscriptionControls", "schedule.field"),
        ({"stream": None, "schedule": {"month": "2", "dayOfMonth": "30"}}, "SubscriptionControls", "schedule.never"),
        ({"stream": None, "schedule": "hourly"}, "SubscriptionControls", "subscriptions.controls"),
        ({"reportIfEmpty": "yes"}, "SubscriptionControls", "subscriptions.controls"),
        ({"initialRecordTime": "yesterday"}, "SubscriptionControls", "time.malformed"),
        ({"initialRecordTime": 7}, "SubscriptionControls", "subscriptions.controls"),
        ({"dest": None}, "Validation", "subscriptions.form"),
        ({"dest": 7}, "Validation", "subscriptions.form"),
        ({"dest": "subscriber.example"}, "Validation", "dest.form"),
        ({"dest": "https://user:pass@subscriber.example/"}, "Validation", "dest.form"),
        ({"dest": "https://169.254.169.254/latest"}, "Validation", "dest.refused"),
        ({"dest": "https://10.0.0.1/"}, "Validation", "dest.refused"),
        ({"signatureToken": ""}, "Validation", "subscriptions.form"),
        ({"signatureToken": "x" * 1001}, "Validation", "subscriptions.form"),
        ({"signatureToken": 7}, "Validation", "subscriptions.form"),
        ({"destination": "x"}, "Validation", "subscriptions.form"),
    ],
)
def test_what_cannot_be_subscribed_to(world, client, changed, kind, code):
    answer = subscribe(world, client, **changed)
    assert (answer.status_code, answer.json["code"]) == (400, code)
    assert answer.json["type"] == f"epcisException:{kind}Exception"
    assert client.get(HERE, headers=world.headers(BRAND)).json == []


def test_a_schedule_may_have_numbers(world, client):
    made = subscribe(world, client, stream=None, schedule={"hour": 1})
    assert made.json["schedule"] == {"hour": "1"}


def test_a_query_that_is_not_there_has_no_subscriptions(world, client):
    for method, path in (("POST", ""), ("GET", ""), ("GET", "/x"), ("DELETE", "/x")):
        answer = client.open(
            f"{QUERIES}/none/subscriptions{path}", method=method, json=WANTED, headers=world.headers(BRAND)
        )
        assert (answer.status_code, answer.json["type"]) == (404, "epcisException:NoSuchNameException")


def test_a_subscription_is_its_organisations(world, client):
    made = subscribe(world, client)
    theirs = world.headers(CARRIER)
    assert client.get(HERE, headers=theirs).status_code == 404
    query = {"name": "mine", "query": {}}
    assert client.post(QUERIES, json=query, headers=theirs).status_code == 201
    assert client.get(HERE, headers=theirs).json == []
    for method in ("GET", "DELETE"):
        assert client.open(made.headers["Location"], method=method, headers=theirs).status_code == 404
    deliveries = f"/api/v1/subscriptions/{made.json['subscriptionID']}/deliveries"
    assert client.get(deliveries, headers=world.headers(BRAND)).json == []
    assert client.get(deliveries, headers=theirs).status_code == 404
    assert client.post(f"{deliveries}/x/retry", headers=theirs).json["code"] == "subscriptions.unknown"
    assert client.post(f"{deliveries}/x/retry", headers=world.headers(BRAND)).json["code"] == "deliveries.unknown"
    client.delete(f"{QUERIES}/mine", headers=theirs)
    assert client.get(made.headers["Location"], headers=world.headers(BRAND)).status_code == 200


def test_a_query_that_is_deleted_takes_its_subscriptions_along(world, client):
    made = subscribe(world, client)
    client.delete(f"{QUERIES}/mine", headers=world.headers(BRAND))
    assert world.gateway.operations.subscriptions.find(BRAND, made.json["subscriptionID"]) is None


def test_subscriptions_are_listed_page_by_page(world, client):
    made = {subscribe(world, client).json["subscriptionID"] for _ in range(3)}
    found, where = set(), f"{HERE}?perPage=2"
    pages = 0
    while where:
        answer = client.get(where, headers=world.headers(BRAND))
        found |= {each["subscriptionID"] for each in answer.json}
        link = answer.headers.get("Link", "")
        where = link.split(">")[0].removeprefix("<").removeprefix(world.gateway.settings.base_url)
        pages += 1
    assert (found, pages) == (made, 2)
    assert client.get(f"{HERE}?nextPageToken=x", headers=world.headers(BRAND)).status_code == 400
    assert client.get(f"{HERE}?other=x", headers=world.headers(BRAND)).status_code == 400


def test_discovery(world, client):
    one = subscribe(world, client).headers["Location"]
    for path, allow in ((HERE, "OPTIONS, GET, POST"), (one, "OPTIONS, GET, DELETE")):
        answer = client.options(path, headers=world.headers(BRAND, Level.READ))
        assert (answer.status_code, answer.headers["Allow"]) == (204, allow)
    assert client.options(f"{HERE}/x", headers=world.headers(BRAND, Level.READ)).status_code == 404


def test_deliveries_are_asked_for_by_a_state_that_there_is(world, client):
    made = subscribe(world, client)
    where = f"/api/v1/subscriptions/{made.json['subscriptionID']}/deliveries"
    assert client.get(f"{where}?state=dead", headers=world.headers(BRAND)).json == []
    assert client.get(f"{where}?state=alive", headers=world.headers(BRAND)).status_code == 400


def test_who_subscribed_is_kept_here(world, client):
    ana = world.gateway.operations.accounts.add(BRAND, "Ana Example", Level.RECORD)
    _, token = world.gateway.operations.keys.create(BRAND, Level.RECORD, account=ana.id)
    made = client.post(HERE, json=WANTED, headers={"Authorization": f"Bearer {token}"})
    assert world.gateway.operations.subscriptions.find(BRAND, made.json["subscriptionID"]).account == ana.id
