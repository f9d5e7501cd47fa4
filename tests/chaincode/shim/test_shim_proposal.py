"""What is read out of a signed proposal: who, when, what for, whether directly; attributes of certificates."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fabric_protos.peer import proposal_pb2 as proposals

from chaincode.shim.errors import NotAccepted
from chaincode.shim.proposal import ATTRIBUTES, attributes, invocation
from tests.chaincode.shim.proposals import NAME, transaction

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
CALL = [b"registry:get", b"{}"]


def test_an_invocation_says_who_calls_what_when():
    found = invocation(transaction(CALL, creator="Brand", certificate=b"pem", at=NOON, transaction_id="abc"))
    assert (found.creator, found.certificate, found.time) == ("Brand", b"pem", NOON)
    assert (found.arguments, found.transaction_id, found.channel) == (tuple(CALL), "abc", "provenance")
    assert found.calls(NAME)


@pytest.mark.parametrize(
    "differently",
    [
        {"chaincode_name": "another"},
        {"signed": [b"registry:get", b"{ }"]},
        {"signed": [b"registry:get"]},
        {"signed": [b"registry:get", b"{}", b""]},
        {"signed_channel": "another"},
    ],
)
def test_a_call_that_was_not_signed_as_it_comes_is_not_direct(differently):
    assert not invocation(transaction(CALL, **differently)).calls(NAME)


def test_a_call_of_another_transaction_is_not_direct():
    message = transaction(CALL)
    message.txid = "another"
    assert not invocation(message).calls(NAME)


@pytest.mark.parametrize("body", [b"", b"\xff", proposals.Proposal(header=b"\xff").SerializeToString()])
def test_a_proposal_that_cannot_be_read_is_refused(body):
    message = transaction(CALL)
    message.proposal.proposal_bytes = body
    with pytest.raises(NotAccepted) as refusal:
        invocation(message)
    assert refusal.value.code == "chaincode.proposal"


def certificate(extension=None):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "somebody (fictitious)")])
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), 7)
        .not_valid_before(NOON)
        .not_valid_after(NOON + timedelta(days=1))
    )
    if extension is not None:
        builder = builder.add_extension(x509.UnrecognizedExtension(ATTRIBUTES, extension), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def test_attributes_of_a_certificate():
    assert attributes(certificate(json.dumps({"attrs": {"role": "clerk", "number": 3}}).encode())) == {"role": "clerk"}


@pytest.mark.parametrize("extension", [None, b"", b"\xff", b"[]", b"{}", b'{"attrs":[]}', b'{"attrs":', b"3"])
def test_a_certificate_without_readable_attributes_has_none(extension):
    assert attributes(certificate(extension)) == {}


@pytest.mark.parametrize(
    "pem", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_what_is_no_certificate_has_no_attributes(pem):
    assert attributes(pem) == {}
