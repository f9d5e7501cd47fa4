"""What acts do to the records, and what they refuse because of what is on record."""

from datetime import date, timedelta

import pytest

from provenance.domain.errors import DomainError, Malformed
from provenance.domain.gs1.keys import Link
from provenance.domain.records import (
    Bar,
    Delegation,
    Handover,
    HandoverState,
    Measure,
    Organisation,
    Place,
    Prefix,
    Right,
    Rules,
)
from tests.domain.acts.scene import (
    CN_DECLARATION,
    GTIN,
    ITEM,
    NL_DECLARATION,
    NOON,
    OTHER_ITEM,
    PALLET,
    PRODUCT,
    RIGHT,
    ROTTERDAM,
    UCR,
    checked,
    copy,
    do,
    event,
    scene,
)

SCENE = scene()
HASH = "0" * 64


@pytest.fixture
def world():
    return copy(SCENE)


@pytest.mark.parametrize(
    ("by", "act", "arguments", "code"),
    [
        ("Brand", "registry:delegate_prefix", {"prefix": "9521000", "delegate": "Maker"}, "delegation.exists"),
        ("Brand", "registry:delegate_prefix", {"prefix": "9521000", "delegate": "Nobody"}, "organisation.unknown"),
        ("Brand", "registry:delegate_prefix", {"prefix": "9521001", "delegate": "Maker"}, "prefix.unknown"),
        ("Brand", "registry:end_delegation", {"prefix": "9521000", "delegate": "Carrier"}, "delegation.unknown"),
        (
            "Brand",
            "registry:register_place",
            {"place": ROTTERDAM, "name": "Quay", "place_kind": "port", "country": "NL"},
            "place.exists",
        ),
        ("OfficeCN", "registry:confirm_right", {"right": "cn-mark"}, "right.confirmed"),
        ("OfficeCN", "registry:renew_right", {"right": "cn-mark", "expires": "2030-01-01"}, "right.term"),
        (
            "Brand",
            "registry:grant_licence",
            {"licence": "l-1", "right": "cn-mark", "licensee": "Maker", "starts": "2026-01-01"},
            "licence.exists",
        ),
        (
            "Brand",
            "registry:grant_licence",
            {"licence": "l-9", "right": "cn-mark", "licensee": "Nobody", "starts": "2026-01-01"},
            "organisation.unknown",
        ),
        ("Brand", "registry:end_licence", {"licence": "l-9"}, "licence.unknown"),
        ("Brand", "products:register", {"gtin": GTIN, **PRODUCT}, "product.exists"),
        (
            "Brand",
            "products:register",
            {**PRODUCT, "gtin": checked("0952100000003"), "rights": ["nothing"]},
            "right.unknown",
        ),
        ("Maker", "products:issue_serials", {"batch": "b-1", "gtin": GTIN, "hashes": [HASH]}, "batch.exists"),
        (
            "Maker",
            "products:issue_serials",
            {"batch": "b-9", "gtin": checked("0952100000003"), "hashes": [HASH]},
            "product.unknown",
        ),
        ("Brand", "products:recall", {"recall": "r-1", "gtin": GTIN, "reason": "again"}, "recall.exists"),
        ("Brand", "products:lift_recall", {"recall": "r-9"}, "recall.unknown"),
        (
            "Brand",
            "custody:offer",
            {"handover": "h-1", "items": [ITEM], "receiver": "Carrier", "events": event("shipping")},
            "handover.exists",
        ),
        (
            "Brand",
            "custody:offer",
            {"handover": "h-9", "items": [ITEM], "receiver": "Brand", "events": event("shipping")},
            "handover.receiver",
        ),
        (
            "Brand",
            "custody:offer",
            {"handover": "h-9", "items": [ITEM], "receiver": "Nobody", "events": event("shipping")},
            "organisation.unknown",
        ),
        ("Carrier", "custody:accept", {"handover": "h-9", "events": event("receiving")}, "handover.unknown"),
        (
            "Carrier",
            "customs:lodge_declaration",
            {"country": "NL", "number": NL_DECLARATION, "consignment": UCR, "procedure": "import"},
            "declaration.exists",
        ),
        (
            "CustomsNL",
            "customs:impose",
            {"measure": "m-1", "measure_kind": "seize", "reason": "x", "items": [ITEM], "place": ROTTERDAM},
            "measure.exists",
        ),
        (
            "CustomsNL",
            "customs:impose",
            {
                "measure": "m-2",
                "measure_kind": "seize",
                "reason": "x",
                "items": [ITEM],
                "place": f"https://id.gs1.org/414/{checked('952100000008')}",
            },
            "place.unknown",
        ),
        (
            "Brand",
            "enforcement:open_case",
            {"case": "c-2", "right": "cn-mark", "items": [ITEM], "docket": "1", "court": "Carrier"},
            "case.court",
        ),
        ("Brand", "enforcement:open_case", {"case": "c-1", "right": "cn-mark", "items": [ITEM]}, "case.exists"),
        ("Brand", "enforcement:close_case", {"case": "c-9"}, "case.unknown"),
    ],
)
def test_what_is_on_record_is_neither_overwritten_nor_invented(world, by, act, arguments, code):
    with pytest.raises(DomainError) as refusal:
        do(world, by, act, **arguments)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("by", "act", "arguments", "code"),
    [
        ("Brand", "registry:end_delegation", {"prefix": "9521000", "delegate": "Maker"}, "delegation.ended"),
        ("OfficeCN", "registry:end_right", {"right": "cn-mark", "ended_as": "revoked"}, "right.ended"),
        ("Brand", "registry:end_right", {"right": "cn-mark", "ended_as": "surrendered"}, "right.ended"),
        ("Brand", "registry:end_licence", {"licence": "l-1"}, "licence.ended"),
        ("Brand", "products:lift_recall", {"recall": "r-1"}, "recall.lifted"),
        ("Carrier", "custody:accept", {"handover": "h-1", "events": event("receiving")}, "handover.answered"),
        ("Carrier", "custody:reject", {"handover": "h-1", "reason": "late"}, "handover.answered"),
        ("Brand", "custody:void", {"handover": "h-1", "events": event("void_shipping")}, "handover.answered"),
        ("CustomsNL", "customs:lift", {"measure": "m-1"}, "measure.lifted"),
        ("Brand", "enforcement:close_case", {"case": "c-1"}, "case.closed"),
    ],
)
def test_what_has_ended_does_not_end_again(world, by, act, arguments, code):
    do(world, by, act, **arguments)
    with pytest.raises(DomainError) as refusal:
        do(world, by, act, **arguments)
    assert refusal.value.code == code


