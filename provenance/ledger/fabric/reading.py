"""Endorsed reads: a proposal simulated by one chosen peer, whose signed answer says what it read and found.

Unlike an evaluation, which only has a result, this can be kept and shown: the peer's signature covers the proposal, the
read set with the versions of the keys, and the result. Nothing is sent to the orderers.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import grpc
from fabric_protos.peer import proposal_pb2, proposal_response_pb2

from provenance.ledger.fabric import proposal
from provenance.ledger.fabric.errors import EvaluateError, PeerError
from provenance.ledger.fabric.peers import Endpoint, Peer, message_of, status_of
from provenance.ledger.fabric.proposal import Call
from provenance.ledger.port import Signer

SECONDS = 20.0
_SUCCESS = range(200, 400)


@dataclass(frozen=True, slots=True)
class EndorsedRead:
    """What one peer answered: the signed proposal, and the peer's signed response, both serialized."""

    peer: Endpoint
    proposal: bytes
    response: bytes
    result: bytes


def read(peer: Peer, call: Call, signer: Signer, *, within: float = SECONDS) -> EndorsedRead:
    """Return a peer's endorsed answer to a call; raises `EvaluateError`."""
    asked = proposal.propose(call, signer, time=datetime.now(UTC))
    signed = proposal.signed(asked, signer.sign(asked.digest))
    try:
        answer = peer.endorser.ProcessProposal(signed, timeout=within)
    except grpc.RpcError as error:
        raise EvaluateError(message_of(error), transaction_id=asked.transaction_id, status=status_of(error)) from error
    if answer.response.status not in _SUCCESS:
        said = f"chaincode response {answer.response.status}, {answer.response.message}"
        where = peer.endpoint
        raise EvaluateError(
            "the peer refused the read",
            transaction_id=asked.transaction_id,
            peers=[PeerError(where.address, where.organisation, said)],
        )
    return EndorsedRead(peer.endpoint, signed.SerializeToString(), answer.SerializeToString(), _result(answer))


def _result(answer: proposal_response_pb2.ProposalResponse) -> bytes:
    signed = proposal_response_pb2.ProposalResponsePayload.FromString(answer.payload)
    done = proposal_pb2.ChaincodeAction.FromString(signed.extension)
    return bytes(done.response.payload or answer.response.payload)
