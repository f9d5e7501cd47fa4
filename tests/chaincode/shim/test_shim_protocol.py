"""The protocol of one stream, fed with messages: order, matching, batches, errors, and what is passed over."""

import pytest
from fabric_protos.peer import chaincode_pb2 as chaincode
from fabric_protos.peer import chaincode_shim_pb2 as shim
from fabric_protos.peer import proposal_response_pb2 as responses
from hypothesis import given, settings
from hypothesis import strategies as st

from chaincode.shim import outcome
from chaincode.shim.errors import Abandoned, PeerError, ProtocolError
from chaincode.shim.exchanges import Batches, announced, reads
from chaincode.shim.protocol import Answered, Begin, Completion, Conversation, Ended, Key, Send

Message = shim.ChaincodeMessage
ONE, TWO = Key("channel", "one"), Key("channel", "two")
DONE = Completion(outcome.success(b"result"))


def message(kind, key=ONE, payload=b""):
    return Message(type=kind, channel_id=key.channel, txid=key.transaction, payload=payload)


def params(reads=0, writes=0):
    return chaincode.ChaincodeAdditionalParams(
        use_get_multiple_keys=bool(reads),
        max_size_get_multiple_keys=reads,
        use_write_batch=bool(writes),
        max_size_write_batch=writes,
    ).SerializeToString()


def ready(payload=b"", begun=(ONE,)):
    conversation = Conversation("label:hash")
    conversation.receive(Message(type=Message.REGISTERED))
    conversation.receive(Message(type=Message.READY, payload=payload))
    for key in begun:
        conversation.receive(message(Message.TRANSACTION, key))
    return conversation


def sent(steps):
    return [step.message for step in steps if isinstance(step, Send)]


def response(completed):
    assert completed.type == Message.COMPLETED
    return responses.Response.FromString(completed.payload)


def test_the_chaincode_speaks_first_and_says_which_package_it_is():
    opening = Conversation("label:hash").opening()
    assert opening.type == Message.REGISTER
    assert chaincode.ChaincodeID.FromString(opening.payload).name == "label:hash"


@pytest.mark.parametrize(
    "kinds",
    [
        ["READY"],
        ["TRANSACTION"],
        ["ERROR"],
        ["REGISTERED", "REGISTERED"],
        ["REGISTERED", "TRANSACTION"],
        ["REGISTERED", "ERROR"],
        ["REGISTERED", "READY", "REGISTERED"],
        ["REGISTERED", "READY", "GET_STATE"],
        ["REGISTERED", "READY", "COMPLETED"],
    ],
)
def test_a_step_out_of_order_ends_the_stream(kinds):
    conversation = Conversation("label:hash")
    *before, last = [Message(type=Message.Type.Value(kind)) for kind in kinds]
    for each in before:
        conversation.receive(each)
    with pytest.raises(ProtocolError):
        conversation.receive(last)


def test_ready_announces_batches_or_nothing():
    assert ready(params(1000, 500)).batches == Batches(1000, 500)
    assert ready(b"").batches == Batches(1, 1)
    assert announced(params(writes=7)) == Batches(1, 7)
    assert announced(b"\xff\xff") == Batches()
    offered = chaincode.ChaincodeAdditionalParams(use_write_batch=True, max_size_get_multiple_keys=9)
    assert announced(offered.SerializeToString()) == Batches()


def test_a_transaction_begins_with_its_own_message():
    conversation = ready(begun=())
    asked = message(Message.TRANSACTION, payload=b"input")
    assert conversation.receive(asked) == [Begin(ONE, asked)]
    assert len(conversation) == 1


def test_keys_are_read_one_by_one_where_no_batches_are_announced():
    conversation = ready()
    steps = conversation.ask(ONE, reads(["a", "b"], conversation.batches))
    assert [shim.GetState.FromString(each.payload).key for each in sent(steps)] == ["a"]
    assert sent(steps)[0].type == Message.GET_STATE
    steps = conversation.receive(message(Message.RESPONSE, payload=b"value of a"))
    assert [shim.GetState.FromString(each.payload).key for each in sent(steps)] == ["b"]
    assert conversation.receive(message(Message.RESPONSE)) == [Answered(ONE, [b"value of a", None])]


