"""Who may do what: every cell of role x level x act, by the API on a real ledger.

Every organisation here has one role and a company prefix of its own, one has no role, one is not enrolled. For each
cell the thing that is acted on is made anew, and as far as the caller can have it, it is the caller's: what is refused
is refused for the role alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import small_world
from flask.testing import FlaskClient
from small_world import World, ago, seen, sgtin

from provenance import bootstrap
from provenance.api.resources import RESOURCES, doors
from provenance.bootstrap import STEWARD
from provenance.domain.epcis import chunk, document
from provenance.domain.gs1.keys import Link, check_digit
from provenance.domain.records import MeasureKind, PlaceKind, RightKind, Role
from provenance.operations import Level

pytestmark = pytest.mark.database("sqlite")

MEMBERS = {role.value: f"The{role.value.title().replace('_', '')}" for role in Role if role is not Role.STEWARD}
MEMBERS |= {"steward": STEWARD, "no_role": "TheBare", "not_enrolled": "TheOutsider"}
PREFIXES = {organisation: f"95212{number:02d}" for number, organisation in enumerate(MEMBERS.values())}
BRAND, CUSTOMS, COURT, OFFICE = (MEMBERS[each] for each in ("brand", "customs", "court", "ip_office"))
TRADE = {"nice_class": 25, "nice_edition": "13-2026", "hs_code": "640411", "hs_edition": "2022"}
LONG_AGO = timedelta(days=30)


@dataclass
class Scene:
    """The consortium of the matrix; numbers make every thing a new one."""

    world: World
    numbers: Any = field(default_factory=lambda: count(1))

    def name(self, stem: str) -> str:
        return f"{stem}-{next(self.numbers)}"

    def of(self, organisation):
        return self.world.contracts(organisation)

    def gtin(self, organisation: str = BRAND) -> str:
        digits = f"0{PREFIXES[organisation]}{next(self.numbers):05d}"
        return digits + check_digit(digits)

    def gln(self, organisation: str) -> str:
        digits = f"{PREFIXES[organisation]}{next(self.numbers):05d}"
        return f"https://id.gs1.org/414/{digits}{check_digit(digits)}"

    def right(self, *, confirmed: bool = True) -> str:
        name = self.name("R")
        self.of(BRAND).declare_right(
            right=name, right_kind=RightKind.TRADEMARK, title="Example (fictitious)", office="EM", territory="EU",
            starts=date(2020, 1, 1), expires=date(2030, 1, 1),
        )  # fmt: skip
        if confirmed:
            self.of(OFFICE).confirm_right(right=name)
        return name

    def product(self) -> str:
        gtin = self.gtin()
        self.of(BRAND).register(gtin=gtin, name="Example (fictitious)", rights=[], **TRADE)
        return gtin

    def licence(self) -> str:
        name = self.name("L")
        self.of(BRAND).grant_licence(licence=name, right=self.right(), licensee=CUSTOMS, starts=date(2026, 1, 1))
        return name

    def recall(self) -> str:
        name = self.name("C")
        self.of(BRAND).recall(recall=name, gtin=self.product(), reason="a reason")
        return name

    def item(self) -> Link:
        return sgtin(str(next(self.numbers)), self.gtin())

    def offer(self, offeror: str, receiver: str) -> str:
        name, item = self.name("H"), self.item()
        read = document.read(small_world.epcis(seen("shipping", item, at=ago(hours=1))))
        self.of(offeror).offer(handover=name, items=[item], receiver=receiver, events=chunk.build(read.events)[0])
        return name

    def consignment(self) -> str:
        name = f"UCR{next(self.numbers):06d}"
        self.of(BRAND).open_consignment(consignment=name, units=[self.item()], origin="CN", destination="NL")
        return name

    def measure(self, authority: str) -> str:
        name = self.name("M")
        self.of(authority).impose(
            measure=name, measure_kind=MeasureKind.DETAIN, reason="a reason", items=[self.item()], place=PLACE
        )
        return name

    def case(self) -> str:
        name = self.name("K")
        self.of(BRAND).open_case(case=name, right=self.right(), items=[self.item()], docket="D/1", court=COURT)
        return name


PLACE = "https://id.gs1.org/414/952120000000" + check_digit("952120000000")
EVERY_MEMBER = set(MEMBERS) - {"not_enrolled"}
TRADERS = {"brand", "manufacturer", "carrier"}


@dataclass(frozen=True)
class Row:
    """An act: who may do it, and what asks for it (path below `/api/v1`, body) by a caller."""

    act: str
    allowed: set[str]
    ask: Callable[[Scene, str], tuple[str, dict[str, Any]]]


def _delegation(scene, caller):
    newcomer = scene.name("Newcomer")
    bootstrap.enrol(scene.world.gateway, newcomer, name="Example (fictitious)", roles=[])
    holder = BRAND if caller == MEMBERS["not_enrolled"] else caller
    return "/delegations", {"prefix": PREFIXES[holder], "delegate": newcomer}


def _ended_delegation(scene, caller):
    newcomer = scene.name("Newcomer")
    bootstrap.enrol(scene.world.gateway, newcomer, name="Example (fictitious)", roles=[])
    holder = BRAND if caller == MEMBERS["not_enrolled"] else caller
    scene.of(holder).delegate_prefix(prefix=PREFIXES[holder], delegate=newcomer)
    return f"/delegations/{PREFIXES[holder]}%2F{newcomer}/end", {}


def _place(scene, caller):
    holder = BRAND if caller == MEMBERS["not_enrolled"] else caller
    body = {"place": scene.gln(holder), "name": "Example place", "place_kind": "warehouse", "country": "NL"}
    return "/places", body


def _serials(scene, caller):
    if caller not in (BRAND, MEMBERS["not_enrolled"]) and caller not in _DELEGATES:
        scene.of(BRAND).delegate_prefix(prefix=PREFIXES[BRAND], delegate=caller)
        _DELEGATES.add(caller)
    return "/batches", {"batch": scene.name("B"), "gtin": scene.product(), "random": 1}


_DELEGATES: set[str] = set()


def _ssccs(scene, caller):
    prefix = PREFIXES[BRAND if caller == MEMBERS["not_enrolled"] else caller]
    first = f"0{prefix}{next(scene.numbers):09d}"
    return "/sscc-ranges", {"sscc_range": scene.name("S"), "prefix": prefix, "first": first, "last": first}


def _offer(scene, caller):
    receiver = BRAND if caller != BRAND else CUSTOMS
    return "/handovers", {"handover": scene.name("H"), "items": [scene.item()], "receiver": receiver}


def _answer(verb, body):
    def ask(scene, caller):
        offeror = BRAND if caller != BRAND else CUSTOMS
        receiver = caller if caller != MEMBERS["not_enrolled"] else CUSTOMS
        return f"/handovers/{scene.offer(offeror, receiver)}/{verb}", body

    return ask


def _void(scene, caller):
    offeror = caller if caller != MEMBERS["not_enrolled"] else CUSTOMS
    return f"/handovers/{scene.offer(offeror, BRAND if offeror != BRAND else CUSTOMS)}/void", {}


def _lift(scene, caller):
    return f"/measures/{scene.measure(caller if caller in (CUSTOMS, COURT) else CUSTOMS)}/lift", {}


def _right(scene, _):
    name, kind = scene.name("R"), "trademark"
    body = {"right": name, "right_kind": kind, "title": "Example", "office": "EM", "territory": "EU"}
    return "/rights", {**body, "starts": "2020-01-01"}


def _licence(scene, _):
    body = {"licence": scene.name("L"), "right": scene.right(), "licensee": CUSTOMS, "starts": "2026-01-01"}
    return "/licences", body


def _ratification(scene, _):
    body = {"ratification": scene.name("N"), "right": scene.right(), "maker": CUSTOMS}
    return "/ratifications", {**body, "made_from": "2026-01-01", "made_until": "2026-01-02"}


def _product(scene, caller):
    holder = BRAND if caller == MEMBERS["not_enrolled"] else caller
    return "/products", {"gtin": scene.gtin(holder), "name": "Example", "rights": [], **TRADE}


def _measure(scene, _):
    body = {"measure": scene.name("M"), "measure_kind": "detain", "reason": "a reason"}
    return "/measures", {**body, "items": [scene.item()], "place": PLACE}


def _examination(scene, _):
    body = {"examination": scene.name("X"), "result": "genuine", "method": "looked at"}
    return "/examinations", {**body, "item": sgtin("1", scene.product())}


def _declaration(scene, _):
    body = {"country": "NL", "number": f"26NL{next(scene.numbers):05d}", "procedure": "transit"}
    return "/declarations", {**body, "consignment": scene.consignment()}


def _consignment(scene, _):
    body = {"consignment": f"UCR{next(scene.numbers):06d}", "units": [scene.item()]}
    return "/consignments", {**body, "origin": "CN", "destination": "NL"}


def _enrol(scene, _):
    return "/organisations", {"organisation": scene.name("New"), "name": "Example", "roles": []}


def _rules(scene, _):
    return "/rules", {"rules": {"version": scene.name("v")}}


def _case(scene, _):
    return "/cases", {"case": scene.name("K"), "right": scene.right(), "items": [scene.item()]}


ROWS = (
    Row("registry:enrol", {"steward"}, _enrol),
    Row("registry:set_rules", {"steward"}, _rules),
    Row("registry:delegate_prefix", EVERY_MEMBER, _delegation),
    Row("registry:end_delegation", EVERY_MEMBER, _ended_delegation),
    Row("registry:register_place", EVERY_MEMBER, _place),
    Row("registry:declare_right", {"brand"}, _right),
    Row("registry:confirm_right", {"ip_office"}, lambda s, _: (f"/rights/{s.right(confirmed=False)}/confirm", {})),
    Row("registry:renew_right", {"ip_office"}, lambda s, _: (f"/rights/{s.right()}/renew", {"expires": "2040-01-01"})),
    Row("registry:end_right", {"ip_office"}, lambda s, _: (f"/rights/{s.right()}/end", {"ended_as": "revoked"})),
    Row("registry:end_right", {"brand"}, lambda s, _: (f"/rights/{s.right()}/end", {"ended_as": "surrendered"})),
    Row("registry:grant_licence", {"brand"}, _licence),
    Row("registry:end_licence", {"brand"}, lambda s, _: (f"/licences/{s.licence()}/end", {})),
    Row("registry:ratify", {"brand"}, _ratification),
    Row("products:register", {"brand"}, _product),
    Row("products:issue_serials", EVERY_MEMBER, _serials),
    Row("products:issue_ssccs", EVERY_MEMBER, _ssccs),
    Row("products:recall", {"brand"}, lambda s, _: (
        "/recalls", {"recall": s.name("C"), "gtin": s.product(), "reason": "a reason"})),
    Row("products:lift_recall", {"brand"}, lambda s, _: (f"/recalls/{s.recall()}/lift", {})),
    Row("custody:offer", EVERY_MEMBER, _offer),
    Row("custody:accept", EVERY_MEMBER, _answer("accept", {})),
    Row("custody:reject", EVERY_MEMBER, _answer("reject", {"reason": "a reason"})),
    Row("custody:void", EVERY_MEMBER, _void),
    Row("customs:open_consignment", TRADERS, _consignment),
    Row("customs:lodge_declaration", TRADERS, _declaration),
    Row("customs:impose", {"customs", "court"}, _measure),
    Row("customs:lift", {"customs", "court"}, _lift),
    Row("enforcement:open_case", {"brand"}, _case),
    Row("enforcement:close_case", {"brand", "court"}, lambda s, _: (f"/cases/{s.case()}/close", {})),
    Row("enforcement:examine", {"brand", "customs", "examiner"}, _examination),
)  # fmt: skip


@pytest.fixture(scope="module")
def scene(tmp_path_factory, database):
    home = tmp_path_factory.mktemp("home")
    settings = small_world.Settings(public_url=small_world.BASE_URL)
    bootstrap.initialise(home, settings)
    world = World(bootstrap.open_gateway(home, settings))
    jurisdictions = {"customs": "NL", "court": "NL", "ip_office": "EM"}
    for role, organisation in MEMBERS.items():
        if role == "not_enrolled":
            world.gateway.wallet.add(organisation)
            continue
        roles = [] if role == "no_role" else [Role(role)]
        bootstrap.enrol(
            world.gateway, organisation, name=f"{organisation} (fictitious)", roles=roles,
            jurisdiction=jurisdictions.get(role), prefixes=[PREFIXES[organisation]],
            effective=datetime.now(UTC) - LONG_AGO,
        )  # fmt: skip
    world.contracts(BRAND).register_place(place=PLACE, name="Port", place_kind=PlaceKind.PORT, country="NL")
    world.project()
    yield Scene(world)
    world.gateway.close()


@pytest.fixture(scope="module")
def client(scene) -> FlaskClient:
    return small_world.make_app(scene.world.gateway).test_client()


def test_every_act_with_a_door_has_a_row():
    assert {row.act for row in ROWS} == set(doors())


def test_brand_prefix_is_that_of_the_place():
    assert PLACE.split("/")[-1].startswith(PREFIXES[BRAND])


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("role", MEMBERS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.act)
def test_cell(scene, client, row, role, level):
    caller, needed = MEMBERS[role], doors()[row.act].level
    headers = scene.world.headers(caller, level)
    if not level.covers(needed):
        answer = client.post(_anywhere(row), json={}, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (403, "auth.level")
        return
    path, body = row.ask(scene, caller)
    height = scene.world.gateway.ledger.height()
    answer = client.post(f"/api/v1{path}", json=body, headers=headers)
    if role in row.allowed:
        assert answer.status_code in (200, 201), answer.json
        assert scene.world.gateway.ledger.height() == height + 1
    else:
        assert answer.status_code == 403, answer.json
        assert answer.json["code"] != "auth.level"
        assert scene.world.gateway.ledger.height() == height


def _anywhere(row: Row) -> str:
    """Return a path of the act's door."""
    for resource in RESOURCES:
        if resource.create is not None and resource.create.act == row.act:
            return f"/api/v1/{resource.name}"
        for verb, door in resource.verbs.items():
            if door.act == row.act:
                return f"/api/v1/{resource.name}/none/{verb}"
    raise LookupError(row.act)


