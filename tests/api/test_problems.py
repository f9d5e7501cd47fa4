"""One shape of error, provoked in every way: RFC 9457, a stable code, the place, never a trace."""

import logging

import pytest
from small_world import BRAND, GTIN, ago, epcis, seen, sgtin

from provenance.ledger.port import Conflict, Failed, Rejected, Unknown

SCAN = b'{"code":"https://id.gs1.org/01/09521234000013/21/1","step":"storing"}'
TIMED = SCAN[:-1] + b',"time":"2026-01-01T00:00:00Z"}'
DEEP = b"[" * 100_000 + b"]" * 100_000
PROVOKED = [
    ("broken JSON", SCAN[:-1], 400, "json.syntax"),
    ("no JSON at all", b"<scan/>", 400, "json.syntax"),
    ("trailing text", SCAN + b" x", 400, "json.syntax"),
    ("NaN", b'{"code":NaN,"step":"storing"}', 400, "json.syntax"),
    ("duplicate name", b'{"code":"a","code":"b","step":"storing"}', 400, "json.duplicate"),
    ("nested duplicate name", b'{"code":"a","step":{"x":1,"x":2}}', 400, "json.duplicate"),
    ("broken UTF-8", b'{"code":"\xff","step":"storing"}', 400, "json.encoding"),
    ("UTF-16", SCAN.decode().encode("utf-16"), 400, "json.encoding"),
    ("lone surrogate", b'{"code":"\\ud800","step":"storing"}', 400, "json.encoding"),
    ("deeply nested", DEEP, 400, "json.depth"),
    ("number that nothing can hold", SCAN[:-1] + b',"quantity":1e12345678901}', 400, "json.number"),
    ("empty", b"", 400, "request.empty"),
    ("null", b"null", 422, "request.invalid"),
    ("wrong type", b'{"code":7,"step":"storing"}', 422, "request.invalid"),
    ("number beyond 64 bits", b'{"code":18446744073709551616,"step":"storing"}', 422, "request.invalid"),
    ("missing field", b'{"step":"storing"}', 422, "request.invalid"),
    ("unknown field", SCAN[:-1] + b',"colour":"red"}', 422, "request.invalid"),
    ("unknown zone", SCAN[:-1] + b',"time":"2026-01-01T00:00:00 Mars/Olympus"}', 400, "time.malformed"),
    ("no zone", SCAN[:-1] + b',"time":"2026-01-01T00:00:00"}', 400, "time.malformed"),
    ("wrong check digit", TIMED.replace(b"0013/", b"0014/"), 400, "identifier.check_digit"),
    ("no identifier", TIMED.replace(b"https", b"ftp"), 400, "identifier.form"),
    ("too many", b"[" + b",".join([SCAN] * 501) + b"]", 422, "scan.count"),
    ("oversized", b'"' + b"x" * (16 * 1024 * 1024) + b'"', 413, "request.too_large"),
]


def check(answer, status, code):
    assert answer.status_code == status, answer.text[:300]
    assert answer.mimetype == "application/problem+json"
    problem = answer.json
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["title"]
    assert problem["detail"]
    assert problem["instance"] == f"urn:request:{answer.headers['X-Request-Id']}"
    assert "Traceback" not in answer.text
    assert ".py" not in answer.text