def test_an_ended_right_is_neither_licensed_nor_renewed_but_its_licences_can_end(world):
    do(world, "OfficeCN", "registry:end_right", right="cn-mark", ended_as="invalidated")
    with pytest.raises(DomainError, match="invalidated") as refusal:
        do(world, "OfficeCN", "registry:renew_right", right="cn-mark", expires="2050-01-01")
    assert refusal.value.code == "right.ended"
    do(world, "Brand", "registry:end_licence", licence="l-1")


def test_enrolling_again_amends_and_frees_the_prefixes_left_out(world):
    do(
        world,
        "Steward",
        "registry:enrol",
        organisation="Brand",
        name="Brand Two",
        roles=["brand"],
        prefixes=["9521777"],
    )
    assert world.get(Organisation, "Brand").prefixes == ("9521777",)
    assert world.get(Prefix, "9521000").ended is not None
    with pytest.raises(DomainError) as refusal:
        do(world, "Brand", "products:issue_serials", batch="b-2", gtin=GTIN, first="1", last="2")
    assert refusal.value.code == "authority.prefix"


def test_a_prefix_moves_only_after_its_holder_was_enrolled_without_it(world):
    taking = {"organisation": "Rival", "name": "Rival", "roles": ["brand"], "prefixes": ["9521999", "9521000"]}
    with pytest.raises(DomainError) as refusal:
        do(world, "Steward", "registry:enrol", **taking)
    assert refusal.value.code == "prefix.held"
    do(world, "Steward", "registry:enrol", organisation="Brand", name="Brand", roles=["brand"])
    do(world, "Steward", "registry:enrol", **taking)
    assert world.get(Prefix, "9521000").holder == "Rival"
    with pytest.raises(DomainError) as refusal:
        do(world, "Maker", "products:issue_serials", batch="b-2", gtin=GTIN, first="1", last="2")
    assert refusal.value.code == "authority.prefix", "the former holder's delegate is nobody's delegate now"


