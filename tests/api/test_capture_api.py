"""The capture interface: accepted once on disk, told apart by organisation, judged by its job."""

import json
import time
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
from lxml import etree
from small_world import BRAND, CARRIER, FACTORY, ago, epcis, seen, sgtin

from provenance.api import positions
from provenance.domain import canonical
from provenance.epcisxml.writing import write
from provenance.operations import Level

JSON = {"Content-Type": "application/json"}
XML = {"Content-Type": "application/xml"}
URL = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


def capture(client, world, body, organisation=BRAND, **headers):
    return client.post("/epcis/v2/capture", data=body, headers={**world.headers(organisation), **JSON, **headers})


def run(world):
    while world.gateway.runner().run_once():
        pass
    world.project()


def test_a_document_is_accepted_captured_and_readable(client, world):
    item = sgtin("1200")
    accepted = capture(client, world, epcis(seen("storing", item, at=ago(hours=1), place=FACTORY)))
    assert accepted.status_code == 202
    assert accepted.headers["GS1-EPCIS-Version"] == "2.0"
    location = accepted.headers["Location"]
    waiting = client.get(location, headers=world.headers(BRAND, Level.READ)).json
    assert (waiting["running"], waiting["success"], waiting["captureErrorBehaviour"]) == (True, True, "rollback")
    run(world)
    done = client.get(location, headers=world.headers(BRAND, Level.READ))
    assert (done.json["running"], done.json["success"], done.json["errors"]) == (False, True, [])
    assert done.json["captureID"] == location.rpartition("/")[2]
    assert [fact.id for fact in world.gateway.readmodel.facts(item)] == done.json["eventIDs"]


def test_who_is_told_that_a_job_is_done_can_read_its_events(client, world, monkeypatch):
    item = sgtin("1205")
    location = capture(client, world, epcis(seen("storing", item, at=ago(hours=1), place=FACTORY))).headers["Location"]
    while world.gateway.runner().run_once():
        pass
    assert world.gateway.readmodel.position() < world.gateway.height()
    asleep = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: world.project())
    monkeypatch.setattr(positions, "time", asleep)
    assert client.get(location, headers=world.headers(BRAND)).json["success"] is True
    assert list(world.gateway.readmodel.facts(item))


def test_an_answer_does_not_wait_for_ever():
    assert positions.catch_up(lambda: 0, lambda: 1) == 1


def test_the_body_is_on_disk_before_the_answer(client, world):
    body = epcis(seen("storing", sgtin("1201"), at=ago(hours=1)))
    job_id = capture(client, world, body).headers["Location"].rpartition("/")[2]
    assert (world.gateway.home / "spool" / job_id).read_bytes() == body
    run(world)


def test_only_the_organisation_that_sent_it_sees_a_job(client, world):
    location = capture(client, world, epcis(seen("storing", sgtin("1202"), at=ago(hours=1)))).headers["Location"]
    for path, organisation in (
        (location, CARRIER),
        ("/epcis/v2/capture/none", BRAND),
        ("/epcis/v2/capture/..%2F", BRAND),
    ):
        answer = client.get(path, headers=world.headers(organisation))
        assert answer.status_code == 404
        assert answer.json["type"] == "epcisException:NoSuchResourceException"
    run(world)


def test_proceed_records_what_is_well_formed_and_names_the_rest(client, world):
    good, bad = seen("storing", sgtin("1203"), at=ago(hours=1)), {"type": "ObjectEvent"}
    answer = capture(client, world, epcis(good, bad), **{"GS1-Capture-Error-Behaviour": "proceed"})
    assert answer.headers["GS1-Capture-Error-Behaviour"] == "proceed"
    run(world)
    job = client.get(answer.headers["Location"], headers=world.headers(BRAND)).json
    assert (job["success"], len(job["eventIDs"])) == (False, 1)
    assert job["errors"][0]["pointer"].startswith("/epcisBody/eventList/1")


