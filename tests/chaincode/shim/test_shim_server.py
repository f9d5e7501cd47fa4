"""The chaincode server over gRPC, with a peer double as its client."""

import json
import logging
import threading
import time
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from fabric_protos.peer import chaincode_shim_pb2 as shim
from fabric_protos.peer import proposal_response_pb2 as responses

from chaincode.shim.streams import Limits
from tests.chaincode.shim.peer_double import SECONDS, PeerDouble, answer
from tests.chaincode.shim.proposals import transaction
from tests.chaincode.shim.serving import PACKAGE, chaincode, serving

Message = shim.ChaincodeMessage


@pytest.fixture(scope="module")
def address():
    with serving() as found:
        yield found


@pytest.fixture
def peer(address):
    with PeerDouble(address, state={"a": b"A", "b": b"B"}) as found:
        yield found
        assert found.broken == []


def call(*arguments, **chosen):
    return transaction([each.encode() if isinstance(each, str) else each for each in arguments], **chosen)


def code(response):
    assert response.status == 500, response
    return json.loads(response.message)["code"]


def types(peer):
    return [Message.Type.Name(each.type) for each in peer.asked]


def test_it_registers_as_its_package(peer):
    assert peer.registered == PACKAGE


@pytest.mark.parametrize(("batch", "reads"), [(0, ["GET_STATE"] * 3), (3, ["GET_STATE_MULTIPLE"]), (2, None)])
def test_reads_come_back_in_their_order(address, batch, reads):
    with PeerDouble(address, reads=batch, state={"a": b"A", "b": b"B"}) as peer:
        assert peer.run(call("read", "b", "none", "a")).payload == b"B,-,A"
        assert types(peer)[:-1] == (reads or ["GET_STATE_MULTIPLE", "GET_STATE"])
        assert peer.broken == []


def test_a_key_is_asked_for_once(peer):
    assert peer.run(call("read", "a", "b", "a")).payload == b"A,B,A"
    assert types(peer) == ["GET_STATE", "GET_STATE", "COMPLETED"]


@pytest.mark.parametrize(("batch", "writes"), [(0, ["PUT_STATE"] * 2), (1000, ["WRITE_BATCH_STATE"])])
def test_writes_are_flushed_before_the_transaction_is_completed(address, batch, writes):
    with PeerDouble(address, writes=batch) as peer:
        assert peer.run(call("write", "y", "1", "x", "2", "y", "3")).status == 200
        assert types(peer) == [*writes, "COMPLETED"]
        assert peer.state == {"x": b"2", "y": b"3"}
        assert peer.broken == []


def test_no_transaction_reads_its_own_writes(peer):
    assert peer.run(call("copy", "a", "b")).payload == b"B"
    assert peer.state["b"] == b"A"


def test_a_refusal_is_a_small_json_object_and_writes_nothing(peer):
    response = peer.run(call("refuse", "authority.nobody"))
    assert response.status == 500
    assert response.message == '{"code":"authority.nobody","detail":"it is not allowed"}'
    assert types(peer) == ["COMPLETED"]


def test_what_breaks_has_a_stable_code_and_its_text_is_told_to_nobody(peer, caplog):
    with caplog.at_level(logging.DEBUG, logger="chaincode"):
        response = peer.run(call("break", "a secret of the payload"))
    assert code(response) == "chaincode.failed"
    assert "secret" not in response.message
    told = "".join(str(each.__dict__) for each in caplog.records)
    assert "secret" not in told
    assert "ValueError" in told
    assert peer.run(call("read", "a")).payload == b"A"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("write", "", "1"), "chaincode.key"),
        (("read", ""), "chaincode.key"),
        (("write", "k", ""), "chaincode.empty_value"),
        (("event", "", "1"), "chaincode.event"),
        ((b"\xff",), "chaincode.failed"),
        ((), "chaincode.failed"),
    ],
)
def test_what_no_peer_takes_is_refused(peer, arguments, expected):
    assert code(peer.run(call(*arguments))) == expected
    assert types(peer) == ["COMPLETED"]


def test_a_transaction_without_a_proposal_is_refused(peer):
    message = call("read", "a")
    message.ClearField("proposal")
    assert code(peer.run(message)) == "chaincode.proposal"


def test_an_initialisation_is_refused(peer):
    message = call("read", "a")
    message.type = Message.INIT
    assert code(peer.run(message)) == "contract.init"


