"""How many messages a second go through the chaincode shim, and what they cost it: a real `python -m chaincode serve`
against a peer double that does nothing but answer.

A transaction of the first figures reads one key: TRANSACTION, GET_STATE, RESPONSE, COMPLETED. Those of `shim.write`
write one too. Both sides share this machine, so the CPU figures, of the server's process alone, are what another
machine would keep. There is no baseline: the public shim for Python stops answering with two transactions in flight.
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


def run(*, full: bool) -> Iterator[dict[str, Any]]:
    """Yield messages a second with 1 and 32 transactions in flight, and CPU time a message, transaction and event."""
    count = 20_000 if full else 3_000
    with _serving() as (process, address):
        asyncio.run(_driven(address, 1, lambda: _get("Bench"), count // 10))
        for name, in_flight, share in (("shim", 1, 3), ("shim.32", 32, 1)):
            used, began = _cpu(process), time.monotonic()
            messages = asyncio.run(_driven(address, in_flight, lambda: _get("Bench"), count // share))
            seconds, used = time.monotonic() - began, _cpu(process) - used
            yield _line(name, messages.total() / seconds, "messages/s")
            yield _line(f"{name}.cpu", 1e6 * used / messages.total(), "CPU us a message")
            yield _line(f"{name}.transaction", 1e6 * used / (count // share), "CPU us a transaction")
        yield from _chunks(process, address, 60 if full else 12)


def _chunks(process: subprocess.Popen[str], address: str, count: int) -> Iterator[dict[str, Any]]:
    """Yield what the transactions cost that record 500 events each, none of which was seen before."""
    waiting = []
    for seed in range(count):
        captured = document.read(json.dumps(make_document(seed, _EVENTS)).encode()).events
        waiting.append([b"custody:append", chunk.build(captured)[0]])
    used, began = _cpu(process), time.monotonic()
    asyncio.run(_driven(address, 4, lambda: transaction(waiting.pop(), creator="Bench"), count))
    seconds, used = time.monotonic() - began, _cpu(process) - used
    yield _line("shim.events", count * _EVENTS / seconds, "events/s")
    yield _line("shim.events.cpu", 1e6 * used / count / _EVENTS, "CPU us an event")


def _get(identifier: str) -> Message:
    asked = json.dumps({"id": identifier, "kind": "organisation"}).encode()
    return transaction([b"registry:get", asked], creator="Bench")


async def _driven(address: str, in_flight: int, make: Callable[[], Message], count: int) -> "Counter[int]":
    """Have `count` transactions run, so many at a time, and return how many messages of each type went either way."""
    seen: Counter[int] = Counter()
    options = [("grpc.max_receive_message_length", 1 << 26), ("grpc.max_send_message_length", 1 << 26)]
    async with grpc.aio.insecure_channel(address, options=options) as channel:
        await channel.channel_ready()
        stream = services.ChaincodeStub(channel).Connect()
        assert (await stream.read()).type == Message.REGISTER
        for kind in (Message.REGISTERED, Message.READY):
            await stream.write(Message(type=kind))
        left = count
        for _ in range(min(in_flight, count)):
            left -= 1
            await stream.write(make())
        done = 0
        while done < count:
            asked = await stream.read()
            seen[asked.type] += 1
            if asked.type != Message.COMPLETED:
                await stream.write(_answer(asked))
            else:
                assert b"\x08\xc8\x01" in asked.payload, asked.payload
                done += 1
                if left:
                    left -= 1
                    await stream.write(make())
        stream.cancel()
    return seen + Counter({Message.TRANSACTION: count, Message.RESPONSE: seen.total() - count})


def _answer(asked: Message) -> Message:
    value = b""
    if asked.type == Message.GET_STATE:
        value = _STATE.get(shim.GetState.FromString(asked.payload).key, b"")
    return Message(type=Message.RESPONSE, channel_id=asked.channel_id, txid=asked.txid, payload=value)


@contextmanager
def _serving() -> Iterator[tuple[subprocess.Popen[str], str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "-m", "chaincode", "serve", "--address", address, "--package-id", "bench:1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            assert '"serving"' in process.stderr.readline()
            yield process, address
        finally:
            process.terminate()


def _cpu(process: subprocess.Popen[str]) -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _line(bench: str, value: float, unit: str) -> dict[str, Any]:
    return {"bench": bench, "value": round(value, 1), "unit": unit, "baseline": None, "ratio": None}
