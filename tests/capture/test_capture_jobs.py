"""Jobs as they are done: what they say of themselves, and a ledger that fails or does not answer."""

import threading
import time
from datetime import timedelta

import pytest

from provenance.capture import Runner
from provenance.domain.records import Role
from provenance.ledger.identity import InsecureWallet
from provenance.ledger.port import Failed, Unknown
from provenance.operations import Behaviour
from tests.capture.at_work import BROKEN, contracts_for, document, in_transactions, on_record
from tests.readmodel.scene import item, observed


def within(condition, runner, seconds=10):
    """Have jobs done until something holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        runner.run_once()
        time.sleep(0.02)


def test_a_job_is_done_and_says_what_became_of_it(scene, operations, runner):
    job = operations.jobs.accept("Maker", document(observed("shipping")), Behaviour.ROLLBACK)
    assert runner.run_once()
    done = operations.jobs.get(job.id)
    assert (done.running, done.success, list(done.accepted)) == (False, True, on_record(scene))
    assert len(operations.outbox.transactions_of(job.id)) == 1
    assert operations.outbox.unsettled() == []
    assert not runner.run_once()


def test_a_jobs_errors_are_problem_details_with_index_and_pointer(operations, runner):
    job = operations.jobs.accept("Maker", document(observed("shipping"), BROKEN), Behaviour.PROCEED)
    runner.run_once()
    (error,) = operations.jobs.get(job.id).document()["errors"]
    assert error["type"] == "epcisException:ValidationException"
    assert (error["status"], error["index"], error["pointer"]) == (400, 1, "/epcisBody/eventList/1/bizStep")
    assert error["detail"]


def test_the_job_of_an_organisation_that_is_not_enrolled_is_refused(scene, operations, runner):
    InsecureWallet(scene.folder / "keys").add("Stranger")
    job = operations.jobs.accept("Stranger", document(observed("shipping")), Behaviour.PROCEED)
    runner.run_once()
    (error,) = operations.jobs.get(job.id).errors
    assert (error["code"], error["type"]) == ("authority.not_enrolled", "epcisException:SecurityException")


def test_the_job_of_an_organisation_without_a_signer_here_is_refused(operations, runner):
    job = operations.jobs.accept("Elsewhere", document(observed("shipping")))
    runner.run_once()
    (error,) = operations.jobs.get(job.id).errors
    assert error["code"].startswith("identity.")


@pytest.mark.parametrize(("damage", "code"), [(None, "capture.body_lost"), (b"{}", "capture.body_damaged")])
def test_a_body_that_was_lost_or_changed_in_the_spool_is_never_captured(scene, operations, runner, damage, code):
    job = operations.jobs.accept("Maker", document(observed("shipping")))
    spooled = scene.folder / "spool" / job.id
    spooled.unlink() if damage is None else spooled.write_bytes(damage)
    runner.run_once()
    assert [error["code"] for error in operations.jobs.get(job.id).errors] == [code]
    assert on_record(scene) == []


class Failing:
    """A ledger whose answers are lost, or that cannot be reached, a number of times."""

    def __init__(self, ledger, error, times, *, before):
        self.ledger, self.error, self.times, self.before = ledger, error, times, before

    def submit(self, transaction, signer, on_signed=None):
        return self._perhaps(lambda: self.ledger.submit(transaction, signer, on_signed))

    def resubmit(self, envelope):
        return self._perhaps(lambda: self.ledger.resubmit(envelope))

    def _perhaps(self, work):
        failing, self.times = self.times > 0, max(0, self.times - 1)
        if failing and self.before:
            raise self.error
        receipt = work()
        if failing:
            raise self.error
        return receipt


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("error", [Unknown("ledger.timeout", "no answer"), Failed("ledger.busy", "not now")])
def test_a_ledger_that_fails_or_does_not_answer_is_tried_again(scene, operations, error, before):
    runner = Runner(operations, contracts_for(scene, Failing(scene.ledger, error, 2, before=before)))
    job = operations.jobs.accept("Maker", document(observed("shipping")))
    deadline = time.monotonic() + 90
    while operations.jobs.get(job.id).running and time.monotonic() < deadline:
        runner.run_once()
        time.sleep(0.02)
    done = operations.jobs.get(job.id)
    assert (done.success, done.attempts) == (True, 3)
    assert on_record(scene) == list(done.accepted) == in_transactions(scene)
    assert operations.outbox.unsettled() == []


def test_a_failure_that_does_not_end_ends_the_job_but_an_unknown_outcome_never_does(scene, operations, monkeypatch):
    monkeypatch.setattr("provenance.capture.ATTEMPTS", 1)
    for error, running in ((Failed("ledger.broken", "for good"), False), (Unknown("ledger.timeout", "none"), True)):
        runner = Runner(operations, contracts_for(scene, Failing(scene.ledger, error, 9, before=True)))
        job = operations.jobs.accept("Maker", document(observed("shipping")))
        runner.run_once()
        assert operations.jobs.get(job.id).running is running


def test_what_an_earlier_attempt_left_open_keeps_its_job_from_being_given_up(scene, operations, monkeypatch):
    """Its chunk may be on the ledger, so that nobody may say that it is not."""
    ledger = Failing(scene.ledger, Unknown("ledger.timeout", "none"), 1, before=False)
    runner = Runner(operations, contracts_for(scene, ledger))
    job = operations.jobs.accept("Maker", document(observed("shipping")))
    runner.run_once()
    monkeypatch.setattr("provenance.capture.ATTEMPTS", 2)
    ledger.error, ledger.times, ledger.before = Failed("ledger.unavailable", "gone"), 1, True
    within(lambda: not ledger.times, runner)
    assert operations.jobs.get(job.id).running
    within(lambda: not operations.jobs.get(job.id).running, runner)
    assert list(operations.jobs.get(job.id).accepted) == in_transactions(scene)


class Torn:
    """A ledger whose first transaction is signed and never arrives."""

    def __init__(self, ledger):
        self.ledger, self.resubmit, self.torn = ledger, ledger.resubmit, False

    def submit(self, transaction, signer, on_signed):
        def tear(signed):
            on_signed(signed)
            raise Unknown("ledger.unknown", "the connection broke", signed.id)

        before, self.torn = self.torn, True
        return self.ledger.submit(transaction, signer, on_signed if before else tear)


@pytest.mark.parametrize("overtaken", [False, True])
def test_what_was_signed_is_submitted_again_and_signed_anew_only_where_it_never_counts(scene, operations, overtaken):
    runner = Runner(operations, contracts_for(scene, Torn(scene.ledger)))
    job = operations.jobs.accept("Maker", document(observed("shipping")))
    runner.run_once()
    if overtaken:  # what the signed transaction has read is another now
        scene.of("Steward").enrol(organisation="Maker", name="Maker anew (fictitious)", roles=[Role.MANUFACTURER])
    within(lambda: not operations.jobs.get(job.id).running, runner)
    assert list(operations.jobs.get(job.id).accepted) == in_transactions(scene)
    assert len(operations.outbox.transactions_of(job.id)) == (2 if overtaken else 1)
    assert operations.outbox.unsettled() == []


def test_an_unexpected_error_does_not_stop_the_other_jobs(scene, operations, caplog):
    broken = [operations.jobs.accept("Brand", document(observed("shipping"))).id]
    sound = operations.jobs.accept("Maker", document(observed("shipping"))).id
    real = contracts_for(scene)

    def sometimes(organisation, on_signed):
        if organisation == "Brand":
            raise ZeroDivisionError
        return real(organisation, on_signed)

    runner = Runner(operations, sometimes)
    assert runner.run_once()
    assert runner.run_once()
    assert operations.jobs.get(sound).success
    assert operations.jobs.get(broken[0]).running
    assert "ZeroDivisionError" in caplog.text


def test_a_runner_that_lost_its_lease_leaves_the_job_to_its_new_holder(scene, operations):
    job = operations.jobs.accept("Maker", document(observed("shipping")))
    taken_over = []

    def overtaken(organisation, on_signed):
        taken_over.append(operations.jobs.claim("second", timedelta(minutes=1)))
        return contracts_for(scene)(organisation, on_signed)

    first = Runner(operations, overtaken, owner="first", lease=timedelta(0))
    assert first.run_once()
    assert taken_over[0].id == job.id
    held = operations.jobs.get(job.id)
    assert (held.running, held.lease_owner) == (True, "second")


def test_running_until_stopped_does_what_comes(scene, operations, runner):
    stop = threading.Event()
    running = threading.Thread(target=runner.run, args=(stop,))
    running.start()
    jobs = [operations.jobs.accept("Maker", document(observed("shipping", item(serial)))) for serial in range(5)]
    deadline = time.monotonic() + 90
    while operations.jobs.open_count() and time.monotonic() < deadline:
        time.sleep(0.02)
    stop.set()
    running.join(5)
    assert not running.is_alive()
    assert all(operations.jobs.get(job.id).success for job in jobs)