@pytest.mark.parametrize(
    ("body", "status", "code"), [case[1:] for case in PROVOKED], ids=[case[0] for case in PROVOKED]
)
def test_bad_bodies(client, world, body, status, code):
    height = world.gateway.ledger.height()
    headers = {**world.headers(BRAND), "Content-Type": "application/json"}
    answer = client.post("/api/v1/scans", data=body, headers=headers)
    check(answer, status, code)
    assert answer.json["type"] == f"urn:provenance:problem:{code}"
    assert world.gateway.ledger.height() == height


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        (("GET", "/api/v1/nothing"), 404, "resource.unknown"),
        (("GET", "/epcis/v2/nothing"), 404, "resource.unknown"),
        (("DELETE", "/epcis/v2/events"), 405, "request.method"),
        (("PUT", "/api/v1/scans"), 405, "request.method"),
        (("GET", "/api/v1/items/nothing/verdict"), 400, "identifier.form"),
        (("GET", f"/api/v1/items/01/{GTIN}/verdict"), 400, "identifier.no_item"),
        (("GET", "/api/v1/items/01/09521234000014/21/1/verdict"), 400, "identifier.check_digit"),
        (("GET", f"/api/v1/items/01/{GTIN}/21/%FF/verdict"), 400, "identifier.form"),
        (("GET", f"/api/v1/items/01/{GTIN}/21/1/qr?format=gif"), 400, "request.format"),
        (("GET", "/epcis/v2/events?x=1"), 400, "query.parameter"),
        (("GET", "/epcis/v2/events/none"), 404, "event.unknown"),
        (("GET", "/epcis/v2/capture/none"), 404, "capture.unknown_job"),
        (("GET", "/epcis/v2/events?EQ_eventID=" + "x" * 9000), 414, "request.uri_too_long"),
    ],
)
def test_bad_requests(client, world, asked, status, code):
    method, path = asked
    check(client.open(path, method=method, headers=world.headers(BRAND)), status, code)


def test_an_unacceptable_media_type_is_refused(client, world):
    headers = {**world.headers(BRAND), "Accept": "text/plain"}
    check(client.get(f"/api/v1/items/01/{GTIN}/21/1/qr", headers=headers), 406, "request.not_acceptable")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Rejected("authority.not_enrolled", "it is not a member", "t1"), 403),
        (Rejected("chunk.form", "it is not a chunk", "t1"), 422),
        (Rejected("custody.barred", "it is held", "t1"), 409),
        (Conflict("ledger.conflict", "somebody else was faster", "t1"), 409),
        (Failed("ledger.failed", "the disk is full", "t1"), 503),
        (Failed("membership.revoked", "the certificate of Brand is revoked", "t1"), 403),
        (Unknown("ledger.unknown", "no answer", "t1"), 503),
    ],
)
def test_what_the_ledger_answers(client, world, monkeypatch, error, status):
    def submit(*_, **__):
        raise error

    monkeypatch.setattr(type(world.gateway.ledger), "submit", submit)
    headers = {**world.headers(BRAND), "Content-Type": "application/json"}
    for body in (TIMED, b"[" + TIMED + b"," + TIMED.replace(b"storing", b"picking") + b"]"):
        answer = client.post("/api/v1/scans", data=body, headers=headers)
        check(answer, status, error.code)
        assert answer.json["transaction"] == "t1"
        assert "the disk is full" not in answer.text


@pytest.mark.parametrize("path", [f"/api/v1/items/01/{GTIN}/21/1", f"/verify/01/{GTIN}/21/1"])
def test_a_fault_of_ours_says_nothing_of_itself_and_is_logged(client, world, monkeypatch, caplog, path):
    def broken(_):
        raise RuntimeError("secret detail in /home/somebody")

    monkeypatch.setattr(type(world.gateway.readmodel), "view", broken)
    with caplog.at_level(logging.ERROR):
        answer = client.get(path, headers=world.headers(BRAND))
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["X-Request-Id"] in answer.text
    assert "secret detail" in caplog.text


def test_documents_are_refused_in_their_job_with_the_place(client, world):
    bad = seen("no_such_step", sgtin("1"), at=ago(hours=1))
    headers = {**world.headers(BRAND), "Content-Type": "application/json"}
    for body, pointer in (
        (epcis(bad), "/epcisBody/eventList/0/bizStep"),
        (b'{"type":"EPCISDocument","type":1}', "/type"),
    ):
        location = client.post("/epcis/v2/capture", data=body, headers=headers).headers["Location"]
        while world.gateway.runner().run_once():
            pass
        error = client.get(location, headers=world.headers(BRAND)).json["errors"][0]
        assert (error["pointer"], error["type"]) == (pointer, "epcisException:ValidationException")
