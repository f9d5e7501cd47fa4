"""How many messages a second go through the chaincode shim, and what they cost it: a real `python -m chaincode serve`
against a peer double that does nothing but answer.

A transaction of the first figures reads one key: TRANSACTION, GET_STATE, RESPONSE, COMPLETED. Those of `shim.events`
write one too. Both sides share this machine, so the CPU figures, of the server's process alone, are what another
machine would keep.

The baseline is the public shim for Python, `fabric-chaincode-python`, with a chaincode that does less: it returns what
it read, unparsed. It is no dependency of anything here. Where the Python that runs this, or the one that
`FABRIC_CHAINCODE_PYTHON` names, has it, it is measured in the same way, as far as it gets. Tried with 2.5.4 on Python
3.11 it gets a few hundred transactions far, also with one in flight: it begins an answer before the one before it is
written (`GRPC_CALL_ERROR_TOO_MANY_OPERATIONS`), loses it, and is waited for in vain. stderr says how far it got.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from fabric_protos.peer import chaincode_shim_pb2 as shim
from fabric_protos.peer import chaincode_shim_pb2_grpc as services

from provenance.domain.epcis import chunk, document
from tests.benchmarks.event_id import make_document
from tests.chaincode.shim.proposals import transaction

Message = shim.ChaincodeMessage
_TICKS = os.sysconf("SC_CLK_TCK")
_EVENTS = 500
_MEMBER = b'{"granted":{"by":"S","effective":"2026-01-01T00:00:00.000Z","recorded":"2026-01-01T00:00:00.000Z"},'
_STATE = {
    "organisation:Bench": _MEMBER + b'"id":"Bench","name":"Bench","prefixes":[],"roles":[],"schema":"organisation/1"}'
}


_LOADS = (("shim", 1, 3), ("shim.32", 32, 1))
"""The name of a figure, how many transactions are in flight, and which share of them all is measured."""

_SILENCE = 5
"""Seconds without a message after which a server is taken to have stopped answering."""

_TRIES, _ENOUGH = 3, 100
"""How often the public shim is tried, and how many transactions make a figure."""

_SIZES = [("grpc.max_receive_message_length", 1 << 26), ("grpc.max_send_message_length", 1 << 26)]
_OURS = [sys.executable, "-m", "chaincode", "serve", "--package-id", "bench:1", "--address"]
_PUBLIC = """
import sys
from fabric_chaincode_python.fabric_shim import server
from fabric_chaincode_python.fabric_shim.interfaces import Chaincode
from fabric_chaincode_python.fabric_shim.response import success

class Reads(Chaincode):
    @staticmethod
    async def init(stub):
        return success(b"")

    @staticmethod
    async def invoke(stub):
        return success(await stub.get_state("organisation:Bench"))

