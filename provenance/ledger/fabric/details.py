"""Reading what peers and orderers say about a failure: pure, from the bytes and texts of a gRPC answer.

The one place that knows how a peer wraps a contract's own words, `chaincode response 500, {"code":...,"detail":...}`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import grpc
import orjson
from fabric_protos.gateway import gateway_pb2
from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError, Message

from provenance.ledger.fabric.errors import PeerError

MISMATCH = "ProposalResponsePayloads do not match"
"""What the gateway says of a peer whose simulation gave something else than the first peer's."""

_TRAILER = "grpc-status-details-bin"
_LONGEST = 64 * 1024
_RESPONSE = re.compile(r"chaincode response (\d{3}), ", re.ASCII)
_CODE = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+", re.ASCII)


@dataclass(frozen=True, slots=True)
class ContractError:
    """What a contract answered instead of a result: its stable dotted code and a sentence."""

    code: str
    detail: str


def peer_errors(error: grpc.RpcError) -> tuple[PeerError, ...]:
    """Return what each peer or orderer answered, as the gateway lists it in the trailing metadata of its answer."""
    trailers: Iterable[tuple[str, str | bytes]] = error.trailing_metadata() if isinstance(error, grpc.Call) else ()
    for name, value in trailers or ():
        if name == _TRAILER and isinstance(value, bytes):
            return tuple(in_status(value))
    return ()


def in_status(body: bytes) -> Iterator[PeerError]:
    """Yield the peers' answers in a serialized `google.rpc.Status`; what cannot be read is left out."""
    status: Any = _Status()
    try:
        status.ParseFromString(body)
    except DecodeError:
        return
    for each in status.details:
        detail = gateway_pb2.ErrorDetail()
        if each.type_url.rpartition("/")[2] != detail.DESCRIPTOR.full_name:
            continue
        try:
            detail.ParseFromString(each.value)
        except DecodeError:
            continue
        yield PeerError(detail.address, detail.msp_id, detail.message)


def contract_error(message: str) -> ContractError | None:
    """Return the contract's own answer in a peer's message, or None where the message is not a contract's."""
    found = _RESPONSE.search(message)
    return None if found is None else answered(message[found.end() :])


def answered(text: str) -> ContractError | None:
    """Return what a contract's message spells, `{"code","detail"}`, or None where it is anything else."""
    if len(text) > _LONGEST:
        return None
    try:
        content = orjson.loads(text)
    except ValueError:
        return None
    if not isinstance(content, dict):
        return None
    code, detail = content.get("code"), content.get("detail")
    if not isinstance(code, str) or not isinstance(detail, str) or _CODE.fullmatch(code) is None:
        return None
    return ContractError(code, detail)


def _status() -> type[Message]:
    """Return `google.rpc.Status`, declared here: it is one message of three fields, and a library of its own."""
    file = descriptor_pb2.FileDescriptorProto(
        name="provenance/status.proto", package="provenance", syntax="proto3", dependency=[any_pb2.DESCRIPTOR.name]
    )
    declared = file.message_type.add(name="Status")
    kinds = descriptor_pb2.FieldDescriptorProto
    declared.field.add(name="code", number=1, type=kinds.TYPE_INT32, label=kinds.LABEL_OPTIONAL)
    declared.field.add(name="message", number=2, type=kinds.TYPE_STRING, label=kinds.LABEL_OPTIONAL)
    details = declared.field.add(name="details", number=3, type=kinds.TYPE_MESSAGE, label=kinds.LABEL_REPEATED)
    details.type_name = ".google.protobuf.Any"
    pool: Any = descriptor_pool.DescriptorPool()
    for known in (any_pb2.DESCRIPTOR.serialized_pb, file.SerializeToString()):
        pool.AddSerializedFile(known)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("provenance.Status"))


_Status = _status()