def test_rollback_records_nothing_of_a_document_with_a_fault(client, world):
    item = sgtin("1204")
    answer = capture(client, world, epcis(seen("storing", item, at=ago(hours=1)), {"type": "ObjectEvent"}))
    run(world)
    assert client.get(answer.headers["Location"], headers=world.headers(BRAND)).json["success"] is False
    assert world.gateway.readmodel.facts(item) == []


@pytest.mark.parametrize("kind", ["application/json", "application/ld+json", "application/ld+json; charset=utf-8"])
def test_json_is_taken_in_its_media_types(client, world, kind):
    assert capture(client, world, epcis(), **{"Content-Type": kind}).status_code == 202


def test_other_media_types_are_refused(client, world):
    for kind in ("application/pdf", "text/plain", "application/x-www-form-urlencoded"):
        answer = capture(client, world, b"<x/>", **{"Content-Type": kind})
        assert (answer.status_code, answer.json["type"]) == (415, "epcisException:UnsupportedMediaTypeException")
    assert client.post("/epcis/v2/capture", headers=world.headers(BRAND), data=b"{}").status_code == 415


def test_an_unknown_error_behaviour_is_refused(client, world):
    answer = capture(client, world, epcis(), **{"GS1-Capture-Error-Behaviour": "ignore"})
    assert (answer.status_code, answer.json["code"]) == (400, "capture.behaviour")


def test_an_empty_body_is_refused(client, world):
    assert capture(client, world, b"").json["code"] == "request.empty"


def test_a_body_beyond_the_limit_is_refused_and_not_kept(client, world):
    kept = list((world.gateway.home / "spool").iterdir())
    answer = capture(client, world, b" " * (world.gateway.settings.body_limit + 1))
    assert (answer.status_code, answer.json["type"]) == (413, "epcisException:CaptureLimitExceededException")
    assert list((world.gateway.home / "spool").iterdir()) == kept


def test_limits_are_announced(client, world):
    answer = client.options("/epcis/v2/capture", headers=world.headers(BRAND, Level.READ))
    assert answer.status_code == 204
    assert answer.headers["GS1-EPCIS-Capture-Limit"] == "500"
    assert answer.headers["GS1-EPCIS-Capture-File-Size-Limit"] == str(world.gateway.settings.body_limit)
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert answer.headers["GS1-Capture-Error-Behaviour"] == "all"
    assert answer.headers["GS1-EPCIS-Version"] == "2.0"
    assert "Always_EPC_URN" in answer.headers["GS1-EPC-Format"]
    one = client.options("/epcis/v2/capture/some", headers=world.headers(BRAND, Level.READ))
    assert (one.status_code, one.headers["Allow"]) == (204, "OPTIONS, GET, HEAD")


def test_jobs_are_listed_to_who_sent_them_newest_first(client, world):
    headers = {**world.headers(CARRIER), "Content-Type": "application/json"}
    sent = []
    for number in range(3):
        body = epcis(seen("storing", sgtin(f"17{number}0"), at=ago(hours=1)))
        sent.append(client.post("/epcis/v2/capture", data=body, headers=headers).headers["Location"].rpartition("/")[2])
    whole = client.get("/epcis/v2/capture", headers=world.headers(CARRIER))
    assert whole.headers["GS1-EPCIS-Version"] == "2.0"
    listed = [job["captureID"] for job in whole.json]
    assert set(listed) == set(sent)
    times = [job["createdAt"] for job in whole.json]
    assert times == sorted(times, reverse=True)
    found, path = [], "/epcis/v2/capture?perPage=2"
    while path:
        page = client.get(path, headers=world.headers(CARRIER))
        found += [job["captureID"] for job in page.json]
        link = page.headers.get("Link")
        path = link[link.index("/epcis") : link.index(">")] if link else None
    assert found == listed
    assert not set(sent) & {
        job["captureID"] for job in client.get("/epcis/v2/capture", headers=world.headers(BRAND)).json
    }


@pytest.mark.parametrize("query", ["perPage=0", "perPage=x", "nextPageToken=none", "colour=red", "perPage=1&perPage=2"])
def test_a_list_of_jobs_takes_no_parameter_that_it_does_not_know(client, world, query):
    answer = client.get(f"/epcis/v2/capture?{query}", headers=world.headers(BRAND))
    assert (answer.status_code, answer.json["type"]) == (400, "epcisException:QueryParameterException")


