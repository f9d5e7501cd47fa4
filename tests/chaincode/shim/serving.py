"""A chaincode server of this process, in a thread of its own, with whatever handler a test gives it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from chaincode.shim.running import Chaincode, Clock
from chaincode.shim.server import Server, ServerSettings
from provenance.domain.errors import Refused

NAME = "provenance"
PACKAGE = "provenance_1:abc"


def act(stub):
    """A contract for tests: its first argument says what it does, the others with what."""
    name, *rest = [each.decode() for each in stub.arguments]
    return _ACTS[name](stub, *rest)


def _read(stub, *keys):
    return b",".join(value or b"-" for value in stub.get_states(keys))


def _write(stub, *pairs):
    for key, value in zip(pairs[::2], pairs[1::2], strict=True):
        stub.put_state(key, value.encode())
    return b"written"


def _copy(stub, source, target):
    """Read, write, and read again: the second read must not see the write."""
    (value,) = stub.get_states([source])
    stub.put_state(target, value or b"nothing")
    return stub.get_states([target])[0] or b"-"


def _refuse(stub, code):
    stub.put_state("never", b"written")
    raise Refused(code, "it is not allowed")


def _break(stub, secret):
    raise ValueError(secret)


def _event(stub, name, payload):
    stub.set_event(name, payload.encode())
    return b""


def _who(stub):
    return f"{stub.creator} {stub.direct} {stub.channel} {stub.transaction_id}".encode()


def _spin(stub, rounds):
    total = 0
    for number in range(int(rounds)):
        total += number
    return str(total).encode()


_ACTS = {
    "read": _read,
    "write": _write,
    "copy": _copy,
    "refuse": _refuse,
    "break": _break,
    "event": _event,
    "who": _who,
    "spin": _spin,
}


def chaincode(handler=act, *, tolerance=300.0, now=lambda: datetime.now(UTC)):
    return Chaincode(
        NAME, handler, Clock(now, timedelta(seconds=tolerance)), frozenset(name.encode() for name in _ACTS)
    )


@contextmanager
def serving(handler=act, **chosen) -> Iterator[str]:
    """Serve until the block ends; gives the address."""
    settings = ServerSettings(**{"address": "127.0.0.1:0", "package_id": PACKAGE, **chosen})
    server = Server(settings, handler if isinstance(handler, Chaincode) else chaincode(handler))
    address, loops = [], []
    started = threading.Event()

    async def main():
        stopped = asyncio.Event()
        loops.append((asyncio.get_running_loop(), stopped))
        await server.serve(stopped, started=lambda port: (address.append(f"127.0.0.1:{port}"), started.set()))

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    try:
        assert started.wait(20), "the server did not start"
        yield address[0]
    finally:
        loop, stopped = loops[0]
        loop.call_soon_threadsafe(stopped.set)
        thread.join(20)
        assert not thread.is_alive()
