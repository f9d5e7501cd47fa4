import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from provenance.capture import CaptureState, Runner, capture_document
from provenance.contracts import Contracts
from provenance.domain import canonical
from provenance.domain.epcis import chunk
from provenance.domain.records import Role
from provenance.epcisxml import writing
from provenance.ledger.identity import InsecureWallet
from provenance.ledger.port import Failed, Unknown, Validity
from provenance.operations import Behaviour, Operations
from provenance.readmodel import EventQuery, ReadModel
from provenance.readmodel.project import Projector
from tests.readmodel.scene import ENVELOPE, begin, item, observed


def document(*events, **envelope):
    return canonical.dump({**ENVELOPE, **envelope, "epcisBody": {"eventList": list(events)}})


BROKEN = {**observed("shipping"), "bizStep": "teleporting"}
TIMELESS = {name: value for name, value in observed("shipping").items() if name != "eventTime"}


@pytest.fixture
def scene(tmp_path):
    begun = begin(tmp_path / "home")
    yield begun
    begun.ledger.close()


@pytest.fixture
def url(scene, database):
    return database.url(scene.folder, "operations")


@pytest.fixture
def operations(scene, url):
    opened = Operations(url, spool=scene.folder / "spool")
    yield opened
    opened.close()


@pytest.fixture
def runner(scene, operations):
    return Runner(operations, contracts_for(scene))


def contracts_for(scene, ledger=None):
    wallet = InsecureWallet(scene.folder / "keys")
    return lambda organisation, on_signed: Contracts(
        ledger or scene.ledger, wallet.signer(organisation), on_signed=on_signed
    )


def on_record(scene):
    """The ids of everything on record."""
    model = ReadModel(f"sqlite:///{scene.folder / 'readmodel.db'}")
    Projector(model, scene.ledger).catch_up()
    page = model.events(EventQuery(per_page=1000))
    model.close()
    return [event.fact.id for event in page.events]


def within(condition, runner, seconds=10):
    """Have jobs done until something holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        runner.run_once()
        time.sleep(0.02)


def in_transactions(scene):
    """The ids of all events in all transactions that count, as often as they are there."""
    appended = (
        transaction
        for block in scene.ledger.blocks(0)
        for transaction in block.transactions
        if transaction.name == "custody:append" and transaction.validity is Validity.VALID
    )
    return [entry.id for transaction in appended for entry in chunk.entries(transaction.arguments)]


def test_a_sound_document_is_one_transaction(scene):
    before = scene.ledger.height()
    outcome = capture_document(
        scene.of("Maker"), document(observed("shipping", item(1)), observed("shipping", item(2))), Behaviour.ROLLBACK
    )
    assert (outcome.state, outcome.rejected) == (CaptureState.SUCCESS, ())
    assert list(outcome.accepted) == on_record(scene)
    assert scene.ledger.height() == before + 1


def test_with_rollback_one_faulty_event_keeps_all_from_being_recorded(scene):
    outcome = capture_document(
        scene.of("Maker"), document(observed("shipping", item(1)), BROKEN, TIMELESS), Behaviour.ROLLBACK
    )
    assert (outcome.state, outcome.accepted) == (CaptureState.FAILED, ())
    assert [(each.index, each.pointer) for each in outcome.rejected] == [
        (1, "/epcisBody/eventList/1/bizStep"),
        (2, "/epcisBody/eventList/2"),
    ]
    assert on_record(scene) == []


def test_with_proceed_the_others_are_recorded(scene):
    body = document(BROKEN, observed("shipping", item(1)), TIMELESS, observed("shipping", item(2)))
    outcome = capture_document(scene.of("Maker"), body, Behaviour.PROCEED)
    assert outcome.state is CaptureState.PARTIAL
    assert sorted(outcome.accepted) == sorted(on_record(scene))
    assert [each.index for each in outcome.rejected] == [0, 2]


def test_while_the_others_are_recorded_a_job_tells_what_was_refused(scene, operations):
    seen = []

    def watching(organisation, on_signed):
        seen.append(operations.jobs.get(job.id))
        contracts = contracts_for(scene)(organisation, on_signed)
        append = contracts.append
        contracts.append = lambda chunk: (seen.append(operations.jobs.get(job.id)), append(chunk))
        return contracts

    job = operations.jobs.accept("Maker", document(BROKEN, observed("shipping", item(1))), Behaviour.PROCEED)
    assert Runner(operations, watching).run_once()
    states = [(each.running, each.success) for each in (*seen, operations.jobs.get(job.id))]
    assert states == [(True, True), (True, False), (False, False)]


@pytest.mark.parametrize("behaviour", Behaviour)
def test_xml_is_captured_as_json_is(scene, behaviour):
    content = canonical.parse(document(observed("shipping", item(1)), observed("shipping", item(2))))
    in_json = capture_document(scene.of("Maker"), canonical.dump(content), behaviour)
    in_xml = capture_document(scene.of("Maker"), writing.write(content), behaviour)
    assert in_xml.state is CaptureState.SUCCESS
    assert in_xml.accepted == in_json.accepted


def test_a_fault_in_xml_is_told_with_its_line(scene):
    body = writing.write(canonical.parse(document(observed("shipping", item(1)), BROKEN)))
    outcome = capture_document(scene.of("Maker"), body.replace(b"<EventList>", b"<EventList>\n"), Behaviour.PROCEED)
    assert (outcome.state, len(outcome.accepted)) == (CaptureState.PARTIAL, 1)
    (fault,) = outcome.rejected
    assert (fault.index, fault.pointer) == (1, "/epcisBody/eventList/1/bizStep")
    assert fault.detail.startswith("line 3:")


@pytest.mark.parametrize("behaviour", Behaviour)
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "json.syntax"),
        (b"<a>", "xml.syntax"),
        (b"<a/>", "xml.root"),
        (b"<!DOCTYPE a><a/>", "xml.doctype"),
        (b'{"type":"EPCISDocument","type":"x"}', "json.duplicate"),
        (b"\xff", "json.encoding"),
        (b"[" * 100_000, "json.depth"),
        (b"[]", "epcis.type"),
        (document(observed("shipping"), schemaVersion=2), "epcis.type"),
    ],
)
def test_what_is_no_document_is_refused_whole_with_the_reason(scene, behaviour, body, code):
    outcome = capture_document(scene.of("Maker"), body, behaviour)
    assert (outcome.state, outcome.accepted) == (CaptureState.FAILED, ())
    assert (outcome.rejected[0].index, outcome.rejected[0].code) == (None, code)
    assert on_record(scene) == []


def test_a_document_too_large_for_one_transaction_says_so_and_may_proceed(scene):
    body = document(*(observed("shipping", item(serial)) for serial in range(chunk.MOST_EVENTS + 1)))
    refused = capture_document(scene.of("Maker"), body, Behaviour.ROLLBACK)
    assert [each.code for each in refused.rejected] == ["capture.limit_exceeded"]
    assert "501 events" in refused.rejected[0].detail
    assert refused.rejected[0].problem()["status"] == 413
    assert on_record(scene) == []
    outcome = capture_document(scene.of("Maker"), body, Behaviour.PROCEED)
    assert (outcome.state, len(outcome.accepted)) == (CaptureState.SUCCESS, 501)
    assert list(outcome.accepted) == on_record(scene)


def test_an_empty_document_is_captured_without_a_transaction(scene):
    before = scene.ledger.height()
    assert capture_document(scene.of("Maker"), document(), Behaviour.ROLLBACK).state is CaptureState.SUCCESS
    assert scene.ledger.height() == before


def test_capturing_again_is_success_and_records_nothing_twice(scene):
    body = document(observed("shipping", item(1)))
    first, second = (capture_document(scene.of("Maker"), body, Behaviour.ROLLBACK) for _ in range(2))
    assert first == second
    assert on_record(scene) == list(first.accepted)


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


WORKER = """
import os, signal, sys, threading
from datetime import timedelta
from pathlib import Path
sys.path.insert(0, os.getcwd())
from provenance import capture
from provenance.capture import Runner
from provenance.operations import Operations
from tests.readmodel.scene import reopen
from tests.test_capture import contracts_for

