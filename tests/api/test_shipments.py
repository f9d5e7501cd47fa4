"""Shipments: what customs look up, whole, and nobody else who is not named by the rule."""

from urllib.parse import quote

import pytest
import small_world
from small_world import (
    AUDITOR,
    BRAND,
    CARRIER,
    COURT,
    CUSTOMS,
    FACTORY,
    PORT,
    STRANGER,
    ago,
    packed,
    seen,
    sgtin,
    sscc,
    to,
)

from provenance import bootstrap
from provenance.domain.gs1.link import path
from provenance.domain.records import MeasureKind, Role
from tests.databases import settings_on

ITEM, OTHER, CRATE, PALLET = sgtin("1500"), sgtin("1501"), sscc("09525678000000060"), sscc("09525678000000061")
ABROAD = sgtin("1502")
UCR = "6NL123456789-A/1"


@pytest.fixture(scope="module")
def world(tmp_path_factory, database):
    home = tmp_path_factory.mktemp("home")
    world = small_world.found(home, settings_on(database, home, public_url=small_world.BASE_URL))
    for name, country in (("CustomsDE", "DE"), ("CustomsBE", "BE"), ("CustomsCN", "CN")):
        bootstrap.enrol(
            world.gateway, name, name=f"Example {name} (fictitious)", roles=[Role.CUSTOMS], jurisdiction=country
        )
    world.record(
        BRAND,
        *(seen("commissioning", each, at=ago(days=9), place=FACTORY, action="ADD") for each in (ITEM, OTHER, ABROAD)),
        packed(CRATE, ITEM, at=ago(days=8), place=FACTORY),
        packed(CRATE, OTHER, at=ago(days=8), place=FACTORY),
        packed(PALLET, CRATE, at=ago(days=7), place=FACTORY),
        seen("shipping", PALLET, at=ago(days=6), place=FACTORY, **to(CARRIER)),
    )
    world.record(CARRIER, seen("receiving", PALLET, at=ago(days=5), place=PORT))
    carrier = world.contracts(CARRIER)
    carrier.open_consignment(consignment=UCR, units=[PALLET], origin="CN", destination="DE")
    carrier.lodge_declaration(country="BE", number="26BE-0001", consignment=UCR, procedure="transit")
    world.contracts(CUSTOMS).impose(
        measure="M-7", measure_kind=MeasureKind.DETAIN, reason="to be examined", items=[ITEM], place=PORT
    )
    world.contracts(BRAND).open_case(case="C-7", right="EX-EU", items=[OTHER], docket="C/13/7", court=COURT)
    world.project()
    yield world
    world.gateway.close()


def get(client, world, shipment, organisation=CUSTOMS, query=""):
    return client.get(f"/api/v1/shipments/{shipment}{query}", headers=world.headers(organisation))


NAMES = {
    "link path": path(PALLET)[1:],
    "encoded link": quote(PALLET, safe=""),
    "digits": PALLET[-18:],
    "consignment": quote(UCR, safe=""),
    "declaration": "BE%2F26BE-0001",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_pallet_is_found_by_every_name(client, world, name):
    answer = get(client, world, NAMES[name])
    assert answer.status_code == 200, answer.json
    (unit,) = answer.json["units"]
    assert unit["thing"] == PALLET
    assert unit["contents"][0]["thing"] == CRATE
    assert {each["thing"] for each in unit["contents"][1:]} == {ITEM, OTHER}
    assert {each["thing"]: each["measures"] for each in unit["contents"]} == {CRATE: [], ITEM: ["M-7"], OTHER: []}
    assert [each.get("step") for each in unit["history"]] == ["packing", "shipping", "receiving"]
    assert all(each["readable"] for each in unit["history"])
    assert [each["id"] for each in unit["consignments"]] == [UCR]
    assert [each["id"] for each in unit["declarations"]] == ["BE/26BE-0001"]
    (product,) = unit["products"]
    assert {right["right"]["id"] for right in product["rights"]} == {"EX-CN", "EX-EU"}
    assert ([each["id"] for each in answer.json["consignments"]] == [UCR]) == (name in ("consignment", "declaration"))


def test_an_item_shows_everything_it_was_inside(client, world):
    (unit,) = get(client, world, path(ITEM)[1:]).json["units"]
    assert [each["container"] for each in unit["containers"]] == [CRATE, PALLET]
    assert all(each["until"] is None for each in unit["containers"])
    assert unit["grade"] == "stopped"
    assert [each["measure"]["id"] for each in unit["measures"]] == ["M-7"]
    assert [each["id"] for each in unit["consignments"]] == [UCR]
    assert [each.get("step") for each in unit["history"] if each["kind"] == "event"] == [
        "commissioning", "packing", "packing", "shipping", "receiving",
    ]  # fmt: skip


READERS = {
    "pallet": (PALLET, {BRAND, CARRIER, CUSTOMS, "CustomsDE", "CustomsBE", "CustomsCN", AUDITOR}),
    "consignment": (UCR, {BRAND, CARRIER, CUSTOMS, "CustomsDE", "CustomsBE", "CustomsCN", AUDITOR}),
    "item": (ITEM, {BRAND, CUSTOMS, "CustomsDE", "CustomsBE", "CustomsCN", AUDITOR}),
    "item of a docket": (OTHER, {BRAND, CUSTOMS, "CustomsDE", "CustomsBE", "CustomsCN", AUDITOR, COURT}),
    "item that never left": (ABROAD, {BRAND, "CustomsCN", AUDITOR}),
}
EVERYBODY = (BRAND, CARRIER, CUSTOMS, "CustomsDE", "CustomsBE", "CustomsCN", AUDITOR, COURT, STRANGER, "Steward")


@pytest.mark.parametrize("organisation", EVERYBODY)
@pytest.mark.parametrize("name", READERS)
def test_who_is_told(client, world, name, organisation):
    shipment, readers = READERS[name]
    answer = get(client, world, quote(shipment, safe=""), organisation)
    if organisation in readers:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json["code"]) == (404, "shipment.unknown")


@pytest.mark.parametrize(
    ("shipment", "status", "code"),
    [
        ("NOSUCHUCR", 404, "shipment.unknown"),
        ("123", 404, "shipment.unknown"),
        ("NL%2Fnone", 404, "shipment.unknown"),
        ("000000000000000001", 404, "shipment.unknown"),
        ("01/09521234000013", 400, "identifier.no_item"),
        (path(PORT)[1:], 400, "identifier.no_item"),
    ],
)
def test_what_is_no_shipment(client, world, shipment, status, code):
    answer = get(client, world, shipment)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_large_consignments_go_page_by_page(client, world):
    units = [sscc(f"0952567800000{number:04d}") for number in range(300, 325)]
    world.contracts(CARRIER).open_consignment(consignment="LARGE-1", units=units, origin="CN", destination="NL")
    world.project()
    first = get(client, world, "LARGE-1")
    assert [each["thing"] for each in first.json["units"]] == units[:20]
    assert 'rel="next"' in first.headers["Link"]
    rest = get(client, world, "LARGE-1", query=f"?nextPageToken={first.json['nextPageToken']}")
    assert [each["thing"] for each in rest.json["units"]] == units[20:]
    assert "nextPageToken" not in rest.json
    for token in ("25", "x", "-1"):
        assert get(client, world, "LARGE-1", query=f"?nextPageToken={token}").status_code == 400