def test_amending_keeps_when_a_prefix_was_granted(world):
    before = world.get(Prefix, "9521000")
    later = NOON + timedelta(hours=1)
    do(
        world,
        "Steward",
        "registry:enrol",
        at=later,
        organisation="Brand",
        name="B",
        roles=["brand"],
        prefixes=["9521000"],
    )
    assert world.get(Prefix, "9521000") == before


def test_the_longest_prefix_owns_a_key(world):
    do(world, "Steward", "registry:enrol", organisation="Wide", name="Wide", roles=["brand"], prefixes=["95210"])
    with pytest.raises(DomainError) as refusal:
        do(world, "Wide", "products:register", gtin=checked("0952100000005"), **{**PRODUCT, "rights": []})
    assert refusal.value.code == "authority.prefix"
    do(world, "Wide", "products:register", gtin=checked("0952101000005"), **{**PRODUCT, "rights": []})


def test_a_delegation_can_be_given_again(world):
    both = {"prefix": "9521000", "delegate": "Maker"}
    do(world, "Brand", "registry:end_delegation", **both)
    do(world, "Brand", "registry:delegate_prefix", **both)
    assert world.get(Delegation, "9521000/Maker").ended is None


def test_set_rules_puts_them_in_force(world):
    do(world, "Steward", "registry:set_rules", rules={"version": "2026-2", "speed_air": 950})
    assert world.get(Rules, "rules") == Rules(version="2026-2", speed_air=950)


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


def test_a_right_is_declared_then_confirmed_with_its_number(world):
    do(world, "OfficeCN", "registry:confirm_right", right="cn-new", registration_number="12345678")
    right = world.get(Right, "cn-new")
    assert right.confirmed.by == "OfficeCN"
    assert right.declared.by == "Brand"
    assert right.registration_number == "12345678"


@pytest.mark.parametrize(
    ("office", "territory"), [("EM", "EU"), ("EM", "DE"), ("BX", "BX"), ("WO", "CN"), ("CN", "CN")]
)
def test_an_office_has_its_territories(world, office, territory):
    do(world, "Brand", "registry:declare_right", right="r", **{**RIGHT, "office": office, "territory": territory})
    assert world.get(Right, "r").territory == territory


def test_a_renewal_keeps_its_stamp(world):
    do(
        world,
        "OfficeCN",
        "registry:renew_right",
        right="cn-mark",
        expires="2040-01-01",
        effective=NOON - timedelta(days=3),
    )
    right = world.get(Right, "cn-mark")
    assert (right.expires, right.renewed.by) == (date(2040, 1, 1), "OfficeCN")
    assert right.renewed.effective == NOON - timedelta(days=3)


