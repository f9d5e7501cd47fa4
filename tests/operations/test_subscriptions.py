import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from provenance.operations import Cut, DeliveryState, LeaseLost, Operations, OperationsError, Subscription
from provenance.operations.subscriptions import MOST
from provenance.operations.tables import deliveries

MINUTE = timedelta(minutes=1)
SECRET = "the subscriber's own secret"


@pytest.fixture
def wanted(store, clock):
    store.queries.create("Brand", "mine", "{}")
    return Subscription(
        organisation="Brand",
        query="mine",
        dest="https://subscriber.example/told",
        token=SECRET,
        schedule={"minute": "5"},
        initial=clock.at,
        position=7,
        due=clock.at,
        batch=100,
        created=clock.at,
        looked=clock.at,
    )


def cut(events=1):
    return Cut(body=b'{"type":"EPCISQueryDocument"}', media_type="application/json", events=events)


@pytest.fixture
def told(store, wanted):
    """A subscription with one delivery that waits."""
    made = store.subscriptions.create(wanted)
    assert store.subscriptions.move(made, position=9, due=made.due + MINUTE, cut=cut())
    return made


def test_a_subscription_is_kept_as_it_was_wanted(store, wanted):
    made = store.subscriptions.create(wanted)
    assert made == replace(wanted, id=made.id)
    assert store.subscriptions.get("Brand", "mine", made.id) == made
    assert store.subscriptions.find("Brand", made.id) == made
    assert store.subscriptions.all() == [made]


def test_a_subscription_is_its_organisations_and_of_its_query(store, wanted):
    made = store.subscriptions.create(wanted)
    assert store.subscriptions.get("Carrier", "mine", made.id) is None
    assert store.subscriptions.get("Brand", "other", made.id) is None
    assert store.subscriptions.find("Carrier", made.id) is None
    assert not store.subscriptions.delete("Carrier", "mine", made.id)
    assert not store.subscriptions.delete("Brand", "other", made.id)
    assert store.subscriptions.delete("Brand", "mine", made.id)
    assert store.subscriptions.all() == []


def test_there_is_no_subscription_without_its_query(store, wanted):
    for each in (replace(wanted, query="other"), replace(wanted, organisation="Carrier")):
        with pytest.raises(OperationsError) as caught:
            store.subscriptions.create(each)
        assert caught.value.code == "subscriptions.query"


def test_an_organisation_has_so_many_and_no_more(store, wanted):
    for _ in range(MOST):
        store.subscriptions.create(wanted)
    with pytest.raises(OperationsError) as caught:
        store.subscriptions.create(wanted)
    assert caught.value.code == "subscriptions.too_many"


def test_subscriptions_come_in_pages(store, wanted):
    made = sorted(store.subscriptions.create(wanted).id for _ in range(5))
    first = store.subscriptions.of("Brand", "mine", count=3)
    rest = store.subscriptions.of("Brand", "mine", after=first[-1].id, count=3)
    assert [each.id for each in first + rest] == made


def test_the_token_is_in_no_representation(store, wanted):
    made = store.subscriptions.create(wanted)
    assert made.token == SECRET
    assert SECRET not in f"{made!r} {made} {[made]}"


def test_a_subscription_is_idle_when_it_is_due_and_nothing_waits(store, wanted, clock):
    made = store.subscriptions.create(wanted)
    assert store.subscriptions.idle() == [made]
    assert store.subscriptions.move(made, position=9, due=clock.at + MINUTE)
    assert store.subscriptions.idle() == []
    clock.move(minutes=1)
    (again,) = store.subscriptions.idle()
    assert (again.position, again.looked) == (9, made.looked)
    assert store.subscriptions.move(again, position=10, due=again.due, cut=cut())
    assert store.subscriptions.idle() == []
    store.deliveries.delivered(store.deliveries.claim("a", MINUTE), 200)
    (last,) = store.subscriptions.idle()
    assert (last.position, last.notified) == (10, clock.at)


def test_a_subscription_that_was_moved_meanwhile_is_not_moved_again(store, wanted):
    made = store.subscriptions.create(wanted)
    assert store.subscriptions.move(made, position=9, due=made.due, cut=cut())
    assert not store.subscriptions.move(made, position=9, due=made.due, cut=cut())
    assert len(store.deliveries.of(made.id, count=10)) == 1


