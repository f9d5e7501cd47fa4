"""Files by their hash: brought by their organisation, read by it, auditors and courts, and never shown by a browser."""

import base64
import hashlib
import socket
from dataclasses import replace

import pytest
import small_world
from small_world import AUDITOR, BRAND, CARRIER, COURT, CUSTOMS

from provenance.operations import Level

HTML = b"<script>alert(1)</script>"


def named(body):
    return hashlib.sha256(body).hexdigest()


def put(client, world, body, *, organisation=BRAND, name=None, **more):
    headers = {**world.headers(organisation, Level.RECORD), **more.pop("headers", {})}
    return client.put(f"/api/v1/files/{name or named(body)}", data=body, headers=headers, **more)


def test_a_file_comes_back_as_an_attachment(world, client):
    kept = put(client, world, HTML, content_type="text/html; charset=utf-8")
    where = f"/api/v1/files/{named(HTML)}"
    assert (kept.status_code, kept.headers["Location"]) == (201, where)
    assert kept.json | {"uploaded": ""} == {
        "sha256": named(HTML),
        "mediaType": "text/html",
        "size": len(HTML),
        "uploaded": "",
        "retention": "erasable",
    }
    answer = client.get(where, headers=world.headers(BRAND, Level.READ), buffered=True)
    assert (answer.status_code, answer.data) == (200, HTML)
    assert answer.headers["Content-Disposition"] == f"attachment; filename={named(HTML)}"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(hashlib.sha256(HTML).digest()).decode()}:"
    assert answer.headers["Cache-Control"] == "no-store"
    head = client.head(where, headers=world.headers(BRAND, Level.READ), buffered=True)
    assert (head.status_code, head.data, int(head.headers["Content-Length"])) == (200, b"", len(HTML))


def test_the_same_file_again_is_success(world, client):
    body = b"twice"
    assert [put(client, world, body).status_code for _ in range(2)] == [201, 200]


def test_another_body_than_the_address_says_is_refused(world, client):
    answer = put(client, world, b"one", name=named(b"another"))
    assert (answer.status_code, answer.json["code"]) == (422, "file.digest")
    gone = client.get(f"/api/v1/files/{named(b'another')}", headers=world.headers(BRAND))
    assert (gone.status_code, gone.json["code"]) == (404, "file.unknown")


@pytest.mark.parametrize("name", ["0" * 63, "0" * 65, "A" * 64, "..%2F..%2Foperations.db"])
@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE"])
def test_what_is_no_hash_names_no_file(world, client, name, method):
    answer = client.open(f"/api/v1/files/{name}", method=method, data=b"x", headers=world.headers(BRAND))
    assert (answer.status_code, answer.json["code"]) == (404, "file.unknown")


@pytest.mark.parametrize("organisation", [BRAND, CARRIER, CUSTOMS, AUDITOR, COURT])
def test_who_reads_a_file(world, client, organisation):
    body = b"a photograph"
    put(client, world, body)
    headers = world.headers(organisation, Level.READ)
    answer = client.get(f"/api/v1/files/{named(body)}", headers=headers, buffered=True)
    if organisation in (BRAND, AUDITOR, COURT):
        assert (answer.status_code, answer.data) == (200, body)
    else:
        assert (answer.status_code, answer.json["code"]) == (404, "file.unknown")


def test_whoever_brings_a_file_itself_reads_it_as_its_own(world, client):
    body = b"known to both"
    put(client, world, body)
    assert put(client, world, body, organisation=CARRIER).status_code == 201
    answer = client.get(f"/api/v1/files/{named(body)}", headers=world.headers(CARRIER), buffered=True)
    assert answer.data == body


def test_an_erased_file_leaves_a_tombstone(world, client):
    body = b"a consignee's signature (fictitious)"
    where = f"/api/v1/files/{named(body)}"
    put(client, world, body)
    assert client.delete(where, headers=world.headers(CARRIER)).status_code == 404
    left = client.delete(where, headers=world.headers(BRAND, Level.DECIDE))
    assert left.status_code == 200
    gone = client.get(where, headers=world.headers(BRAND))
    assert (gone.status_code, gone.json["code"], gone.json["erased"]) == (410, "file.erased", left.json["erased"])
    assert client.get(where, headers=world.headers(CARRIER)).status_code == 404


def test_evidence_is_kept(world, client):
    body = b"evidence"
    kept = put(client, world, body, headers={"File-Retention": "evidence"})
    assert kept.json["retention"] == "evidence"
    answer = client.delete(f"/api/v1/files/{named(body)}", headers=world.headers(BRAND))
    assert (answer.status_code, answer.json["code"]) == (409, "file.kept")
    answer = put(client, world, b"other", headers={"File-Retention": "for ever"})
    assert (answer.status_code, answer.json["code"]) == (400, "file.retention")


def test_a_media_type_is_one(world, client):
    answer = put(client, world, b"x", content_type="text/html\x7f; x")
    assert (answer.status_code, answer.json["code"]) == (415, "request.media_type")


@pytest.fixture
def small(world):
    settings = replace(world.gateway.settings, body_limit=100, file_limit=1000)
    return replace(world, gateway=replace(world.gateway, settings=settings))


def test_a_file_may_be_larger_than_other_bodies_and_no_larger_than_its_limit(small):
    client = small_world.make_app(small.gateway).test_client()
    assert put(client, small, b"x" * 1000).status_code == 201
    answer = put(client, small, b"x" * 1001)
    assert (answer.status_code, answer.json["code"]) == (413, "file.too_large")


@pytest.mark.database("sqlite")
def test_a_served_file_without_a_stated_length_is_bounded_too(small):
    token = small.token(BRAND, Level.RECORD)
    with small_world.served(small) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        for size, expected in ((1000, b"201"), (1001, b"413")):
            body = b"y" * size
            head = f"PUT /api/v1/files/{named(body)} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
            head += "Content-Type: image/png\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            with socket.create_connection((host, int(port)), timeout=120) as connection:
                connection.sendall(head.encode() + b"%x\r\n%s\r\n0\r\n\r\n" % (size, body))
                assert connection.makefile("rb").readline().split()[1] == expected
