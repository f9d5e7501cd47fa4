"""`python -m chaincode serve` as a process: how it starts, what it says when it cannot, and how it stops."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest

from tests.chaincode.shim.peer_double import PeerDouble
from tests.chaincode.shim.proposals import transaction

SECONDS = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command(*arguments, **environment):
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CHAINCODE_")}
    return subprocess.Popen(
        [sys.executable, "-m", "chaincode", *arguments],
        env={**plain, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(*arguments, **environment):
    with command(*arguments, **environment) as process:
        out, err = process.communicate(timeout=SECONDS)
        return process.returncode, out, err


@contextmanager
def running(*arguments, **environment):
    with command(*arguments, **environment) as process:
        try:
            for line in process.stderr:
                if json.loads(line)["message"] == "serving":
                    break
            yield process
        finally:
            process.kill()


def test_it_serves_the_contracts_from_the_environment_and_stops_on_sigterm():
    address = f"127.0.0.1:{free_port()}"
    chosen = {"CHAINCODE_SERVER_ADDRESS": address, "CHAINCODE_ID": "label:hash", "CHAINCODE_STEWARDS": "Steward"}
    with running("serve", **chosen) as process:
        with PeerDouble(address) as peer:
            assert peer.registered == "label:hash"
            assert peer.run(transaction([b"registry:found", b'{"stewards":["Steward"]}'])).status == 200
            assert set(peer.state) == {"deployment:deployment", "rules:rules"}
            process.send_signal(signal.SIGTERM)
            assert process.wait(SECONDS) == 0
        lines = [json.loads(line) for line in process.stderr]
    assert lines[-1]["message"] == "stopped"
    assert all(line["part"] == "chaincode" for line in lines)


def test_the_chaincodes_name_decides_what_is_called_directly():
    address = f"127.0.0.1:{free_port()}"
    with (
        running("serve", "--address", address, "--package-id", "a:b", "--name", "goods", "--steward", "S"),
        PeerDouble(address) as peer,
    ):
        call = [b"registry:found", b'{"stewards":["S"]}']
        refused = peer.run(transaction(call, creator="S", chaincode_name="provenance"))
        assert json.loads(refused.message)["code"] == "contract.indirect"
        assert peer.run(transaction(call, creator="S", chaincode_name="goods")).status == 200


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ((), 2, "required"),
        (("serve",), 2, "--address"),
        (("serve", "--address", "127.0.0.1:0"), 2, "--package-id"),
        (
            ("serve", "--address", "127.0.0.1:0", "--package-id", "a:b", "--clock-tolerance", "x"),
            2,
            "--clock-tolerance",
        ),
        (
            ("serve", "--address", "127.0.0.1:0", "--package-id", "a:b", "--clock-tolerance", "0"),
            2,
            "--clock-tolerance",
        ),
        (("serve", "--address", "127.0.0.1:0", "--package-id", "a:b", "--clock-tolerance", "nan"), 2, "clock"),
        (("serve", "--address", "127.0.0.1:0", "--package-id", "a:b", "--tls-cert", "x"), 1, "--client-ca"),
        (("serve", "--address", "0.0.0.0:7052", "--package-id", "a:b"), 1, "TLS"),
        (("serve", "--address", "nowhere", "--package-id", "a:b"), 1, "host:port"),
        (("serve", "--address", "127.0.0.1:99999", "--package-id", "a:b"), 1, "host:port"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(arguments, status, said):
    returned, out, err = finished(*arguments)
    assert (returned, out) == (status, "")
    *before, line = err.splitlines()
    assert said in line
    assert "Traceback" not in err
    assert status == 2 or not before


def test_missing_tls_files_are_said_in_one_line(tmp_path):
    files = [f"--{flag}={tmp_path / 'missing.pem'}" for flag in ("tls-cert", "tls-key", "client-ca")]
    status, _, err = finished("serve", "--address=127.0.0.1:0", "--package-id=a:b", *files)
    assert (status, len(err.splitlines())) == (1, 1)
    assert "TLS file" in err


@pytest.mark.parametrize("taken", ["--address", "--metrics-port"])
def test_a_port_that_is_taken_is_said_in_one_line(taken):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        address = f"127.0.0.1:{port if taken == '--address' else 0}"
        metrics = ["--metrics-port", str(port)] if taken == "--metrics-port" else []
        status, _, err = finished("serve", "--address", address, "--package-id", "a:b", *metrics)
    assert status == 1
    assert "taken" in err.splitlines()[-1]
    assert "Traceback" not in err


def test_it_imports_nothing_that_starts_slowly():
    script = "import sys, chaincode.__main__; print(*sorted({each.partition('.')[0] for each in sys.modules}))"
    loaded = set(
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    )
    assert not loaded & {"flask", "sqlalchemy", "marshmallow", "gunicorn", "lxml", "click", "hypothesis", "jinja2"}
