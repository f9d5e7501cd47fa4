"""Every finding code, each with a history that has it and a close one that has not."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest

from provenance.domain.epcis.event import Action
from provenance.domain.facts import Fact
from provenance.domain.findings import CODES, Severity
from provenance.domain.gs1.keys import CANONICAL_STEM, Link
from provenance.domain.records import (
    EndKind,
    Examination,
    ExaminationResult,
    Handover,
    HandoverState,
    Measure,
    MeasureKind,
    Ratification,
    Recall,
    Record,
    RightKind,
)  # fmt: skip
from provenance.domain.verdict import Grade
from tests.domain.fold.build import (
    CONTAINER,
    CRATE,
    DEPOT,
    FACTORY,
    GTIN,
    ITEM,
    LAGOS,
    NOWHERE,
    PALLET,
    PORT,
    ROTTERDAM,
    STORE,
    batch,
    codes,
    day,
    declares_wrong,
    genuine,
    licence,
    made,
    packed,
    right,
    saw,
    stamp,
    to,
    unpacked,
    verdict,
    world,
)  # fmt: skip


@dataclass
class Case:
    """Facts and records; `without` names records of the usual world to leave out."""

    facts: Sequence[Fact]
    records: Sequence[Record] = ()
    without: Sequence[str] = ()
    item: Link = ITEM
    as_of: float = 300
    says: Sequence[str] = field(default_factory=tuple)


def held(kind=MeasureKind.DETAIN, when=33.5, *, lifted=None, things=(ITEM,)):
    return Measure(
        id="M-1", measure_kind=kind, items=things, reason="suspected infringement", place=ROTTERDAM.id,
        imposed=stamp("CUSTOMS-NL", day(when)), lifted=stamp("CUSTOMS-NL", day(lifted)) if lifted else None,
    )  # fmt: skip


def recall(**fields):
    return Recall(id="RC-1", gtin=GTIN, reason="sole comes off", ordered=stamp("BRAND", day(50)), **fields)


def examined(result):
    return Examination(id="E-1", item=ITEM, result=result, method="seams and glue", examined=stamp("EXAMINER", day(40)))


def handover(state, when=36, answered=36.5, name="H-1", receiver="SHOP"):
    return Handover(
        id=name, items=(ITEM,), receiver=receiver, state=state, offered=stamp("FORWARDER", day(when)),
        answered=stamp(receiver, day(answered)),
    )  # fmt: skip


def ratified(made_from=date(2026, 2, 1), made_until=date(2026, 4, 1)):
    return Ratification(
        id="RT-1", right="R-CN", maker="STRANGER", made_from=made_from, made_until=made_until,
        granted=stamp("BRAND", day(60)),
    )  # fmt: skip


def moved(by, when, at, **fields):
    return saw(by, when, "storing", at=at, **fields)


SENT = [made(0), saw("MAKER", 1, "shipping", at=FACTORY, **to("FORWARDER"))]
LAPSED_TERM = licence("L2", licensee="LAPSED", ends=date(2026, 3, 31))
IN_PALLET = [made(0), packed(1, PALLET)]
UNREACHED = Link(f"{CANONICAL_STEM}/01/09521321000012/21/1001")

CASES: dict[str, tuple[Case, Case]] = {
    "maker_authorised": (
        Case(genuine(), says=["Maker made it in CN", "under licence from Brand"]),
        Case([made(0, "STRANGER")]),
    ),
    "inside_container": (Case([made(0), packed(1, PALLET)]), Case(genuine())),
    "held": (
        Case(
            genuine()[:6], [held(things=(PALLET,))],
            says=["Customs-Nl", "the container that it was in", "3 April 2026"],
        ),
        Case(genuine(), [held(things=(PALLET,), when=35.5)]),
    ),
    "seized": (Case(genuine(), [held(MeasureKind.SEIZE)]), Case(genuine(), [held(MeasureKind.SEIZE, lifted=33.7)])),
    "destroyed": (Case(genuine(), [held(MeasureKind.DESTROY, 40)]), Case(genuine(), [held(MeasureKind.SEIZE)])),
    "recalled": (
        Case(genuine(), [recall(lot="LOT7")], says=["lot LOT7", "sole comes off"]),
        Case(genuine(), [recall(lot="LOT8")]),
    ),
    "never_issued": (Case([made(0)], item=ITEM, without=["batch:B1"]), Case([made(0)])),
    "unlicensed_maker": (
        Case([made(0, "STRANGER")], says=["Stranger", "CN", "“ALBA CN”", "Brand"]),
        Case([made(0, "STRANGER")], [licence("L9", licensee="STRANGER")]),
    ),
    "licence_ended": (Case([made(0, "LAPSED")]), Case([made(0, "LAPSED", at=NOWHERE)], [LAPSED_TERM])),
    "commissioned_twice": (
        Case([made(0), made(5, "STRANGER")], says=["Maker", "Stranger"]),
        Case([made(0), made(5)]),
    ),
    "copied": (
        Case([made(0), moved("SHOP", 0.2, STORE)], says=["9,100 km in 4 hours", "Antwerp store (BE)"]),
        Case([made(0), moved("SHOP", 0.5, STORE)]),
    ),
    "seen_after_end": (
        Case([made(0), saw("MAKER", 1, "destroying", at=FACTORY), moved("SHOP", 9, STORE)], says=["Antwerp store"]),
        Case([made(0), saw("MAKER", 1, "destroying", at=FACTORY), saw("MAKER", 1.001, "storing", at=FACTORY)]),
    ),
    "examined_counterfeit": (
        Case(genuine(), [examined(ExaminationResult.COUNTERFEIT)], says=["Examiner", "seams and glue"]),
        Case(genuine(), [examined(ExaminationResult.GENUINE)]),
    ),
    "never_commissioned": (Case([]), Case([made(0)])),
    "late_claim": (
        Case([made(0, "LAPSED", recorded=day(60))], [LAPSED_TERM], says=["30 April 2026", "31 March 2026"]),
        Case([made(0, "LAPSED", recorded=day(2))], [LAPSED_TERM]),
    ),
    "licence_ended_later": (
        Case([made(0)], [replace(licence(), terminated=stamp("BRAND", day(-5), day(20)))]),
        Case([made(0)], [replace(licence(), terminated=stamp("BRAND", day(5), day(20)))]),
    ),
    "seen_early": (
        Case([made(5), moved("MAKER", 1, FACTORY)]),
        Case([made(5), saw("MAKER", day(5) - timedelta(minutes=9), "storing", at=FACTORY)]),
    ),
    "ended_twice": (
        Case([made(0), saw("MAKER", 1, "decommissioning"), saw("SHOP", 9, "decommissioning")]),
        Case([made(0), saw("MAKER", 1, "decommissioning"), saw("MAKER", 9, "decommissioning")]),
    ),
    "destroyed_on_record": (
        Case([made(0), saw("MAKER", 1, "destroying", disposition="destroyed")]),
        Case([made(0), saw("MAKER", 1, "decommissioning", disposition="inactive")]),
    ),
    "in_two_containers": (
        Case([*IN_PALLET, packed(2, CRATE), packed(3, PALLET, action=Action.OBSERVE, at=FACTORY)]),
        Case([*IN_PALLET, unpacked(1.5, PALLET, ITEM, by="MAKER", at=FACTORY), packed(2, CRATE)]),
    ),
    "container_cycle": (
        Case([*IN_PALLET, packed(1.1, CRATE, PALLET), packed(1.2, PALLET, CRATE)]),
        Case([*IN_PALLET, packed(1.1, CRATE, PALLET), packed(1.2, CONTAINER, CRATE)]),
    ),
    "seen_outside_container": (
        Case([*IN_PALLET, saw("SHOP", 10, "retail_selling", at=STORE), unpacked(30, PALLET, ITEM)]),
        Case([*IN_PALLET, saw("SHOP", 10, "retail_selling", at=STORE), unpacked(10, PALLET, ITEM, at=STORE)]),
    ),
    "wrong_receiver": (
        Case([*SENT, saw("SHOP", 3, "receiving", at=STORE)], says=["Shop", "Forwarder"]),
        Case([*SENT, saw("SHOP", 3, "arriving", at=STORE)]),
    ),
    "not_custodian": (
        Case(
            [made(0), saw("SHOP", 9, "shipping", at=STORE, **to("STRANGER")), moved("MAKER", 20, FACTORY)],
            says=["Shop", "Maker", "21 March 2026"],
        ),
        Case([made(0), saw("SHOP", 9, "shipping", at=STORE, **to("STRANGER"))]),
    ),
    "delivery_rejected": (
        Case(genuine()[:8], [handover(HandoverState.REJECTED)]),
        Case(genuine()[:8], [handover(HandoverState.VOIDED)]),
    ),
    "outside_authorised_market": (
        Case([made(0), saw("SHOP", 9, "retail_selling", at=LAGOS)], says=["Lagos market (NG)", "Brand"]),
        Case([made(0), saw("SHOP", 9, "retail_selling", at=STORE)]),
    ),
    "sold_after_sell_off": (
        Case(
            [made(0), saw("MAKER", 20, "retail_selling", at=FACTORY)],
            [licence(ends=date(2026, 3, 2), sell_off_until=date(2026, 3, 15))],
        ),
        Case(
            [made(0), saw("MAKER", 10, "retail_selling", at=FACTORY)],
            [licence(ends=date(2026, 3, 2), sell_off_until=date(2026, 3, 15))],
        ),
    ),
    "moved_under_hold": (
        Case([made(0), moved("MAKER", 1, ROTTERDAM), saw("SHOP", 40, "departing", at=ROTTERDAM)], [held()]),
        Case([made(0), moved("MAKER", 1, ROTTERDAM), saw("CUSTOMS-NL", 40, "departing", at=ROTTERDAM)], [held()]),
    ),
    "measure_elsewhere": (
        Case([made(0), moved("MAKER", 20, FACTORY)], [held()], says=["NL", "Ningbo works (CN)"]),
        Case([made(0), saw("MAKER", 20, "departing", at=PORT)], [held()]),
    ),
    "recall_unclear": (
        Case([made(0)], [recall(lot="LOT7"), batch(lot=None)]),
        Case([made(0, ilmd={"https://ns.gs1.org/cbvmda#lotNumber": "LOT8"})], [recall(lot="LOT7"), batch(lot=None)]),
    ),
    "reported_stolen": (
        Case([made(0), saw("MAKER", 3, "other", disposition="stolen")]),
        Case([made(0), saw("MAKER", 3, None, set_dispositions=("stolen",)),
              saw("MAKER", 4, None, unset_dispositions=("stolen",))]),
    ),
    "sender_id_reused": (
        Case([
            made(0), moved("MAKER", 1, FACTORY, sender_id="urn:x:1"), moved("MAKER", 2, FACTORY, sender_id="urn:x:1"),
        ]),
        Case([made(0), moved("MAKER", 1, FACTORY, sender_id="urn:x:1"), moved("SHOP", 2, STORE, sender_id="urn:x:1")]),
    ),
    "hold_lifted": (Case(genuine(), [held(lifted=33.7)]), Case(genuine(), [held()])),
    "recall_lifted": (
        Case(genuine(), [replace(recall(), lifted=stamp("BRAND", day(60)))]),
        Case(genuine(), [replace(recall(), lifted=stamp("BRAND", day(60)))], as_of=55),
    ),
    "examined_genuine": (Case(genuine(), [examined(ExaminationResult.GENUINE)]), Case(genuine())),
    "examined_inconclusive": (Case(genuine(), [examined(ExaminationResult.INCONCLUSIVE)]), Case(genuine())),
    "ratified": (
        Case([made(0, "STRANGER")], [ratified()], says=["1 March 2026", "30 April 2026"]),
        Case([made(0, "STRANGER")], [ratified(made_until=date(2026, 2, 28))]),
    ),
    "late_claim_supported": (
        Case([made(0, "LAPSED", recorded=day(60)), moved("FORWARDER", 10, FACTORY)], [LAPSED_TERM]),
        Case([made(0, "LAPSED", recorded=day(60)), moved("LAPSED", 10, FACTORY)], [LAPSED_TERM]),
    ),
    "right_unconfirmed": (Case([made(0)], [right("R-CN", "CN", confirmed=None)]), Case([made(0)])),
    "right_in_grace": (
        Case([made(0)], [right("R-CN", "CN", expires=date(2025, 12, 1))]),
        Case([made(0)], [right("R-CN", "CN", expires=date(2025, 12, 1), right_kind=RightKind.DESIGN)]),
    ),
    "no_right_in_force": (
        Case([made(0)], [right("R-CN", "CN", ended=stamp("OFFICE", day(90)), ended_as=EndKind.INVALIDATED)]),
        Case([made(0)], [right("R-CN", "CN", ended=stamp("OFFICE", day(90)), ended_as=EndKind.REVOKED)]),
    ),
    "product_unknown": (Case([made(0)], without=[f"product:{GTIN}"]), Case([made(0)])),
    "issued_after_use": (Case([made(0)], [batch(issued=stamp("BRAND", day(9)))]), Case([made(0)])),
    "commissioned_again": (Case([made(0), made(1)]), Case([made(0), made(0)])),
    "ended": (Case([made(0), saw("SHOP", 9, "decommissioning")]), Case([made(0), saw("SHOP", 9, "retail_selling")])),
    "arrival_missed": (
        Case([*SENT, saw("FORWARDER", 9, "shipping", at=DEPOT, **to("SHOP"))], says=["Forwarder", "Maker"]),
        Case([*SENT, saw("FORWARDER", 8, "receiving"), saw("FORWARDER", 9, "shipping", **to("SHOP"))]),
    ),
    "custody_gap": (
        Case([*SENT, saw("SHOP", 9, "shipping", at=STORE, **to("STRANGER"))]),
        Case([*SENT, saw("CARRIER", 9, "departing", at=STORE, **to("FORWARDER"))]),
    ),
    "handover_one_sided": (
        Case([made(0), saw("MAKER", 1, "shipping"), saw("SHOP", 9, "receiving", at=STORE)]),
        Case([made(0), saw("MAKER", 1, "shipping"), saw("CARRIER", 9, "receiving", at=STORE)]),
    ),
    "rejection_settled": (
        Case(genuine()[:8], [handover(HandoverState.REJECTED), handover(HandoverState.ACCEPTED, 37, 38, "H-2")]),
        Case(genuine()[:8], [handover(HandoverState.REJECTED), handover(HandoverState.ACCEPTED, 34, 35, "H-2")]),
    ),
    "unpacking_missed": (
        Case([*IN_PALLET, saw("SHOP", 40, "retail_selling", at=STORE)]),
        Case([*IN_PALLET, unpacked(35, PALLET), saw("SHOP", 40, "retail_selling", at=STORE)]),
    ),
    "location_unknown": (Case([made(0, at=NOWHERE)]), Case([made(0, at=f"{FACTORY.id}/254/7")])),
    "future_date": (
        Case([made(0), moved("MAKER", 50, FACTORY, recorded=day(3))], says=["20 April 2026"]),
        Case([made(0), moved("MAKER", 3.003, FACTORY, recorded=day(3))]),
    ),
    "clock_doubtful": (
        Case([made(5), moved("MAKER", 4.2, FACTORY)], says=["5 March 2026, 12:48 UTC", "6 March 2026, 08:00 UTC"]),
        Case([made(5), moved("MAKER", 3.9, FACTORY)]),
    ),
    "clock_regressed": (Case([made(0, regressed=True)]), Case([made(0)])),
    "wrong_check_digit": (Case([], item=UNREACHED), Case([])),
    "record_withdrawn": (
        Case(
            [made(0), moved("MAKER", 3, LAGOS), declares_wrong(moved("MAKER", 3, LAGOS))],
            says=["Maker", "4 March 2026"],
        ),
        Case([made(0), moved("MAKER", 3, LAGOS), declares_wrong(moved("MAKER", 3, LAGOS), declared=400)]),
    ),
    "foreign_declaration": (
        Case([made(0), moved("MAKER", 3, FACTORY), declares_wrong(moved("MAKER", 3, FACTORY), by="SHOP")]),
        Case([made(0), moved("MAKER", 3, FACTORY), declares_wrong(moved("MAKER", 3, FACTORY))]),
    ),
    "content_differs": (
        Case([made(0), made(0, certifications=("https://example.org/c1",))]),
        Case([made(0), made(0, sender_id="urn:x:7")]),
    ),
}  # fmt: skip


def judged(case):
    return verdict(case.facts, world(*case.records, without=case.without), item=case.item, as_of=day(case.as_of))


def test_every_code_has_its_cases():
    assert set(CASES) == set(CODES)


@pytest.mark.parametrize("code", CASES)
def test_code_is_found(code):
    case = CASES[code][0]
    found = judged(case)
    assert code in codes(found)
    text = next(each.text for each in found.findings if each.code == code)
    assert all(words in text for words in case.says), text
    assert text.endswith(".")


@pytest.mark.parametrize("code", CASES)
def test_code_is_not_found(code):
    assert code not in codes(judged(CASES[code][1]))


@pytest.mark.parametrize("code", CASES)
def test_findings_rest_on_what_is_on_record(code):
    case = CASES[code][0]
    digests = {each.digest for each in case.facts}
    for found in judged(case).findings:
        assert found.severity is CODES[found.code].severity
        assert all(each in digests or each.split(":")[0].isalpha() for each in found.facts)


@pytest.mark.parametrize("code", CASES)
def test_grade_is_the_highest_severity(code):
    for case in CASES[code]:
        found = judged(case)
        highest = max((each.severity for each in found.findings), key=lambda each: each.rank, default=Severity.INFO)
        if "never_issued" in codes(found) and highest is not Severity.STOPPED:
            assert found.grade is Grade.NOT_ON_RECORD
        else:
            assert found.grade.value == ("consistent" if highest is Severity.INFO else highest.value)
