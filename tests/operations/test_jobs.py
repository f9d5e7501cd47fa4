import threading
from datetime import timedelta

import pytest

from provenance.operations import Behaviour, JobState, LeaseLost, Operations, Part

MINUTE = timedelta(minutes=1)
BODY = b'{"type":"EPCISDocument"}'


def test_an_accepted_body_is_on_disk_with_its_job(store, tmp_path):
    job = store.jobs.accept("Carrier", BODY, Behaviour.PROCEED)
    spooled = tmp_path / "spool" / job.id
    assert spooled.read_bytes() == BODY
    assert spooled.stat().st_mode & 0o777 == 0o600
    assert store.jobs.get(job.id) == job
    assert (job.running, job.success, job.attempts) == (True, True, 0)


def test_a_job_outlives_the_process_that_accepted_it(store, url, spool, clock):
    job = store.jobs.accept("Carrier", BODY)
    reopened = Operations(url, spool=spool, clock=clock)
    claimed = reopened.jobs.claim("worker", MINUTE)
    assert claimed.id == job.id
    assert reopened.jobs.body(claimed) == BODY
    reopened.close()


def test_jobs_are_claimed_once_each_and_in_order(store, clock):
    accepted = []
    for _ in range(3):
        accepted.append(store.jobs.accept("Carrier", BODY).id)
        clock.move(seconds=1)
    assert [store.jobs.claim("worker", MINUTE).id for _ in range(3)] == accepted
    assert store.jobs.claim("worker", MINUTE) is None


