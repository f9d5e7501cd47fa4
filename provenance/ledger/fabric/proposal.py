"""Proposals: what a client asks an endorsing peer to simulate. Pure: bytes in, bytes out, no key and no network.

A proposal is made, its `digest` is signed wherever the key is, and `signed` puts the two together. Its transaction id
is the hex SHA-256 of nonce and creator, as every peer computes it.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from fabric_protos.common import common_pb2
from fabric_protos.msp import identities_pb2
from fabric_protos.peer import chaincode_pb2, proposal_pb2

from provenance.ledger.port import Signer

NONCE = 24
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Proposal:
    """An unsigned proposal as it is sent, and what is needed of it later: its id, what a transaction must repeat."""

    transaction_id: str
    channel: str
    chaincode: str
    body: bytes
    channel_header: bytes
    signature_header: bytes
    arguments: bytes
    """The serialized `ChaincodeProposalPayload` without transient data, which goes into the transaction."""

    @property
    def digest(self) -> bytes:
        """The SHA-256 digest that the creator signs."""
        return sha256(self.body).digest()

    @property
    def hash(self) -> bytes:
        """The proposal hash that endorsers sign: it covers both headers and the arguments, never transient data."""
        return sha256(self.channel_header + self.signature_header + self.arguments).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is called: a chaincode on a channel, its arguments, and data for the endorsers that enters no block."""

    channel: str
    chaincode: str
    arguments: Sequence[bytes]
    transient: Mapping[str, bytes] = field(default_factory=dict)


def identity(organisation: str, certificate: bytes) -> bytes:
    """Return a serialized identity: MSP id and certificate (PEM)."""
    return bytes(identities_pb2.SerializedIdentity(mspid=organisation, id_bytes=certificate).SerializeToString())


def identity_of(signer: Signer) -> bytes:
    """Return a signer's serialized identity."""
    return identity(signer.organisation, signer.certificate)


def build(call: Call, creator: bytes, *, nonce: bytes, time: datetime) -> Proposal:
    """Return the proposal of a serialized identity; `time` is an aware instant, kept to the microsecond."""
    transaction_id = sha256(nonce + creator).hexdigest()
    name = chaincode_pb2.ChaincodeID(name=call.chaincode)
    extension = proposal_pb2.ChaincodeHeaderExtension(chaincode_id=name)
    channel_header = header_of(
        common_pb2.ENDORSER_TRANSACTION, call.channel, time=time, transaction_id=transaction_id,
        extension=extension.SerializeToString(deterministic=True),
    )  # fmt: skip
    signature_header = common_pb2.SignatureHeader(creator=creator, nonce=nonce).SerializeToString(deterministic=True)
    header = common_pb2.Header(channel_header=channel_header, signature_header=signature_header)
    invocation = chaincode_pb2.ChaincodeInvocationSpec(
        chaincode_spec=chaincode_pb2.ChaincodeSpec(
            chaincode_id=name, input=chaincode_pb2.ChaincodeInput(args=list(call.arguments))
        )
    ).SerializeToString(deterministic=True)
    payload = proposal_pb2.ChaincodeProposalPayload(input=invocation).SerializeToString(deterministic=True)
    asked = proposal_pb2.ChaincodeProposalPayload(input=invocation, TransientMap=dict(call.transient))
    body = proposal_pb2.Proposal(
        header=header.SerializeToString(deterministic=True), payload=asked.SerializeToString(deterministic=True)
    ).SerializeToString(deterministic=True)
    return Proposal(
        transaction_id, call.channel, call.chaincode, body,
        channel_header=channel_header, signature_header=signature_header, arguments=payload,
    )  # fmt: skip


def propose(call: Call, signer: Signer, *, time: datetime) -> Proposal:
    """Return a proposal of a signer's identity under a fresh nonce."""
    return build(call, identity_of(signer), nonce=secrets.token_bytes(NONCE), time=time)


def signed(proposal: Proposal, signature: bytes) -> proposal_pb2.SignedProposal:
    """Return the proposal with its creator's signature over `digest`."""
    return proposal_pb2.SignedProposal(proposal_bytes=proposal.body, signature=signature)


def header_of(
    kind: int, channel: str, *, time: datetime, transaction_id: str = "", extension: bytes = b"", tls: bytes = b""
) -> bytes:
    """Return a serialized channel header; `tls` is the SHA-256 of the client's TLS certificate, where it has one."""
    header = common_pb2.ChannelHeader(
        type=kind, channel_id=channel, tx_id=transaction_id, extension=extension, tls_cert_hash=tls
    )
    since = time - _EPOCH
    header.timestamp.seconds = since // timedelta(seconds=1)
    header.timestamp.nanos = since % timedelta(seconds=1) // timedelta(microseconds=1) * 1000
    return bytes(header.SerializeToString(deterministic=True))
