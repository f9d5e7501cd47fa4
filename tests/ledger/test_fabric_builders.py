"""What a Fabric client sends, byte by byte, and that it signs nothing but what it asked for."""

from datetime import timedelta
from hashlib import sha256

import pytest
from cryptography import x509
from fabric_pieces import NONCE, NOON, SIGNER, assembled, endorsed, proposed, response_of, signer, submittable
from fabric_protos.common import common_pb2
from fabric_protos.gateway import gateway_pb2
from fabric_protos.msp import identities_pb2
from fabric_protos.orderer import ab_pb2
from fabric_protos.peer import chaincode_pb2, proposal_pb2
from hypothesis import given
from hypothesis import strategies as st

from provenance.domain.errors import Malformed
from provenance.ledger.fabric import envelope, requests
from provenance.ledger.fabric.proposal import Call, build, identity, identity_of, propose, signed
from provenance.ledger.identity import genuine

CALL = Call(channel="trade", chaincode="goods", arguments=[b"goods:put", b'{"a":1}'])


def test_a_proposal_is_these_very_bytes():
    made = build(CALL, identity("Acme", b"certificate"), nonce=NONCE, time=NOON)
    assert made.transaction_id == sha256(NONCE + b"\x0a\x04Acme\x12\x0bcertificate").hexdigest()
    assert made.channel_header == (
        b"\x08\x03\x1a\x06\x08\xc0\xd4\x90\xcd\x06\x22\x05trade\x2a\x40" + made.transaction_id.encode()
        + b"\x3a\x09\x12\x07\x12\x05goods"
    )  # fmt: skip
    assert made.signature_header == b"\x0a\x13\x0a\x04Acme\x12\x0bcertificate\x12\x18" + NONCE
    assert made.arguments == b"\x0a\x21\x0a\x1f\x12\x07\x12\x05goods\x1a\x14\x0a\x09goods:put\x0a\x07" + b'{"a":1}'
    head = made.channel_header, made.signature_header
    header = b"\x0a" + bytes([len(head[0])]) + head[0] + b"\x12" + bytes([len(head[1])]) + head[1]
    size = len(header)
    assert made.body == (
        b"\x0a"
        + bytes([size & 0x7F | 0x80, size >> 7])
        + header
        + b"\x12"
        + bytes([len(made.arguments)])
        + made.arguments
    )
    assert made.hash == sha256(head[0] + head[1] + made.arguments).digest()


@given(
    st.lists(st.binary(max_size=40), max_size=4),
    st.dictionaries(st.text(max_size=8), st.binary(max_size=20), max_size=3),
)
def test_what_is_proposed_is_read_back(arguments, transient):
    made = proposed(*arguments, transient=transient.items())
    proposal = proposal_pb2.Proposal.FromString(made.body)
    payload = proposal_pb2.ChaincodeProposalPayload.FromString(proposal.payload)
    spec = chaincode_pb2.ChaincodeInvocationSpec.FromString(payload.input).chaincode_spec
    assert (list(spec.input.args), dict(payload.TransientMap)) == (arguments, transient)
    assert proposal_pb2.ChaincodeProposalPayload.FromString(made.arguments).TransientMap == {}


def test_every_proposal_has_an_id_of_its_own():
    ids = {propose(CALL, SIGNER, time=NOON).transaction_id for _ in range(50)}
    assert len(ids) == 50


def test_times_are_kept_to_the_microsecond():
    made = build(CALL, b"somebody", nonce=NONCE, time=NOON + timedelta(microseconds=123_456))
    stamp = common_pb2.ChannelHeader.FromString(made.channel_header).timestamp
    assert (stamp.seconds, stamp.nanos) == (int(NOON.timestamp()), 123_456_000)


def test_the_signature_is_over_the_digest_of_what_is_sent():
    made = proposed(b"goods:put", b"{}")
    sent = signed(made, SIGNER.sign(made.digest))
    key = x509.load_pem_x509_certificate(SIGNER.certificate).public_key()
    assert genuine(key, sent.signature, sha256(sent.proposal_bytes).digest())


def test_a_prepared_transaction_that_is_the_proposal_is_signed():
    made = proposed(b"goods:put", b"{}")
    prepared = envelope.prepared(made, endorsed(made, result=b"said"))
    assert (prepared.transaction_id, prepared.channel, prepared.result) == (made.transaction_id, "trade", b"said")
    kept = envelope.sign(prepared, SIGNER.sign(prepared.digest))
    assert envelope.read(kept.envelope) == kept


OTHER = proposed(b"goods:put", b'{"somebody":"else"}', nonce=bytes(24))


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"arguments": OTHER.arguments}, "arguments"),
        ({"channel_header": OTHER.channel_header}, "headers"),
        ({"signature_header": OTHER.signature_header}, "headers"),
        ({"creator": OTHER.signature_header}, "creator"),
    ],
)
def test_a_gateway_that_puts_in_something_else_gets_no_signature(changed, named):
    made = proposed(b"goods:put", b"{}")
    forged = assembled(made, response_of(endorsed(made)), **changed)
    with pytest.raises(Malformed, match=named):
        envelope.prepared(made, forged)


