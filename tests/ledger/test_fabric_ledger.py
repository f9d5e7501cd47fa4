"""What the ledger on Fabric makes of peers and orderers that fail at any step, one by one."""

import itertools
from contextlib import closing

import grpc
import pytest
from fabric_pieces import SIGNER, chain, configuration, proposed, submittable
from fabric_protos.peer import transaction_pb2
from gateway_double import Answer, PeerDouble

from provenance.ledger.fabric import (
    BlockStreams,
    Checkpoint,
    Deadlines,
    EventStreams,
    FabricLedger,
    Patience,
    Peer,
    Peers,
    Profile,
    StreamError,
)
from provenance.ledger.port import Conflict, Failed, Rejected, Transaction, Unknown

CALL = Transaction("goods:put", b"{}")
ABORTED, UNAVAILABLE = grpc.StatusCode.ABORTED, grpc.StatusCode.UNAVAILABLE
OTHERS = "failed to collect enough transaction endorsements"
REFUSED = 'chaincode response 500, {"code":"goods.refused","detail":"no"}'
IMPATIENT = Patience(endorse=0.3, order=0.3, position=0.3)


@pytest.fixture
def doubles():
    made = []

    def make(**given):
        made.append(PeerDouble(**given))
        return made[-1]

    yield make
    for each in made:
        each.close()


def opened(*doubles, watch=None):
    endpoints = tuple(each.endpoint for each in doubles)
    profile = Profile(
        organisation="Acme", channel="trade", chaincode="goods", peers=endpoints, known=endpoints, tls=None,
        certificate=None, key=None,
    )  # fmt: skip
    return closing(
        FabricLedger(profile, SIGNER, patience=IMPATIENT, deadlines=Deadlines(commit=1.0, submit=1.0), watch=watch)
    )


class Watching:
    def __init__(self):
        self.heard = []

    def unendorsed(self, code):
        self.heard.append(code)

    def committed(self, seconds):
        self.heard.append(seconds >= 0)


def test_a_transaction_goes_through_every_step(doubles):
    peer, watch, signed = doubles(), Watching(), []
    with opened(peer, watch=watch) as ledger:
        receipt = ledger.submit(CALL, SIGNER, signed.append)
        assert (receipt.block, receipt.result) == (5, b"done")
        assert ledger.height() == 6
    assert [each.id for each in signed] == [receipt.transaction_id]
    assert peer.calls[:3] == ["endorse", "submit", "commit"]
    assert watch.heard == [True]


def test_a_refusal_by_the_first_peer_is_the_contracts(doubles):
    peer, watch = doubles(), Watching()
    peer.scripts["endorse"] = [Answer(ABORTED, "failed to endorse transaction", REFUSED)]
    with opened(peer, watch=watch) as ledger, pytest.raises(Rejected) as refused:
        ledger.submit(CALL, SIGNER)
    assert (refused.value.code, refused.value.detail) == ("goods.refused", "no")
    assert (peer.count("endorse"), peer.count("submit"), watch.heard) == (1, 0, ["goods.refused"])


@pytest.mark.parametrize("message", [REFUSED, "ProposalResponsePayloads do not match"])
def test_peers_that_only_lag_behind_are_asked_again(doubles, message):
    peer = doubles()
    peer.scripts["endorse"] = [Answer(ABORTED, OTHERS, message)] * 2
    with opened(peer) as ledger:
        assert ledger.submit(CALL, SIGNER).result == b"done"
    assert peer.count("endorse") == 3


@pytest.mark.parametrize(
    ("message", "code"),
    [(REFUSED, "ledger.disagreement"), ("ProposalResponsePayloads do not match", "ledger.mismatch")],
)
def test_peers_that_go_on_disagreeing_are_named(doubles, caplog, message, code):
    peer = doubles()
    peer.scripts["endorse"] = [Answer(ABORTED, OTHERS, message)] * 50
    with opened(peer) as ledger, pytest.raises(Failed) as failed:
        ledger.submit(CALL, SIGNER)
    assert failed.value.code == code
    assert "p0 (Org)" in failed.value.detail
    assert "Org at p0" in caplog.text
    assert message not in caplog.text


def test_orderers_that_elect_a_leader_are_waited_for(doubles):
    peer = doubles()
    peer.scripts["submit"] = [Answer(UNAVAILABLE, "no leader")] * 2
    with opened(peer) as ledger:
        assert ledger.submit(CALL, SIGNER).block == 5


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ([Answer(ABORTED, "BAD_REQUEST")], Failed),
        ([Answer(UNAVAILABLE, "no leader")] * 50, Unknown),
        ([Answer(UNAVAILABLE, "cut"), Answer(ABORTED, "BAD_REQUEST")], Unknown),
        ([Answer(grpc.StatusCode.DEADLINE_EXCEEDED, "slow")] * 50, Unknown),
        ([Answer(grpc.StatusCode.INTERNAL, "bug")] * 50, Unknown),
    ],
)
def test_a_submission_is_failed_only_where_nobody_can_have_taken_it(doubles, script, kind):
    peer, signed = doubles(), []
    peer.scripts["submit"] = list(script)
    with opened(peer) as ledger, pytest.raises(kind) as failed:
        ledger.submit(CALL, SIGNER, signed.append)
    assert type(failed.value) is kind
    assert failed.value.transaction_id == signed[0].id


def test_a_commit_of_which_nobody_tells_is_unknown_until_it_is_found(doubles):
    peer = doubles()
    peer.scripts["commit"] = [Answer(grpc.StatusCode.DEADLINE_EXCEEDED, "slow")]
    with opened(peer) as ledger:
        with pytest.raises(Unknown) as unknown:
            ledger.submit(CALL, SIGNER)
        assert unknown.value.transaction_id in peer.codes


