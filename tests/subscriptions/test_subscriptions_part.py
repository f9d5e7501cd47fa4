"""The process that `serve` runs for subscriptions: it tells, it stops when asked, and what a dead one began goes on."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from listener import LOOPBACK, listening
from small_world import BRAND, FACTORY, ago, seen, sgtin
from test_telling import Scene

from provenance.operations import DeliveryState, Operations
from provenance.subscriptions.sending import LEASE, Sender
from provenance.supervisor import environment


@pytest.fixture
def scene(world, client):
    with listening() as listener:
        yield Scene(world, client, listener)
        client.delete("/epcis/v2/queries/news", headers=world.headers(BRAND))


@contextmanager
def working(world):
    """Run the part as its own process."""
    command = [sys.executable, "-m", "provenance.parts", "subscriptions"]
    told = environment(world.gateway.home, world.gateway.settings)
    with subprocess.Popen(command, env=told, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def test_it_tells_and_stops_when_asked(scene):
    scene.subscribe()
    with working(scene.world) as process:
        links = scene.happens()
        scene.listener.wait(1, seconds=180)
        assert scene.told == links
        process.terminate()
        assert process.wait(180) == 0


def test_it_stops_with_its_parent(scene):
    scene.subscribe()
    scene.happens()
    with working(scene.world) as process:
        scene.listener.wait(1, seconds=180)
        process.stdin.close()
        assert process.wait(180) == 0


def test_what_is_on_its_way_when_it_is_stopped_is_settled_first(scene):
    identifier, go_on = scene.subscribe(), threading.Event()
    scene.listener.status = lambda _: 200 if go_on.wait(180) else 500
    scene.happens()
    with working(scene.world) as process:
        scene.listener.wait(1, seconds=180)
        process.terminate()
        go_on.set()
        assert process.wait(180) == 0
    (delivery,) = scene.deliveries(identifier)
    assert delivery.state is DeliveryState.DELIVERED


def test_what_a_killed_one_began_is_told_by_another(scene):
    identifier, go_on = scene.subscribe(), threading.Event()
    scene.listener.status = lambda count: 200 if count > 1 or go_on.wait(180) else 500
    links = scene.happens()
    with working(scene.world) as process:
        scene.listener.wait(1, seconds=180)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    go_on.set()
    assert scene.deliveries(identifier)[0].state is DeliveryState.PENDING
    url = scene.store.engine.url.render_as_string(hide_password=False)
    later = Operations(
        url, spool=scene.world.gateway.home / "spool", clock=lambda: datetime.now(UTC) + LEASE + timedelta(seconds=1)
    )
    assert Sender(later, allowed=LOOPBACK).send_once()
    later.close()
    first, second = scene.listener.told
    assert (first.body, first.headers["Idempotency-Key"]) == (second.body, second.headers["Idempotency-Key"])
    assert scene.told == [*links, *links]
    (delivery,) = scene.deliveries(identifier)
    assert (delivery.state, delivery.attempts) == (DeliveryState.DELIVERED, 2)


def test_it_tells_what_was_recorded_while_it_was_not_there(scene):
    scene.subscribe()
    link = sgtin("while-away")
    scene.world.record(BRAND, seen("commissioning", link, at=ago(hours=1), place=FACTORY, action="ADD"))
    with working(scene.world):
        scene.listener.wait(1, seconds=180)
    assert scene.told == [link]