def test_workers_never_claim_the_same_job(store):
    wanted = {store.jobs.accept("Carrier", BODY).id for _ in range(12)}
    claimed, lock = [], threading.Lock()

    def work(name):
        while (job := store.jobs.claim(name, MINUTE)) is not None:
            with lock:
                claimed.append(job.id)

    workers = [threading.Thread(target=work, args=(f"worker-{index}",)) for index in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(claimed) == sorted(wanted)


def test_a_dead_workers_job_is_taken_over_and_cannot_be_finished_by_it(store, clock):
    store.jobs.accept("Carrier", BODY)
    dead = store.jobs.claim("dead", MINUTE)
    assert store.jobs.claim("living", MINUTE) is None
    clock.move(minutes=2)
    living = store.jobs.claim("living", MINUTE)
    assert (living.id, living.attempts) == (dead.id, 2)
    for late in (lambda: store.jobs.finish(dead, [], []), lambda: store.jobs.renew(dead, MINUTE)):
        with pytest.raises(LeaseLost) as caught:
            late()
        assert caught.value.code == "jobs.lease_lost"
    assert store.jobs.get(dead.id).running


def test_the_same_worker_cannot_finish_a_lease_that_it_lost_to_itself(store, clock):
    store.jobs.accept("Carrier", BODY)
    first = store.jobs.claim("worker", MINUTE)
    clock.move(minutes=2)
    second = store.jobs.claim("worker", MINUTE)
    with pytest.raises(LeaseLost):
        store.jobs.finish(first, [], [])
    store.jobs.finish(second, [], [])


def test_a_renewed_lease_is_not_taken_over(store, clock):
    store.jobs.accept("Carrier", BODY)
    job = store.jobs.claim("worker", MINUTE)
    clock.move(seconds=50)
    store.jobs.renew(job, MINUTE)
    clock.move(seconds=50)
    assert store.jobs.claim("other", MINUTE) is None


def test_a_released_job_waits_before_it_is_tried_again(store, clock):
    store.jobs.accept("Carrier", BODY)
    store.jobs.release(store.jobs.claim("worker", MINUTE), after=timedelta(seconds=5))
    assert store.jobs.claim("other", MINUTE) is None
    clock.move(seconds=5)
    assert store.jobs.claim("other", MINUTE).attempts == 2


def test_a_finished_job_keeps_its_outcome_and_lets_its_body_go(store, clock, tmp_path):
    job = store.jobs.accept("Carrier", BODY, Behaviour.PROCEED)
    claimed = store.jobs.claim("worker", MINUTE)
    clock.move(seconds=3)
    store.jobs.finish(claimed, ["ni:///sha-256;00?ver=CBV2.0"], [{"code": "epcis.form", "index": 1}])
    finished = store.jobs.get(job.id)
    assert (finished.state, finished.success, finished.finished) == (JobState.FINISHED, False, clock.at)
    assert not (tmp_path / "spool" / job.id).exists()
    assert store.jobs.claim("worker", MINUTE) is None


def test_the_document_of_a_job_has_the_shape_of_the_capture_interface(store, clock):
    job = store.jobs.accept("Carrier", BODY)
    assert store.jobs.get(job.id).document() == {
        "captureID": job.id,
        "running": True,
        "success": True,
        "captureErrorBehaviour": "rollback",
        "createdAt": "2026-03-01T09:30:00.000Z",
        "errors": [],
        "eventIDs": [],
    }
    clock.move(seconds=3)
    store.jobs.finish(store.jobs.claim("worker", MINUTE), ["ni:///a"], [])
    shown = store.jobs.get(job.id).document()
    assert (shown["running"], shown["success"], shown["eventIDs"]) == (False, True, ["ni:///a"])
    assert shown["finishedAt"] == "2026-03-01T09:30:03.000Z"


def test_an_organisation_pages_through_its_own_jobs(store, clock):
    mine = []
    for _ in range(5):
        mine.append(store.jobs.accept("Carrier", BODY).id)
        store.jobs.accept("Other", BODY)
        clock.move(seconds=1)
    first = store.jobs.of("Carrier", count=3)
    rest = store.jobs.of("Carrier", count=3, after=first[-1].id)
    assert [job.id for job in first + rest] == mine[::-1]


def test_bodies_without_an_open_job_are_swept_but_not_fresh_ones(store, tmp_path):
    kept = store.jobs.accept("Carrier", BODY).id
    orphan = tmp_path / "spool" / ("0" * 32)
    orphan.write_bytes(b"no job")
    (tmp_path / "spool" / ("1" * 32 + ".part")).write_bytes(b"half")
    assert store.jobs.sweep() == 0
    assert store.jobs.sweep(older_than=timedelta(seconds=-1)) == 2
    assert [path.name for path in (tmp_path / "spool").iterdir()] == [kept]


def test_a_name_that_is_no_id_never_leaves_the_spool_folder(store):
    with pytest.raises(ValueError, match="not the id"):
        store.jobs._spool.read("../operations.db")


def part(job, chunk=b"digest"):
    return Part(job_id=job.id, owner=job.lease_owner, attempt=job.attempts, chunk=chunk)


def claimed(store, count=1):
    for _ in range(count):
        store.jobs.accept("Carrier", BODY)
    return [store.jobs.claim("worker", MINUTE) for _ in range(count)]


def test_signed_transactions_wait_until_their_job_is_finished(store):
    (job,) = claimed(store)
    store.outbox.post("t1", b"envelope", organisation="Carrier", parts=[part(job)])
    store.outbox.post("t1", b"envelope", organisation="Carrier", parts=[part(job)])
    store.outbox.post("t2", b"other", organisation="Brand")
    (posted,) = store.outbox.begun(job.id, b"digest")
    assert (posted.transaction_id, posted.envelope, posted.organisation) == ("t1", b"envelope", "Carrier")
    assert store.outbox.begun(job.id, b"another") == []
    store.jobs.finish(job, [], [])
    assert [each.transaction_id for each in store.outbox.unsettled()] == ["t2"]
    assert store.outbox.transactions_of(job.id) == ["t1"]
    store.outbox.settle("t2")
    assert store.outbox.unsettled() == []


def test_a_transaction_of_several_jobs_waits_for_the_last_of_them(store, clock):
    jobs = claimed(store, 3)
    store.outbox.post("t", b"envelope", organisation="Carrier", parts=[part(job) for job in jobs])
    clock.move(seconds=1)
    for left in (2, 1, 0):
        assert [len(store.outbox.begun(job.id, b"digest")) for job in jobs] == [1, 1, 1]
        assert store.outbox.adrift(before=clock.at) == []
        store.jobs.finish(jobs[left], [], [])
    assert store.outbox.unsettled() == []


def test_nothing_is_posted_for_a_job_that_was_taken_over(store, clock):
    (lost,) = claimed(store)
    clock.move(minutes=2)
    assert store.jobs.claim("other", MINUTE).id == lost.id
    (held,) = claimed(store)
    with pytest.raises(LeaseLost):
        store.outbox.post("t", b"envelope", organisation="Carrier", parts=[part(held), part(lost)])
    assert store.outbox.unsettled() == []
    assert store.outbox.transactions_of(held.id) == []
    store.outbox.post("t", b"envelope", organisation="Carrier", parts=[part(held)])
    assert store.outbox.transactions_of(held.id) == ["t"]