def test_keys_are_read_together_where_batches_are_announced():
    conversation = ready(params(2))
    (asked,) = sent(conversation.ask(ONE, reads(["a", "b", "c"], conversation.batches)))
    assert asked.type == Message.GET_STATE_MULTIPLE
    assert list(shim.GetStateMultiple.FromString(asked.payload).keys) == ["a", "b"]
    values = shim.GetStateMultipleResult(values=[b"", b"B"]).SerializeToString()
    (asked,) = sent(conversation.receive(message(Message.RESPONSE, payload=values)))
    assert asked.type == Message.GET_STATE
    assert conversation.receive(message(Message.RESPONSE, payload=b"C")) == [Answered(ONE, [None, b"B", b"C"])]


@pytest.mark.parametrize("payload", [shim.GetStateMultipleResult(values=[b"x"]).SerializeToString(), b"\xff"])
def test_an_answer_that_does_not_fit_is_an_error_of_the_peer(payload):
    conversation = ready(params(2))
    conversation.ask(ONE, reads(["a", "b"], conversation.batches))
    (answered,) = conversation.receive(message(Message.RESPONSE, payload=payload))
    assert isinstance(answered.error, PeerError)


def test_an_error_of_the_peer_is_an_answer_and_no_value():
    conversation = ready()
    conversation.ask(ONE, reads(["a", "b"], conversation.batches))
    (answered,) = conversation.receive(message(Message.ERROR, payload=b"GET_STATE failed: no ledger context"))
    assert answered.result is None
    assert isinstance(answered.error, PeerError)
    assert answered.error.detail == "GET_STATE failed: no ledger context"


def test_nothing_to_read_asks_nothing():
    conversation = ready()
    assert conversation.ask(ONE, reads([], conversation.batches)) == [Answered(ONE, [])]


def test_writes_are_accepted_before_the_transaction_is_completed():
    conversation = ready()
    steps = conversation.complete(ONE, Completion(DONE.response, {"b": b"2", "a": b"1"}))
    puts = []
    while sent(steps)[0].type == Message.PUT_STATE:
        put = shim.PutState.FromString(sent(steps)[0].payload)
        puts.append((put.key, put.value))
        steps = conversation.receive(message(Message.RESPONSE))
    assert puts == [("a", b"1"), ("b", b"2")]
    completed, ended = steps
    assert response(completed.message) == DONE.response
    assert ended == Ended(ONE)
    assert len(conversation) == 0


def test_writes_go_together_where_batches_are_announced():
    conversation = ready(params(writes=2))
    (asked,) = sent(conversation.complete(ONE, Completion(DONE.response, {"c": b"3", "a": b"1", "b": b"2"})))
    assert asked.type == Message.WRITE_BATCH_STATE
    records = shim.WriteBatchState.FromString(asked.payload).rec
    assert [(each.key, each.value, each.type) for each in records] == [
        ("a", b"1", shim.WriteRecord.PUT_STATE),
        ("b", b"2", shim.WriteRecord.PUT_STATE),
    ]
    (asked,) = sent(conversation.receive(message(Message.RESPONSE)))
    assert asked.type == Message.PUT_STATE
    assert sent(conversation.receive(message(Message.RESPONSE)))[0].type == Message.COMPLETED


def test_a_write_that_the_peer_refuses_makes_the_transaction_fail():
    conversation = ready()
    conversation.complete(ONE, Completion(DONE.response, {"a": b"1", "b": b"2"}))
    completed, ended = conversation.receive(message(Message.ERROR, payload=b"PUT_STATE failed"))
    assert response(completed.message).status == 500
    assert response(completed.message).message == '{"code":"chaincode.peer","detail":"PUT_STATE failed"}'
    assert isinstance(ended.error, PeerError)


def test_the_event_goes_with_the_completion():
    event = shim.ChaincodeMessage().chaincode_event
    event.event_name, event.payload = "moved", b"1"
    (completed, _) = ready().complete(ONE, Completion(DONE.response, {}, event))
    assert completed.message.chaincode_event == event


def test_a_transaction_that_is_open_already_is_passed_over():
    conversation = ready()
    assert conversation.receive(message(Message.TRANSACTION)) == []
    assert conversation.passed_over == 1
    assert len(conversation) == 1
    assert [step.key for step in conversation.receive(message(Message.TRANSACTION, Key("other", "one")))] == [
        Key("other", "one")
    ]


def test_answers_that_nobody_waits_for_are_passed_over():
    conversation = ready()
    assert conversation.receive(message(Message.RESPONSE)) == []
    assert conversation.receive(message(Message.ERROR, TWO)) == []
    conversation.complete(ONE, DONE)
    assert conversation.receive(message(Message.RESPONSE)) == []
    assert conversation.passed_over == 3