def _of_scans(scene, _):
    table = f"code;step;time\n{scene.item()};storing;{ago(hours=1)}\n"
    return "POST", "/scans/csv?record=true", {"data": table.encode(), "content_type": "text/csv"}


def _of_cancelling(scene, caller):
    """What is cancelled is the caller's own shipment, as far as it can have one."""
    item, sender = scene.item(), caller if caller != MEMBERS["not_enrolled"] else BRAND
    scene.world.record(sender, seen("shipping", item, at=ago(hours=1)))
    return "POST", f"/shipments{item.removeprefix('https://id.gs1.org')}/cancel", {}


def _of_labels(scene, caller):
    holder = BRAND if caller == MEMBERS["not_enrolled"] else caller
    first = f"0{PREFIXES[holder]}{next(scene.numbers):09d}"
    scene.of(holder).issue_ssccs(sscc_range=scene.name("S"), prefix=PREFIXES[holder], first=first, last=first)
    scene.world.project()
    return "GET", f"/ssccs/{first}{check_digit(first)}/label", {}


DOORS = {
    "scans": (Level.RECORD, _of_scans),
    "cancel": (Level.RECORD, _of_cancelling),
    "label": (Level.READ, _of_labels),
}


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("role", MEMBERS)
@pytest.mark.parametrize("door", DOORS)
def test_every_member_has_the_doors_of_partners_for_its_own_goods(scene, client, door, role, level):
    needed, ask = DOORS[door]
    caller = MEMBERS[role]
    method, path, sent = ask(scene, caller)
    height = scene.world.gateway.ledger.height()
    answer = client.open(f"/api/v1{path}", method=method, headers=scene.world.headers(caller, level), **sent)
    if not level.covers(needed):
        assert (answer.status_code, answer.json["code"]) == (403, "auth.level")
    elif role == "not_enrolled":
        assert answer.status_code in (403, 404), answer.json
    else:
        assert answer.status_code in (200, 201), answer.json
    done = method == "POST" and answer.status_code == 201
    assert scene.world.gateway.ledger.height() == height + done
