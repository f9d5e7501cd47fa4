"""Fabric's blocks as the port's: checked, and read down to what our chaincode did. Pure.

A block counts only if its header's data hash is that of its envelopes, every envelope is spelled in the one way that an
envelope is (concatenated under one hash they could be divided otherwise, CVE-2023-46132), and there is a validation
code for each. Transactions of other chaincodes, and configurations, leave no trace but the block itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from fabric_protos.common import common_pb2
from fabric_protos.ledger.rwset import rwset_pb2
from fabric_protos.ledger.rwset.kvrwset import kv_rwset_pb2
from fabric_protos.msp import identities_pb2
from fabric_protos.peer import chaincode_pb2, proposal_pb2, proposal_response_pb2, transaction_pb2
from google.protobuf.message import DecodeError

from provenance.domain.deflate import inflated
from provenance.domain.errors import Malformed
from provenance.ledger.port import Block, Committed, Failed, Validity, Write

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CONFLICTS = (transaction_pb2.MVCC_READ_CONFLICT, transaction_pb2.PHANTOM_READ_CONFLICT)
_CALL = 2


@dataclass(frozen=True, slots=True)
class Source:
    """Whose transactions count: those of one chaincode on one channel."""

    channel: str
    chaincode: str


def read(block: common_pb2.Block, source: Source) -> Block:
    """Return a block with the transactions of one chaincode; raises `Failed` (`ledger.block`) where it is not sound."""
    envelopes = list(block.data.data)
    header = block.header
    if sha256(b"".join(envelopes)).digest() != header.data_hash:
        raise _unsound(header.number, "its data hash is not that of its transactions")
    codes = _codes(block)
    if len(codes) != len(envelopes):
        raise _unsound(header.number, f"it has {len(envelopes)} transactions and {len(codes)} validation codes")
    try:
        taken = [_committed(body, code, source) for body, code in zip(_sound(block), codes, strict=True)]
    except DecodeError as error:
        raise _unsound(header.number, f"a transaction cannot be read: {error}") from None
    found = tuple(each for each in taken if each is not None)
    return Block(header.number, header_hash(header), bytes(header.previous_hash), found)


def header_hash(header: common_pb2.BlockHeader) -> bytes:
    """Return the SHA-256 of a header in DER: a sequence of its number, previous hash and data hash."""
    body = _integer(header.number) + _octets(header.previous_hash) + _octets(header.data_hash)
    return sha256(_der(_SEQUENCE, body)).digest()


def verdict(code: int) -> Validity:
    """Return what a peer's validation code means."""
    if code == transaction_pb2.VALID:
        return Validity.VALID
    return Validity.CONFLICT if code in _CONFLICTS else Validity.INVALID


def _sound(block: common_pb2.Block) -> Iterator[common_pb2.Envelope]:
    """Yield the envelopes of a block; raises `Failed` where one is not spelled as it would be written again."""
    for number, body in enumerate(block.data.data):
        envelope = common_pb2.Envelope.FromString(body)
        again = common_pb2.Envelope(payload=envelope.payload, signature=envelope.signature)
        if not envelope.payload or again.SerializeToString() != body:
            raise _unsound(block.header.number, f"transaction {number} is not spelled as an envelope is")
        yield envelope


def _codes(block: common_pb2.Block) -> bytes:
    kept = block.metadata.metadata
    place = common_pb2.TRANSACTIONS_FILTER
    found = bytes(kept[place]) if len(kept) > place else b""
    if not found and block.header.number == 0:
        return bytes(len(block.data.data))  # the genesis block is nobody's to validate
    return found


def _committed(envelope: common_pb2.Envelope, code: int, source: Source) -> Committed | None:
    """Return a transaction of the source, or None for any other envelope."""
    payload = common_pb2.Payload.FromString(envelope.payload)
    channel = common_pb2.ChannelHeader.FromString(payload.header.channel_header)
    if channel.type != common_pb2.ENDORSER_TRANSACTION or channel.channel_id != source.channel:
        return None
    actions = transaction_pb2.Transaction.FromString(payload.data).actions
    if len(actions) != 1:
        return None
    body = transaction_pb2.ChaincodeActionPayload.FromString(actions[0].payload)
    asked = _arguments(body.chaincode_proposal_payload, source.chaincode)
    if asked is None:
        return None
    name, arguments = asked
    signed = common_pb2.SignatureHeader.FromString(payload.header.signature_header)
    creator = identities_pb2.SerializedIdentity.FromString(signed.creator)
    return Committed(
        id=channel.tx_id,
        name=name,
        arguments=arguments,
        creator=creator.mspid,
        certificate=bytes(creator.id_bytes),
        time=_instant(channel),
        writes=tuple(_writes(body.action.proposal_response_payload, source.chaincode)),
        validity=verdict(code),
    )


def _arguments(payload: bytes, chaincode: str) -> tuple[str, bytes] | None:
    """Return a call's name and arguments, or None where another chaincode is called, or this one in another form."""
    spec = proposal_pb2.ChaincodeProposalPayload.FromString(payload).input
    called = chaincode_pb2.ChaincodeInvocationSpec.FromString(spec).chaincode_spec
    arguments = called.input.args
    if called.chaincode_id.name != chaincode or len(arguments) != _CALL:
        return None
    return arguments[0].decode(errors="replace"), _inflated(arguments[1])


def _inflated(sent: bytes) -> bytes:
    """Return the arguments to read; what cannot be inflated stays as it is, and is refused by whoever reads it."""
    try:
        return inflated(sent)
    except Malformed:
        return sent


def _writes(response: bytes, chaincode: str) -> Iterator[Write]:
    """Yield what the transaction wrote under the chaincode's own name; a deletion writes nothing."""
    extension = proposal_response_pb2.ProposalResponsePayload.FromString(response).extension
    action = proposal_pb2.ChaincodeAction.FromString(extension)
    if action.chaincode_id.name != chaincode:
        return
    for space in rwset_pb2.TxReadWriteSet.FromString(action.results).ns_rwset:
        if space.namespace == chaincode:
            for write in kv_rwset_pb2.KVRWSet.FromString(space.rwset).writes:
                if not write.is_delete:
                    yield Write(write.key, bytes(write.value))


def _instant(channel: common_pb2.ChannelHeader) -> datetime:
    """Return the creator's claim of the time; one that no calendar has is taken as the epoch."""
    try:
        return _EPOCH + timedelta(seconds=channel.timestamp.seconds, microseconds=channel.timestamp.nanos // 1000)
    except OverflowError:
        return _EPOCH


def _unsound(number: int, reason: str) -> Failed:
    return Failed("ledger.block", f"block {number} is not sound: {reason}; ask another peer for it")


_SEQUENCE, _INTEGER, _OCTETS, _LONG = 0x30, 0x02, 0x04, 0x80


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < _LONG:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, _LONG | len(length)]) + length + content


def _integer(number: int) -> bytes:
    return _der(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _octets(content: bytes) -> bytes:
    return _der(_OCTETS, content)