def test_an_abandoned_transaction_is_answered_once():
    conversation = ready()
    conversation.ask(ONE, reads(["a"], conversation.batches))
    error = Abandoned("chaincode.timeout", "too long")
    completed, ended = conversation.abandon(ONE, error)
    assert response(completed.message).message == '{"code":"chaincode.timeout","detail":"too long"}'
    assert ended == Ended(ONE, error)
    assert conversation.receive(message(Message.RESPONSE)) == []
    assert conversation.complete(ONE, DONE) == []
    assert conversation.ask(ONE, reads(["a"], conversation.batches)) == []
    assert conversation.abandon(ONE, error) == []


def test_a_cut_stream_forgets_all_and_says_nothing():
    conversation = ready(begun=(ONE, TWO))
    conversation.ask(ONE, reads(["a"], conversation.batches))
    assert conversation.cut() == [ONE, TWO]
    assert conversation.complete(ONE, DONE) == []


def test_keepalive_is_sent_back():
    alive = Message(type=Message.KEEPALIVE)
    assert ready().receive(alive) == [Send(alive)]


class World:
    """What a peer stores, and what a test's contracts do: read their keys, then write what they saw."""

    def __init__(self, conversation, wanted):
        self.conversation = conversation
        self.wanted = wanted
        self.stored = {name: name.encode() * 3 for name in "abcde"}
        self.written, self.completed, self.waiting = {}, [], []

    def take(self, steps):
        for step in steps:
            if isinstance(step, Send):
                self.waiting.append(step.message)
            elif isinstance(step, Answered):
                self.write(step)

    def write(self, step):
        number = step.key.transaction
        names = self.wanted[int(number)]
        assert step.result == [self.stored.get(name) for name in names]
        values = {f"{number}/{name}": b"seen " + name.encode() for name in names}
        self.take(self.conversation.complete(step.key, Completion(outcome.success(number.encode()), values)))

    def answer(self, asked):
        if asked.type == Message.COMPLETED:
            self.completed.append((asked.txid, response(asked).payload.decode()))
            return
        payload = {
            Message.GET_STATE: self.get,
            Message.GET_STATE_MULTIPLE: self.get_multiple,
            Message.PUT_STATE: self.put,
            Message.WRITE_BATCH_STATE: self.put_batch,
        }[asked.type](asked.payload)
        self.take(self.conversation.receive(message(Message.RESPONSE, Key(asked.channel_id, asked.txid), payload)))

    def get(self, payload):
        return self.stored.get(shim.GetState.FromString(payload).key, b"")

    def get_multiple(self, payload):
        names = shim.GetStateMultiple.FromString(payload).keys
        assert len(names) <= self.conversation.batches.reads
        return shim.GetStateMultipleResult(values=[self.stored.get(name, b"") for name in names]).SerializeToString()

    def put(self, payload):
        put = shim.PutState.FromString(payload)
        self.written[put.key] = put.value
        return b""

    def put_batch(self, payload):
        records = shim.WriteBatchState.FromString(payload).rec
        assert len(records) <= self.conversation.batches.writes
        self.written.update({each.key: each.value for each in records})
        return b""


@given(
    st.lists(st.lists(st.sampled_from("abcdef"), max_size=5), min_size=1, max_size=6),
    st.integers(1, 4),
    st.integers(1, 4),
    st.randoms(use_true_random=False),
)
@settings(max_examples=60)
def test_however_answers_interleave_each_transaction_gets_its_own(wanted, read_batch, write_batch, chance):
    conversation = ready(params(read_batch, write_batch), begun=())
    world = World(conversation, wanted)
    keys = [Key("channel", str(number)) for number in range(len(wanted))]
    for key, names in zip(keys, wanted, strict=True):
        conversation.receive(message(Message.TRANSACTION, key))
        world.take(conversation.ask(key, reads(names, conversation.batches)))
    while world.waiting:
        assert len({asked.txid for asked in world.waiting}) == len(world.waiting), "two requests of one transaction"
        world.answer(world.waiting.pop(chance.randrange(len(world.waiting))))
    assert sorted(world.completed) == sorted((key.transaction, key.transaction) for key in keys)
    assert world.written == {
        f"{n}/{name}": b"seen " + name.encode() for n, names in enumerate(wanted) for name in names
    }
    assert conversation.passed_over == len(conversation) == 0
