"""What becomes of a document that is captured: recorded, or refused with its reasons."""

import pytest

from provenance.capture import CaptureState, Runner, capture_document
from provenance.domain import canonical
from provenance.domain.epcis import chunk
from provenance.epcisxml import writing
from provenance.operations import Behaviour
from tests.capture.at_work import BROKEN, TIMELESS, contracts_for, document, on_record
from tests.readmodel.scene import item, observed


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
        (document(observed("shipping", quantity=7)).replace(b":7", b":7e1234567890"), "json.number"),
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
