"""Subscribers are told of every event once, in order, as they may see it, by real HTTP from a real gateway."""

import hashlib
import hmac
import threading
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from jsonschema import Draft7Validator
from listener import LOOPBACK, listening
from small_world import BRAND, CARRIER, FACTORY, STRANGER, ago, seen, sgtin

from provenance.operations import DeliveryState
from provenance.subscriptions.looking import Lookout
from provenance.subscriptions.sending import Outcome, Sender
from provenance.subscriptions.worker import Worker

QUERIES = "/epcis/v2/queries"
SECRET = "a token of the subscriber (fictitious)"


class Clock:
    """The time that a lookout goes by, some way ahead of this host's."""

    def __init__(self):
        self.ahead = timedelta()

    def __call__(self):
        return datetime.now(UTC) + self.ahead


class Scene:
    """A query, what is told of it, and what happens."""

    def __init__(self, world, client, listener):
        self.world, self.client, self.listener = world, client, listener
        self.store = world.gateway.operations
        self.outcomes = []
        self.number = 1200 + 40 * len(self.store.keys.all())

    def subscribe(self, organisation=BRAND, query=None, **wanted):
        headers = self.world.headers(organisation)
        content = {"name": "news", "query": query if query is not None else {"EQ_bizStep": ["commissioning"]}}
        assert self.client.post(QUERIES, json=content, headers=headers).status_code in (201, 409)
        body = {"dest": self.listener.url, **({"stream": True} if "schedule" not in wanted else {}), **wanted}
        made = self.client.post(f"{QUERIES}/news/subscriptions", json=body, headers=headers)
        assert made.status_code == 201, made.json
        return made.json["subscriptionID"]

    def happens(self, count=1, organisation=BRAND, step="commissioning"):
        links = []
        for _ in range(count):
            self.number += 1
            links.append(sgtin(f"N{self.number}"))
            action = "ADD" if step == "commissioning" else "OBSERVE"
            self.world.record(organisation, seen(step, links[-1], at=ago(hours=1), place=FACTORY, action=action))
        return links

    def work(self, **options):
        """Look and send until there is nothing to do."""
        lookout = Lookout(self.world.gateway)
        sender = Sender(self.store, allowed=LOOPBACK, on_outcome=self.outcomes.append, **options)
        while lookout.look() | sender.send_once():
            pass

    def deliveries(self, identifier, state=None):
        return self.store.deliveries.of(identifier, count=100, state=state)

    @property
    def told(self):
        return [event["epcList"][0] for each in self.listener.told for event in events(each.body)]


def events(body):
    return orjson.loads(body)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]


@pytest.fixture
def scene(world, client):
    with listening() as listener:
        yield Scene(world, client, listener)
        for organisation in (BRAND, CARRIER, STRANGER):
            client.delete(f"{QUERIES}/news", headers=world.headers(organisation))


def test_a_stream_tells_what_comes_from_now_on_and_matches_once(scene):
    scene.happens()
    identifier = scene.subscribe()
    scene.work()
    assert scene.told == []
    links = scene.happens(2)
    scene.happens(step="storing")
    scene.work()
    scene.work()
    assert scene.told == links
    assert {each.state for each in scene.deliveries(identifier)} == {DeliveryState.DELIVERED}
    assert scene.store.subscriptions.find(BRAND, identifier).notified is not None


def test_a_delivery_is_a_signed_query_document(scene, vectors):
    identifier = scene.subscribe(signatureToken=SECRET)
    scene.happens()
    scene.work()
    (told,) = scene.listener.told
    document = orjson.loads(told.body)
    results = document["epcisBody"]["queryResults"]
    assert (document["type"], results["queryName"], results["subscriptionID"]) == (
        "EPCISQueryDocument", "news", identifier,
    )  # fmt: skip
    schema = orjson.loads((vectors / "epcis-spec" / "epcis-json-schema.json").read_bytes())
    assert list(Draft7Validator(schema).iter_errors(document)) == []
    assert told.headers["Content-Type"] == "application/json"
    assert told.headers["GS1-Signature"] == hmac.new(SECRET.encode(), told.body, hashlib.sha256).hexdigest()
    (delivery,) = scene.deliveries(identifier)
    assert told.headers["Idempotency-Key"] == f'"{delivery.id}"'
    assert document["id"] == f"urn:uuid:{delivery.id}"


@pytest.mark.parametrize(
    ("wanted", "begins"),
    [("Always_EPC_URN", "urn:epc:id:sgtin:9521234."), ("Always_GS1_Digital_Link", "https://id.gs1.org/01/")],
)
def test_identifiers_come_in_the_form_that_was_asked_for(scene, wanted, begins):
    identifier = scene.subscribe()
    headers = {**scene.world.headers(BRAND), "GS1-EPC-Format": wanted}
    body = {"dest": scene.listener.url, "stream": True}
    made = scene.client.post(f"{QUERIES}/news/subscriptions", json=body, headers=headers).json
    assert made["epcFormat"] == wanted
    scene.happens()
    scene.work()
    told = {results(each)["subscriptionID"]: events(each.body)[0]["epcList"][0] for each in scene.listener.told}
    assert told[made["subscriptionID"]].startswith(begins)
    assert told[identifier].startswith("https://id.gs1.org/01/")


