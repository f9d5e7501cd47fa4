"""Who may do what: every act with its rightful caller, then with role, jurisdiction and object each wrong in turn."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from provenance.domain import codec
from provenance.domain.acts import ACTS
from provenance.domain.acts.act import Dated
from provenance.domain.errors import DomainError
from provenance.domain.instant import format_instant
from provenance.domain.world import MemoryWorld
from tests.domain.acts.scene import (
    CN_DECLARATION,
    GTIN,
    ITEM,
    NINGBO,
    NL_DECLARATION,
    NOON,
    OTHER_GTIN,
    OTHER_ITEM,
    PALLET,
    PRODUCT,
    RIGHT,
    ROTTERDAM,
    UCR,
    checked,
    consortium,
    copy,
    do,
    event,
    records,
    scene,
)

SCENE = scene()


@dataclass(frozen=True)
class Wrong:
    """One thing that is wrong: another caller, other arguments, or both; and the code that this is refused with."""

    code: str
    by: str | None = None
    but: dict[str, Any] | None = None


@dataclass(frozen=True)
class Row:
    """A rightful call of an act; a string says why the act has no such axis."""

    act: str
    by: str
    arguments: dict[str, Any]
    role: Wrong | str
    jurisdiction: Wrong | str
    thing: Wrong | str


GRANTED_BY_STEWARDS = "stewards grant for every territory"
NO_TERRITORY = "who may do it follows from the thing alone, wherever it is"
ANY_MEMBER = "every member may, whatever its roles: not being one is what is wrong"

NEW_PLACE = {
    "place": f"https://id.gs1.org/414/{checked('952100000009')}",
    "name": "Works 2",
    "place_kind": "factory",
    "country": "CN",
}
NEW_GTIN = checked("0952100000002")
MEASURE = {"measure": "m-2", "measure_kind": "seize", "reason": "infringing", "items": [ITEM]}

ROWS = (
    Row(
        "registry:set_rules",
        "Steward",
        {"rules": {"version": "2026-2"}},
        Wrong("authority.steward", by="Brand"),
        GRANTED_BY_STEWARDS,
        Wrong("rules.version", but={"rules": {"version": "2026-1", "speed_air": 1000}}),
    ),
    Row(
        "registry:enrol",
        "Steward",
        {"organisation": "Newcomer", "name": "Newcomer", "roles": ["brand"], "prefixes": ["952777"]},
        Wrong("authority.steward", by="Brand"),
        GRANTED_BY_STEWARDS,
        Wrong("prefix.held", but={"prefixes": ["95210001"]}),
    ),
    Row(
        "registry:delegate_prefix",
        "Brand",
        {"prefix": "9521000", "delegate": "Carrier"},
        Wrong("authority.prefix", by="Maker"),
        NO_TERRITORY,
        Wrong("authority.prefix", but={"prefix": "9521999"}),
    ),
    Row(
        "registry:end_delegation",
        "Brand",
        {"prefix": "9521000", "delegate": "Maker"},
        Wrong("authority.prefix", by="Maker"),
        NO_TERRITORY,
        Wrong("authority.prefix", by="Rival"),
    ),
    Row(
        "registry:register_place",
        "Maker",
        NEW_PLACE,
        Wrong("authority.not_enrolled", by="Stranger"),
        NO_TERRITORY,
        Wrong("authority.prefix", by="Rival"),
    ),
    Row(
        "registry:declare_right",
        "Brand",
        {"right": "cn-design", **RIGHT},
        Wrong("authority.role", by="Maker"),
        "a holder declares rights of any territory",
        Wrong("right.exists", but={"right": "cn-mark"}),
    ),
    Row(
        "registry:confirm_right",
        "OfficeCN",
        {"right": "cn-new"},
        Wrong("authority.role", by="Brand"),
        Wrong("authority.jurisdiction", by="OfficeEM"),
        Wrong("right.unknown", but={"right": "cn-nothing"}),
    ),
    Row(
        "registry:renew_right",
        "OfficeCN",
        {"right": "cn-mark", "expires": "2040-01-01"},
        Wrong("authority.role", by="Brand"),
        Wrong("authority.jurisdiction", by="OfficeEM"),
        Wrong("right.unconfirmed", but={"right": "cn-new"}),
    ),
    Row(
        "registry:end_right",
        "OfficeCN",
        {"right": "cn-mark", "ended_as": "revoked"},
        Wrong("authority.role", by="Brand"),
        Wrong("authority.jurisdiction", by="OfficeEM"),
        Wrong("right.not_holder", by="OfficeCN", but={"ended_as": "surrendered"}),
    ),
    Row(
        "registry:grant_licence",
        "Brand",
        {"licence": "l-2", "right": "cn-mark", "licensee": "Maker", "starts": "2026-01-01", "make_in": ["CN"]},
        Wrong("authority.not_enrolled", by="Stranger"),
        NO_TERRITORY,
        Wrong("right.not_holder", by="Rival"),
    ),
    Row(
        "registry:end_licence",
        "Brand",
        {"licence": "l-1"},
        Wrong("authority.not_enrolled", by="Stranger"),
        NO_TERRITORY,
        Wrong("right.not_holder", by="Maker"),
    ),
    Row(
        "registry:ratify",
        "Brand",
        {
            "ratification": "x-1",
            "right": "cn-mark",
            "maker": "Maker",
            "made_from": "2025-01-01",
            "made_until": "2025-12-31",
        },
        Wrong("authority.not_enrolled", by="Stranger"),
        NO_TERRITORY,
        Wrong("right.not_holder", by="Maker"),
    ),
    Row(
        "products:register",
        "Brand",
        {"gtin": NEW_GTIN, **PRODUCT},
        Wrong("authority.role", by="Maker"),
        NO_TERRITORY,
        Wrong("authority.prefix", but={"gtin": OTHER_GTIN}),
    ),
    Row(
        "products:issue_serials",
        "Maker",
        {"batch": "b-2", "gtin": GTIN, "first": "2000", "last": "2999", "lot": "L7"},
        Wrong("authority.not_enrolled", by="Stranger"),
        NO_TERRITORY,
        Wrong("authority.prefix", by="Rival"),
    ),
    Row(
        "products:issue_ssccs",
        "Brand",
        {"sscc_range": "s-1", "prefix": "9521000", "first": "09521000000000001", "last": "09521000000000999"},
        Wrong("authority.not_enrolled", by="Stranger"),
        NO_TERRITORY,
        Wrong("authority.prefix", by="Carrier"),
    ),
    Row(
        "products:recall",
        "Brand",
        {"recall": "r-2", "gtin": GTIN, "reason": "sole comes off", "lot": "L7"},
        Wrong("authority.role", by="Maker"),
        NO_TERRITORY,
        Wrong("product.not_brand", by="Rival"),
    ),
    Row(
        "products:lift_recall",
        "Brand",
        {"recall": "r-1"},
        Wrong("authority.role", by="Maker"),
        NO_TERRITORY,
        Wrong("product.not_brand", by="Rival"),
    ),
    Row(
        "custody:offer",
        "Brand",
        {"handover": "h-2", "items": [ITEM], "receiver": "Carrier", "events": event("shipping")},
        Wrong("authority.not_enrolled", by="Stranger"),
        NO_TERRITORY,
        Wrong("custody.barred", but={"items": [ITEM, OTHER_ITEM]}),
    ),
    Row(
        "custody:accept",
        "Carrier",
        {"handover": "h-1", "events": event("receiving")},
        Wrong("authority.not_enrolled", by="Stranger"),
        NO_TERRITORY,
        Wrong("handover.not_receiver", by="Brand"),
    ),
    Row(
        "custody:reject",
        "Carrier",
        {"handover": "h-1", "reason": "seal broken"},
        Wrong("authority.not_enrolled", by="Stranger"),
        NO_TERRITORY,
        Wrong("handover.not_receiver", by="Brand"),
    ),
    Row(
        "custody:void",
        "Brand",
        {"handover": "h-1", "events": event("void_shipping")},
        Wrong("authority.not_enrolled", by="Stranger"),
        NO_TERRITORY,
        Wrong("handover.not_offeror", by="Carrier"),
    ),
    Row(
        "customs:open_consignment",
        "Carrier",
        {"consignment": "6CN9521000-LUMEN-0002", "units": [PALLET], "origin": "CN", "destination": "NL"},
        Wrong("authority.role", by="Auditor"),
        "a consignment crosses borders",
        Wrong("consignment.exists", but={"consignment": UCR}),
    ),
    Row(
        "customs:lodge_declaration",
        "Carrier",
        {"country": "NL", "number": "26NL000510ABCDEF13", "consignment": UCR, "procedure": "import"},
        Wrong("authority.role", by="CustomsNL"),
        "a trader declares in every country of the route",
        Wrong("consignment.unknown", but={"consignment": "6CN9521000-LUMEN-0009"}),
    ),
    Row(
        "customs:impose",
        "CustomsNL",
        {**MEASURE, "place": ROTTERDAM},
        Wrong("authority.role", by="Brand"),
        Wrong("authority.jurisdiction", by="CustomsCN"),
        Wrong("authority.jurisdiction", but={"place": NINGBO}),
    ),
    Row(
        "customs:impose",
        "CustomsNL",
        {**MEASURE, "declaration": f"NL/{NL_DECLARATION}", "consignment": UCR},
        Wrong("authority.role", by="Brand"),
        Wrong("authority.jurisdiction", by="CourtCN"),
        Wrong("authority.jurisdiction", but={"declaration": f"CN/{CN_DECLARATION}"}),
    ),
    Row(
        "customs:lift",
        "CustomsNL",
        {"measure": "m-1"},
        Wrong("authority.role", by="Brand"),
        Wrong("authority.jurisdiction", by="CourtCN"),
        Wrong("measure.not_authority", by="CustomsCN"),
    ),
    Row(
        "customs:lift",
        "CourtNL",
        {"measure": "m-1"},
        Wrong("authority.role", by="Examiner"),
        Wrong("authority.jurisdiction", by="CourtCN"),
        Wrong("measure.unknown", but={"measure": "m-9"}),
    ),
    Row(
        "enforcement:open_case",
        "Brand",
        {"case": "c-2", "right": "cn-mark", "items": [ITEM]},
        Wrong("authority.not_enrolled", by="Stranger"),
        NO_TERRITORY,
        Wrong("right.not_holder", by="Rival"),
    ),
    Row(
        "enforcement:close_case",
        "CourtNL",
        {"case": "c-1"},
        Wrong("authority.not_enrolled", by="Stranger"),
        Wrong("case.not_party", by="CourtCN"),
        Wrong("case.not_party", by="Rival"),
    ),
    Row(
        "enforcement:examine",
        "Brand",
        {"examination": "e-1", "item": ITEM, "result": "counterfeit", "method": "stitching compared"},
        Wrong("authority.role", by="Carrier"),
        "an item is examined wherever it is",
        Wrong("product.not_brand", by="Rival"),
    ),
    Row(
        "enforcement:examine",
        "Examiner",
        {"examination": "e-1", "item": OTHER_ITEM, "result": "genuine", "method": "laboratory"},
        Wrong("authority.role", by="Auditor"),
        "an item is examined wherever it is",
        Wrong("identifier.check_digit", but={"item": "https://id.gs1.org/01/09521000000019/21/1"}),
    ),
)

WRONG = [
    pytest.param(row, wrong, id=f"{row.act}-{axis}-{wrong.code}")
    for row in ROWS
    for axis, wrong in (("role", row.role), ("jurisdiction", row.jurisdiction), ("thing", row.thing))
    if isinstance(wrong, Wrong)
]


def refused(world: MemoryWorld, by: str, act: str, arguments: dict[str, Any]) -> str:
    """Do an act that must be refused without a trace, and return the code."""
    before = records(world)
    with pytest.raises(DomainError) as refusal:
        do(world, by, act, **arguments)
    assert records(world) == before
    return refusal.value.code


def test_every_act_has_its_rows():
    assert {row.act for row in ROWS} | {"registry:found"} == set(ACTS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.act}-{row.by}")
def test_rightful_call_is_accepted(row):
    world = copy(SCENE)
    before = records(world)
    result = do(world, row.by, row.act, **row.arguments)
    assert f"{result['kind']}:{result['id']}" in records(world)
    assert records(world) != before


@pytest.mark.parametrize(("row", "wrong"), WRONG)
def test_wrong_call_is_refused(row, wrong):
    world = copy(SCENE)
    assert refused(world, wrong.by or row.by, row.act, {**row.arguments, **(wrong.but or {})}) == wrong.code


@pytest.mark.parametrize("row", [row for row in ROWS if row.act not in ("registry:set_rules", "registry:enrol")])
def test_nobody_but_a_member_acts(row):
    code = refused(copy(SCENE), "Stranger", row.act, row.arguments)
    assert code in ("authority.not_enrolled", "authority.prefix")


@pytest.mark.parametrize("row", [row for row in ROWS if row.act != "registry:set_rules"], ids=lambda row: row.act)
def test_no_act_counts_from_the_future(row):
    soon = {**row.arguments, "effective": format_instant(NOON + timedelta(milliseconds=1))}
    assert refused(copy(SCENE), row.by, row.act, soon) == "time.future"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.act}-{row.by}")
def test_arguments_have_one_form(row):
    kind = ACTS[row.act].arguments
    decoded = codec.decode(kind, row.arguments)
    assert codec.decode(kind, codec.encode(decoded)) == decoded


def test_no_act_but_the_deployments_own_lacks_an_effective_time():
    undated = {name for name, act in ACTS.items() if not issubclass(act.arguments, Dated)}
    assert undated == {"registry:found", "registry:set_rules"}


def test_a_delegate_issues_until_its_delegation_ends():
    world = copy(SCENE)
    batch = {"batch": "b-2", "gtin": GTIN, "first": "2000", "last": "2999"}
    do(world, "Brand", "registry:end_delegation", prefix="9521000", delegate="Maker")
    assert refused(world, "Maker", "products:issue_serials", batch) == "authority.prefix"


def test_founding_is_once_and_by_a_steward():
    world = MemoryWorld()
    assert refused(world, "Anybody", "registry:found", {"stewards": ["Steward"]}) == "authority.steward"
    assert refused(world, "Steward", "registry:found", {"stewards": []}) == "arguments.length"
    do(world, "Steward", "registry:found", stewards=["Steward", "Second"])
    assert refused(world, "Steward", "registry:found", {"stewards": ["Steward"]}) == "registry.founded"
    do(world, "Second", "registry:enrol", organisation="Brand", name="Brand", roles=["brand"])


def test_nothing_is_enrolled_before_the_founding():
    arguments = {"organisation": "Brand", "name": "Brand", "roles": ["brand"]}
    assert refused(MemoryWorld(), "Steward", "registry:enrol", arguments) == "registry.unfounded"


def test_stewards_are_only_those_of_the_founding():
    arguments = {"organisation": "Brand", "name": "Brand", "roles": ["steward"]}
    world = consortium()
    assert refused(world, "Steward", "registry:enrol", arguments) == "registry.stewards_fixed"
    do(world, "Steward", "registry:enrol", **{**arguments, "organisation": "Steward"})
