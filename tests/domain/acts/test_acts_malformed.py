"""Arguments that no act takes, each refused with the place where it is wrong."""

import pytest

from provenance.domain.errors import Malformed
from provenance.domain.records import Place
from tests.domain.acts.scene import GTIN, ITEM, PALLET, PRODUCT, RIGHT, ROTTERDAM, UCR, checked, do, event


@pytest.mark.parametrize(
    ("by", "act", "arguments", "code", "pointer"),
    [
        ("Steward", "registry:enrol", {"name": "x", "roles": []}, "arguments.missing", "/organisation"),
        (
            "Steward",
            "registry:enrol",
            {"organisation": "a b", "name": "x", "roles": []},
            "arguments.form",
            "/organisation",
        ),
        ("Steward", "registry:enrol", {"organisation": "a", "name": "x\n", "roles": []}, "arguments.form", "/name"),
        ("Steward", "registry:enrol", {"organisation": "a", "name": "x\u202e", "roles": []}, "arguments.form", "/name"),
        (
            "Steward",
            "registry:enrol",
            {"organisation": "a", "name": "x", "roles": ["king"]},
            "arguments.value",
            "/roles/0",
        ),
        (
            "Steward",
            "registry:enrol",
            {"organisation": "a", "name": "x", "roles": ["customs"]},
            "organisation.jurisdiction",
            "/jurisdiction",
        ),
        (
            "Steward",
            "registry:enrol",
            {"organisation": "a", "name": "x", "roles": [], "admin": True},
            "arguments.unknown",
            "/admin",
        ),
        (
            "Steward",
            "registry:enrol",
            {"organisation": "a", "name": "x", "roles": [], "prefixes": ["952", "9521"]},
            "arguments.form",
            "/prefixes/0",
        ),
        (
            "Steward",
            "registry:enrol",
            {"organisation": "a", "name": "x", "roles": ["brand", "brand"]},
            "arguments.duplicate",
            "/roles",
        ),
        (
            "Brand",
            "registry:register_place",
            {"place": ROTTERDAM[:-1] + "0", "name": "Quay", "place_kind": "port", "country": "NL"},
            "identifier.check_digit",
            "/place",
        ),
        (
            "Brand",
            "registry:register_place",
            {"place": ITEM, "name": "Quay", "place_kind": "port", "country": "NL"},
            "identifier.form",
            "/place",
        ),
        ("Brand", "registry:declare_right", {"right": "r", **RIGHT, "office": "XX1"}, None, "/office"),
        (
            "Brand",
            "registry:declare_right",
            {"right": "r", **RIGHT, "expires": "2019-01-01"},
            "arguments.term",
            "/expires",
        ),
        (
            "Brand",
            "registry:declare_right",
            {"right": "r", **RIGHT, "nice_classes": [46]},
            "identifier.form",
            "/nice_classes",
        ),
        (
            "Brand",
            "registry:declare_right",
            {"right": "r", **RIGHT, "nice_classes": ["25"]},
            "arguments.type",
            "/nice_classes/0",
        ),
        (
            "Brand",
            "registry:declare_right",
            {"right": "r", **RIGHT, "starts": "yesterday"},
            "arguments.value",
            "/starts",
        ),
        ("Brand", "products:register", {**PRODUCT, "gtin": GTIN[:-1] + "0"}, "identifier.check_digit", "/gtin"),
        (
            "Brand",
            "products:register",
            {**PRODUCT, "gtin": checked("0952100000003"), "hs_code": "12"},
            None,
            "/hs_code",
        ),
        ("Brand", "products:issue_serials", {"batch": "b", "gtin": GTIN}, "batch.serials", ""),
        ("Brand", "products:issue_serials", {"batch": "b", "gtin": GTIN, "first": "1"}, "batch.serials", ""),
        (
            "Brand",
            "products:issue_serials",
            {"batch": "b", "gtin": GTIN, "first": "2", "last": "1"},
            "arguments.range",
            "/last",
        ),
        (
            "Brand",
            "products:issue_serials",
            {"batch": "b", "gtin": GTIN, "first": "9", "last": "10"},
            "arguments.range",
            "/last",
        ),
        (
            "Brand",
            "products:issue_serials",
            {"batch": "b", "gtin": GTIN, "hashes": ["Z" * 64]},
            "arguments.form",
            "/hashes/0",
        ),
        (
            "Brand",
            "products:issue_ssccs",
            {"sscc_range": "s", "prefix": "9521000", "first": "09521999000000001", "last": "09521999000000002"},
            "sscc_range.prefix",
            "/first",
        ),
        (
            "Carrier",
            "customs:open_consignment",
            {"consignment": "x", "units": [PALLET], "origin": "CN", "destination": "NL"},
            None,
            "/consignment",
        ),
        (
            "Carrier",
            "customs:open_consignment",
            {"consignment": UCR, "units": [PALLET[:-1] + "0"], "origin": "CN", "destination": "NL"},
            "identifier.check_digit",
            "/units/0",
        ),
        (
            "Carrier",
            "customs:open_consignment",
            {"consignment": UCR, "units": [PALLET], "origin": "CN", "destination": "NL", "containers": ["MSKU1234567"]},
            "identifier.check_digit",
            "/containers/0",
        ),
        (
            "CustomsNL",
            "customs:impose",
            {"measure": "m", "measure_kind": "seize", "reason": "x", "place": ROTTERDAM},
            "measure.items",
            "/items",
        ),
        (
            "CustomsNL",
            "customs:impose",
            {"measure": "m", "measure_kind": "seize", "reason": "x", "items": [ITEM]},
            "measure.territory",
            "/place",
        ),
        (
            "Brand",
            "registry:register_place",
            {"place": ROTTERDAM, "name": "Quay", "place_kind": "port", "country": "NL", "unlocode": "CNNGB"},
            "place.unlocode",
            "/unlocode",
        ),
        (
            "Brand",
            "enforcement:open_case",
            {"case": "c", "right": "cn-mark", "items": [ROTTERDAM]},
            "identifier.form",
            "/items/0",
        ),
        (
            "Brand",
            "registry:declare_right",
            {"right": "r", **RIGHT, "territory": "NL"},
            "right.territory",
            "/territory",
        ),
        (
            "Brand",
            "registry:declare_right",
            {"right": "r", **RIGHT, "st13": "EM502026000012345"},
            "right.office",
            "/st13",
        ),
        ("Brand", "custody:void", {"handover": "h-1", "events": []}, "arguments.length", "/events"),
        ("Brand", "custody:void", {"handover": "h-1", "events": ["x"]}, "arguments.type", "/events/0"),
        (
            "Brand",
            "enforcement:open_case",
            {"case": "c", "right": "cn-mark", "items": [ITEM], "docket": "1"},
            "case.court",
            "/docket",
        ),
    ],
)
def test_malformed_arguments_are_refused_with_their_place(world, by, act, arguments, code, pointer):  # noqa: PLR0917 - columns
    with pytest.raises(Malformed) as refusal:
        do(world, by, act, **arguments)
    assert code in (None, refusal.value.code)
    assert refusal.value.pointer == pointer


