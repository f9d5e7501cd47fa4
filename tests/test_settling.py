"""Ending the uncertainty about signed transactions, on the ledger that the gateway has."""

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from provenance.contracts import Contracts
from provenance.ledger.port import Conflict, Failed, Signed, Unknown
from provenance.operations import Operations, Part
from provenance.posting import Posting
from provenance.settling import Settler
from tests.domain.acts.scene import GTIN, PRODUCT
from tests.readmodel.scene import begin


@dataclasses.dataclass
class Lost(Exception):
    """Stands for the process dying between signing and submitting."""

    signed: Signed


@pytest.fixture
def operations(tmp_path: Path, database):
    store = Operations(database.url(tmp_path, "operations"), spool=tmp_path / "spool")
    yield store
    store.close()


@pytest.fixture
def scene(tmp_path: Path):
    begun = begin(tmp_path)
    yield begun
    begun.ledger.close()


def register(scene, on_signed):
    """Do an act of authority."""
    contracts = Contracts(scene.ledger, scene.of("Brand")._signer, on_signed=on_signed)
    return contracts.register(gtin=GTIN, **PRODUCT | {"rights": []})


def lose(scene, operations, parts=()):
    """Have an act signed and posted, and lose it before it is submitted."""

    def die(signed):
        operations.outbox.post(signed.id, signed.envelope, organisation="Brand", parts=parts)
        raise Lost(signed)

    with pytest.raises(Lost) as lost:
        register(scene, die)
    return lost.value.signed


def settler(operations, ledger, rested=timedelta(seconds=-1)):
    return Settler(operations.outbox, ledger, rested=rested)


def test_what_was_signed_and_never_submitted_is_submitted(scene, operations):
    signed = lose(scene, operations)
    assert scene.ledger.find(signed.id) is None
    assert settler(operations, scene.ledger).run_once() == 1
    assert scene.ledger.find(signed.id) is not None
    assert operations.outbox.count_unsettled() == 0
    assert settler(operations, scene.ledger).run_once() == 0


def test_what_is_on_the_ledger_is_found_and_not_submitted_again(scene, operations):
    kept = []
    receipt = register(scene, kept.append)
    operations.outbox.post(kept[0].id, kept[0].envelope, organisation="Brand")
    height = scene.ledger.height()
    assert settler(operations, scene.ledger).run_once() == 1
    assert (scene.ledger.height(), operations.outbox.count_unsettled()) == (height, 0)
    assert receipt.transaction_id == kept[0].id


def test_what_has_been_overtaken_is_settled_without_counting(scene, operations):
    late = lose(scene, operations)
    register(scene, lambda _: None)
    assert settler(operations, scene.ledger).run_once() == 1
    assert scene.ledger.find(late.id) is None
    assert operations.outbox.count_unsettled() == 0


def test_what_is_young_is_left_to_who_submitted_it(scene, operations):
    lose(scene, operations)
    assert settler(operations, scene.ledger, rested=timedelta(minutes=2)).run_once() == 0
    assert operations.outbox.count_unsettled() == 1


def test_what_belongs_to_an_open_job_is_left_to_it_and_ended_after_it(scene, operations):
    operations.jobs.accept("Brand", b"a document")
    job = operations.jobs.claim("runner", timedelta(minutes=1))
    part = Part(job_id=job.id, owner="runner", attempt=1, chunk=b"digest")
    lost = lose(scene, operations, [part, dataclasses.replace(part, chunk=b"another")])
    assert settler(operations, scene.ledger).run_once() == 0
    assert scene.ledger.find(lost.id) is None
    assert [each.transaction_id for each in operations.outbox.begun(job.id, b"digest")] == [lost.id]
    operations.jobs.finish(job, [], [])
    assert operations.outbox.count_unsettled() == 0


@dataclasses.dataclass
class Unreachable:
    """A ledger that cannot be reached."""

    error: Exception

    def resubmit(self, _):
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        Failed("ledger.unavailable", "gone"),
        Failed("ledger.evaluate", "the peer refuses to say"),
        Unknown("ledger.unknown", "no answer"),
    ],
)
def test_a_ledger_that_cannot_be_asked_leaves_everything_as_it_is(scene, operations, error):
    lose(scene, operations)
    assert settler(operations, Unreachable(error)).run_once() == 0
    assert operations.outbox.count_unsettled() == 1


@pytest.mark.parametrize(
    ("raised", "unsettled"),
    [
        (None, 0),
        (Conflict("ledger.conflict", "lost"), 0),
        (Failed("ledger.submit", "refused"), 0),
        (Unknown("ledger.unknown", "no answer"), 1),
        (KeyboardInterrupt(), 1),
        (ValueError("a bug"), 1),
    ],
)
def test_only_a_definite_answer_settles_what_was_posted(operations, raised, unsettled):
    def submit():
        with Posting(operations.outbox, "Brand") as post:
            post(Signed("an-id", b"envelope"))
            if raised is not None:
                raise raised

    if raised is None:
        submit()
    else:
        with pytest.raises(type(raised)):
            submit()
    assert operations.outbox.count_unsettled() == unsettled


def test_the_oldest_come_first_and_not_all_at_once(operations):
    for number in range(5):
        operations.outbox.post(f"t{number}", b"envelope", organisation="Brand")
    assert len(operations.outbox.unsettled(most=3)) == 3
    assert operations.outbox.unsettled(before=datetime.now(UTC) - timedelta(minutes=1)) == []
