"""Tables of scans by the API: a dry run unless asked, all or nothing, nothing twice."""

import pytest
from small_world import BRAND, CARRIER, FACTORY, STRANGER, ago, sgtin

from provenance import tabular
from provenance.operations import Level

GTIN = "09521234000013"


def post(client, world, body, query="", organisation=BRAND, **headers):
    content = body if isinstance(body, bytes) else body.encode()
    headers = {"Content-Type": "text/csv", **world.headers(organisation), **headers}
    return client.post(f"/api/v1/scans/csv{query}", data=content, headers=headers)


def table(*lines):
    return "\n".join(("code;step;time;place;partner", *lines))


def events_of(world, item):
    world.project()
    return [fact.event for fact in world.gateway.readmodel.facts(item)]


def height(world):
    return world.gateway.ledger.height()


def test_without_asking_nothing_is_recorded_and_everything_is_told(client, world):
    before = height(world)
    answer = post(client, world, table(f"]d201{GTIN}21T1;shipping;{ago(hours=1)};;{CARRIER}", "3.40123E+17;storing;;;"))
    assert answer.status_code == 200
    assert (answer.json["recorded"], answer.json["sound"], answer.json["lines"]) == (False, False, 2)
    assert [(each["line"], each["column"], each["code"]) for each in answer.json["problems"]] == [
        (3, "code", "csv.scientific"), (3, "time", "csv.cell_missing")
    ]  # fmt: skip
    (scan,) = answer.json["scans"]
    assert (scan["line"], scan["item"], scan["form"]) == (2, sgtin("T1"), "element_string")
    assert height(world) == before


@pytest.mark.parametrize("query", ["?record=true", "?record=true&zone=Asia/Shanghai"])
def test_a_table_with_a_faulty_line_is_refused_whole(client, world, query):
    before = height(world)
    answer = post(
        client, world, table(f"(01){GTIN}(21)T2;storing;{ago()};;", f"(01){GTIN}(21)T3;storing;{ago()};;x"), query
    )
    assert (answer.status_code, answer.json["code"]) == (422, "csv.refused")
    assert [(each["line"], each["column"], each["code"]) for each in answer.json["problems"]] == [
        (3, "partner", "scan.partner")
    ]
    assert height(world) == before


def test_what_is_recorded_is_the_same_as_one_by_one_and_counts_once(client, world):
    item, time = sgtin("T4"), ago(hours=2)
    body = table(*[f"{item};shipping;{time};{FACTORY};{CARRIER}"] * 2)
    answer = post(client, world, body, "?record=true")
    assert (answer.status_code, answer.json["recorded"], answer.json["repeated"]) == (201, True, 1)
    assert int(answer.headers["Ledger-Position"]) < height(world)
    assert post(client, world, body, "?record=true").status_code == 201
    single = {"code": item, "step": "shipping", "time": time, "place": FACTORY, "partner": CARRIER}
    alone = client.post("/api/v1/scans", json=single, headers=world.headers(BRAND))
    assert alone.json["events"] == [answer.json["scans"][0]["event"]]
    (event,) = events_of(world, item)
    assert (event.step, event.read_point) == ("shipping", FACTORY)


def test_more_lines_than_a_transaction_holds_take_several(client, world):
    time = ago(hours=2)
    body = table(*(f"{sgtin(f'M{number}')};storing;{time};;" for number in range(501)))
    answer = post(client, world, body, "?record=true")
    assert (answer.status_code, len(answer.json["transactions"])) == (201, 2)
    assert len(events_of(world, sgtin("M500"))) == 1


def test_the_place_of_the_key_is_that_of_lines_without_one(client, world):
    token = world.gateway.operations.keys.create(BRAND, Level.RECORD, place=FACTORY)[1]
    answer = post(client, world, table(f"{sgtin('T5')};storing;{ago()};;"), Authorization=f"Bearer {token}")
    assert answer.json["scans"][0]["defaults"] == {"place": FACTORY}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?record=yes", "query.parameter"),
        ("?recrod=true", "query.parameter"),
        ("?record=true&record=false", "query.parameter"),
        ("?zone=Europe/Nowhere", "csv.zone_unknown"),
        ("?zone=", "csv.zone_unknown"),
    ],
)
def test_parameters_are_what_they_are(client, world, query, code):
    answer = post(client, world, table(f"{sgtin('T6')};storing;{ago()};;"), query)
    assert (answer.status_code, answer.json["code"]) == (400, code)


def test_a_zone_is_that_of_times_without_one(client, world):
    body = table(f"{sgtin('T7')};storing;2026-03-01 09:30;;")
    assert [each["code"] for each in post(client, world, body).json["problems"]] == ["csv.zone_missing"]
    assert post(client, world, body, "?zone=%2B08:00").json["sound"] is True


def test_bodies_are_of_one_type_and_bounded(client, world):
    answer = post(client, world, b"x", **{"Content-Type": "application/json"})
    assert (answer.status_code, answer.json["code"]) == (415, "request.media_type")
    assert post(client, world, b"").status_code == 400
    assert post(client, world, b"x" * (tabular.MOST_BYTES + 1)).status_code == 413


@pytest.mark.parametrize("query", ["", "?record=true"])
def test_reading_is_not_enough(client, world, query):
    answer = post(client, world, "x", query, **world.headers(STRANGER, Level.READ))
    assert (answer.status_code, answer.json["code"]) == (403, "auth.level")