def test_the_event_that_an_act_carries_must_have_its_own_id(world):
    (entry,) = event("void_shipping")
    forged = {**entry, "id": entry["id"].replace(entry["id"][15:20], "00000")}
    with pytest.raises(Malformed):
        do(world, "Brand", "custody:void", handover="h-1", events=[forged])


@pytest.mark.parametrize(
    "rules",
    [
        {"version": "x", "speed_sea": 0},
        {"version": "x", "id": "other"},
        {"version": ""},
        {"version": "x", "speed_air": 10**9},
    ],
)
def test_impossible_rules_are_refused(world, rules):
    with pytest.raises(Malformed) as refusal:
        do(world, "Steward", "registry:set_rules", rules=rules)
    assert refusal.value.pointer.startswith("/rules")


def test_a_doorstep_has_no_exact_whereabouts(world):
    place = {
        "place": f"https://id.gs1.org/414/{checked('952100000009')}",
        "name": "District",
        "place_kind": "doorstep",
        "country": "NL",
    }
    with pytest.raises(Malformed) as refusal:
        do(world, "Brand", "registry:register_place", **place, latitude="51.92", longitude="4.48")
    assert refusal.value.code == "place.personal"
    do(world, "Brand", "registry:register_place", **place, latitude="51.9", longitude="4.5")
    assert str(world.get(Place, place["place"]).latitude) == "51.9"


@pytest.mark.parametrize(
    ("latitude", "longitude"), [("91", "0"), ("0", "181"), ("1e1", "0"), ("NaN", "0"), ("1", None)]
)
def test_coordinates_are_on_the_earth(world, latitude, longitude):
    place = {
        "place": f"https://id.gs1.org/414/{checked('952100000009')}",
        "name": "W",
        "place_kind": "factory",
        "country": "NL",
    }
    stated = {"latitude": latitude, **({"longitude": longitude} if longitude else {})}
    with pytest.raises(Malformed) as refusal:
        do(world, "Brand", "registry:register_place", **place, **stated)
    assert refusal.value.pointer == "/latitude"