server.start(Reads(), cc_id="bench:1", address=sys.argv[1])
"""


def run(*, full: bool) -> Iterator[dict[str, Any]]:
    """Yield messages a second with 1 and 32 transactions in flight, and CPU time a message, transaction and event."""
    count = 20_000 if full else 3_000
    with asyncio.Runner() as runner:
        public = _public_figures(runner, count)
        with _serving(_OURS) as (process, address):
            _measured(runner, process, address, 1, count // 10)
            for name, in_flight, share in _LOADS:
                found, baseline = _measured(runner, process, address, in_flight, count // share), public.get(name)
                assert found.done == count // share, f"{name} stopped after {found.done} transactions"
                yield _line(name, found.speed, "messages/s", baseline and baseline.speed)
                yield _line(f"{name}.cpu", found.message, "CPU us a message", baseline and baseline.message)
                each = baseline and baseline.transaction
                yield _line(f"{name}.transaction", found.transaction, "CPU us a transaction", each)
            yield from _chunks(runner, process, address, 60 if full else 12)


def _public_figures(runner: asyncio.Runner, count: int) -> dict[str, "Figures"]:
    """Return the figures of the public shim where it is there, from the best of a few runs."""
    python = os.environ.get("FABRIC_CHAINCODE_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import fabric_chaincode_python"], capture_output=True, check=False).returncode:
        sys.stderr.write("    no baseline: fabric-chaincode-python is not there (FABRIC_CHAINCODE_PYTHON)\n")
        return {}
    found: dict[str, Figures] = {}
    for name, in_flight, share in _LOADS:
        for _ in range(_TRIES):
            with _serving([python, "-c", _PUBLIC]) as (process, address):
                figures = _measured(runner, process, address, in_flight, count // share)
            found[name] = max(found.get(name, figures), figures, key=lambda each: each.done)
        reached = f"{found[name].done} of {count // share} transactions, {in_flight} in flight"
        sys.stderr.write(f"    fabric-chaincode-python at its best: {reached}\n")
    return {name: figures for name, figures in found.items() if figures.done >= _ENOUGH}


@dataclass(frozen=True, slots=True)
class Figures:
    """Messages a second, CPU microseconds a message and a transaction, and how many of these were done."""

    speed: float
    message: float
    transaction: float
    done: int


def _measured(
    runner: asyncio.Runner, process: subprocess.Popen[bytes], address: str, in_flight: int, count: int
) -> Figures:
    before, begun = _cpu(process), time.monotonic()
    seen, ended = runner.run(_driven(address, in_flight, lambda: _get("Bench"), count))
    used, done = 1e6 * (_cpu(process) - before), seen[Message.COMPLETED]
    return Figures(seen.total() / (ended - begun), used / max(1, seen.total()), used / max(1, done), done)


def _chunks(
    runner: asyncio.Runner, process: subprocess.Popen[bytes], address: str, count: int
) -> Iterator[dict[str, Any]]:
    """Yield what the transactions cost that record 500 events each, none of which was seen before."""
    waiting = []
    for seed in range(count):
        captured = document.read(json.dumps(make_document(seed, _EVENTS)).encode()).events
        waiting.append([b"custody:append", chunk.build(captured)[0]])
    used, began = _cpu(process), time.monotonic()
    seen, ended = runner.run(_driven(address, 4, lambda: transaction(waiting.pop(), creator="Bench"), count))
    assert seen[Message.COMPLETED] == count, f"the shim stopped after {seen[Message.COMPLETED]} chunks"
    seconds, used = ended - began, _cpu(process) - used
    yield _line("shim.events", count * _EVENTS / seconds, "events/s")
    yield _line("shim.events.cpu", 1e6 * used / count / _EVENTS, "CPU us an event")


def _get(identifier: str) -> Message:
    asked = json.dumps({"id": identifier, "kind": "organisation"}).encode()
    return transaction([b"registry:get", asked], creator="Bench")


async def _driven(
    address: str, in_flight: int, make: Callable[[], Message], count: int
) -> "tuple[Counter[int], float]":
    """Have `count` transactions run, so many at a time, or as many as are answered.

    Returns how many messages of each type went either way, and when the last came.
    """
    seen: Counter[int] = Counter()
    async with grpc.aio.insecure_channel(address, options=_SIZES) as channel:
        await channel.channel_ready()
        stream = services.ChaincodeStub(channel).Connect()
        assert (await stream.read()).type == Message.REGISTER
        for kind in (Message.REGISTERED, Message.READY):
            await stream.write(Message(type=kind))
        for _ in range(min(in_flight, count)):
            await stream.write(make())
        begun, ended = min(in_flight, count), time.monotonic()
        while seen[Message.COMPLETED] < count:
            try:
                asked = await asyncio.wait_for(stream.read(), _SILENCE)
            except TimeoutError:
                break
            ended = time.monotonic()
            seen[asked.type] += 1
            if asked.type != Message.COMPLETED:
                await stream.write(_answer(asked))
                continue
            assert b"\x08\xc8\x01" in asked.payload, asked.payload
            if begun < count:
                begun += 1
                await stream.write(make())
        stream.cancel()
    asked_for = seen.total() - seen[Message.COMPLETED]
    return seen + Counter({Message.TRANSACTION: seen[Message.COMPLETED], Message.RESPONSE: asked_for}), ended


def _answer(asked: Message) -> Message:
    value = b""
    if asked.type == Message.GET_STATE:
        value = _STATE.get(shim.GetState.FromString(asked.payload).key, b"")
    return Message(type=Message.RESPONSE, channel_id=asked.channel_id, txid=asked.txid, payload=value)


@contextmanager
def _serving(command: list[str]) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run a chaincode server whose last argument is its address; what it logs is dropped."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    with subprocess.Popen([*command, address], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        try:
            yield process, address
        finally:
            process.kill()


def _cpu(process: subprocess.Popen[bytes]) -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _line(bench: str, value: float, unit: str, baseline: float | None = None) -> dict[str, Any]:
    """Return one line of figures; of CPU time less is better, and the ratio says how many times."""
    ratio = None
    if baseline is not None:
        ratio = round(baseline / value if unit.startswith("CPU") else value / baseline, 2)
        baseline = round(baseline, 1)
    return {"bench": bench, "value": round(value, 1), "unit": unit, "baseline": baseline, "ratio": ratio}