scene = reopen(Path(sys.argv[1]))
operations = Operations(sys.argv[3], spool=scene.folder / "spool")
runner = Runner(operations, contracts_for(scene), lease=timedelta(milliseconds=300))
steps = iter(range(int(sys.argv[2])))

def die_after(function):
    def step(*arguments, **named):
        result = function(*arguments, **named)
        if next(steps, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return step

operations.jobs.claim = die_after(operations.jobs.claim)
operations.jobs.body = die_after(operations.jobs.body)
operations.jobs.renew = die_after(operations.jobs.renew)
operations.outbox.post = die_after(operations.outbox.post)
scene.ledger.submit = die_after(scene.ledger.submit)
operations.jobs.finish = die_after(operations.jobs.finish)
print("working", flush=True)
runner.run(threading.Event())
"""


@pytest.mark.parametrize("steps", range(8))
def test_a_worker_killed_between_any_two_steps_loses_no_accepted_document(scene, operations, url, steps):
    bodies = [
        document(*(observed("shipping", item(number * 600 + serial)) for serial in range(count)))
        for number, count in enumerate((1, 501))
    ]
    jobs = [operations.jobs.accept("Maker", body, Behaviour.PROCEED) for body in bodies]
    killed = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WORKER, str(scene.folder), str(steps), url],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    runner = Runner(operations, contracts_for(scene))
    deadline = time.monotonic() + 90
    while operations.jobs.open_count() and time.monotonic() < deadline:
        runner.run_once()
        time.sleep(0.02)
    done = [operations.jobs.get(job.id) for job in jobs]
    assert [(job.running, job.success, len(job.accepted)) for job in done] == [(False, True, 1), (False, True, 501)]
    assert sorted(on_record(scene)) == sorted({*done[0].accepted, *done[1].accepted}) == sorted(in_transactions(scene))
    assert operations.outbox.unsettled() == []
    assert list((scene.folder / "spool").iterdir()) == []


ACCEPTING = """
import sys
from pathlib import Path
from provenance.operations import Operations
operations = Operations(sys.argv[1], spool=Path(sys.argv[2]))
while True:
    print(operations.jobs.accept("Maker", b"x" * 100_000).id, flush=True)
"""


def test_a_gateway_killed_while_accepting_has_every_job_that_it_told_of(operations, url, scene):
    spool = str(scene.folder / "spool")
    process = subprocess.Popen([sys.executable, "-c", ACCEPTING, url, spool], stdout=subprocess.PIPE)
    told = [process.stdout.readline().decode().strip() for _ in range(15)]
    process.kill()
    told += [line for line in process.stdout.read().decode().splitlines() if len(line) == 32]
    process.wait()
    process.stdout.close()
    for identifier in told:
        assert operations.jobs.body(operations.jobs.get(identifier)) == b"x" * 100_000
