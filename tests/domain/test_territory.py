from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.domain.countries import NUMERIC, is_country
from provenance.domain.territory import covers, office_covers

NOW = date(2026, 6, 1)
DAYS = st.dates(date(1950, 1, 1), date(2100, 1, 1))
COUNTRIES = st.sampled_from(sorted(NUMERIC))
MEMBERS = set("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())  # noqa: SIM905


def test_the_union_has_its_twenty_seven_members():
    parts = {"AX", "GF", "GP", "MF", "MQ", "RE", "YT"}
    assert {country for country in NUMERIC if covers("EU", country, NOW)} == MEMBERS | parts


@pytest.mark.parametrize(
    ("country", "first_day"),
    [
        ("DE", date(1958, 1, 1)), ("IE", date(1973, 1, 1)), ("GR", date(1981, 1, 1)), ("PT", date(1986, 1, 1)),
        ("SE", date(1995, 1, 1)), ("PL", date(2004, 5, 1)), ("RO", date(2007, 1, 1)), ("HR", date(2013, 7, 1)),
    ],
)  # fmt: skip
def test_a_member_is_covered_from_its_accession_on(country, first_day):
    assert covers("EU", country, first_day)
    assert not covers("EU", country, first_day - timedelta(days=1))


def test_the_united_kingdom_is_covered_to_the_end_of_the_transition():
    assert covers("EU", "GB", date(2020, 12, 31))
    assert not covers("EU", "GB", date(2021, 1, 1))
    assert covers("GB", "GB", date(2021, 1, 1))


@given(COUNTRIES, DAYS)
def test_a_country_covers_itself_whenever(country, day):
    assert covers(country, country, day)
    assert office_covers(country, country, day)


@given(COUNTRIES, COUNTRIES, DAYS)
def test_a_country_covers_no_other_but_its_own_parts(territory, country, day):
    parts = {("FR", part) for part in ("GF", "GP", "MF", "MQ", "RE", "YT")} | {("FI", "AX")}
    assert covers(territory, country, day) == (territory == country or (territory, country) in parts)


@given(COUNTRIES, DAYS)
def test_the_union_and_its_office_cover_the_same(country, day):
    assert covers("EM", country, day) == covers("EU", country, day) == office_covers("EM", country, day)


@pytest.mark.parametrize("country", ["BE", "NL", "LU"])
def test_benelux(country):
    assert covers("BX", country, NOW)
    assert not covers("BX", "DE", NOW)


@pytest.mark.parametrize("office", ["IB", "WO", "EP", "AP"])
def test_an_office_of_designations_may_reach_any_country_and_covers_none(office):
    assert office_covers(office, "CN", NOW)
    assert not covers(office, "CN", NOW)


def test_china_does_not_reach_hong_kong_macau_or_taiwan():
    assert not any(covers("CN", country, NOW) for country in ("HK", "MO", "TW"))


def test_unknown_codes_cover_nothing():
    assert not covers("XX", "CN", NOW)
    assert not covers("", "CN", NOW)
    assert is_country("CN")
    assert not any(is_country(code) for code in ("EU", "cn", "UK", "", "CHN"))
