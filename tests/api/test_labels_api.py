"""Labels of logistic units: for who issued their SSCCs."""

import io

import pytest
import zxingcpp
from PIL import Image
from small_world import BRAND, CARRIER, STRANGER, sscc

from provenance.operations import Level


def code(reference):
    return sscc(reference).rpartition("/")[2]


UNIT, UNISSUED = code("09525678000077000"), code("09525678000077010")
WRONG = UNIT[:-1] + str((int(UNIT[-1]) + 1) % 10)


@pytest.fixture(scope="module", autouse=True)
def issued(world):
    world.contracts(CARRIER).issue_ssccs(
        sscc_range="labels", prefix="9525678", first="09525678000077000", last="09525678000077009"
    )
    world.project()


def get(client, world, path, organisation=CARRIER, **headers):
    return client.get(f"/api/v1/ssccs/{path}", headers={**world.headers(organisation, Level.READ), **headers})


def read(image):
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(image)).convert("L"))
    return [(each.symbology_identifier, each.text) for each in found]


def test_the_label_of_an_issued_unit_can_be_scanned(client, world):
    answer = get(client, world, f"{UNIT}/label?format=png")
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert read(answer.data) == [("]C1", f"(00){UNIT}")]


def test_content_is_in_a_symbol_above_it(client, world):
    answer = get(client, world, f"{UNIT}/label?content=09521234000013&count=24&lot=L7", Accept="image/png")
    assert [text for _, text in read(answer.data)] == ["(02)09521234000013(37)24(10)L7", f"(00){UNIT}"]


def test_svg_is_the_default(client, world):
    answer = get(client, world, f"{UNIT}/label")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert f"(00){UNIT}".encode() in answer.data


@pytest.mark.parametrize(
    ("path", "organisation", "refusal"),
    [
        (f"{UNIT}/label", BRAND, (403, "authority.prefix")),
        (f"{UNIT}/label", STRANGER, (403, "authority.prefix")),
        (f"{UNISSUED}/label", CARRIER, (404, "sscc.unknown")),
        (f"{WRONG}/label", CARRIER, (400, "identifier.check_digit")),
        ("0952567800007700/label", CARRIER, (400, "identifier.form")),
        (f"{UNIT}/label?count=2", CARRIER, (400, "label.content")),
        (f"{UNIT}/label?size=2", CARRIER, (400, "query.parameter")),
        (f"{UNIT}/label?count=2&count=3", CARRIER, (400, "query.parameter")),
        (f"{UNIT}/label?content=09521234000014&count=2", CARRIER, (400, "identifier.check_digit")),
    ],
)
def test_who_may_not_have_it_and_what_cannot_be(client, world, path, organisation, refusal):
    answer = get(client, world, path, organisation)
    assert (answer.status_code, answer.json["code"]) == refusal


def test_without_a_key_there_is_none(client):
    assert client.get(f"/api/v1/ssccs/{UNIT}/label").status_code == 401
