"""Records as ledger state: one canonical JSON value a record, with its schema's tag, under `<kind>:<id>`.

Keys are exact and conflict-free: one per thing. A value that does not carry its kind's tag stops the transaction,
since guessing at it would let a newer schema be overwritten by an older contract. Nothing here lists, ranges or looks
at history.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import orjson

from provenance.domain import canonical, codec
from provenance.domain.contract import Stub
from provenance.domain.errors import Refused
from provenance.domain.records import Record

R = TypeVar("R", bound=Record)

MOST_BYTES = 512 * 1024
"""How large one value may be; what acts accept stays well below it."""

SCHEMA = "1"


class State:
    """The `Records` of one transaction over its stub: reads are of the committed state, never of own writes."""

    def __init__(self, stub: Stub) -> None:
        self._stub = stub

    def get(self, kind: type[R], identifier: str) -> R | None:
        """Return the record, or None where there is none."""
        return self.get_many(kind, (identifier,))[0]

    def get_many(self, kind: type[R], identifiers: Sequence[str]) -> list[R | None]:
        """Return the records in the order of their ids, None where there is none; one call to the peer."""
        values = self._stub.get_states([key(kind, identifier) for identifier in identifiers]) if identifiers else []
        return [None if value is None else read(kind, value) for value in values]

    def put(self, record: Record) -> None:
        """Write the record in the place of the one with its kind and id; raises `Refused` (`state.size`)."""
        value = write(record)
        if len(value) > MOST_BYTES:
            raise Refused("state.size", f"{record.kind} {record.id} takes {len(value)} bytes of at most {MOST_BYTES}")
        self._stub.put_state(key(type(record), record.id), value)


def key(kind: type[Record], identifier: str) -> str:
    """Return the state key of a record."""
    return f"{kind.kind}:{identifier}"


def write(record: Record) -> bytes:
    """Return a record's value: canonical JSON with the tag `<kind>/1`."""
    return canonical.dump({"schema": f"{record.kind}/{SCHEMA}", **codec.encode(record)})


def read(kind: type[R], value: bytes) -> R:
    """Return the record that a value spells; raises `Refused` (`state.schema`) for another schema's."""
    content: dict[str, Any] = orjson.loads(value)
    schema = content.pop("schema", None)
    if schema != f"{kind.kind}/{SCHEMA}":
        raise Refused("state.schema", f"a value of schema {schema!r} stands where {kind.kind}/{SCHEMA} is understood")
    return codec.decode(kind, content)
