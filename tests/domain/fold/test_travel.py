"""Goods travel at most as fast as their means of transport; no place that is not known counts."""

import pytest

from provenance.domain.records import Rules
from provenance.domain.vocabulary import NAMESPACE, TRANSPORT_MODE, Mode, transport_mode
from tests.domain.fold.build import DOOR, NOWHERE, PORT, ROTTERDAM, STORE, made, remarks, saw, verdict, world


def journey(hours, left=None, came=None, end=ROTTERDAM):
    start = saw("CARRIER", 1, "departing", at=PORT, extensions={TRANSPORT_MODE: left} if left else {})
    stop = saw("CARRIER", 1 + hours / 24, "arriving", at=end, extensions={TRANSPORT_MODE: came} if came else {})
    return [made(0), start, stop]


@pytest.mark.parametrize(
    ("mode", "too_fast", "enough"),
    [
        (None, 9.5, 10.5),
        ("air", 9.5, 10.5),
        ("rail", 74, 78),
        ("road", 89, 93),
        ("sea", 178, 186),
        ("balloon", 9.5, 10.5),
    ],
)
def test_speed_of_each_mode(mode, too_fast, enough):
    assert remarks(verdict(journey(too_fast, mode))) == {"copied"}
    assert remarks(verdict(journey(enough, mode))) == set()


def test_the_faster_mode_counts_where_the_ends_disagree():
    assert remarks(verdict(journey(20, "sea", "air"))) == set()
    assert remarks(verdict(journey(20, "sea", "sea"))) == {"copied"}


def test_the_mode_of_an_arrival_is_not_that_of_the_next_leg():
    facts = [*journey(400, "sea", "sea"), saw("CARRIER", 18.3, "storing", at=STORE)]
    assert remarks(verdict(facts)) == set()


def test_clocks_may_differ_at_both_ends():
    near = [made(0), saw("CARRIER", 9, "storing", at=ROTTERDAM), saw("CARRIER", 9, "storing", at=DOOR)]
    assert remarks(verdict(near)) == set()
    assert remarks(verdict(near, world(Rules(clock_tolerance=0)))) == {"copied"}


def test_thresholds_come_from_the_rules_on_record():
    rules = Rules(version="2027-1", speed_air=2000)
    found = verdict(journey(5), world(rules))
    assert (remarks(found), found.rules) == (set(), "2027-1")


def test_an_unknown_place_proves_nothing():
    assert remarks(verdict(journey(1, end=NOWHERE))) == {"location_unknown"}


def test_positions_count_without_a_register():
    found = verdict([made(0), saw("CARRIER", 0.1, "storing", at="geo:51.9,4.1")])
    assert remarks(found) == {"copied"}


def test_modes_are_read_bare_or_as_uris():
    assert transport_mode({TRANSPORT_MODE: NAMESPACE + "sea"}) is Mode.SEA
    assert transport_mode({TRANSPORT_MODE: ["sea"]}) is None
    assert transport_mode({"https://example.org/transportMode": "sea"}) is None
