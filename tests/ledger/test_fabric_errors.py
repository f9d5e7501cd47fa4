"""What peers' answers come to: one reading of the contract's words, and rejected, failed and unknown kept apart."""

import grpc
import pytest
from fabric_protos.gateway import gateway_pb2
from fabric_protos.peer import transaction_pb2
from google.protobuf import any_pb2
from hypothesis import given
from hypothesis import strategies as st

from provenance.ledger.fabric import details, outcomes
from provenance.ledger.fabric.details import ContractError, answered, contract_error, in_status
from provenance.ledger.fabric.errors import EndorseError, EvaluateError, GatewayError, PeerError, SubmitError
from provenance.ledger.port import Conflict, Failed, Rejected, Unknown

REFUSED = 'chaincode response 500, {"code":"authority.steward","detail":"Acme is no steward"}'
BROKEN = 'chaincode response 500, {"code":"chaincode.failed","detail":"the contract broke"}'


def status(*messages):
    """Return a serialized `google.rpc.Status`, written out: code 10, a message, and the details."""
    body = b"\x08\x0a\x12\x02no"
    for message in messages:
        packed = any_pb2.Any()
        packed.Pack(message)
        content = packed.SerializeToString()
        body += b"\x1a" + _length(len(content)) + content
    return body


def _length(size):
    return bytes([size]) if size < 128 else bytes([size & 0x7F | 0x80, size >> 7])


def test_every_peer_that_answered_is_told():
    first = gateway_pb2.ErrorDetail(address="north:7051", msp_id="North", message=REFUSED)
    second = gateway_pb2.ErrorDetail(address="south:7051", msp_id="South", message="gone")
    found = tuple(in_status(status(first, second)))
    assert found == (PeerError("north:7051", "North", REFUSED), PeerError("south:7051", "South", "gone"))
    assert str(EndorseError("nobody endorsed", peers=found)) == (
        f"nobody endorsed; north:7051 (North): {REFUSED}; south:7051 (South): gone"
    )


def test_details_of_another_kind_are_left_out():
    other = gateway_pb2.EndorseRequest(transaction_id="x")
    assert tuple(in_status(status(other, gateway_pb2.ErrorDetail(address="a")))) == (PeerError("a", "", ""),)


@given(st.binary(max_size=60))
def test_whatever_stands_in_the_trailer_is_read_or_left(body):
    assert all(isinstance(each, PeerError) for each in in_status(body))


def test_an_error_without_a_call_has_no_details():
    assert details.peer_errors(grpc.RpcError()) == ()


@pytest.mark.parametrize("around", ["{}", "chaincode response 500, {}", "the peer said: chaincode response 400, {}"])
def test_a_contracts_words_are_found_behind_the_peers(around):
    text = '{"code":"authority.steward","detail":"Acme is no steward"}'
    found = contract_error(around.format(text)) if "response" in around else answered(around.format(text))
    assert found == ContractError("authority.steward", "Acme is no steward")


@pytest.mark.parametrize(
    "text",
    [
        "", "no", "{", "[]", "null", '"code"', "{}", '{"code":"a.b"}', '{"detail":"d"}', '{"code":1,"detail":"d"}',
        '{"code":"a.b","detail":1}', '{"code":"no dot","detail":"d"}', '{"code":"A.B","detail":"d"}',
        '{"code":"a.","detail":"d"}', '{"code":"a.b\\n","detail":"d"}',
        '{"code":"a.b","detail":"' + "d" * 70_000 + '"}',
    ],
)  # fmt: skip
def test_what_is_no_contracts_answer_is_not_taken_for_one(text):
    assert answered(text) is None
    assert contract_error(f"chaincode response 500, {text}") is None


def test_a_message_of_the_peer_itself_is_no_contracts_answer():
    assert contract_error('error: {"code":"authority.steward","detail":"forged"}') is None


