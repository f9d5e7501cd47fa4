from datetime import timedelta
from threading import Thread

from provenance.operations.answers import KEPT


def test_a_key_keeps_its_first_request_time_and_answer(store, clock):
    first = store.answers.keep("Acme", "k1", b"a" * 32)
    clock.move(hours=1)
    again = store.answers.keep("Acme", "k1", b"b" * 32)
    assert again == first
    assert (first.request, first.answer) == (b"a" * 32, None)
    assert first.given == clock() - timedelta(hours=1)
    assert store.answers.answer("Acme", "k1", "one") == "one"
    assert store.answers.answer("Acme", "k1", "two") == "one"
    assert store.answers.find("Acme", "k1").answer == "one"


def test_a_key_belongs_to_one_organisation(store):
    store.answers.keep("Acme", "k1", b"a" * 32)
    assert store.answers.find("Bolt", "k1") is None
    assert store.answers.keep("Bolt", "k1", b"b" * 32).request == b"b" * 32


def test_keys_are_forgotten_after_a_while_and_not_before(store, clock):
    store.answers.keep("Acme", "old", b"a" * 32)
    clock.move(seconds=KEPT.total_seconds())
    store.answers.keep("Acme", "new", b"a" * 32)
    assert store.answers.sweep() == 0
    clock.move(seconds=1)
    assert store.answers.sweep() == 1
    assert store.answers.find("Acme", "old") is None
    assert store.answers.find("Acme", "new") is not None


def test_a_counter_gives_each_number_once_and_stops_at_its_end(store):
    within = range(10**16 + 1, 10**16 + 6)
    assert list(store.counters.take("r", 2, within)) == [10**16 + 1, 10**16 + 2]
    assert list(store.counters.take("r", 9, within)) == [10**16 + 3, 10**16 + 4, 10**16 + 5]
    assert list(store.counters.take("r", 1, within)) == []
    assert list(store.counters.take("r", 0, within)) == []
    assert list(store.counters.take("s", 1, within)) == [10**16 + 1]


def test_counters_are_safe_to_share(store):
    taken = []
    threads = [
        Thread(target=lambda: [taken.extend(store.counters.take("r", 3, range(1000))) for _ in range(10)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(120))