def test_a_measure_on_a_consignment_reaches_and_bars_its_units(world):
    do(
        world,
        "CustomsNL",
        "customs:impose",
        measure="m-2",
        measure_kind="detain",
        reason="x",
        items=[ITEM],
        consignment=UCR,
        declaration=f"NL/{NL_DECLARATION}",
    )
    assert world.get(Measure, "m-2").items == (ITEM, PALLET)
    assert world.get(Bar, Link(PALLET)).measures == ("m-2",)
    with pytest.raises(DomainError) as refusal:
        do(world, "Carrier", "custody:accept", handover="h-1", events=event("receiving"))
    assert refusal.value.code == "custody.barred"
    with pytest.raises(DomainError) as refusal:
        do(world, "Brand", "custody:void", handover="h-1", events=event("void_shipping"))
    assert refusal.value.code == "custody.barred"
    do(world, "CourtNL", "customs:lift", measure="m-2")
    assert world.get(Bar, Link(PALLET)).measures == ()
    do(world, "Carrier", "custody:accept", handover="h-1", events=event("receiving"))


def test_a_measure_bars_until_the_last_one_is_lifted(world):
    measure = {"measure": "m-2", "measure_kind": "seize", "reason": "x", "items": [OTHER_ITEM], "place": ROTTERDAM}
    do(world, "CourtNL", "customs:impose", **measure)
    do(world, "CustomsNL", "customs:lift", measure="m-1")
    assert world.get(Bar, Link(OTHER_ITEM)).measures == ("m-2",)
    with pytest.raises(DomainError) as refusal:
        do(
            world,
            "Rival",
            "custody:offer",
            handover="h",
            items=[OTHER_ITEM],
            receiver="Carrier",
            events=event("shipping"),
        )
    assert refusal.value.code == "custody.barred"


def test_a_rejection_is_possible_under_a_measure(world):
    do(
        world, "CustomsNL", "customs:impose",
        measure="m-2", measure_kind="detain", reason="x", items=[ITEM], place=ROTTERDAM,
    )  # fmt: skip
    do(world, "Carrier", "custody:reject", handover="h-1", reason="held")
    handover = world.get(Handover, "h-1")
    assert (handover.state, handover.reason) == (HandoverState.REJECTED, "held")


def test_a_declaration_of_another_consignment_carries_no_measure(world):
    do(
        world,
        "Carrier",
        "customs:open_consignment",
        consignment="6CN9521000-LUMEN-0002",
        units=[PALLET],
        origin="CN",
        destination="NL",
    )
    with pytest.raises(DomainError) as refusal:
        do(
            world, "CustomsCN", "customs:impose",
            measure="m-2", measure_kind="detain", reason="x",
            consignment="6CN9521000-LUMEN-0002", declaration=f"CN/{CN_DECLARATION}",
        )  # fmt: skip
    assert refusal.value.code == "measure.declaration"


def test_an_authority_that_lost_its_role_lifts_nothing(world):
    do(world, "Steward", "registry:enrol", organisation="CustomsNL", name="x", roles=["auditor"])
    with pytest.raises(DomainError) as refusal:
        do(world, "CustomsNL", "customs:lift", measure="m-1")
    assert refusal.value.code == "authority.role"


def test_an_act_counts_from_its_effective_time_and_never_from_the_future(world):
    earlier, later = NOON - timedelta(hours=3), NOON + timedelta(microseconds=1)
    do(world, "OfficeCN", "registry:confirm_right", right="cn-new", effective=earlier)
    stamp = world.get(Right, "cn-new").confirmed
    assert (stamp.recorded, stamp.effective) == (NOON, earlier)
    with pytest.raises(DomainError) as refusal:
        do(world, "CustomsNL", "customs:lift", measure="m-1", effective=later)
    assert refusal.value.code == "time.future"


def test_nothing_ends_before_it_began(world):
    with pytest.raises(DomainError) as refusal:
        do(world, "CustomsNL", "customs:lift", measure="m-1", effective=NOON - timedelta(days=2))
    assert refusal.value.code == "time.order"


def test_a_clock_that_runs_behind_still_ends_things(world):
    do(world, "CustomsNL", "customs:lift", at=NOON - timedelta(days=1, seconds=1), measure="m-1")
    assert world.get(Measure, "m-1").lifted is not None


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