# XML


def in_xml(*events):
    return write(canonical.parse(epcis(*events)))


@pytest.mark.parametrize("kind", ["application/xml", "text/xml; charset=utf-8"])
def test_xml_is_captured_with_the_ids_that_json_has(client, world, kind):
    event = seen("storing", sgtin("1210"), at=ago(hours=1), place=FACTORY)
    jobs = [capture(client, world, epcis(event)), capture(client, world, in_xml(event), **{"Content-Type": kind})]
    run(world)
    done = [client.get(each.headers["Location"], headers=world.headers(BRAND)).json for each in jobs]
    assert [each["success"] for each in done] == [True, True]
    assert done[0]["eventIDs"] == done[1]["eventIDs"] != []


def test_a_fault_in_xml_has_its_pointer_and_its_line(client, world):
    body = in_xml(seen("storing", sgtin("1211"), at=ago(hours=1)), seen("teleporting", sgtin("1211"), at=ago(hours=1)))
    answer = capture(client, world, body, **XML)
    run(world)
    (error,) = client.get(answer.headers["Location"], headers=world.headers(BRAND)).json["errors"]
    assert (error["type"], error["status"]) == ("epcisException:ValidationException", 400)
    assert error["pointer"] == "/epcisBody/eventList/1/bizStep"
    assert error["detail"].startswith("line 2:")


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("application/json", b"{", "json.syntax"),
        ("application/json", b"[]", "epcis.type"),
        ("application/json", b"<a/>", "capture.syntax"),
        ("application/xml", b"{}", "capture.syntax"),
        ("application/xml", b"<a>", "xml.syntax"),
        ("application/xml", b"<a/>", "xml.root"),
        ("application/xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "xml.doctype"),
    ],
)
def test_what_is_no_document_is_refused_at_once_and_not_kept(client, world, kind, body, code):
    kept = list((world.gateway.home / "spool").iterdir())
    answer = capture(client, world, body, **{"Content-Type": kind})
    assert (answer.status_code, answer.json["code"]) == (400, code)
    assert answer.json["type"] == "epcisException:ValidationException"
    assert list((world.gateway.home / "spool").iterdir()) == kept


# Versions and limits


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"GS1-EPCIS-Version": "2.0.0", "GS1-CBV-Version": "2.0"}, 202),
        ({"GS1-EPCIS-Version": "1.2"}, 202),
        ({"GS1-EPCIS-Version": "3.0"}, 406),
        ({"GS1-EPCIS-Min": "1.0", "GS1-EPCIS-Max": "2.0"}, 202),
        ({"GS1-EPCIS-Min": "2.1"}, 406),
        ({"GS1-EPCIS-Max": "1.2"}, 406),
        ({"GS1-EPCIS-Version": "two"}, 406),
        ({"GS1-Extensions": "ex=https://ns.example.com/epcis/"}, 202),
    ],
)
def test_versions_are_spoken_or_refused(client, world, headers, status):
    answer = capture(client, world, epcis(), **headers)
    assert answer.status_code == status
    assert status == 202 or answer.json["type"] == "epcisException:NotAcceptableException"


@pytest.mark.parametrize("syntax", ["json", "xml"])
def test_more_events_than_announced_are_refused_unless_they_may_be_divided(client, world, syntax):
    events = [seen("storing", f"urn:x:{number}", at=ago(hours=1)) for number in range(501)]
    body, kind = (epcis(*events), JSON) if syntax == "json" else (in_xml(*events), XML)
    answer = capture(client, world, body, **kind)
    assert (answer.status_code, answer.json["type"]) == (413, "epcisException:CaptureLimitExceededException")
    assert answer.headers["GS1-EPCIS-Capture-Limit"] == "500"
    proceeding = capture(client, world, body, **kind, **{"GS1-Capture-Error-Behaviour": "proceed"})
    assert proceeding.status_code == 202
    run(world)
    job = client.get(proceeding.headers["Location"], headers=world.headers(BRAND)).json
    assert (job["success"], len(job["eventIDs"])) == (True, 501)


