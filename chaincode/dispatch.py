"""From a transaction's name to what does it.

A transaction counts only as it was signed: called from another contract, its arguments would be that contract's and
not its creator's, and whoever replays the ledger would not see it.
"""

from dataclasses import dataclass
from typing import Any

from chaincode import capture
from chaincode.state import State
from provenance.domain import canonical, codec
from provenance.domain.acts import Call, perform
from provenance.domain.acts.custody import CARRIES_EVENT, carried
from provenance.domain.contract import Stub
from provenance.domain.errors import Malformed, Refused
from provenance.domain.records import RECORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Get:
    """Which record is asked for."""

    kind: str
    id: str


def execute(stub: Stub, name: str, arguments: bytes) -> bytes:
    """Run the transaction or query `name` (`contract:verb`) and return its result as canonical JSON.

    Raises `DomainError` where it is refused (`contract.unknown`, `contract.indirect` and what the transaction itself
    refuses); nothing may be committed then.
    """
    if name == "registry:get":
        return canonical.dump(get(stub, arguments))
    if not stub.direct:
        raise Refused("contract.indirect", "a transaction counts only as it was signed, not called by another contract")
    return canonical.dump(transact(stub, name, arguments))


def transact(stub: Stub, name: str, arguments: bytes) -> dict[str, Any]:
    """Do the transaction and return its result: a chunk's root and count, or the kind and id of an act's record."""
    if name == "custody:append":
        return capture.append(stub, arguments)
    result = perform(State(stub), Call(stub.creator, stub.time, stub.transaction_id), name, arguments)
    if name in CARRIES_EVENT:
        capture.keep(stub, carried(canonical.parse(arguments)["events"]))
    return result


def get(stub: Stub, arguments: bytes) -> dict[str, Any] | None:
    """Return a record as JSON values, or None where there is none; raises `Malformed` (`record.kind`)."""
    asked = codec.decode(Get, canonical.parse(arguments))
    if asked.kind not in RECORDS:
        raise Malformed("record.kind", f"there is no kind of record {asked.kind[:40]!r}", "/kind")
    record = State(stub).get(RECORDS[asked.kind], asked.id)
    return None if record is None else codec.encode(record)
