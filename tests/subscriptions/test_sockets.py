"""Queries told over websockets by the product's own server."""

import time
from contextlib import contextmanager, suppress
from dataclasses import replace

import handshakes
import orjson
import pytest
import small_world
from simple_websocket import Client, ConnectionClosed
from small_world import BRAND, CARRIER, FACTORY, ago, seen, sgtin

from provenance.operations import Level

pytestmark = pytest.mark.database("sqlite")

QUERIES = "/epcis/v2/queries"
EVENTS = f"{QUERIES}/news/events"


@pytest.fixture(autouse=True)
def news(world, client):
    """A query of the brand and one of the carrier."""
    content = {"name": "news", "query": {"EQ_bizStep": ["storing"]}}
    for organisation in (BRAND, CARRIER):
        client.post(QUERIES, json=content, headers=world.headers(organisation))
    yield
    for organisation in (BRAND, CARRIER):
        client.delete(f"{QUERIES}/news", headers=world.headers(organisation))


@pytest.fixture(scope="module")
def url(world):
    settings = replace(world.gateway.settings, socket_limit=3)
    served = replace(world, gateway=replace(world.gateway, settings=settings))
    with small_world.served(served, threads=8) as address:
        yield address


@contextmanager
def opened(url, headers, query="?stream=true"):
    socket = Client(url.replace("http:", "ws:") + EVENTS + query, headers=headers)
    try:
        yield socket
    finally:
        with suppress(ConnectionClosed):
            socket.close()


def happens(world, serial, organisation=BRAND):
    link = sgtin(serial)
    world.record(organisation, seen("storing", link, at=ago(hours=1), place=FACTORY))
    return link


def told(socket, count=1):
    """Return the items of so many events."""
    found = []
    while len(found) < count:
        message = socket.receive(timeout=120)
        assert message is not None
        document = orjson.loads(message)
        assert document["type"] == "EPCISQueryDocument"
        found += [each["epcList"][0] for each in document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]]
    return found


def test_events_come_as_they_are_recorded_to_each_what_it_may_see(world, url):
    ours, theirs = (world.headers(each, Level.READ) for each in (BRAND, CARRIER))
    with opened(url, ours) as brand, opened(url, theirs) as carrier:
        first = happens(world, "S1")
        second = happens(world, "S2", CARRIER)
        assert told(brand, 2) == [first, second]
        assert told(carrier) == [second]


def test_what_was_recorded_before_is_told_where_that_is_asked_for(world, url):
    link = happens(world, "S3")
    with opened(url, world.headers(BRAND), "?stream=true&initialRecordTime=2020-01-01T00:00:00Z") as socket:
        while link not in told(socket):
            pass


def test_a_schedule_tells_at_its_moments(world, url):
    with opened(url, world.headers(BRAND), "?second=0/1&reportIfEmpty=true") as socket:
        message = orjson.loads(socket.receive(timeout=120))
        assert message["epcisBody"]["queryResults"]["resultsBody"]["eventList"] == []
        link = happens(world, "S4")
        assert told(socket) == [link]


def test_a_key_that_opens_nothing_any_more_closes_its_socket(world, url):
    key, token = world.gateway.operations.keys.create(BRAND, Level.READ)
    with opened(url, {"Authorization": f"Bearer {token}"}) as socket:
        world.gateway.operations.keys.revoke(key.id)
        assert closing(socket) == 1008


def closing(socket):
    """Return the reason with which the other side closes."""
    try:
        for _ in range(60):
            socket.receive(timeout=1)
    except ConnectionClosed as closed:
        return closed.reason
    return None


def test_a_query_that_is_deleted_closes_its_sockets(world, client, url):
    with opened(url, world.headers(BRAND)) as socket:
        client.delete(f"{QUERIES}/news", headers=world.headers(BRAND))
        assert closing(socket) == 1008


def test_so_many_sockets_and_no_more_and_a_closed_one_makes_room(world, url):
    headers = world.headers(BRAND)
    sockets = [Client(url.replace("http:", "ws:") + EVENTS + "?stream=true", headers=headers) for _ in range(3)]
    assert handshakes.handshake(url, EVENTS + "?stream=true", headers) == (503, "subscriptions.sockets")
    for each in sockets:
        each.close()
    deadline = time.monotonic() + 120
    while handshakes.handshake(url, EVENTS + "?stream=true", headers)[0] != 101:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_sockets_come_and_go_and_the_worker_stays(world, tmp_path):
    headers, lines = world.headers(BRAND), tmp_path / "lines"
    target = EVENTS + "?stream=true"
    with lines.open("wb") as log, small_world.served(world, log=log, threads=4) as address:
        for _ in range(12):
            with opened(address, headers):
                pass
            assert handshakes.handshake(address, target, headers)[0] == 101  # and hangs up without a goodbye
            assert handshakes.handshake(address, EVENTS, headers) == (400, "subscriptions.controls")
    messages = [orjson.loads(line)["message"] for line in lines.read_bytes().splitlines()]
    assert messages == ["answered"] * 36


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "subscriptions.controls"),
        ("?stream=false", 400, "subscriptions.controls"),
        ("?stream=1", 400, "subscriptions.controls"),
        ("?stream=true&hour=1", 400, "subscriptions.controls"),
        ("?hour=25", 400, "schedule.field"),
        ("?stream=true&stream=true", 400, "subscriptions.controls"),
        ("?stream=true&perPage=3", 400, "subscriptions.controls"),
        ("?stream=true&initialRecordTime=x", 400, "time.malformed"),
    ],
)
def test_a_handshake_that_does_not_say_when(world, url, query, status, code):
    assert handshakes.handshake(url, EVENTS + query, world.headers(BRAND)) == (status, code)


def test_a_handshake_needs_a_key_and_a_query(world, url):
    assert handshakes.handshake(url, EVENTS + "?stream=true", {}) == (401, "auth.missing")
    where = f"{QUERIES}/none/events?stream=true"
    assert handshakes.handshake(url, where, world.headers(BRAND)) == (404, "query.unknown")


def test_a_handshake_without_its_key_is_no_handshake(world, url):
    found = handshakes.handshake(url, EVENTS + "?stream=true", world.headers(BRAND), key=None)
    assert found == (400, "request.malformed")


def test_a_server_without_sockets_says_so(world, client):
    headers = {**world.headers(BRAND), "Upgrade": "websocket", "Connection": "Upgrade"}
    answer = client.get(f"{EVENTS}?stream=true", headers=headers)
    assert (answer.status_code, answer.json["code"]) == (501, "subscriptions.no_sockets")


def test_the_page_is_there_without_an_upgrade(world, url):
    import urllib.request

    request = urllib.request.Request(url + EVENTS, headers=world.headers(BRAND))  # noqa: S310
    with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
        assert orjson.loads(answer.read())["type"] == "EPCISQueryDocument"


def test_a_server_that_stops_says_so_and_does_not_wait(world):
    with small_world.served(world, threads=4) as address:
        socket = Client(address.replace("http:", "ws:") + EVENTS + "?stream=true", headers=world.headers(BRAND))
        happens(world, "S9")
        assert told(socket)
    assert closing(socket) == 1001
