"""Items: what members read about a thing, and its symbol."""

import io
from urllib.parse import quote

import pytest
import small_world
import zxingcpp
from PIL import Image
from small_world import (
    BASE_URL,
    BRAND,
    CARRIER,
    CUSTOMS,
    FACTORY,
    GTIN,
    ODD_SERIAL,
    PORT,
    STRANGER,
    ago,
    packed,
    seen,
    sgtin,
    sscc,
    to,
)

from provenance.domain.gs1.convert import urn
from provenance.domain.gs1.link import path
from tests.databases import settings_on

ITEM, PALLET = sgtin(ODD_SERIAL), sscc("09525678000000040")


@pytest.fixture(scope="module")
def world(tmp_path_factory, database):
    home = tmp_path_factory.mktemp("home")
    world = small_world.found(home, settings_on(database, home, public_url=small_world.BASE_URL))
    world.record(
        BRAND,
        seen("commissioning", ITEM, at=ago(days=9), place=FACTORY, action="ADD"),
        packed(PALLET, ITEM, at=ago(days=8), place=FACTORY),
        seen("shipping", PALLET, at=ago(days=7), place=FACTORY, **to(CARRIER)),
    )
    world.record(CARRIER, seen("receiving", PALLET, at=ago(days=6), place=PORT))
    yield world
    world.gateway.close()


def get(client, world, thing, what="", organisation=BRAND, **headers):
    return client.get(f"/api/v1/items{thing}{what}", headers={**world.headers(organisation), **headers})


NAMES = {
    "path": path(ITEM),
    "encoded link": "/" + quote(ITEM, safe=""),
    "encoded URN": "/" + quote(urn(ITEM, prefix_length=7), safe=""),
    "encoded link of another domain": "/" + quote(ITEM.replace("id.gs1.org", "x.example.test"), safe=""),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("what", ["", "/verdict", "/history", "/trace"])
def test_a_thing_is_named_in_every_way(client, world, name, what):
    answer = get(client, world, NAMES[name], what)
    assert answer.status_code == 200, answer.json
    assert answer.json["item"] == ITEM


def test_the_verdict_has_the_shape_of_every_verdict(client, world):
    verdict = get(client, world, path(ITEM), "/verdict").json
    assert list(verdict) == ["item", "grade", "findings", "as_of", "rules"]
    assert verdict["grade"] == "consistent"
    assert all(list(finding) == ["code", "severity", "text", "facts"] for finding in verdict["findings"])


def test_the_history_goes_through_containers(client, world):
    history = get(client, world, path(ITEM), "/history").json["history"]
    assert [entry.get("step") for entry in history] == [None, "commissioning", "packing", "shipping", "receiving"]
    assert history[-1]["through"] == PALLET


def test_who_may_not_read_an_event_sees_what_everybody_sees(client, world):
    whole = get(client, world, path(ITEM), "/history").json["history"]
    released = get(client, world, path(ITEM), "/history", STRANGER).json["history"]
    assert [entry["readable"] for entry in whole] == [True, True, True, True, True]
    assert [entry["readable"] for entry in released] == [True, False, False, False, False]
    assert "event_id" in whole[1]
    assert "event_id" not in released[1]
    partner = get(client, world, path(ITEM), "/history", CARRIER).json["history"]
    assert [entry["readable"] for entry in partner] == [True, False, False, True, True]
    assert released[1]["by"] == "Example Shoes (fictitious)"


def test_the_trace_ends_at_the_rights_and_their_holder(client, world):
    trace = get(client, world, path(ITEM), "/trace").json
    assert trace["brand"]["name"] == "Example Shoes (fictitious)"
    assert {right["right"]["id"] for right in trace["rights"]} == {"EX-CN", "EX-EU"}
    assert trace["last_consistent"]["step"] == "receiving"
    assert trace["first_inconsistent"] is None


def test_summaries_by_level(client, world):
    item = get(client, world, path(ITEM)).json
    assert (item["level"], item["grade"], item["state"]["status"]) == ("item", "consistent", "active")
    product = get(client, world, f"/01/{GTIN}").json
    assert (product["level"], product["product"]["name"]) == ("class", "Stride 1 running shoe (fictitious)")
    lot = get(client, world, f"/01/{GTIN}/10/L1").json
    assert (lot["level"], lot["lot"], lot["recalled"]) == ("lot", "L1", False)
    unit = get(client, world, path(PALLET)).json
    assert (unit["level"], unit["contents"], unit["inside"]) == ("logistic_unit", [ITEM], 1)


def test_contents_are_for_who_may_read_about_the_unit(client, world):
    unit = get(client, world, path(PALLET), organisation=STRANGER).json
    assert unit["inside"] == 1
    assert "contents" not in unit


def test_a_unit_has_a_history_and_no_verdict(client, world):
    assert len(get(client, world, path(PALLET), "/history").json["history"]) == 3
    assert get(client, world, path(PALLET), "/verdict").json["code"] == "identifier.no_item"


@pytest.mark.parametrize("serial", [ODD_SERIAL, "1000", "a+b&c=d", "%2F", "(1)'*;:!,.-_<>\""])
def test_the_symbol_leads_to_the_exact_link(client, world, serial):
    item = sgtin(serial)
    answer = get(client, world, path(item), "/qr", Accept="image/png")
    assert answer.mimetype == "image/png"
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(answer.data)).convert("L"))
    assert read.text == BASE_URL + path(item)
    assert str(read.format) in ("QRCode", "QR Code", "BarcodeFormat.QRCode")
    page = client.get(path(item))
    assert page.headers["Location"] == "/verify" + path(item)


def test_the_symbol_is_svg_by_default_and_by_name(client, world):
    for what, accept in (("/qr", "*/*"), ("/qr?format=svg", "image/png"), ("/qr", "image/svg+xml")):
        answer = get(client, world, path(ITEM), what, Accept=accept)
        assert answer.mimetype == "image/svg+xml"
        assert answer.data.startswith(b"<?xml") or answer.data.startswith(b"<svg")
    assert get(client, world, path(ITEM), "/qr?format=png").mimetype == "image/png"


def test_customs_reads_the_whole_history_of_what_passed_its_country(client, world):
    history = get(client, world, path(ITEM), "/history", CUSTOMS).json["history"]
    assert all(entry["readable"] for entry in history)
    world.record(BRAND, seen("commissioning", sgtin("1400"), at=ago(days=9), place=FACTORY, action="ADD"))
    elsewhere = get(client, world, path(sgtin("1400")), "/history", CUSTOMS).json["history"]
    assert [entry["readable"] for entry in elsewhere] == [True, False]
