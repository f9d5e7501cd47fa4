"""The consumer's pages: a verdict with its reasons for everybody, and nothing that is not released."""

import pytest
import small_world
from small_world import (
    BASE_URL,
    BRAND,
    CARRIER,
    CUSTOMS,
    DOORSTEP,
    FACTORY,
    GTIN,
    ODD_SERIAL,
    PALLET,
    PORT,
    ago,
    item_page,
    packed,
    seen,
    sgtin,
    sscc,
    to,
)

from provenance.domain.findings import Severity
from provenance.domain.gs1.link import path
from provenance.domain.records import ExaminationResult, MeasureKind
from provenance.domain.verdict import Grade, Status
from tests.databases import settings_on
from web import present
from web.grades import GRADES
from web.icons import ICONS

JSON = {"Accept": "application/json"}
GENUINE, COPIED, RECALLED, SEIZED, STOLEN, UNKNOWN = (
    sgtin(serial) for serial in (ODD_SERIAL, "1501", "1502", "1503", "1504", "77777")
)
GRADED = {
    GENUINE: ("consistent", "Record consistent"),
    COPIED: ("suspicious", "Suspicious"),
    RECALLED: ("stopped", "Stopped"),
    SEIZED: ("stopped", "Stopped"),
    STOLEN: ("attention", "Attention"),
    UNKNOWN: ("not_on_record", "Not on record"),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory, database):
    home = tmp_path_factory.mktemp("home")
    world = small_world.found(home, settings_on(database, home, public_url=small_world.BASE_URL))
    for count, item in enumerate((GENUINE, COPIED, RECALLED, SEIZED, STOLEN)):
        _travel(world, item, PALLET if count == 0 else sscc(f"0952567800000005{count}"))
    world.record(BRAND, seen("inspecting", COPIED, at=ago(hours=46), place=FACTORY))
    world.record(BRAND, seen("holding", STOLEN, at=ago(hours=3), disposition="stolen"))
    world.contracts(BRAND).recall(recall="R-1", gtin=GTIN, reason="Sole may come loose", serials=["1502"])
    world.contracts(BRAND).recall(recall="R-2", gtin=GTIN, reason="Wrong size", lot="L9")
    seize = {"measure_kind": MeasureKind.SEIZE, "reason": "Checked at the border", "items": [SEIZED], "place": PORT}
    world.contracts(CUSTOMS).impose(measure="M-1", **seize)
    world.project()
    yield world
    world.gateway.close()


def _travel(world, item, pallet):
    world.record(
        BRAND,
        seen("commissioning", item, at=ago(days=30), place=FACTORY, action="ADD"),
        packed(pallet, item, at=ago(days=29), place=FACTORY),
        seen("shipping", pallet, at=ago(days=28), place=FACTORY, **to(CARRIER)),
    )
    world.record(
        CARRIER,
        seen("receiving", pallet, at=ago(days=27), place=FACTORY),
        seen("arriving", pallet, at=ago(days=3), place=PORT),
        packed(pallet, item, at=ago(days=2), place=PORT, action="DELETE"),
        seen("arriving", item, at=ago(days=1), place=DOORSTEP),
    )


@pytest.mark.parametrize("item", GRADED, ids=[name for name, _ in GRADED.values()])
def test_each_grade_has_its_word_colour_and_icon(client, item):
    grade, title = GRADED[item]
    page = item_page(client, item)
    assert page.status_code == 200
    assert f"<h1>{title}</h1>" in page.text
    assert f"grade-{grade}" in page.text
    assert str(ICONS[grade]) in page.text


@pytest.mark.parametrize("item", GRADED, ids=[name for name, _ in GRADED.values()])
def test_the_page_never_says_more_than_was_checked(client, item):
    text = item_page(client, item).text.lower()
    assert "fake" not in text
    assert "counterfeit" not in text
    assert "authentic" not in text
    assert "original item" not in text
    for said in ("the tag: ", "not checked", "not examined", "photocopied code shows this same record"):
        assert said in text
    assert "address bar shows <strong>verify.example.test</strong>" in text


