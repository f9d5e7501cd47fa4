"""A message is sent to a real server, once, to an address that was judged, within its time."""

import hashlib
import hmac
import socket
import threading
from contextlib import contextmanager

import pytest
from listener import LOOPBACK, listening

from provenance.addresses import Refused, destination
from provenance.subscriptions.posting import Post, Unreachable, post, signature


def message(url, body=b"{}", **headers):
    return Post(destination(url, LOOPBACK), body, headers)


@contextmanager
def raw(behave):
    """A server that does what it likes with a connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)

        def serve():
            connection, _ = server.accept()
            with connection:
                behave(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join()


def test_a_message_arrives_as_it_was_sent():
    with listening() as listener:
        status = post(
            message(listener.url + "?a=1", b'{"a":1}', **{"Content-Type": "application/json"}), allowed=LOOPBACK
        )
        (told,) = listener.told
    assert (status, told.path, told.body) == (200, "/told?a=1", b'{"a":1}')
    assert told.headers["Host"] == listener.url.split("/")[2]
    assert told.headers["Content-Type"] == "application/json"
    assert told.headers["Content-Length"] == "7"
    assert set(told.headers) == {
        "Host",
        "User-Agent",
        "Connection",
        "Content-Type",
        "Content-Length",
        "Accept-Encoding",
    }


def test_the_address_that_was_judged_is_the_one_that_is_reached():
    """A name that answers differently the second time is not asked a second time."""
    answers = iter([["127.0.0.1"], ["192.0.2.1"]])
    with listening() as listener:
        port = listener.url.split(":")[2].split("/")[0]
        to = message(f"http://rebinding.example:{port}/told")
        assert post(to, allowed=LOOPBACK, resolver=lambda _host, _port: next(answers)) == 200
        assert listener.told[0].headers["Host"] == f"rebinding.example:{port}"


def test_nothing_is_sent_where_nothing_may_go():
    with listening() as listener:
        to = message(listener.url)
        with pytest.raises(Refused):
            post(to, allowed=())
    assert listener.told == []


def test_a_redirect_is_an_answer_and_not_followed():
    with listening() as other, listening(status=lambda _: 307, headers={"Location": other.url}) as listener:
        assert post(message(listener.url), allowed=LOOPBACK) == 307
    assert other.told == []


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreachable) as caught:
        post(message(f"http://127.0.0.1:{port}/"), allowed=LOOPBACK)
    assert caught.value.code == "dest.connect"


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 two hundred OK\r\n\r\n"])
def test_an_answer_that_is_none(answer):
    def behave(connection):
        connection.recv(65536)
        connection.sendall(answer)

    with raw(behave) as url, pytest.raises(Unreachable) as caught:
        post(message(url), allowed=LOOPBACK)
    assert caught.value.code == "dest.answer"


def test_an_answer_that_drips_is_cut_off():
    cut = threading.Event()

    def behave(connection):
        connection.recv(65536)
        try:
            while not cut.wait(0.02):
                connection.sendall(b"H")
        except OSError:
            cut.set()

    with raw(behave) as url:
        try:
            with pytest.raises(Unreachable) as caught:
                post(message(url), allowed=LOOPBACK, seconds=0.3)
        finally:
            cut.set()
    assert caught.value.code == "dest.timeout"


def test_a_long_answer_is_not_read_to_its_end():
    sent = []

    def behave(connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        try:
            for _ in range(1000):
                connection.sendall(b"x" * 65536)
                sent.append(1)
        except OSError:
            pass

    with raw(behave) as url:
        assert post(message(url), allowed=LOOPBACK) == 200
    assert len(sent) < 1000


def test_a_server_that_speaks_no_tls():
    def behave(connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with raw(behave) as url, pytest.raises(Unreachable) as caught:
        post(message(url.replace("http:", "https:")), allowed=LOOPBACK)
    assert caught.value.code == "dest.tls"


def test_a_signature_is_the_hmac_of_the_body_under_the_token():
    expected = hmac.new("geheim\u00e4".encode(), b"body", hashlib.sha256).hexdigest()
    assert signature("geheim\u00e4", b"body") == expected
