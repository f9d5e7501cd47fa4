"""Signed proposals as a client makes them, and the TRANSACTION messages that a peer makes of them."""

import secrets
from datetime import UTC, datetime
from hashlib import sha256

from fabric_protos.common import common_pb2 as common
from fabric_protos.msp import identities_pb2 as identities
from fabric_protos.peer import chaincode_pb2 as chaincode
from fabric_protos.peer import chaincode_shim_pb2 as shim
from fabric_protos.peer import proposal_pb2 as proposals

CHANNEL = "provenance"
NAME = "provenance"


def transaction(
    arguments,
    *,
    creator="Steward",
    certificate=b"",
    at=None,
    chaincode_name=NAME,
    signed=None,
    signed_channel=CHANNEL,
    transaction_id=None,
    channel=CHANNEL,
):
    """Return a TRANSACTION message; `signed` are the arguments in the proposal where they differ."""
    nonce = secrets.token_bytes(24)
    identity = identities.SerializedIdentity(mspid=creator, id_bytes=certificate).SerializeToString()
    identifier = transaction_id or sha256(nonce + identity).hexdigest()
    header = common.ChannelHeader(type=common.ENDORSER_TRANSACTION, channel_id=signed_channel, tx_id=identifier)
    header.timestamp.FromDatetime(at or datetime.now(UTC))
    spec = chaincode.ChaincodeSpec(chaincode_id=chaincode.ChaincodeID(name=chaincode_name))
    spec.input.args.extend(arguments if signed is None else signed)
    called = chaincode.ChaincodeInvocationSpec(chaincode_spec=spec)
    proposal = proposals.Proposal(
        header=common.Header(
            channel_header=header.SerializeToString(),
            signature_header=common.SignatureHeader(creator=identity, nonce=nonce).SerializeToString(),
        ).SerializeToString(),
        payload=proposals.ChaincodeProposalPayload(input=called.SerializeToString()).SerializeToString(),
    )
    return shim.ChaincodeMessage(
        type=shim.ChaincodeMessage.TRANSACTION,
        channel_id=channel,
        txid=identifier,
        payload=chaincode.ChaincodeInput(args=arguments).SerializeToString(),
        proposal=proposals.SignedProposal(
            proposal_bytes=proposal.SerializeToString(), signature=b"checked by the peer"
        ),
    )
