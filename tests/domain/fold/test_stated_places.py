"""Places that only their recorder's header tells: used for where goods were seen, never for anybody's authority."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.domain.epcis.masterdata import read
from provenance.domain.fold.register import Register
from provenance.domain.stated import PlaceStatement, keep_stated
from tests.domain.fold.build import (
    END,
    FACTORY,
    NOWHERE,
    PORT,
    codes,
    day,
    made,
    remarks,
    saw,
    verdict,
    world,
)  # fmt: skip

LAGOS = {"country": "NG", "latitude": "6.52", "longitude": "3.37"}
ROTTERDAM = {"country": "NL", "latitude": "51.95", "longitude": "4.14"}


def stating(*told):
    """A world in which organisations stated places: (by, when, place, fields)."""
    found = world()
    for by, when, place, fields in told:
        keep_stated(found, read({"id": place, "place": fields}), by=by, at=day(when))
    return found


def where(found, fact):
    return Register(found, END).spot(fact)


def test_a_place_that_its_recorder_stated_is_known_and_says_so():
    facts = [made(0), saw("CARRIER", 5, "arriving", at=NOWHERE)]
    assert remarks(verdict(facts)) == {"location_unknown"}
    found = verdict(facts, stating(("CARRIER", 5, NOWHERE, ROTTERDAM)))
    assert remarks(found) == set()
    assert found.state.place.label == "a place, as stated by Carrier (NL)"
    assert found.state.place.stated


def test_goods_that_travelled_too_fast_to_a_stated_place_are_found():
    facts = [made(0), saw("CARRIER", 1, "departing", at=PORT), saw("CARRIER", 1.1, "arriving", at=NOWHERE)]
    found = verdict(facts, stating(("CARRIER", 1, NOWHERE, ROTTERDAM)))
    assert remarks(found) == {"copied"}
    (reason,) = (each for each in found.findings if each.code == "copied")
    assert "at a place, as stated by Carrier (NL) on" in reason.text


def test_a_sale_at_a_stated_place_outside_the_market_is_found():
    facts = [made(0), saw("SHOP", 30, "retail_selling", at=NOWHERE)]
    assert "outside_authorised_market" in codes(verdict(facts, stating(("SHOP", 30, NOWHERE, LAGOS))))


def test_the_registry_goes_before_what_anybody_states():
    fact = saw("CARRIER", 5, "arriving", at=PORT)
    assert where(stating(("CARRIER", 1, str(PORT.id), LAGOS)), fact).country == "CN"
    dock = saw("CARRIER", 5, "arriving", at=f"{PORT.id}/254/7")
    assert where(stating(("CARRIER", 1, f"{PORT.id}/254/7", LAGOS)), dock).country == "CN"
    resting = saw("CARRIER", 5, "arriving", at=NOWHERE, location=PORT.id)
    assert where(stating(("CARRIER", 1, NOWHERE, LAGOS)), resting).id == PORT.id


def test_only_the_facts_own_recorder_tells_and_not_later():
    fact = saw("CARRIER", 5, "arriving", at=NOWHERE)
    assert not where(stating(("SHOP", 1, NOWHERE, ROTTERDAM)), fact).known
    assert not where(stating(("CARRIER", 5.1, NOWHERE, ROTTERDAM)), fact).known
    assert where(stating(("CARRIER", 5, NOWHERE, ROTTERDAM)), fact).country == "NL"


def test_what_a_recorder_stated_in_two_ways_is_not_known():
    fact = saw("CARRIER", 5, "arriving", at=NOWHERE)
    moved = {**ROTTERDAM, "latitude": "51.5"}
    found = where(stating(("CARRIER", 1, NOWHERE, ROTTERDAM), ("CARRIER", 2, NOWHERE, moved)), fact)
    assert (found.country, found.point) == ("NL", None)
    assert not where(stating(("CARRIER", 1, NOWHERE, {"country": "NL"}), ("CARRIER", 2, NOWHERE, LAGOS)), fact).country
    assert where(stating(("CARRIER", 1, NOWHERE, ROTTERDAM), ("CARRIER", 6, NOWHERE, LAGOS)), fact).country == "NL"


@pytest.mark.parametrize(
    ("fields", "country"),
    [({"unlocode": "NLRTM"}, "NL"), ({"unlocode": "XZABC"}, None), ({"country": "BE", "unlocode": "NLRTM"}, None)],
)
def test_a_locode_tells_its_country_unless_the_statement_disagrees(fields, country):
    fact = saw("CARRIER", 5, "arriving", at=NOWHERE)
    assert where(stating(("CARRIER", 1, NOWHERE, fields)), fact).country == country


def test_the_equator_and_the_first_meridian_are_positions():
    fact = saw("CARRIER", 5, "arriving", at=NOWHERE)
    found = where(stating(("CARRIER", 1, NOWHERE, {"latitude": "0", "longitude": "0"})), fact)
    assert found.point == (0, 0)


def test_a_dock_is_where_its_site_was_stated_to_be():
    fact = saw("CARRIER", 5, "arriving", at=f"{NOWHERE}/254/7")
    assert where(stating(("CARRIER", 1, NOWHERE, ROTTERDAM)), fact).country == "NL"


def test_nobodys_own_word_says_which_rights_its_making_obeys():
    """A maker without a licence that states its works in a country without a right is without a licence still."""
    facts = [made(0, "STRANGER", at=NOWHERE)]
    before, after = verdict(facts), verdict(facts, stating(("STRANGER", 0, NOWHERE, {"country": "BR"})))
    assert "unlicensed_maker" in codes(before)
    assert "unlicensed_maker" in codes(after)
    assert "no_right_in_force" not in codes(after)
    registered = verdict([made(0, at=FACTORY)])
    assert registered.grade == verdict([made(0, at=FACTORY)], stating(("MAKER", 0, FACTORY.id, LAGOS))).grade


statements = st.tuples(
    st.sampled_from(("CARRIER", "SHOP")),
    st.integers(0, 8),
    st.sampled_from((NOWHERE, f"{NOWHERE}/254/7")),
    st.sampled_from((LAGOS, ROTTERDAM, {"country": "NL"}, {"unlocode": "NLRTM"})),
)


@given(st.lists(statements, max_size=8), st.data())
def test_the_order_in_which_statements_are_read_changes_nothing(told, data):
    facts = [made(0)]
    facts += [saw(by, when + 0.5, "storing", at=f"{NOWHERE}/254/7") for by in ("CARRIER", "SHOP") for when in range(8)]
    again = data.draw(st.permutations(told + told[:3]))
    assert verdict(facts, stating(*again)) == verdict(facts, stating(*told))


@given(st.lists(statements, max_size=8))
def test_what_is_stated_later_does_not_change_what_was_seen_before(told):
    fact = saw("CARRIER", 4, "storing", at=NOWHERE)
    before = [each for each in told if day(each[1]) <= day(4)]
    assert where(stating(*told), fact) == where(stating(*before), fact)


def test_the_first_time_counts():
    found = stating(*(("CARRIER", when, NOWHERE, ROTTERDAM) for when in (6, 2, 4)))
    (kept,) = found.linked(PlaceStatement, f"stated/CARRIER/{NOWHERE}")
    assert kept.stated.recorded == day(2)
    assert kept.latitude == Decimal("51.95")
