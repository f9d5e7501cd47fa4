"""A ledger's stub over a dictionary: reads see what was committed before, never the transaction's own writes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import chaincode


@dataclass
class MemoryStub:
    creator: str
    time: datetime
    state: dict[str, bytes]
    transaction_id: str = "tx"
    direct: bool = True
    writes: dict[str, bytes] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)

    def get_states(self, keys: Sequence[str]) -> list[bytes | None]:
        self.reads += keys
        return [self.state.get(key) for key in keys]

    def put_state(self, key: str, value: bytes) -> None:
        assert value
        self.writes[key] = value


def run(state: dict[str, bytes], creator: str, name: str, arguments: bytes, *, at: datetime) -> bytes:
    """Execute a transaction and commit what it wrote."""
    stub = MemoryStub(creator, at, state)
    result = chaincode.execute(stub, name, arguments)
    state.update(stub.writes)
    return result