def test_without_a_token_there_is_no_signature(scene):
    scene.subscribe()
    scene.happens()
    scene.work()
    assert "GS1-Signature" not in scene.listener.told[0].headers


def test_what_was_recorded_before_is_told_where_that_is_asked_for(scene):
    begun = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    links = scene.happens(3)
    scene.subscribe(initialRecordTime=begun)
    scene.work()
    assert scene.told == links


def test_each_is_told_what_its_organisation_may_see(scene):
    for organisation in (BRAND, CARRIER, STRANGER):
        scene.subscribe(organisation, query={"EQ_bizStep": ["storing"]})
    (own,), (carriers,) = scene.happens(step="storing"), scene.happens(organisation=CARRIER, step="storing")
    scene.work()
    ids = {each["subscriptionID"]: [] for each in map(results, scene.listener.told)}
    for told in scene.listener.told:
        ids[results(told)["subscriptionID"]] += [event["epcList"][0] for event in events(told.body)]
    by_organisation = {self_.organisation: ids.get(self_.id, []) for self_ in scene.store.subscriptions.all()}
    assert by_organisation == {BRAND: [own, carriers], CARRIER: [carriers], STRANGER: []}


def results(told):
    return orjson.loads(told.body)["epcisBody"]["queryResults"]


def test_many_events_come_in_deliveries_of_bounded_size_and_in_order(scene, monkeypatch):
    monkeypatch.setattr("provenance.api.standing.BATCH", 3)
    scene.subscribe()
    links = scene.happens(8)
    scene.work()
    assert scene.told == links
    assert [len(events(each.body)) for each in scene.listener.told] == [3, 3, 2]


def test_a_subscriber_that_can_take_less_is_told_less_at_once(scene):
    identifier = scene.subscribe()
    scene.listener.status = lambda _: 413 if len(events(scene.listener.told[-1].body)) > 2 else 200
    links = scene.happens(5)
    scene.work()
    taken = [each for each in scene.listener.told if len(events(each.body)) <= 2]
    assert [event["epcList"][0] for each in taken for event in events(each.body)] == links
    assert Outcome.SPLIT in scene.outcomes
    assert scene.store.subscriptions.find(BRAND, identifier).batch == 2


def test_a_failed_delivery_is_tried_again_as_it_was_and_holds_back_those_after_it(scene):
    identifier = scene.subscribe(signatureToken=SECRET)
    scene.listener.status = lambda count: 500 if count < 3 else 200
    first = scene.happens()
    scene.work(first_pause=timedelta())
    second = scene.happens()
    scene.work(first_pause=timedelta())
    bodies = [each.body for each in scene.listener.told]
    assert bodies[0] == bodies[1] == bodies[2] != bodies[3]
    assert len({each.headers["GS1-Signature"] for each in scene.listener.told[:3]}) == 1
    assert scene.told == [*first * 3, *second]
    assert sorted(each.attempts for each in scene.deliveries(identifier)) == [1, 3]
    assert scene.outcomes == [Outcome.FAILED, Outcome.FAILED, Outcome.DELIVERED, Outcome.DELIVERED]


def test_a_delivery_waits_longer_from_attempt_to_attempt(scene):
    identifier = scene.subscribe()
    scene.listener.status = lambda _: 503
    scene.happens()
    sender = Sender(scene.store, allowed=LOOPBACK)
    pauses = [sender._pause(attempts) for attempts in range(1, 16)]
    for attempts, pause in enumerate(pauses):
        whole = min(timedelta(seconds=5) * 2**attempts, timedelta(hours=6))
        assert whole / 2 <= pause <= whole
    scene.work()
    (delivery,) = scene.deliveries(identifier)
    assert (delivery.state, delivery.error, delivery.status) == (DeliveryState.PENDING, "dest.status", 503)
    assert delivery.due > delivery.created


def test_what_is_never_taken_is_a_dead_letter_that_can_be_sent_again(scene):
    identifier = scene.subscribe()
    scene.listener.status = lambda _: 404
    first = scene.happens()
    scene.work(first_pause=timedelta(), attempts=3)
    where = f"/api/v1/subscriptions/{identifier}/deliveries"
    headers = scene.world.headers(BRAND)
    (dead,) = scene.client.get(f"{where}?state=dead", headers=headers).json
    assert (dead["attempts"], dead["status"], dead["error"]) == (3, 404, "dest.status")
    assert scene.outcomes == [Outcome.FAILED, Outcome.FAILED, Outcome.DEAD]
    scene.listener.status = lambda _: 200
    second = scene.happens()
    scene.work()
    assert scene.told == first * 3 + second
    again = scene.client.post(f"{where}/{dead['id']}/retry", headers=headers)
    assert (again.status_code, again.json["state"]) == (200, "pending")
    scene.work()
    assert scene.told == first * 3 + second + first
    assert scene.client.get(f"{where}?state=dead", headers=headers).json == []


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 410, 429, 500])
def test_only_success_is_success(scene, status):
    identifier = scene.subscribe()
    scene.listener.status = lambda _: status
    scene.happens()
    scene.work()
    assert scene.deliveries(identifier)[0].status == status
    assert scene.outcomes == [Outcome.FAILED]


