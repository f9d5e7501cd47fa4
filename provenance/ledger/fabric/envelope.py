"""Transactions on their way to the orderers: checked against what was proposed, signed, and read back. Pure.

A gateway peer puts endorsements together into a transaction that the client signs, and the peer may be somebody
else's. Nothing is signed here but the very headers and arguments that were proposed, and an envelope that comes back
from storage is read strictly: one byte sequence spells it, and its creator's signature holds.
"""

from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from fabric_protos.common import common_pb2
from fabric_protos.msp import identities_pb2
from fabric_protos.peer import proposal_pb2, proposal_response_pb2, transaction_pb2
from google.protobuf.message import DecodeError, Message

from provenance.domain.errors import Malformed
from provenance.ledger.fabric.proposal import Proposal
from provenance.ledger.identity import genuine
from provenance.ledger.keyfiles import IdentityError, public_key

FORM = "envelope.form"


@dataclass(frozen=True, slots=True)
class Prepared:
    """An endorsed transaction that its creator has not signed yet, and the result that the endorsers agreed on."""

    transaction_id: str
    channel: str
    payload: bytes
    result: bytes

    @property
    def digest(self) -> bytes:
        """The SHA-256 digest that the creator signs."""
        return sha256(self.payload).digest()


@dataclass(frozen=True, slots=True)
class Submittable:
    """A signed transaction that can be submitted, by anyone who has it and as often as they like: it counts once."""

    transaction_id: str
    channel: str
    envelope: bytes
    result: bytes


def prepared(proposal: Proposal, transaction: common_pb2.Envelope) -> Prepared:
    """Return the transaction that a gateway put together, if it is the one that was proposed.

    Raises `Malformed` (`envelope.form`) where its headers or arguments are others, or endorsers signed another
    proposal: whoever signed that would sign what the gateway wants.
    """
    payload = _parsed(common_pb2.Payload(), transaction.payload)
    header, action = payload.header, _action(payload.data)
    if (header.channel_header, header.signature_header) != (proposal.channel_header, proposal.signature_header):
        raise Malformed(FORM, "the gateway returned a transaction with other headers than were proposed")
    if action.header != proposal.signature_header:
        raise Malformed(FORM, "the gateway returned a transaction of another creator")
    body = _parsed(transaction_pb2.ChaincodeActionPayload(), action.payload)
    if body.chaincode_proposal_payload != proposal.arguments:
        raise Malformed(FORM, "the gateway returned a transaction with other arguments than were proposed")
    response = _parsed(proposal_response_pb2.ProposalResponsePayload(), body.action.proposal_response_payload)
    if response.proposal_hash != proposal.hash:
        raise Malformed(FORM, "the endorsements are of another proposal")
    done = _parsed(proposal_pb2.ChaincodeAction(), response.extension)
    return Prepared(proposal.transaction_id, proposal.channel, bytes(transaction.payload), bytes(done.response.payload))


def sign(transaction: Prepared, signature: bytes) -> Submittable:
    """Return the transaction with its creator's signature over `digest`."""
    envelope = common_pb2.Envelope(payload=transaction.payload, signature=signature).SerializeToString()
    return Submittable(transaction.transaction_id, transaction.channel, bytes(envelope), transaction.result)


def read(body: bytes) -> Submittable:
    """Return a signed transaction that was kept; raises `Malformed` (`envelope.form`) where it is not whole.

    Its creator's signature is checked: what was changed since it was signed is not sent.
    """
    envelope = _parsed(common_pb2.Envelope(), body)
    if common_pb2.Envelope(payload=envelope.payload, signature=envelope.signature).SerializeToString() != body:
        raise Malformed(FORM, "the envelope is not spelled as an envelope is")
    payload = _parsed(common_pb2.Payload(), envelope.payload)
    channel = _parsed(common_pb2.ChannelHeader(), payload.header.channel_header)
    signature = _parsed(common_pb2.SignatureHeader(), payload.header.signature_header)
    _require_signed(signature.creator, envelope)
    if channel.tx_id != sha256(signature.nonce + signature.creator).hexdigest():
        raise Malformed(FORM, "the transaction's id is not that of its creator and nonce")
    return Submittable(channel.tx_id, channel.channel_id, body, result_of(payload.data))


def result_of(transaction: bytes) -> bytes:
    """Return what the contract returned in a serialized `Transaction`; raises `Malformed` (`envelope.form`)."""
    body = _parsed(transaction_pb2.ChaincodeActionPayload(), _action(transaction).payload)
    response = _parsed(proposal_response_pb2.ProposalResponsePayload(), body.action.proposal_response_payload)
    return bytes(_parsed(proposal_pb2.ChaincodeAction(), response.extension).response.payload)


def _require_signed(creator: bytes, envelope: common_pb2.Envelope) -> None:
    identity = _parsed(identities_pb2.SerializedIdentity(), creator)
    try:
        key = public_key(x509.load_pem_x509_certificate(identity.id_bytes))
    except (ValueError, IdentityError, UnsupportedAlgorithm):
        raise Malformed(FORM, "the envelope's creator has no certificate that can be used") from None
    if not genuine(key, envelope.signature, sha256(envelope.payload).digest()):
        raise Malformed(FORM, "the envelope is not as its creator signed it")


def _action(transaction: bytes) -> transaction_pb2.TransactionAction:
    actions = _parsed(transaction_pb2.Transaction(), transaction).actions
    if len(actions) != 1:
        raise Malformed(FORM, f"a transaction has one action, this has {len(actions)}")
    return actions[0]


def _parsed(message: Message, body: bytes) -> "common_pb2.Message":
    try:
        message.ParseFromString(body)
    except DecodeError:
        raise Malformed(FORM, f"not a {message.DESCRIPTOR.full_name}") from None
    return message
