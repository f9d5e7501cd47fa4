"""Captured events, appended in chunks: evidence, which is never refused for what it says.

A chunk's events are the arguments of its transaction, so that the recording organisation's signature and every
endorsement cover them. The contract checks each event's form and recomputes each id, takes the chunk whole or refuses
it whole, and writes one small value: no state is read or written per event. The same chunk again is success: it writes
the same value under the same key. What a document's header states of its events' places is an entry of the same chunk,
checked for its form and never for its truth. A custody act that carries its event leaves the same kind of value.
"""

from typing import Any

from provenance.domain import canonical
from provenance.domain.contract import Stub
from provenance.domain.epcis import chunk
from provenance.domain.errors import Refused
from provenance.domain.records import Organisation


def append(stub: Stub, arguments: bytes) -> dict[str, Any]:
    """Record a chunk of a member's events and return its Merkle root (hex) and count.

    Raises `Malformed` for an event that is not well-formed or whose id is another, `Refused`
    (`authority.not_enrolled`).
    """
    if stub.get_states([f"{Organisation.kind}:{stub.creator}"]) == [None]:
        raise Refused("authority.not_enrolled", f"{stub.creator} is not enrolled")
    return keep(stub, chunk.read(arguments))


def keep(stub: Stub, taken: chunk.Chunk) -> dict[str, Any]:
    """Write a checked chunk's one value, keyed by who recorded it and its root; return root and counts."""
    stated = {"masterData": len(taken.statements)} if taken.statements else {}
    summary = {"count": taken.count, "root": taken.root.hex(), **stated}
    stub.put_state(chunk.key(stub.creator, taken.root), canonical.dump({"schema": "chunk/1", **summary}))
    return summary
