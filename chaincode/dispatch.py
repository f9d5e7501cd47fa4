"""From a transaction's name to what does it."""

from dataclasses import dataclass
from typing import Any

from chaincode import capture
from chaincode.state import State
from provenance.domain import canonical, codec
from provenance.domain.acts import Call, perform
from provenance.domain.contract import Stub
from provenance.domain.errors import Malformed
from provenance.domain.records import RECORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Get:
    """Which record is asked for."""

    kind: str
    id: str


def execute(stub: Stub, name: str, arguments: bytes) -> bytes:
    """Run the transaction or query `name` (`contract:verb`) and return its result as canonical JSON.

    Raises `DomainError` where it is refused; nothing may be committed then.
    """
    return canonical.dump(_run(stub, name, arguments))


def _run(stub: Stub, name: str, arguments: bytes) -> dict[str, Any] | None:
    if name == "custody:append":
        return capture.append(stub, arguments)
    if name == "registry:get":
        return get(stub, arguments)
    return perform(State(stub), Call(stub.creator, stub.time, stub.transaction_id), name, arguments)


def get(stub: Stub, arguments: bytes) -> dict[str, Any] | None:
    """Return a record as JSON values, or None where there is none; raises `Malformed` (`record.kind`)."""
    asked = codec.decode(Get, canonical.parse(arguments))
    if asked.kind not in RECORDS:
        raise Malformed("record.kind", f"there is no kind of record {asked.kind[:40]!r}", "/kind")
    record = State(stub).get(RECORDS[asked.kind], asked.id)
    return None if record is None else codec.encode(record)