def test_a_peer_that_comes_back_is_asked_again_for_the_commit(doubles):
    peer = doubles()
    peer.scripts["commit"] = [Answer(UNAVAILABLE, "restarting")]
    with opened(peer) as ledger:
        assert ledger.submit(CALL, SIGNER).block == 5


@pytest.mark.parametrize(
    ("code", "kind", "named"),
    [
        (transaction_pb2.MVCC_READ_CONFLICT, Conflict, "ledger.conflict"),
        (transaction_pb2.PHANTOM_READ_CONFLICT, Conflict, "ledger.conflict"),
        (transaction_pb2.ENDORSEMENT_POLICY_FAILURE, Failed, "ledger.endorsement_policy_failure"),
        (transaction_pb2.BAD_CREATOR_SIGNATURE, Failed, "ledger.bad_creator_signature"),
    ],
)
def test_what_peers_found_invalid_never_counts(doubles, code, kind, named):
    peer = doubles()
    kept = submittable(proposed(b"goods:put", b"{}"))
    peer.codes[kept.transaction_id] = (code, 3)
    with opened(peer) as ledger:
        with pytest.raises(kind) as failed:
            ledger.resubmit(kept.envelope)
        assert (failed.value.code, failed.value.transaction_id) == (named, kept.transaction_id)
        assert peer.count("submit") == 0


def test_an_envelope_of_another_channel_is_not_taken(doubles):
    kept = submittable(proposed(b"goods:put", b"{}", channel="gossip"))
    with opened(doubles()) as ledger, pytest.raises(Failed) as refused:
        ledger.resubmit(kept.envelope)
    assert refused.value.code == "ledger.envelope"


def test_a_peer_that_lags_is_passed_over_for_one_that_does_not(doubles):
    first, second = doubles(height=5), doubles(height=9)
    with opened(second, first) as ledger:
        assert ledger.height() == 9
    with opened(first, second) as ledger:
        ledger._saw(9)
        assert ledger.evaluate(CALL, SIGNER) == b"found"
        assert ledger.height() == 9
    assert (first.count("evaluate"), second.count("evaluate")) == (0, 1)


def test_a_refusal_of_a_peer_that_lags_is_never_heard(doubles):
    peer = doubles(height=5)
    peer.scripts["endorse"] = [Answer(ABORTED, "failed to endorse transaction", REFUSED)]
    with opened(peer) as ledger:
        ledger._saw(9)
        with pytest.raises(Failed) as lagging:
            ledger.submit(CALL, SIGNER)
    assert lagging.value.code == "ledger.unavailable"
    assert "has 5 of 9 blocks" in lagging.value.detail
    assert peer.count("endorse") == 0


def test_where_every_peer_lags_it_says_so(doubles):
    with opened(doubles(height=5)) as ledger:
        ledger._saw(9)
        with pytest.raises(Failed) as lagging:
            ledger.height()
    assert lagging.value.code == "ledger.lagging"


def test_a_peer_that_is_gone_is_passed_over_at_every_step(doubles):
    gone, there = doubles(), doubles()
    gone.close()
    with opened(gone, there) as ledger:
        assert ledger.submit(CALL, SIGNER).block == 5
        assert ledger.find("0" * 64) is None
        assert set(ledger.heights().values()) == {None, 6}


def blocks():
    return chain(*([configuration()] for _ in range(6)))


def streams(*doubles, patience=5.0):
    return BlockStreams(Peers([Peer(each.endpoint) for each in doubles]), "trade", SIGNER, patience=patience)


def test_a_block_stream_goes_on_where_it_broke_off(doubles):
    peer = doubles(blocks=blocks())
    peer.cuts = [2, 2, 4]
    assert [each.header.number for each in streams(peer).blocks(0, 5)] == list(range(6))
    assert peer.asked == [0, 2, 2, 4]


def test_a_block_stream_goes_on_at_another_peer(doubles):
    first, second = doubles(blocks=blocks()), doubles(blocks=blocks())
    first.cuts = [3]
    assert [each.header.number for each in streams(first, second).blocks(0, 5)] == list(range(6))
    assert (first.asked, second.asked) == ([0], [3])


def test_a_stream_that_leaves_a_block_out_is_refused(doubles):
    peer = doubles(blocks=[each for each in blocks() if each.header.number != 2])
    with pytest.raises(StreamError, match="block 3 where 2 follows"):
        list(streams(peer, patience=0.0).blocks(0, 5))


def test_a_block_that_nobody_has_is_an_error_after_a_while(doubles):
    with pytest.raises(StreamError, match="no peer has block"):
        list(streams(doubles(blocks=blocks()), patience=0.0).blocks(4, 9))


def test_blocks_that_do_not_follow_on_are_refused(doubles):
    broken = blocks()
    broken[3].header.previous_hash = b"x" * 32
    with opened(doubles(blocks=broken, height=6)) as ledger:
        taken = []
        with pytest.raises(Failed, match="does not follow"):
            taken.extend(iter(ledger.blocks(0)))


def test_an_event_stream_goes_on_after_the_last_event(doubles):
    peer = doubles()
    peer.events = [(1, "a", "one"), (1, "b", "two"), (2, "c", "three"), (4, "d", "four")]
    peer.cuts = ["b"]
    stream = EventStreams(Peers([Peer(peer.endpoint)]), "trade", "goods", signer=SIGNER).events(Checkpoint(0))
    found = list(itertools.islice(stream, 4))
    stream.close()
    assert [each.transaction_id for each in found] == ["a", "b", "c", "d"]
    assert peer.asked[:2] == [(0, ""), (1, "b")]
    assert found[1].checkpoint == Checkpoint(1, "b")
