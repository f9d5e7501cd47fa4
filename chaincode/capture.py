"""Captured events, appended in chunks: evidence, which is never refused for what it says.

A chunk's events are the arguments of its transaction, so that the recording organisation's signature and every
endorsement cover them. The contract checks each event's form and recomputes each id, takes the chunk whole or refuses
it whole, and writes one small value: no state is read or written per event. A chunk counts only as the transaction
that was signed, never called from another contract. The same chunk again is success: it writes the same value under
the same key.
"""

from typing import Any

from provenance.domain import canonical
from provenance.domain.contract import Stub
from provenance.domain.epcis import chunk
from provenance.domain.errors import Refused
from provenance.domain.records import Organisation


def append(stub: Stub, arguments: bytes) -> dict[str, Any]:
    """Record a chunk of events and return its Merkle root (hex) and count.

    Raises `Malformed` for an event that is not well-formed or whose id is another, `Refused` (`custody.indirect`,
    `authority.not_enrolled`).
    """
    if not stub.direct:
        raise Refused(
            "custody.indirect", "a chunk is recorded by the transaction that was signed, not by another contract"
        )
    if stub.get_states([f"{Organisation.kind}:{stub.creator}"]) == [None]:
        raise Refused("authority.not_enrolled", f"{stub.creator} is not enrolled")
    taken = chunk.read(arguments)
    root = taken.root.hex()
    entry = {"schema": "chunk/1", "count": len(taken.entries), "root": root}
    stub.put_state(f"chunk:{stub.creator}:{root}", canonical.dump(entry))
    return {"count": len(taken.entries), "root": root}