def test_endorsements_of_another_proposal_get_no_signature():
    made = proposed(b"goods:put", b"{}")
    with pytest.raises(Malformed, match="another proposal"):
        envelope.prepared(made, endorsed(made, proposal_hash=OTHER.hash))


def test_what_is_no_transaction_gets_no_signature():
    for payload in (b"", b"\xff", common_pb2.Payload(data=b"\xff").SerializeToString()):
        with pytest.raises(Malformed):
            envelope.prepared(OTHER, common_pb2.Envelope(payload=payload))


KEPT = submittable(proposed(b"goods:put", b'{"value": "1"}'))


@given(st.integers(0, len(KEPT.envelope) - 1), st.integers(1, 255))
def test_an_envelope_with_any_byte_changed_is_refused(place, change):
    changed = bytearray(KEPT.envelope)
    changed[place] ^= change
    with pytest.raises(Malformed):
        envelope.read(bytes(changed))


@given(st.binary(min_size=1, max_size=30))
def test_an_envelope_with_anything_behind_it_is_refused(more):
    with pytest.raises(Malformed):
        envelope.read(KEPT.envelope + more)


@given(st.binary(max_size=200))
def test_what_is_no_envelope_is_refused(body):
    with pytest.raises(Malformed):
        envelope.read(body)


def test_an_envelope_that_somebody_else_signed_is_refused():
    raw = common_pb2.Envelope.FromString(KEPT.envelope)
    raw.signature = signer().sign(sha256(raw.payload).digest())
    with pytest.raises(Malformed, match="signed"):
        envelope.read(raw.SerializeToString())


def test_the_gateways_requests_carry_what_was_built():
    made = proposed(b"goods:put", b"{}")
    sent = signed(made, b"signature")
    asked = requests.endorse(made, sent, organisations=["North", "South"])
    assert (asked.transaction_id, asked.channel_id) == (made.transaction_id, "trade")
    assert list(asked.endorsing_organizations) == ["North", "South"]
    queried = requests.evaluate(made, sent, organisations=["North"])
    assert (queried.proposed_transaction, list(queried.target_organizations)) == (sent, ["North"])
    submitted = requests.submit(KEPT)
    assert (submitted.transaction_id, submitted.prepared_transaction.SerializeToString()) == (
        KEPT.transaction_id,
        KEPT.envelope,
    )


def test_a_commit_status_is_asked_for_in_somebodys_name():
    request = requests.commit_status("trade", "an-id", identity=identity_of(SIGNER))
    asked = gateway_pb2.CommitStatusRequest.FromString(request)
    assert (asked.channel_id, asked.transaction_id) == ("trade", "an-id")
    assert identities_pb2.SerializedIdentity.FromString(asked.identity).mspid == "Acme"
    assert requests.signed_commit_status(request, b"s").request == request


def test_events_are_asked_for_from_a_place():
    request = requests.chaincode_events("trade", "goods", identity=b"me", start=7, after="an-id")
    asked = gateway_pb2.ChaincodeEventsRequest.FromString(request)
    assert (asked.start_position.specified.number, asked.after_transaction_id) == (7, "an-id")
    following = gateway_pb2.ChaincodeEventsRequest.FromString(
        requests.chaincode_events("trade", "goods", identity=b"me")
    )
    assert following.start_position.WhichOneof("Type") == "next_commit"


@pytest.mark.parametrize(
    ("stop", "behaviour", "last"),
    [(9, ab_pb2.SeekInfo.FAIL_IF_NOT_READY, 9), (None, ab_pb2.SeekInfo.BLOCK_UNTIL_READY, 2**64 - 1)],
)
def test_blocks_are_sought_with_a_signature(stop, behaviour, last):
    asked = requests.seek(
        "trade", identity_of(SIGNER), SIGNER.sign, start=4, stop=stop, time=NOON, nonce=NONCE, tls=b"t" * 32
    )
    payload = common_pb2.Payload.FromString(asked.payload)
    header = common_pb2.ChannelHeader.FromString(payload.header.channel_header)
    wanted = ab_pb2.SeekInfo.FromString(payload.data)
    assert (header.type, header.channel_id, header.tls_cert_hash) == (common_pb2.DELIVER_SEEK_INFO, "trade", b"t" * 32)
    assert (wanted.start.specified.number, wanted.stop.specified.number, wanted.behavior) == (4, last, behaviour)
    key = x509.load_pem_x509_certificate(SIGNER.certificate).public_key()
    assert genuine(key, asked.signature, sha256(asked.payload).digest())