def test_of_many_who_see_the_same_one_cuts(store, url, spool, wanted):
    made, won, gate = store.subscriptions.create(wanted), [], threading.Barrier(4)
    stores = [Operations(url, spool=spool) for _ in range(4)]

    def move(each):
        gate.wait()
        if each.subscriptions.move(made, position=9, due=made.due, cut=cut()):
            won.append(each)

    threads = [threading.Thread(target=move, args=(each,)) for each in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert len(store.deliveries.of(made.id, count=10)) == 1
    for each in stores:
        each.close()


def test_a_delivery_keeps_id_and_body_from_one_attempt_to_the_next(store, told, clock):
    first = store.deliveries.claim("a", MINUTE)
    store.deliveries.put_off(first, "dest.connect", None, after=timedelta(seconds=5))
    assert store.deliveries.claim("a", MINUTE) is None
    clock.move(seconds=5)
    second = store.deliveries.claim("b", MINUTE)
    assert (second.id, second.body, second.attempts, second.error) == (first.id, first.body, 2, "dest.connect")
    store.deliveries.delivered(second, 204)
    (done,) = store.deliveries.of(told.id, count=10)
    assert (done.state, done.status, done.error, done.body) == (DeliveryState.DELIVERED, 204, None, b"")
    assert store.subscriptions.find("Brand", told.id).notified == clock.at


def test_a_dead_senders_delivery_is_taken_over_and_it_can_say_nothing_of_it(store, told, clock):
    dead = store.deliveries.claim("dead", MINUTE)
    assert store.deliveries.claim("living", MINUTE) is None
    clock.move(minutes=2)
    living = store.deliveries.claim("living", MINUTE)
    assert (living.id, living.attempts) == (dead.id, 2)
    late = (
        lambda: store.deliveries.delivered(dead, 200),
        lambda: store.deliveries.put_off(dead, "x", None, after=MINUTE),
        lambda: store.deliveries.bury(dead, "x", None),
        lambda: store.deliveries.split(dead),
    )
    for each in late:
        with pytest.raises(LeaseLost):
            each()
    store.deliveries.delivered(living, 200)


def test_a_dead_letter_stays_and_holds_nothing_back(store, told, clock):
    store.deliveries.bury(store.deliveries.claim("a", MINUTE), "dest.answered", 500)
    clock.move(minutes=1)
    (dead,) = store.deliveries.of(told.id, count=10, state=DeliveryState.DEAD)
    assert (dead.error, dead.status, dead.body) == ("dest.answered", 500, cut().body)
    (idle,) = store.subscriptions.idle()
    assert store.subscriptions.move(idle, position=10, due=idle.due, cut=cut())
    following = store.deliveries.claim("a", MINUTE)
    assert following.id != dead.id
    store.deliveries.delivered(following, 200)
    assert store.deliveries.revive(told.id, "none") is None
    assert store.deliveries.revive("none", dead.id) is None
    revived = store.deliveries.revive(told.id, dead.id)
    assert (revived.state, revived.attempts) == (DeliveryState.PENDING, 0)
    assert store.deliveries.claim("a", MINUTE).id == dead.id


def test_what_is_too_large_is_cut_again_smaller(store, wanted, clock):
    made = store.subscriptions.create(wanted)
    store.subscriptions.move(made, position=99, due=made.due + MINUTE, cut=cut(events=9))
    store.deliveries.split(store.deliveries.claim("a", MINUTE))
    (again,) = store.subscriptions.idle()
    assert (again.position, again.batch) == (made.position, 4)
    assert store.deliveries.of(made.id, count=10) == []


def test_nothing_is_delivered_to_a_subscription_that_ended(store, told):
    claimed = store.deliveries.claim("a", MINUTE)
    store.queries.create("Brand", "other", "{}")
    store.queries.delete("Brand", "other")
    assert store.subscriptions.all() == [told_again(store, told)]
    store.queries.delete("Brand", "mine")
    assert store.subscriptions.all() == []
    assert store.deliveries.claim("a", MINUTE) is None
    with pytest.raises(LeaseLost):
        store.deliveries.delivered(claimed, 200)
    with store.engine.connect() as connection:
        assert connection.execute(select(deliveries)).all() == []


def told_again(store, told):
    return store.subscriptions.find("Brand", told.id)


def test_what_waits_is_counted(store, told, clock):
    begun = clock.at
    clock.move(hours=1)
    assert (store.deliveries.waiting().pending, store.deliveries.waiting().oldest) == (1, begun)
    store.deliveries.bury(store.deliveries.claim("a", MINUTE), "x", None)
    assert (store.deliveries.waiting().pending, store.deliveries.waiting().dead) == (0, 1)


def test_old_deliveries_are_forgotten_dead_letters_later(store, told, clock):
    store.deliveries.delivered(store.deliveries.claim("a", MINUTE), 200)
    clock.move(minutes=1)
    (idle,) = store.subscriptions.idle()
    store.subscriptions.move(idle, position=10, due=idle.due, cut=cut())
    store.deliveries.bury(store.deliveries.claim("a", MINUTE), "x", None)
    assert store.deliveries.sweep() == 0
    clock.move(days=8)
    assert store.deliveries.sweep() == 1
    clock.move(days=90)
    assert store.deliveries.sweep() == 1
