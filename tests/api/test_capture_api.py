"""The capture interface: accepted once on disk, told apart by organisation, judged by its job."""

import pytest
from small_world import BRAND, CARRIER, FACTORY, ago, epcis, seen, sgtin

from provenance.operations import Level

JSON = {"Content-Type": "application/json"}


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
    for kind in ("application/xml", "text/plain", "application/x-www-form-urlencoded"):
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
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


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
    assert (answer.status_code, answer.json["code"]) == (400, "query.parameter")
