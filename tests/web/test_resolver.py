"""The resolver: Digital Link paths lead to their page, everything else is told what is wrong."""

import orjson
import pytest
from small_world import GTIN, ODD_SERIAL, PALLET, PORT, sgtin

from provenance.domain.gs1.link import path

JSON = {"Accept": "application/json"}


@pytest.mark.parametrize(
    "target",
    [
        f"/01/{GTIN}/21/1000",
        path(sgtin(ODD_SERIAL)),
        f"/01/{GTIN}/10/L1/21/1000",
        f"/01/{GTIN}/10/L1",
        f"/01/{GTIN}",
        path(PALLET),
        path(PORT),
        path(PORT) + "/254/dock%2F1",
        f"/01/{GTIN}/21/1000?17=301231&utm=x",
        "/8003/09521234000013A%2FB",
        "/253/9521234000013A",
    ],
)
def test_every_kind_of_link_leads_to_its_page(client, target):
    answer = client.get(target)
    assert (answer.status_code, answer.headers["Location"]) == (307, f"/verify{target}")
    assert client.get(answer.headers["Location"]).status_code == 200
    assert client.head(target).status_code == 307


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/01/09521234000014/21/1", "identifier.check_digit"),
        ("/01/9521234000013/21/1", "identifier.form"),
        (f"/01/{GTIN}/21", "identifier.form"),
        (f"/01/{GTIN}/21/1/10/L", "identifier.form"),
        (f"/01/{GTIN}/21/%C3%A4", "identifier.form"),
        ("/99/x", "identifier.form"),
        ("/01/", "identifier.form"),
    ],
)
@pytest.mark.parametrize("stem", ["", "/verify", "/report"])
def test_what_is_no_link_is_refused_with_its_reason(client, stem, target, code):
    page = client.get(stem + target)
    assert (page.status_code, page.mimetype) == (400, "text/html")
    assert "This code cannot be read" in page.text
    problem = client.get(stem + target, headers=JSON)
    assert (problem.status_code, problem.mimetype) == (400, "application/problem+json")
    assert problem.json["code"] == code


def test_a_qualifier_in_the_query_is_refused(client):
    assert client.get(f"/01/{GTIN}?21=1", headers=JSON).json["code"] == "identifier.form"


@pytest.mark.either_database
def test_strict_parsing_agrees_with_the_vectors(client, vectors):
    cases = orjson.loads((vectors / "digital-link" / "gs1-syntax-engine-parse.json").read_bytes())["vectors"]
    asked = [case for case in cases if not case["options"] and case["uri"].startswith("https://a/")]
    asked = [case for case in asked if case["uri"][10:12].isdigit() and "#" not in case["uri"]]
    assert asked
    for case in asked:
        answer = client.get(case["uri"].removeprefix("https://a"))
        assert answer.status_code == (307 if case["valid"] else 400), case