def test_nothing_is_sent_where_the_operator_allows_it_no_more(scene):
    identifier = scene.subscribe()
    scene.happens()
    Lookout(scene.world.gateway).look()
    assert Sender(scene.store, allowed=()).send_once()
    assert scene.listener.told == []
    assert scene.deliveries(identifier)[0].error == "dest.scheme"


def test_a_schedule_tells_at_its_moments_what_came_since(scene):
    clock = Clock()
    lookout = Lookout(scene.world.gateway, clock=clock)
    sender = Sender(scene.store, allowed=LOOPBACK)
    identifier = scene.subscribe(schedule={"minute": "0", "hour": "0"})
    links = scene.happens(2)
    lookout.look()
    assert not sender.send_once()
    due = scene.store.subscriptions.find(BRAND, identifier).due
    midnight = (datetime.now(UTC) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    assert due == midnight
    move(scene, identifier, timedelta(days=-2))
    clock.ahead = timedelta(days=1)
    lookout.look()
    assert sender.send_once()
    assert scene.told == links
    assert scene.store.subscriptions.find(BRAND, identifier).due == midnight + timedelta(days=1)


def move(scene, identifier, span):
    """Make a schedule due, as if that time had passed."""
    seen_ = scene.store.subscriptions.find(BRAND, identifier)
    assert scene.store.subscriptions.move(seen_, position=seen_.position, due=seen_.due + span)


@pytest.mark.parametrize("report", [True, False])
def test_nothing_new_is_told_where_that_is_asked_for(scene, report):
    identifier = scene.subscribe(schedule={"hour": "3"}, reportIfEmpty=report)
    move(scene, identifier, timedelta(days=-3))
    scene.work()
    assert len(scene.listener.told) == int(report)
    assert scene.told == []
    assert scene.store.subscriptions.find(BRAND, identifier).due > datetime.now(UTC)


def test_a_schedule_with_more_than_a_batch_goes_on_until_all_is_told(scene, monkeypatch):
    monkeypatch.setattr("provenance.api.standing.BATCH", 2)
    identifier = scene.subscribe(schedule={"hour": "3"}, reportIfEmpty=True)
    links = scene.happens(4)
    move(scene, identifier, timedelta(days=-3))
    scene.work()
    assert scene.told == links
    assert [len(events(each.body)) for each in scene.listener.told] == [2, 2]


def test_a_query_that_can_be_asked_no_more_is_told_as_a_problem(scene):
    identifier = scene.subscribe()
    scene.happens()
    with scene.store.engine.begin() as connection:
        connection.exec_driver_sql('UPDATE named_queries SET definition = \'{"EQ_nothing":["x"]}\'')
    scene.work()
    (told,) = scene.listener.told
    problem = orjson.loads(told.body)
    assert told.headers["Content-Type"] == "application/problem+json"
    assert (problem["type"], problem["subscriptionID"]) == ("epcisException:QueryParameterException", identifier)


def test_many_workers_tell_everything_once(scene):
    identifier = scene.subscribe()
    stop = threading.Event()
    workers = [Worker(scene.world.gateway) for _ in range(3)]
    threads = [threading.Thread(target=each.run, args=(stop,)) for each in workers]
    for thread in threads:
        thread.start()
    try:
        links = [link for _ in range(6) for link in scene.happens()]
        deadline = datetime.now(UTC) + timedelta(seconds=30)
        while len(scene.told) < len(links) and datetime.now(UTC) < deadline:
            stop.wait(0.05)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert scene.told == links
    assert {each.state for each in scene.deliveries(identifier)} == {DeliveryState.DELIVERED}


def test_a_query_that_is_deleted_ends_its_subscriptions(scene):
    identifier = scene.subscribe()
    scene.happens()
    Lookout(scene.world.gateway).look()
    assert scene.client.delete(f"{QUERIES}/news", headers=scene.world.headers(BRAND)).status_code == 204
    assert not Sender(scene.store, allowed=LOOPBACK).send_once()
    assert scene.store.subscriptions.find(BRAND, identifier) is None
    assert scene.listener.told == []


def test_where_nothing_matches_nothing_is_written_for_every_block(scene):
    identifier = scene.subscribe()
    lookout = Lookout(scene.world.gateway)
    before = scene.store.subscriptions.find(BRAND, identifier)
    scene.happens(step="storing")
    assert lookout.look() == 0
    assert scene.store.subscriptions.find(BRAND, identifier) == before
    links = scene.happens()
    assert lookout.look() == 1
    scene.work()
    assert scene.told == links
