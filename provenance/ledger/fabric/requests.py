"""The requests of the Gateway and Deliver services as messages: pure builders, signed by whoever holds the key."""

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256

from fabric_protos.common import common_pb2
from fabric_protos.gateway import gateway_pb2
from fabric_protos.orderer import ab_pb2
from fabric_protos.peer import proposal_pb2

from provenance.ledger.fabric.envelope import Submittable
from provenance.ledger.fabric.proposal import Proposal, header_of

Sign = Callable[[bytes], bytes]
"""From a SHA-256 digest to a DER signature (ECDSA P-256, low-S)."""


def evaluate(
    proposal: Proposal, signed: proposal_pb2.SignedProposal, *, organisations: Sequence[str] = ()
) -> gateway_pb2.EvaluateRequest:
    """Ask for a simulation for its result alone, on a peer of one of the organisations if any are named."""
    return gateway_pb2.EvaluateRequest(
        transaction_id=proposal.transaction_id,
        channel_id=proposal.channel,
        proposed_transaction=signed,
        target_organizations=list(organisations),
    )


def endorse(
    proposal: Proposal, signed: proposal_pb2.SignedProposal, *, organisations: Sequence[str] = ()
) -> gateway_pb2.EndorseRequest:
    """Ask for endorsements that satisfy the policy, or those of exactly the organisations that are named."""
    return gateway_pb2.EndorseRequest(
        transaction_id=proposal.transaction_id,
        channel_id=proposal.channel,
        proposed_transaction=signed,
        endorsing_organizations=list(organisations),
    )


def submit(transaction: Submittable) -> gateway_pb2.SubmitRequest:
    """Ask for a signed transaction to be ordered."""
    return gateway_pb2.SubmitRequest(
        transaction_id=transaction.transaction_id,
        channel_id=transaction.channel,
        prepared_transaction=common_pb2.Envelope.FromString(transaction.envelope),
    )


def commit_status(channel: str, transaction_id: str, *, identity: bytes) -> bytes:
    """Return the request, to be signed, for what became of a transaction."""
    asked = gateway_pb2.CommitStatusRequest(channel_id=channel, transaction_id=transaction_id, identity=identity)
    return bytes(asked.SerializeToString())


def signed_commit_status(request: bytes, signature: bytes) -> gateway_pb2.SignedCommitStatusRequest:
    """Return the request with the signature over its SHA-256."""
    return gateway_pb2.SignedCommitStatusRequest(request=request, signature=signature)


def chaincode_events(
    channel: str, chaincode: str, *, identity: bytes, start: int | None = None, after: str | None = None
) -> bytes:
    """Return the request, to be signed, for the events of a chaincode.

    From block `start` on (what comes next where it is None), and of that block only what is after the transaction
    `after`.
    """
    asked = gateway_pb2.ChaincodeEventsRequest(channel_id=channel, chaincode_id=chaincode, identity=identity)
    asked.start_position.CopyFrom(_next() if start is None else _block(start))
    if after is not None:
        asked.after_transaction_id = after
    return bytes(asked.SerializeToString())


def signed_chaincode_events(request: bytes, signature: bytes) -> gateway_pb2.SignedChaincodeEventsRequest:
    """Return the request with the signature over its SHA-256."""
    return gateway_pb2.SignedChaincodeEventsRequest(request=request, signature=signature)


def seek(
    channel: str, creator: bytes, sign: Sign, *, start: int, stop: int | None, time: datetime, nonce: bytes,
    tls: bytes = b"",
) -> common_pb2.Envelope:  # fmt: skip
    """Return the signed request for blocks `start` to `stop`, or for all that come where `stop` is None.

    With a `stop` what is not there is answered at once, without one it is waited for. `tls` is the SHA-256 of the
    client's TLS certificate, where it shows one.
    """
    waits = ab_pb2.SeekInfo.BLOCK_UNTIL_READY if stop is None else ab_pb2.SeekInfo.FAIL_IF_NOT_READY
    wanted = ab_pb2.SeekInfo(start=_block(start), stop=_block(_LAST if stop is None else stop), behavior=waits)
    header = common_pb2.Header(
        channel_header=header_of(common_pb2.DELIVER_SEEK_INFO, channel, time=time, tls=tls),
        signature_header=common_pb2.SignatureHeader(creator=creator, nonce=nonce).SerializeToString(),
    )
    payload = common_pb2.Payload(header=header, data=wanted.SerializeToString()).SerializeToString()
    return common_pb2.Envelope(payload=payload, signature=sign(sha256(payload).digest()))


_LAST = 2**64 - 1


def _block(number: int) -> ab_pb2.SeekPosition:
    return ab_pb2.SeekPosition(specified=ab_pb2.SeekSpecified(number=number))


def _next() -> ab_pb2.SeekPosition:
    return ab_pb2.SeekPosition(next_commit=ab_pb2.SeekNextCommit())
