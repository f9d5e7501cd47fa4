"""Authority at both times: when the item was made, and when its making was recorded."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from provenance.domain.fold.rights import months_later
from provenance.domain.records import EndKind, RightKind
from tests.domain.fold.build import (
    FACTORY,
    NOWHERE,
    ROTTERDAM,
    STORE,
    codes,
    day,
    licence,
    made,
    product,
    remarks,
    right,
    saw,
    stamp,
    to,
    verdict,
    world,
)  # fmt: skip


def found(*records, by="STRANGER", without=(), **fields):
    return remarks(verdict([made(0, by, **fields)], world(*records, without=without)))


def theirs(**fields):
    return licence("L9", licensee="STRANGER", **fields)


TERMS = {
    "licensed": ({}, set()),
    "first day": ({"starts": date(2026, 3, 1)}, set()),
    "starts later": ({"starts": date(2026, 3, 2)}, {"unlicensed_maker"}),
    "last day": ({"ends": date(2026, 3, 1)}, set()),
    "ended the day before": ({"ends": date(2026, 2, 28)}, {"licence_ended"}),
    "other product": ({"gtins": (product().gtin,)}, set()),
    "made elsewhere": ({"make_in": ("VN", "EU")}, {"unlicensed_maker"}),
    "made where allowed": ({"make_in": ("VN", "CN")}, set()),
    "granted before use, starting earlier": ({"granted": stamp("BRAND", day(-1))}, set()),
    "recorded after use": ({"granted": stamp("BRAND", day(-1), day(1))}, {"unlicensed_maker"}),
    "terminated before": ({"terminated": stamp("BRAND", day(-1))}, {"licence_ended"}),
    "terminated afterwards": ({"terminated": stamp("BRAND", day(1))}, set()),
    "terminated backwards": ({"terminated": stamp("BRAND", day(-1), day(1))}, {"licence_ended_later"}),
}


@pytest.mark.parametrize("name", TERMS)
def test_term(name):
    fields, expected = TERMS[name]
    assert found(theirs(**fields)) == expected


def test_a_claim_recorded_after_the_termination_is_late():
    terminated = theirs(terminated=stamp("BRAND", day(2)))
    assert found(terminated, recorded=day(3)) == {"late_claim"}
    assert found(terminated, recorded=day(1)) == set()


def test_the_best_licence_counts():
    assert found(theirs(ends=date(2026, 1, 1)), licence("L8", licensee="STRANGER")) == set()


def test_the_holder_needs_no_licence():
    assert found(by="BRAND") == set()


def test_every_right_in_force_there_is_asked():
    design = right("R-DES", "CN", right_kind=RightKind.DESIGN, nice_classes=(), title="Alba sole")
    extended = product(rights=("R-CN", "R-EU", "R-DES"))
    verdict_ = verdict([made(0)], world(design, extended))
    (unlicensed,) = verdict_.findings
    assert unlicensed.code == "unlicensed_maker"
    assert "Alba sole" in unlicensed.text


def test_a_mark_of_another_class_is_not_asked():
    assert found(right("R-CN", "CN", nice_classes=(18,))) == {"no_right_in_force"}


def test_an_unknown_place_is_no_reason_to_doubt_a_licensed_maker():
    assert found(by="MAKER", at=NOWHERE) == {"location_unknown"}
    assert found(by="STRANGER", at=NOWHERE) == {"location_unknown", "unlicensed_maker"}


def test_a_right_of_another_country_is_not_asked():
    assert found(by="MAKER", at=ROTTERDAM) == {"unlicensed_maker"}
    assert found(by="MAKER", at=ROTTERDAM, without=["right:R-EU"]) == {"no_right_in_force"}


RIGHTS = {
    "expired": ({"expires": date(2025, 6, 1)}, {"no_right_in_force"}),
    "in grace": ({"expires": date(2025, 9, 1)}, {"right_in_grace", "unlicensed_maker"}),
    "a design has no grace": ({"expires": date(2025, 9, 1), "right_kind": RightKind.DESIGN}, {"no_right_in_force"}),
    "not begun": ({"starts": date(2026, 3, 2)}, {"no_right_in_force"}),
    "revoked before": ({"ended": stamp("OFFICE", day(-1)), "ended_as": EndKind.REVOKED}, {"no_right_in_force"}),
    "revoked after": ({"ended": stamp("OFFICE", day(1)), "ended_as": EndKind.REVOKED}, {"unlicensed_maker"}),
    "surrendered before": ({"ended": stamp("OFFICE", day(-1)), "ended_as": EndKind.SURRENDERED}, {"no_right_in_force"}),
    "invalidated after": ({"ended": stamp("OFFICE", day(99)), "ended_as": EndKind.INVALIDATED}, {"no_right_in_force"}),
    "declared only": ({"confirmed": None}, {"right_unconfirmed", "unlicensed_maker"}),
}


@pytest.mark.parametrize("name", RIGHTS)
def test_right(name):
    fields, expected = RIGHTS[name]
    assert found(right("R-CN", "CN", **fields)) == expected


def test_the_date_is_the_one_where_it_happened():
    evening = datetime(2026, 3, 1, 20, tzinfo=UTC)
    ends = theirs(ends=date(2026, 3, 1))
    assert remarks(verdict([made(evening, "STRANGER")], world(ends))) == set()
    assert "licence_ended" in codes(verdict([made(evening, "STRANGER", offset="+08:00")], world(ends)))


def test_a_second_witness_without_a_licence_does_not_harm_the_maker():
    for copy in (made(0, "STRANGER", recorded=day(1)), made(0, "CARRIER"), made(0, "STRANGER", recorded=day(0.001))):
        seen = verdict([made(0, recorded=day(0.01)), copy, saw("MAKER", 1, "shipping", **to("SHOP"))])
        assert remarks(seen) == set()
        assert (seen.state.maker.id, seen.state.custodian.id) == ("MAKER", "MAKER")


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [(date(2025, 8, 31), 6, date(2026, 2, 28)), (date(2023, 8, 31), 6, date(2024, 2, 29)),
     (date(2025, 1, 15), 6, date(2025, 7, 15)), (date(2025, 12, 31), 6, date(2026, 6, 30))],
)  # fmt: skip
def test_months_later(start, months, end):
    assert months_later(start, months) == end


MARKETS = {
    "in its market": ({}, {}, set()),
    "anywhere": ({"markets": ()}, {}, set()),
    "licence sells elsewhere": ({}, {"sell_in": ("CN",)}, {"outside_authorised_market"}),
    "licence sells there": ({}, {"sell_in": ("EU",)}, set()),
}


@pytest.mark.parametrize("name", MARKETS)
def test_market(name):
    goods, terms, expected = MARKETS[name]
    facts = [made(0), saw("SHOP", 20, "stocking", at=STORE)]
    assert remarks(verdict(facts, world(product(**goods), licence(**terms)))) == expected


def test_a_second_licence_may_open_the_market():
    second = licence("L3", right="R-EU", sell_in=("BE",))
    facts = [made(0), saw("SHOP", 20, "stocking", at=STORE)]
    assert remarks(verdict(facts, world(licence(sell_in=("CN",)), second))) == set()


def test_an_ended_licence_grants_no_market():
    ended = replace(licence(), ends=date(2026, 1, 1), sell_in=("EU",))
    assert remarks(verdict([made(0, at=FACTORY)], world(ended))) == {"licence_ended"}
