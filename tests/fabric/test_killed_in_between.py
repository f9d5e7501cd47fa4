"""A process that records documents is killed between signing, submission and answer: each is on the ledger, once.

Whoever does the jobs again finds what was signed for them in the outbox, and signs nothing anew.
"""

import os
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from faults import ORGANISATION, document, settings

from provenance import bootstrap
from provenance.domain.epcis import chunk
from provenance.ledger.port import Validity
from provenance.operations import Operations

SMALL, LARGE = 3, 40

WORKER = """
import os, signal, sys, threading
from pathlib import Path
from provenance import bootstrap
from provenance.settings import Settings

gateway = bootstrap.open_gateway(Path(sys.argv[1]), Settings(connection_profile=sys.argv[2]))

def die_after(function):
    def step(*arguments, **named):
        function(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)
    return step

ledger = gateway.ledger
if sys.argv[3] == "signed":
    gateway.operations.outbox.post = die_after(gateway.operations.outbox.post)
elif sys.argv[3] == "submitted":
    ledger._gateway.submit = die_after(ledger._gateway.submit)
else:
    ledger._committed = die_after(ledger._committed)
gateway.runner().run(threading.Event())
"""


@pytest.fixture
def served(network, gateway, tmp_path):
    """A gateway of its own on the network, whose ledger the other one's fixture has founded."""
    with closing(bootstrap.open_gateway(tmp_path / "home", settings(network))) as opened:
        yield opened


def minutes_later(gateway):
    """Open the gateway's operations store at a time when the leases of the dead have ended."""
    url = gateway.operations.engine.url.render_as_string(hide_password=False)
    clock = lambda: datetime.now(UTC) + timedelta(minutes=5)  # noqa: E731
    return Operations(url, spool=gateway.home / "spool", clock=clock)


@pytest.mark.parametrize("events", [SMALL, LARGE])
@pytest.mark.parametrize("step", ["signed", "submitted", "committed"])
def test_every_document_is_in_one_transaction(network, served, step, events):
    start, name = served.ledger.height(), f"between.{step}.{events}"
    bodies = [document([f"{name}.{number}.{index}" for index in range(events)]) for number in range(3)]
    jobs = [served.operations.jobs.accept(ORGANISATION, body) for body in bodies]
    command = [sys.executable, "-c", WORKER, str(served.home), str(network.profile(ORGANISATION)), step]
    where = Path(__file__).parents[2]
    killed = subprocess.run(command, cwd=where, env={**os.environ}, capture_output=True, timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    begun = {id_ for job in jobs for id_ in served.operations.outbox.transactions_of(job.id)}
    assert begun
    with closing(minutes_later(served)) as later:
        runner = replace(served, operations=later).runner()
        while runner.run_once():
            pass
    finished = [served.operations.jobs.get(job.id) for job in jobs]
    assert [(job.success, job.running, len(job.accepted)) for job in finished] == [(True, False, events)] * 3
    found = [
        (entry.id, transaction.id)
        for block in served.ledger.blocks(start)
        for transaction in block.transactions
        if transaction.validity is Validity.VALID and transaction.name == "custody:append"
        for entry in chunk.entries(transaction.arguments)
    ]
    accepted = [id_ for job in finished for id_ in job.accepted]
    assert sorted(id_ for id_, _ in found if id_ in set(accepted)) == sorted(accepted)
    assert begun <= {transaction for id_, transaction in found if id_ in set(accepted)}
    assert served.operations.outbox.count_unsettled() == 0
