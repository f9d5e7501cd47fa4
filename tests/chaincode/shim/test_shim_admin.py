"""What an operator's software asks of a chaincode server: health and figures, and nothing else."""

import json
import re
import socket
import urllib.error
import urllib.request

import pytest

from tests.chaincode.shim.peer_double import PeerDouble
from tests.chaincode.shim.proposals import transaction
from tests.chaincode.shim.serving import serving


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def served():
    port = free_port()
    with serving(metrics_port=port) as address:
        yield address, port


def get(port, path, method="GET"):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - an address of this test
        return answer.headers["Content-Type"], answer.read().decode()


def test_health_tells_how_many_peers_are_connected(served):
    address, port = served
    assert json.loads(get(port, "/health")[1]) == {"status": "ok", "streams": 0}
    with PeerDouble(address) as peer:
        peer.run(transaction([b"write", b"a", b"1"]))
        assert json.loads(get(port, "/health")[1]) == {"status": "ok", "streams": 1}


def test_figures_count_transactions_by_name_and_outcome_and_no_other_name(served):
    address, port = served
    with PeerDouble(address) as peer:
        for arguments in ([b"who"], [b"refuse", b"some.code"], [b"made-up-by-a-client"]):
            peer.run(transaction(arguments))
    media_type, page = get(port, "/metrics")
    assert media_type.startswith("text/plain")
    assert 'chaincode_transactions_total{name="who",outcome="done"} 1.0' in page
    assert 'chaincode_transactions_total{name="refuse",outcome="refused"} 1.0' in page
    assert 'chaincode_transactions_total{name="other",outcome="failed"} 1.0' in page
    assert "made-up" not in page
    assert re.search(r"^chaincode_in_flight 0\.0$", page, re.MULTILINE)
    assert re.search(r'^chaincode_transaction_seconds_count{name="who"} 1\.0$', page, re.MULTILINE)


@pytest.mark.parametrize(("path", "method", "status"), [("/", "GET", 404), ("/metrics", "POST", 405)])
def test_nothing_else_is_answered(served, path, method, status):
    with pytest.raises(urllib.error.HTTPError) as refusal:
        get(served[1], path, method)
    refusal.value.close()
    assert refusal.value.code == status


@pytest.mark.parametrize("sent", [b"", b"\r\n\r\n", b"x" * 20_000, b"GET /health"])
def test_what_is_no_request_gets_no_answer_and_hurts_nobody(served, sent):
    with socket.create_connection(("127.0.0.1", served[1]), timeout=60) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        assert b"200" not in connection.recv(1000)
    assert json.loads(get(served[1], "/health")[1])["status"] == "ok"