@pytest.mark.parametrize("item", GRADED, ids=[name for name, _ in GRADED.values()])
def test_json_has_the_shape_of_every_verdict(client, item):
    answer = item_page(client, item, headers=JSON)
    assert answer.mimetype == "application/json"
    assert list(answer.json)[:5] == ["item", "grade", "findings", "as_of", "rules"]
    assert (answer.json["item"], answer.json["grade"]) == (item, GRADED[item][0])
    assert {"product", "state", "history"} <= set(answer.json)
    assert client.get("/verify" + path(item) + "?format=json").json["grade"] == GRADED[item][0]


def test_what_a_browser_accepts_is_a_page(client):
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
    for header in (accept, "*/*", "", "text/html;q=0.5,application/json;q=0.1"):
        assert item_page(client, GENUINE, headers={"Accept": header}).mimetype == "text/html"


@pytest.mark.parametrize("headers", [{}, JSON], ids=["page", "json"])
def test_nothing_internal_is_released(client, world, headers):
    text = item_page(client, GENUINE, headers=headers).text
    transactions = [each.id for block in world.gateway.ledger.blocks(0) for each in block.transactions]
    internal = [
        f">{BRAND}<",
        f'"{CARRIER}"',
        PALLET,
        PALLET.rpartition("/")[2],
        FACTORY,
        PORT,
        DOORSTEP,
        "Parcel round 17",
    ]
    internal += ["batch-internal", "EX-CN-secret", "BEGIN CERTIFICATE", *transactions]
    assert [secret for secret in internal if secret in text] == []


def test_the_journey_is_told_with_names_and_countries(client):
    text = item_page(client, GENUINE).text
    for told in ("Made and given its number", "Example Works, Ningbo, China", "Port of Rotterdam, Netherlands"):
        assert told in text
    assert "At a delivery address, Netherlands" in text
    assert "Recorded by Example Lines (fictitious)" in text
    assert "Packed in a larger unit" in text


def test_reasons_are_given_in_words(client):
    assert "the genuine item may be in your hand" in item_page(client, COPIED).text
    assert "Sole may come loose" in item_page(client, RECALLED).text
    assert "An authority has seized this item." in item_page(client, SEIZED).text
    assert "reported it stolen" in item_page(client, STOLEN).text


def test_an_examined_item_says_so(client, world):
    item = sgtin("1599")
    world.record(BRAND, seen("commissioning", item, at=ago(days=3), place=FACTORY, action="ADD"))
    world.contracts(BRAND).examine(
        examination="E-1", item=item, result=ExaminationResult.GENUINE, method="stitching compared"
    )
    world.project()
    assert 'The item: <span class="word">examined</span>' in item_page(client, item).text


def test_a_product_code_names_no_item_and_gets_no_grade(client):
    page = client.get(f"/verify/01/{GTIN}")
    assert "not one item of it" in page.text
    assert "Stride 1 running shoe (fictitious)" in page.text
    assert not any(f"<h1>{shown.title}</h1>" in page.text for shown in GRADES.values())
    assert client.get(f"/verify/01/{GTIN}?format=json").json["grade"] is None
    assert "not on record" in client.get("/verify/01/09529999000019").text


@pytest.mark.parametrize(("lot", "title", "recalled"), [("L9", "Recalled", True), ("L1", "Not recalled", False)])
def test_a_lot_shows_its_recall_state(client, lot, title, recalled):
    page = client.get(f"/verify/01/{GTIN}/10/{lot}")
    assert f"<h1>{title}</h1>" in page.text
    assert ("Wrong size" in page.text) is recalled
    assert client.get(f"/verify/01/{GTIN}/10/{lot}", headers=JSON).json["recalled"] is recalled