# Jobs


def test_a_job_comes_as_xml_too(client, world):
    answer = capture(client, world, epcis({"type": "ObjectEvent"}))
    run(world)
    headers = {**world.headers(BRAND), "Accept": "application/xml"}
    job = client.get(answer.headers["Location"], headers=headers)
    assert job.mimetype == "application/xml"
    root = etree.fromstring(job.data)
    assert root.tag == "{urn:epcglobal:epcis-capture:xsd:2}EPCISCaptureJob"
    assert [root.findtext(name) for name in ("running", "success", "captureErrorBehaviour")] == [
        *("false", "false", "rollback"),
    ]
    assert root.findtext("errors/type") == "epcisException:ValidationException"
    refused = client.get(answer.headers["Location"], headers={**headers, "Accept": "text/csv"})
    assert (refused.status_code, refused.json["type"]) == (406, "epcisException:NotAcceptableException")


def test_page_tokens_of_jobs_expire_and_are_the_callers_own(client, world):
    for number in range(2):
        capture(client, world, epcis(seen("storing", sgtin(f"18{number}0"), at=ago(hours=1))))
    page = client.get("/epcis/v2/capture?perPage=1", headers=world.headers(BRAND))
    assert page.headers["GS1-Next-Page-Token-Expires"].endswith("Z")
    path = page.headers["Link"].partition("<")[2].partition(">")[0].partition("/epcis")[2]
    assert client.get("/epcis" + path, headers=world.headers(BRAND)).status_code == 200
    assert client.get("/epcis" + path, headers=world.headers(CARRIER)).status_code == 400
    run(world)


# Single events


def bare(event):
    return json.dumps({"@context": URL, **event}).encode()


def post(client, world, body, **headers):
    return client.post("/epcis/v2/events", data=body, headers={**world.headers(BRAND), **JSON, **headers})


@pytest.mark.parametrize("syntax", ["json", "xml"])
def test_one_event_is_on_the_ledger_when_it_is_answered(client, world, syntax):
    item = sgtin(f"122{len(syntax)}")
    body = bare(seen("storing", item, at=ago(hours=1), place=FACTORY))
    if syntax == "xml":
        body = write(canonical.parse(body))
    answer = post(client, world, body, **(XML if syntax == "xml" else {}))
    assert answer.status_code == 201
    world.project()
    (fact,) = world.gateway.readmodel.facts(item)
    assert unquote(answer.headers["Location"]) == f"/epcis/v2/events/{fact.id}"
    assert answer.json["eventID"] == fact.id
    assert int(answer.headers["Ledger-Position"]) > 0
    found = client.get(answer.headers["Location"], headers=world.headers(BRAND))
    assert found.status_code == 200


def test_a_sent_id_stays_the_events_own(client, world):
    event = {
        **seen("storing", sgtin("1223"), at=ago(hours=1)),
        "eventID": "urn:uuid:0b2c0d1e-0000-4000-8000-000000000001",
    }
    assert post(client, world, bare(event)).json["eventID"] == event["eventID"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"bizStep": "teleporting"}, 400, "epcis.value"),
        ({"eventTime": None}, 400, "epcis.type"),
        ({"type": "EPCISDocument"}, 400, "capture.not_an_event"),
        ({"@context": [URL, {"ex": "https://ex.example.com/"}], "ex:large": "x" * 300_000}, 413, "epcis.too_large"),
    ],
)
def test_an_event_that_is_not_well_formed_is_refused(client, world, change, status, code):
    answer = post(client, world, bare({**seen("storing", sgtin("1224"), at=ago(hours=1)), **change}))
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.json["type"].startswith("epcisException:")


def test_only_who_may_record_posts_events(client, world):
    headers = {**world.headers(BRAND, Level.READ), **JSON}
    answer = client.post(
        "/epcis/v2/events", data=bare(seen("storing", sgtin("1225"), at=ago(hours=1))), headers=headers
    )
    assert answer.status_code == 403
