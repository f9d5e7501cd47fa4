"""What is asked of a peer, as generators: each yields requests, is sent the answers' payloads, and returns a result.

A generator knows neither transaction nor stream: whoever drives it adds channel and transaction id. A peer takes one
request of a transaction at a time (a second one before the answer is dropped without a word), so that a request is
yielded only after the answer to the one before. Where a peer announces batches many keys fit into one message; where
it does not, each key costs a round trip. Other requests (ranges, private data, key-level endorsement) would be further
generators here and nothing else.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, TypeVar

from fabric_protos.peer import chaincode_pb2 as chaincode
from fabric_protos.peer import chaincode_shim_pb2 as shim
from google.protobuf.message import DecodeError

from chaincode.shim.errors import PeerError

T = TypeVar("T")
Message: TypeAlias = shim.ChaincodeMessage
Type = Message.Type


class Request(NamedTuple):
    """A message's type and payload."""

    type: int
    payload: bytes


Exchange = Generator[Request, bytes, T]


@dataclass(frozen=True, slots=True)
class Batches:
    """How many keys the peer takes in one message; 1 where it announced no batches."""

    reads: int = 1
    writes: int = 1


def announced(payload: bytes) -> Batches:
    """Return the batches that READY's payload announces; older peers send none, and single messages always work."""
    try:
        found = chaincode.ChaincodeAdditionalParams.FromString(payload)
    except DecodeError:
        return Batches()
    return Batches(
        reads=max(1, found.max_size_get_multiple_keys) if found.use_get_multiple_keys else 1,
        writes=max(1, found.max_size_write_batch) if found.use_write_batch else 1,
    )


def reads(keys: Sequence[str], batches: Batches) -> Exchange[list[bytes | None]]:
    """Ask for the committed values of keys and return them in their order, None where there is none."""
    values: list[bytes | None] = []
    for start in range(0, len(keys), batches.reads):
        part = keys[start : start + batches.reads]
        if len(part) == 1:
            values.append((yield Request(Type.GET_STATE, shim.GetState(key=part[0]).SerializeToString())) or None)
            continue
        payload = yield Request(Type.GET_STATE_MULTIPLE, shim.GetStateMultiple(keys=part).SerializeToString())
        found = _multiple(payload)
        if len(found) != len(part):
            raise PeerError(f"the peer answered {len(found)} values for {len(part)} keys")
        values += [value or None for value in found]
    return values


def writes(values: Mapping[str, bytes], batches: Batches) -> Exchange[None]:
    """Have values written, sorted by key, so that every endorser sends the same."""
    items = sorted(values.items())
    for start in range(0, len(items), batches.writes):
        part = items[start : start + batches.writes]
        if len(part) == 1:
            key, value = part[0]
            yield Request(Type.PUT_STATE, shim.PutState(key=key, value=value).SerializeToString())
            continue
        records = [shim.WriteRecord(key=key, value=value, type=shim.WriteRecord.PUT_STATE) for key, value in part]
        yield Request(Type.WRITE_BATCH_STATE, shim.WriteBatchState(rec=records).SerializeToString())


def _multiple(payload: bytes) -> Sequence[bytes]:
    try:
        values: Sequence[bytes] = shim.GetStateMultipleResult.FromString(payload).values
    except DecodeError:
        raise PeerError("the peer's answer to many keys cannot be read") from None
    return values
