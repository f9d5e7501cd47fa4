"""A worker or a gateway that is killed at any moment loses nothing that was accepted."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from provenance.capture import Runner
from provenance.operations import Behaviour
from tests.capture.at_work import contracts_for, document, in_transactions, on_record
from tests.readmodel.scene import item, observed

WORKER = """
import os, signal, sys, threading
from datetime import timedelta
from pathlib import Path
sys.path.insert(0, os.getcwd())
from provenance import capture
from provenance.capture import Runner
from provenance.operations import Operations
from tests.readmodel.scene import reopen
from tests.capture.at_work import contracts_for

scene = reopen(Path(sys.argv[1]))
operations = Operations(sys.argv[3], spool=scene.folder / "spool")
runner = Runner(operations, contracts_for(scene), lease=timedelta(milliseconds=300))
steps = iter(range(int(sys.argv[2])))

def die_after(function):
    def step(*arguments, **named):
        result = function(*arguments, **named)
        if next(steps, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return step

operations.jobs.claim = die_after(operations.jobs.claim)
operations.jobs.body = die_after(operations.jobs.body)
operations.jobs.renew = die_after(operations.jobs.renew)
operations.outbox.post = die_after(operations.outbox.post)
scene.ledger.submit = die_after(scene.ledger.submit)
operations.jobs.finish = die_after(operations.jobs.finish)
print("working", flush=True)
runner.run(threading.Event())
"""


@pytest.mark.parametrize("steps", range(8))
def test_a_worker_killed_between_any_two_steps_loses_no_accepted_document(scene, operations, url, steps):
    bodies = [
        document(*(observed("shipping", item(number * 600 + serial)) for serial in range(count)))
        for number, count in enumerate((1, 501))
    ]
    jobs = [operations.jobs.accept("Maker", body, Behaviour.PROCEED) for body in bodies]
    killed = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WORKER, str(scene.folder), str(steps), url],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    runner = Runner(operations, contracts_for(scene))
    deadline = time.monotonic() + 90
    while operations.jobs.open_count() and time.monotonic() < deadline:
        runner.run_once()
        time.sleep(0.02)
    done = [operations.jobs.get(job.id) for job in jobs]
    assert [(job.running, job.success, len(job.accepted)) for job in done] == [(False, True, 1), (False, True, 501)]
    assert sorted(on_record(scene)) == sorted({*done[0].accepted, *done[1].accepted}) == sorted(in_transactions(scene))
    assert operations.outbox.unsettled() == []
    assert list((scene.folder / "spool").iterdir()) == []


ACCEPTING = """
import sys
from pathlib import Path
from provenance.operations import Operations
operations = Operations(sys.argv[1], spool=Path(sys.argv[2]))
while True:
    print(operations.jobs.accept("Maker", b"x" * 100_000).id, flush=True)
"""


def test_a_gateway_killed_while_accepting_has_every_job_that_it_told_of(operations, url, scene):
    spool = str(scene.folder / "spool")
    process = subprocess.Popen([sys.executable, "-c", ACCEPTING, url, spool], stdout=subprocess.PIPE)
    told = [process.stdout.readline().decode().strip() for _ in range(15)]
    process.kill()
    told += [line for line in process.stdout.read().decode().splitlines() if len(line) == 32]
    process.wait()
    process.stdout.close()
    for identifier in told:
        assert operations.jobs.body(operations.jobs.get(identifier)) == b"x" * 100_000