def test_a_logistic_unit_shows_a_summary_of_its_contents(client, world):
    pallet, items = sscc("09525678000000060"), [sgtin("1601"), sgtin("1602")]
    world.record(BRAND, packed(pallet, *items, at=ago(days=2), place=FACTORY))
    page = client.get("/verify" + path(pallet))
    assert "2 items on record inside." in page.text
    assert "<strong>2</strong> Stride 1 running shoe (fictitious)" in page.text
    assert "1601" not in page.text
    answer = client.get("/verify" + path(pallet), headers=JSON).json
    assert (answer["grade"], answer["contents"]) == (None, [{"count": 2, "name": "Stride 1 running shoe (fictitious)"}])
    assert "Nothing on record" in client.get("/verify" + path(sscc("09525678000000061"))).text


def test_other_keys_are_named(client):
    assert "This code names a place." in client.get("/verify" + path(PORT)).text
    assert client.get("/verify" + path(PORT), headers=JSON).json == {"item": PORT, "grade": None, "level": "place"}


@pytest.mark.parametrize(
    ("code", "target"),
    [
        (GENUINE, path(GENUINE)),
        (f" {BASE_URL}{path(GENUINE)} ", path(GENUINE)),
        ("urn:epc:id:sgtin:9521234.000001.1501", path(COPIED)),
        (GTIN, f"/01/{GTIN}"),
        (f"{GTIN[1:4]} {GTIN[4:9]}-{GTIN[9:]}", f"/01/{GTIN}"),
        (PALLET.rpartition("/")[2], path(PALLET)),
        (f"(01){GTIN}(21)1501", path(COPIED)),
        (f"]d201{GTIN}211501", path(COPIED)),
    ],
)
def test_a_typed_code_leads_to_its_page(client, code, target):
    answer = client.get("/look-up", query_string={"code": code})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/verify{target}")


@pytest.mark.parametrize(
    "code", ["", "hello", "123", "9521234000014", "javascript:alert(1)", '"><script>alert(1)</script>']
)
def test_a_code_that_cannot_be_read_is_shown_again_with_the_reason(client, code):
    answer = client.get("/look-up", query_string={"code": code})
    assert answer.status_code == 400
    assert "This code cannot be read" in answer.text
    assert "<script>" not in answer.text


def test_reporting_quotes_the_code_and_the_brand(client):
    text = client.get("/report" + path(GENUINE)).text
    assert "(01)09521234000013(21)A/B%?" in text
    assert "Example Shoes (fictitious)" in text


def test_unknown_addresses_get_a_page_or_a_problem(client):
    assert "There is no such page" in client.get("/nothing").text
    assert client.get("/nothing", headers=JSON).json["code"] == "resource.unknown"
    assert client.post("/").status_code == 405


@pytest.mark.parametrize(
    "target", ["/", "/verify" + path(GENUINE), "/nothing", "/01/x", "/api/v1/items/x", "/api/openapi.json"]
)
def test_every_answer_carries_its_headers(client, target):
    answer = client.get(target)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert len(answer.headers["X-Request-Id"]) == 16
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_pages_need_no_script_and_no_inline_style(client):
    for target in ("/", "/verify" + path(COPIED), "/nothing", f"/verify/01/{GTIN}"):
        text = client.get(target).text
        for forbidden in ("<script", " style=", "<style", "onclick", "http://"):
            assert forbidden not in text


def test_static_files_are_cached_by_their_content(client):
    text = client.get("/").text
    address = text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    with client.get(address) as answer:
        assert answer.status_code == 200
        assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_every_word_of_the_domain_has_its_word_here():
    assert set(GRADES) == {grade.value for grade in Grade}
    assert set(present.STATUSES) == set(Status)
    assert set(present.SEVERITIES) == set(Severity)
    assert {*GRADES, *(severity.value for severity in Severity)} <= set(ICONS)
