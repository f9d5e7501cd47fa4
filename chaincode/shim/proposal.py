"""What a client signed, read out of a TRANSACTION message.

The peer has checked the client's signature and that the transaction id belongs to the proposal; nothing of that is
repeated here. What a peer does not check is whether the message is the proposal's own call: where one chaincode calls
another, the message has the inner arguments and the proposal the outer ones.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier
from fabric_protos.common import common_pb2 as common
from fabric_protos.msp import identities_pb2 as identities
from fabric_protos.peer import chaincode_pb2 as chaincode
from fabric_protos.peer import chaincode_shim_pb2 as shim
from fabric_protos.peer import proposal_pb2 as proposals
from google.protobuf.message import DecodeError

from chaincode.shim.errors import NotAccepted

ATTRIBUTES: Final = ObjectIdentifier("1.2.3.4.5.6.7.8.1")
"""The extension in which Fabric's certificate authority writes attributes, as JSON {"attrs": {name: value}}."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NANOS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call as its contract may know it."""

    channel: str
    transaction_id: str
    arguments: tuple[bytes, ...]
    creator: str
    certificate: bytes
    time: datetime
    chaincode: str
    signed: bool
    """Whether the arguments, channel and transaction id are those that the creator signed."""

    def calls(self, name: str) -> bool:
        """Return whether the signed proposal itself calls the chaincode `name` with these arguments."""
        return self.signed and self.chaincode == name


def invocation(message: shim.ChaincodeMessage) -> Invocation:
    """Return what a TRANSACTION message asks for.

    Raises `NotAccepted` (`chaincode.proposal`) where it holds no proposal that can be read, or one without a time.
    """
    try:
        return _read(message)
    except (DecodeError, ValueError, OverflowError) as error:
        raise NotAccepted("chaincode.proposal", f"the proposal cannot be read: {type(error).__name__}") from None


def attributes(certificate: bytes) -> Mapping[str, str]:
    """Return the attributes in a certificate (PEM), nothing where it has none or they cannot be read.

    An organisation's own authority may write anything there, so that they can narrow and never grant.
    """
    try:
        extension = x509.load_pem_x509_certificate(certificate).extensions.get_extension_for_oid(ATTRIBUTES)
        return _named(json.loads(_value(extension.value)))
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension):
        return {}


def _read(message: shim.ChaincodeMessage) -> Invocation:
    proposal = proposals.Proposal.FromString(message.proposal.proposal_bytes)
    header = common.Header.FromString(proposal.header)
    channel = common.ChannelHeader.FromString(header.channel_header)
    creator = identities.SerializedIdentity.FromString(
        common.SignatureHeader.FromString(header.signature_header).creator
    )
    if not creator.mspid:
        raise ValueError("a proposal without a creator")
    called = _signed_input(proposal.payload)
    arguments = tuple(chaincode.ChaincodeInput.FromString(message.payload).args)
    return Invocation(
        channel=message.channel_id,
        transaction_id=message.txid,
        arguments=arguments,
        creator=creator.mspid,
        certificate=creator.id_bytes,
        time=_instant(channel.timestamp.seconds, channel.timestamp.nanos),
        chaincode=called.chaincode_id.name,
        signed=tuple(called.input.args) == arguments
        and (channel.channel_id, channel.tx_id) == (message.channel_id, message.txid),
    )


def _instant(seconds: int, nanos: int) -> datetime:
    if not 0 <= nanos < _NANOS:
        raise ValueError("nanoseconds beyond a second")
    return _EPOCH + timedelta(seconds=seconds, microseconds=nanos // 1000)


def _signed_input(payload: bytes) -> chaincode.ChaincodeSpec:
    signed = proposals.ChaincodeProposalPayload.FromString(payload)
    return chaincode.ChaincodeInvocationSpec.FromString(signed.input).chaincode_spec


def _value(extension: x509.ExtensionType) -> bytes:
    return extension.value if isinstance(extension, x509.UnrecognizedExtension) else b"{}"


def _named(content: Any) -> Mapping[str, str]:
    found = content.get("attrs") if isinstance(content, dict) else None
    if not isinstance(found, dict):
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str)}
