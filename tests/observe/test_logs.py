"""Log lines say what happened, and never a payload, a key, an address or who somebody is."""

import io
import json
import logging
import os
import socket
import sys
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from small_world import CARRIER, ago, make_app, served, sgtin

from provenance.observe import logs
from provenance.observe.logs import FIELDS, JsonLines, PlainLines, Unwaiting
from provenance.operations import Level

SECRET = "Xq7SecretZ9"


def record(message: str, **given) -> logging.LogRecord:
    made = logging.LogRecord("provenance.x", logging.ERROR, __file__, 1, message, (), given.get("exc_info"))
    setattr(made, FIELDS, given.get("fields", {}))
    return made


def failure() -> tuple:
    try:
        _fail()
    except KeyError:
        return sys.exc_info()


def _fail() -> None:
    try:
        int(SECRET)
    except ValueError as error:
        raise KeyError(SECRET) from error


@pytest.mark.parametrize("formatter", [JsonLines("web"), PlainLines("web")])
def test_an_error_is_told_by_its_type_and_place_and_not_by_its_message(formatter):
    line = formatter.format(record("request 1 failed", exc_info=failure()))
    assert SECRET not in line
    assert "\n" not in line
    assert all(word in line for word in ("KeyError", "ValueError", "test_logs.py", "request 1 failed"))


def test_a_json_line_has_its_fields():
    line = json.loads(JsonLines("web").format(record("answered", fields={"route": "scans.scans", "status": 201})))
    assert {name: line[name] for name in ("level", "part", "message", "route", "status")} == {
        "level": "error", "part": "web", "message": "answered", "route": "scans.scans", "status": 201,
    }  # fmt: skip


@pytest.mark.parametrize(
    "message", [f"Invalid request from ip=10.1.2.3: {SECRET}", "Error handling request %s " + SECRET]
)
def test_the_servers_own_lines_lose_what_they_quote(message):
    quoting = record(message)
    assert logs._withheld(quoting)
    assert SECRET not in quoting.getMessage()
    assert "10.1.2.3" not in quoting.getMessage()


def test_nobody_waits_for_a_reader_that_does_not_read():
    reading, writing = os.pipe()
    handler = Unwaiting(writing)
    handler.setFormatter(logging.Formatter("%(message)s"))
    for _ in range(200):
        handler.handle(record("x" * 1000))
    while len(os.read(reading, 1 << 20)) == 1 << 20:
        pass
    handler.handle(record("read again"))
    os.close(writing)
    with os.fdopen(reading) as pipe:
        lines = pipe.read().splitlines()
    assert lines[-1] == "read again"
    assert lines[-2].endswith("lines were dropped, because nobody read them")


@pytest.mark.parametrize("form", ["json", "plain"])
def test_what_is_sent_is_never_in_the_log(world, tmp_path, form):
    with (tmp_path / "log").open("wb") as log, served(world, log=log, log_form=form) as address:
        token = world.token(CARRIER, Level.RECORD)
        _send_everywhere(urlsplit(address).port, token)
    lines = (tmp_path / "log").read_text().splitlines()
    told = "\n".join(lines)
    assert len(lines) >= 9
    for withheld in (
        SECRET,
        SECRET.lower(),
        token,
        *token.split("_", 2)[1:],
        "127.0.0.1",
        "pvk_",
    ):
        assert withheld not in told, withheld
    assert all(word in told for word in ("scans.scans", "web.verify", CARRIER, "auth.unknown_key", "request.invalid"))
    if form == "json":
        assert all(json.loads(line)["message"] for line in lines)


def _send_everywhere(port: int, token: str) -> None:
    """Put the secret wherever a caller can put anything."""
    headers = dict.fromkeys(("Referer", "User-Agent", "Cookie", "X-Forwarded-For", "X-Request-Id", "From"), SECRET)
    with_key = {**headers, "Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    item, scan = sgtin(SECRET), {"code": sgtin(SECRET), "step": "storing", "time": ago(hours=1)}
    for method, path, body, sent in (
        ("POST", "/api/v1/scans", json.dumps(scan), with_key),
        ("POST", "/api/v1/scans", json.dumps({**scan, SECRET: SECRET}), with_key),
        ("POST", "/api/v1/scans", json.dumps({**scan, "code": SECRET}), with_key),
        ("POST", "/api/v1/scans", "{" + SECRET, with_key),
        ("POST", "/epcis/v2/capture", json.dumps({"type": SECRET}), with_key),
        ("POST", "/api/v1/scans", json.dumps(scan), {**headers, "Authorization": f"Bearer pvk_{SECRET}"}),
        ("GET", f"/verify{urlsplit(item).path}?{SECRET}={SECRET}", None, headers),
        ("GET", f"/{SECRET}/{SECRET}", None, headers),
        ("GET", f"/api/v1/items/{quote(item, safe='')}/verdict", None, with_key),
        (SECRET, f"/verify/{SECRET}", None, headers),
    ):
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request(method, path, body, sent)
        connection.getresponse().read()
        connection.close()
    for raw in (f"GET /{SECRET} HTTP/{SECRET}", f"{SECRET}", f"GET / HTTP/1.1\r\nBad{SECRET} : x"):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
            plain.sendall(f"{raw}\r\n\r\n".encode())
            plain.recv(4096)


def test_a_safe_request_id_is_kept_and_answered_and_any_other_is_replaced(world):
    client = make_app(world.gateway).test_client()
    for stated, kept in (
        ("7f3c2a10-9d1e-4c55-8f0e-0123456789ab", True),
        ("0af7651916cd43dd8448eb211c80319c", True),
        ("short", False),
        ("pvk_0123456789ab_" + "x" * 43, False),
        ("0123456789abcdef\u00e9", False),
        ("a" * 65, False),
    ):
        answered = client.get("/health/live", headers={"X-Request-Id": stated}).headers["X-Request-Id"]
        assert (answered == stated) is kept
        assert len(answered) >= 16


def test_an_unforeseen_error_of_a_thread_is_a_line_without_its_message(monkeypatch):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines("web"))
    monkeypatch.setattr(logs._log, "handlers", [handler])
    kind, error, trace = failure()
    logs._unforeseen(kind, error, trace)
    assert SECRET not in stream.getvalue()
    assert json.loads(stream.getvalue())["error"]["type"] == "KeyError"
    assert Path(__file__).name in stream.getvalue()
