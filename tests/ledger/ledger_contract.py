"""A small contract that exercises what a ledger must do, and nothing of the product."""

import json

from provenance.domain.contract import Stub
from provenance.domain.errors import Refused
from provenance.domain.instant import format_instant
from provenance.ledger.port import Transaction


def ask(verb: str, **arguments: str) -> Transaction:
    """Return a transaction or query of this contract."""
    return Transaction(f"test:{verb}", json.dumps(arguments).encode())


def execute(stub: Stub, name: str, arguments: bytes) -> bytes:
    """Run one of the verbs below."""
    verb = VERBS.get(name)
    if verb is None:
        raise Refused("test.unknown", f"no transaction {name}")
    return verb(stub, **json.loads(arguments))


def put(stub: Stub, *, key: str, value: str) -> bytes:
    stub.put_state(key, value.encode())
    return b"put"


def get(stub: Stub, *, key: str) -> bytes:
    return stub.get_states([key])[0] or b""


def increment(stub: Stub, *, key: str) -> bytes:
    (before,) = stub.get_states([key])
    after = str(int(before or b"0") + 1).encode()
    stub.put_state(key, after)
    return after


def copy(stub: Stub, *, source: str, target: str) -> bytes:
    (value,) = stub.get_states([source])
    if value is not None:
        stub.put_state(target, value)
    return value or b""


def put_and_get(stub: Stub, *, key: str, value: str) -> bytes:
    stub.put_state(key, value.encode())
    return stub.get_states([key])[0] or b"nothing"


def refuse(stub: Stub, *, key: str) -> bytes:
    stub.put_state(key, b"written before the refusal")
    raise Refused("test.refused", "this is always refused")


def break_down(stub: Stub, *, key: str) -> bytes:
    stub.put_state(key, b"written before the bug")
    return str(1 // len(stub.get_states([]))).encode()


def store(stub: Stub, *, body: str) -> bytes:
    stub.put_state(f"stored:{stub.transaction_id}", str(len(body)).encode())
    return b"stored"


def describe(stub: Stub) -> bytes:
    return json.dumps([stub.creator, stub.transaction_id, format_instant(stub.time), stub.direct]).encode()


VERBS = {
    f"test:{verb.__name__}": verb
    for verb in (put, get, increment, copy, put_and_get, refuse, break_down, store, describe)
}
