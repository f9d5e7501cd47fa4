"""One byte sequence spells each signed value, and nothing else does."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.domain.errors import Malformed
from provenance.ledger.embedded.envelope import Envelope, Identity, Proposal, Read, Response
from provenance.ledger.port import Write

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
versions = st.none() | st.tuples(st.integers(0, 2**40), st.integers(0, 500))
proposals = st.builds(
    Proposal,
    ledger=texts,
    name=texts,
    arguments=st.binary(min_size=32, max_size=32),
    creator=st.binary(min_size=32, max_size=32),
    nonce=st.binary(min_size=24, max_size=24),
    time=st.datetimes(timezones=st.just(UTC)),
)
responses = st.builds(
    Response,
    reads=st.lists(st.builds(Read, texts, versions), max_size=4).map(tuple),
    writes=st.lists(st.builds(Write, texts, st.binary(max_size=200)), max_size=4).map(tuple),
    result=st.binary(max_size=200),
)
envelopes = st.builds(
    Envelope,
    identity=st.builds(Identity, texts, st.binary(max_size=300)),
    **dict.fromkeys(("proposal", "arguments", "signature", "response", "endorsement"), st.binary(max_size=300)),
)


@given(proposals)
def test_a_proposal_survives_its_spelling(proposal: Proposal) -> None:
    assert Proposal.decode(proposal.encode()) == proposal


@given(responses)
def test_a_response_survives_its_spelling(response: Response) -> None:
    assert Response.decode_exactly(response.encode()) == response


@given(envelopes)
def test_an_envelope_survives_its_spelling(envelope: Envelope) -> None:
    assert Envelope.decode(envelope.encode()) == envelope


@given(envelopes, st.data())
def test_no_part_of_an_envelope_is_an_envelope(envelope: Envelope, data: st.DataObject) -> None:
    body = envelope.encode()
    with pytest.raises(Malformed):
        Envelope.decode(body[: data.draw(st.integers(0, len(body) - 1))])
    with pytest.raises(Malformed):
        Envelope.decode(body + b"\0\0\0\0")


PROPOSAL = Proposal("ledger", "a:b", bytes(32), bytes(32), bytes(24), datetime(2026, 3, 1, 9, 30, tzinfo=UTC)).encode()
RESPONSE = Response((Read("a", (1, 0)), Read("b", None)), (Write("a", b"1"),), b"done").encode()


def test_the_spelling_is_the_one_that_is_documented() -> None:
    assert PROPOSAL == (
        b'{"arguments":"%s","creator":"%s","ledger":"ledger","name":"a:b","nonce":"%s",'
        b'"schema":"proposal/1","time":"2026-03-01T09:30:00.000Z"}' % (b"0" * 64, b"0" * 64, b"0" * 48)
    )
    assert RESPONSE == (
        b'{"reads":[{"key":"a","version":[1,0]},{"key":"b","version":null}],"result":"ZG9uZQ==",'
        b'"schema":"response/1","writes":[{"key":"a","value":"MQ=="}]}'
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        PROPOSAL.replace(b":", b": "),
        PROPOSAL.replace(b"proposal/1", b"proposal/2"),
        PROPOSAL.replace(b".000Z", b"Z"),
        PROPOSAL.replace(b'"name":"a:b"', b'"name":"a:b","name":"a:b"'),
        PROPOSAL.replace(b'"ledger"', b'"extra":1,"ledger"', 1),
        PROPOSAL.replace(b'"2026-03-01T09:30:00.000Z"', b"1"),
        PROPOSAL.replace(b"2026-03-01", b"2026-02-30"),
    ],
)
def test_another_spelling_of_a_proposal_is_refused(body: bytes) -> None:
    assert body != PROPOSAL
    with pytest.raises(Malformed):
        Proposal.decode(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b'{"reads":1}',
        RESPONSE.replace(b":", b": "),
        RESPONSE.replace(b"ZG9uZQ==", b"ZG9uZQ"),
        RESPONSE.replace(b"ZG9uZQ==", b"ZG9u ZQ=="),
        RESPONSE.replace(b"MQ==", b"MR=="),
        RESPONSE.replace(b"[1,0]", b"[1,0,0]"),
        RESPONSE.replace(b"[1,0]", b'["1",0]'),
        RESPONSE.replace(b'"key":"a"', b'"key":1'),
    ],
)
def test_another_spelling_of_a_response_is_refused(body: bytes) -> None:
    assert body != RESPONSE
    with pytest.raises(Malformed):
        Response.decode_exactly(body)


def test_an_identity_is_serialised_as_fabric_does() -> None:
    identity = Identity("Org1MSP", b"x" * 300)
    assert identity.serialized() == b"\x0a\x07Org1MSP\x12\xac\x02" + b"x" * 300
    assert identity.transaction_id(b"nonce") == Identity("Org1MSP", b"x" * 300).transaction_id(b"nonce")
    assert identity.transaction_id(b"nonce") != identity.transaction_id(b"other")