def test_who_called_and_how(peer):
    message = call("who", creator="Brand")
    assert peer.run(message).payload.decode() == f"Brand True provenance {message.txid}"
    nested = call("who", creator="Brand", chaincode_name="another")
    assert peer.run(nested).payload.decode() == f"Brand False provenance {nested.txid}"


def test_the_event_comes_with_the_completion(peer):
    completed = peer.begin(call("event", "moved", "payload")).result(SECONDS)
    assert (completed.chaincode_event.event_name, completed.chaincode_event.payload) == ("moved", b"payload")


@pytest.mark.parametrize(("off", "taken"), [(-299, True), (299, True), (-301, False), (301, False)])
def test_a_proposal_that_is_far_off_the_clock_is_refused(off, taken):
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with serving(chaincode(now=lambda: noon)) as address, PeerDouble(address) as peer:
        response = peer.run(call("who", at=noon + timedelta(seconds=off)))
        assert (response.status == 200) is taken
        if not taken:
            assert code(response) == "ledger.clock"


def test_a_time_beyond_the_calendar_is_refused(peer):
    message = call("who")
    far = call("who", at=datetime(1970, 1, 1, tzinfo=UTC))
    assert code(peer.run(far)) == "ledger.clock"
    assert peer.run(message).status == 200


@pytest.mark.parametrize("kind", [Message.GET_STATE, Message.PUT_STATE, Message.GET_STATE_MULTIPLE])
def test_an_error_of_the_peer_fails_the_transaction_and_no_other(address, kind):
    def answering(asked, found):
        failing = asked.type == kind and asked.txid == bad.txid
        return answer(asked, b"the peer said no", kind=Message.ERROR) if failing else found

    with PeerDouble(address, reads=2 if kind == Message.GET_STATE_MULTIPLE else 0, state={"a": b"A"}) as peer:
        bad = call("read", "a", "b") if kind == Message.GET_STATE_MULTIPLE else call("copy", "a", "b")
        peer.answering = answering
        response = peer.run(bad)
        assert json.loads(response.message) == {"code": "chaincode.peer", "detail": "the peer said no"}
        assert "b" not in peer.state
        assert peer.run(call("copy", "a", "b")).status == 200
        assert peer.broken == []


def test_many_transactions_at_once(address):
    with PeerDouble(address, state={str(n): f"value {n}".encode() for n in range(200)}) as peer:
        begun = [peer.begin(call("read", str(n), str((n + 1) % 200))) for n in range(200)]
        found = [responses.Response.FromString(each.result(SECONDS).payload).payload for each in begun]
        assert found == [f"value {n},value {(n + 1) % 200}".encode() for n in range(200)]
        assert peer.broken == []


def test_answers_that_come_slowly_and_in_another_order(address):
    held = []
    with PeerDouble(address, state={str(n): str(n).encode() for n in range(80)}) as peer:
        peer.answering = lambda _asked, found: held.append(found)
        begun = [peer.begin(call("read", str(n))) for n in range(80)]
        deadline = time.monotonic() + SECONDS
        while len(held) < 64 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(held) == 64, "as many as there are threads ask at once, the others wait"
        peer.answering = lambda _asked, found: found
        for found in reversed(held[:]):
            peer._open[found.channel_id, found.txid].asking = False
            peer.say(found)
        results = [responses.Response.FromString(each.result(SECONDS).payload).payload for each in begun]
        assert results == [str(n).encode() for n in range(80)]


def test_who_computes_long_does_not_keep_others_from_being_answered(peer):
    long = peer.begin(call("spin", "20000000"))
    quick = [peer.begin(call("read", "a")) for _ in range(5)]
    assert all(each.result(SECONDS) for each in quick)
    assert long.result(SECONDS)


def test_answers_to_unknown_transactions_and_a_transaction_twice(peer):
    peer.say(Message(type=Message.RESPONSE, channel_id="provenance", txid="unknown", payload=b"x"))
    peer.say(Message(type=Message.ERROR, channel_id="other", txid="unknown", payload=b"x"))
    message = call("copy", "a", "c")
    begun = peer.begin(message)
    peer.say(message)
    assert begun.result(SECONDS)
    assert types(peer).count("COMPLETED") <= 2
    assert peer.run(call("read", "c")).payload == b"A"
    peer.broken.clear()  # the second copy may begin after the first is done, when the double has forgotten it


def test_keepalive_is_answered(peer):
    peer.say(Message(type=Message.KEEPALIVE))
    assert peer.run(call("read", "a")).payload == b"A"
    assert Message.KEEPALIVE in [each.type for each in peer.asked]