def unendorsed(message, *peers, code=grpc.StatusCode.ABORTED):
    told = [PeerError(f"p{number}", "Org", each) for number, each in enumerate(peers)]
    found = outcomes.unendorsed(EndorseError(message, transaction_id="t", status=code, peers=told))
    assert found.error.transaction_id == "t"
    return type(found.error), found.error.code, found.again


FIRST = "failed to endorse transaction, see attached details for more info"
OTHERS = "failed to collect enough transaction endorsements, see attached details for more info"


@pytest.mark.parametrize(
    ("message", "peers", "status_code", "expected"),
    [
        (FIRST, [REFUSED], grpc.StatusCode.ABORTED, (Rejected, "authority.steward", False)),
        (FIRST, ["gone", REFUSED], grpc.StatusCode.ABORTED, (Rejected, "authority.steward", False)),
        (FIRST, [BROKEN], grpc.StatusCode.ABORTED, (Failed, "chaincode.failed", False)),
        (FIRST, ["chaincode stream terminated"], grpc.StatusCode.ABORTED, (Failed, "ledger.endorse", False)),
        (FIRST, ["access denied"], grpc.StatusCode.ABORTED, (Failed, "ledger.endorse", False)),
        (OTHERS, [REFUSED], grpc.StatusCode.ABORTED, (Failed, "ledger.disagreement", True)),
        (OTHERS, [details.MISMATCH], grpc.StatusCode.ABORTED, (Failed, "ledger.mismatch", True)),
        (OTHERS, [REFUSED, details.MISMATCH], grpc.StatusCode.ABORTED, (Failed, "ledger.mismatch", True)),
        (OTHERS, ["connection refused"], grpc.StatusCode.ABORTED, (Failed, "ledger.endorse", False)),
        ("no peers", [], grpc.StatusCode.UNAVAILABLE, (Failed, "ledger.unavailable", False)),
        ("too slow", [], grpc.StatusCode.DEADLINE_EXCEEDED, (Failed, "ledger.unavailable", False)),
        ("policy", [], grpc.StatusCode.FAILED_PRECONDITION, (Failed, "ledger.endorse", False)),
    ],
)
def test_a_refusal_is_final_only_where_the_first_peer_gave_it(message, peers, status_code, expected):
    assert unendorsed(message, *peers, code=status_code) == expected


def test_a_refused_query_is_rejected_and_a_lost_one_failed():
    refused = outcomes.unevaluated(EvaluateError(f"evaluate call to endorser returned error: {REFUSED}"))
    assert (type(refused), refused.code) == (Rejected, "authority.steward")
    lost = outcomes.unevaluated(EvaluateError("gone", status=grpc.StatusCode.UNAVAILABLE))
    assert (type(lost), lost.code) == (Failed, "ledger.unavailable")


@pytest.mark.parametrize("code", list(grpc.StatusCode))
def test_only_an_orderers_refusal_is_certain(code):
    found = outcomes.unsubmitted(SubmitError("no", transaction_id="t", status=code))
    certain = {
        "ABORTED",
        "FAILED_PRECONDITION",
        "INVALID_ARGUMENT",
        "PERMISSION_DENIED",
        "UNAUTHENTICATED",
        "UNIMPLEMENTED",
    }
    assert type(found) is (Failed if code.name in certain else Unknown)


def test_a_transaction_of_which_nobody_tells_is_unknown():
    assert type(outcomes.uncertain(GatewayError("deadline", transaction_id="t"))) is Unknown


@pytest.mark.parametrize("code", sorted(transaction_pb2.TxValidationCode.values()))
def test_every_validation_code_has_its_meaning(code):
    found = outcomes.invalid("t", code, outcomes.name_of(code))
    conflict = code in (transaction_pb2.MVCC_READ_CONFLICT, transaction_pb2.PHANTOM_READ_CONFLICT)
    assert (type(found), found.code == "ledger.conflict") == (Conflict if conflict else Failed, conflict)
    assert found.code.startswith("ledger.")


def test_a_code_of_a_later_fabric_is_named_by_its_number():
    assert outcomes.invalid("t", 200, outcomes.name_of(200)).code == "ledger.code_200"
