"""A writer killed in mid-load has lost nothing that it acknowledged, and what it leaves verifies."""

import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from multiprocessing.connection import Connection

import pytest
from ledger_contract import ask
from ledger_scene import Opening

from provenance.ledger.embedded.verify import verify
from provenance.ledger.port import Conflict, Signed


def write_for_ever(opening: Opening, acknowledged: Connection) -> None:
    """Submit from several threads, and tell each acknowledged id before the next."""
    ledger, signer = opening()
    mutex = threading.Lock()

    def tell(kind: str, content: object) -> None:
        with mutex:
            acknowledged.send((kind, content))

    def work(name: int) -> None:
        for count in range(1_000_000):
            try:
                tell("signed", None)
                receipt = ledger.submit(
                    ask("increment", key="shared" if count % 3 else f"own-{name}"),
                    signer,
                    lambda signed: tell("envelope", (signed.id, signed.envelope)),
                )
                tell("done", receipt.transaction_id)
            except Conflict:
                continue

    for name in range(4):
        threading.Thread(target=work, args=(name,), daemon=True).start()
    time.sleep(600)


@pytest.mark.parametrize("seconds", [0.05, 0.23, 0.5])
def test_a_killed_writer_leaves_every_acknowledged_transaction_exactly_once(opening: Opening, seconds: float) -> None:
    context = multiprocessing.get_context("spawn")
    listening, telling = context.Pipe(duplex=False)
    process = context.Process(target=write_for_ever, args=(opening, telling))
    process.start()
    telling.close()
    told: list[tuple[str, object]] = []
    while ("done",) not in {entry[:1] for entry in told}:
        assert listening.poll(60)
        told.append(listening.recv())
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if listening.poll(0.01):
            told.append(listening.recv())
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    told += drain(listening)

    done = [content for kind, content in told if kind == "done"]
    envelopes = dict(content for kind, content in told if kind == "envelope")
    assert verify(opening.folder).ok
    ledger, _ = opening()
    recorded = Counter(entry.id for block in ledger.blocks(1) for entry in block.transactions)
    assert set(recorded.values()) <= {1}
    assert all(ledger.find(id_) is not None for id_ in done)
    for id_ in envelopes.keys() - recorded.keys():
        try:
            assert ledger.resubmit(envelopes[id_]).transaction_id == id_
        except Conflict:
            assert ledger.find(id_) is None
    ledger.close()
    assert verify(opening.folder).ok


def drain(listening: Connection) -> list[tuple[str, object]]:
    """Return what was sent before the writer died; the last message may be torn."""
    told = []
    try:
        while True:
            told.append(listening.recv())
    except (EOFError, OSError):
        return told


def test_ordering_is_not_repeated_when_the_answer_was_lost(opening: Opening) -> None:
    ledger, signer = opening()
    kept: list[Signed] = []
    receipt = ledger.submit(ask("increment", key="n"), signer, kept.append)
    ledger.close()
    again, _ = opening()
    assert again.resubmit(kept[0].envelope) == receipt
    assert again.height() == 2
    again.close()