def test_a_stream_that_leaves_the_protocol_is_ended(address):
    peer = PeerDouble(address).connect(steps=False)
    try:
        peer.say(Message(type=Message.READY))
        assert peer.ended.wait(SECONDS)
        assert peer.error.code() == grpc.StatusCode.FAILED_PRECONDITION
    finally:
        peer.close()
    with PeerDouble(address, state={"a": b"A"}) as other:
        assert other.run(call("read", "a")).payload == b"A"


def test_a_stream_is_ended_while_a_message_is_on_its_way(address):
    for _ in range(30):
        peer = PeerDouble(address)
        peer.say(Message(type=Message.READY))  # at once, as the chaincode begins to register
        try:
            assert peer.connect(steps=False).ended.wait(SECONDS)
        finally:
            peer.close()
        assert peer.error.code() == grpc.StatusCode.FAILED_PRECONDITION


def test_a_cut_stream_leaves_nothing_and_the_peer_registers_again(address):
    held = threading.Event()
    cut = PeerDouble(address, state={"a": b"A"}).connect()
    cut.answering = lambda _asked, _found: held.set()
    waiting = [cut.begin(call("read", "a")) for _ in range(100)]
    assert held.wait(SECONDS)
    cut.close()
    assert all(each.cancelled() for each in waiting)
    with PeerDouble(address, state={"a": b"A"}) as again:
        assert again.registered == PACKAGE
        assert [again.run(call("read", "a")).payload for _ in range(80)] == [b"A"] * 80


def test_two_peers_at_once_have_transactions_of_one_id(address):
    with PeerDouble(address, state={"a": b"1"}) as one, PeerDouble(address, state={"a": b"2"}) as two:
        begun = [peer.begin(call("read", "a", transaction_id="same")) for peer in (one, two)]
        found = [responses.Response.FromString(each.result(SECONDS).payload).payload for each in begun]
        assert found == [b"1", b"2"]


def test_a_transaction_that_takes_too_long_is_given_up():
    with serving(limits=Limits(seconds=0.2)) as address, PeerDouble(address, state={"a": b"A"}) as peer:
        late = []
        peer.answering = lambda _asked, found: late.append(found)
        message = call("read", "a")
        completed = peer.begin(message).result(SECONDS)
        assert code(responses.Response.FromString(completed.payload)) == "chaincode.timeout"
        peer.answering = lambda _asked, found: found
        peer.say(late[0])
        assert peer.run(call("read", "a")).payload == b"A"


def test_one_transaction_too_many_is_refused_at_once():
    with serving(limits=Limits(most_open=3)) as address, PeerDouble(address, state={"a": b"A"}) as peer:
        held = []
        peer.answering = lambda _asked, found: held.append(found)
        waiting = [peer.begin(call("read", "a")) for _ in range(3)]
        assert code(peer.run(call("read", "a"))) == "chaincode.busy"
        deadline = time.monotonic() + SECONDS
        while len(held) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        for each in held:
            peer.say(each)
            peer._open[each.channel_id, each.txid].asking = False
        assert all(each.result(SECONDS) for each in waiting)


def test_large_messages_pass_and_too_large_ones_end_the_stream_alone():
    with serving(most_message_bytes=8 << 20) as address:
        with PeerDouble(address, state={"large": b"x" * (6 << 20)}) as peer:
            assert len(peer.run(call("read", "large")).payload) == 6 << 20
        with PeerDouble(address) as peer:
            begun = peer.begin(call("read", "x" * (9 << 20)))
            assert peer.ended.wait(SECONDS)
            assert begun.cancelled()
        with PeerDouble(address, state={"a": b"A"}) as peer:
            assert peer.run(call("read", "a")).payload == b"A"


def test_what_is_begun_when_the_server_stops_is_answered():
    with serving() as address:
        peer = PeerDouble(address, state={"a": b"A"}).connect()
        held = []
        peer.answering = lambda _asked, found: held.append(found)
        begun = peer.begin(call("read", "a"))
        deadline = time.monotonic() + SECONDS
        while not held and time.monotonic() < deadline:
            time.sleep(0.01)
        release = threading.Timer(0.3, lambda: peer.say(held[0]))
        peer._open[held[0].channel_id, held[0].txid].asking = False
        release.start()
    assert responses.Response.FromString(begun.result(SECONDS).payload).payload == b"A"
    peer.close()
