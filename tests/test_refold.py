"""Other rules, tried on what is on record: the items whose verdict changes, and no others."""

from datetime import UTC, datetime

import pytest
import small_world
from small_world import BRAND, CARRIER, FACTORY, PALLET, PORT, ago, packed, seen, sgtin

from provenance import refold
from provenance.domain.records import Rules
from provenance.domain.verdict import judge
from provenance.domain.world import rules_of
from provenance.refold import Refold
from tests.databases import settings_on

FAST, SLOW, STILL = sgtin("1001"), sgtin("1002"), sgtin("1003")
LAX, STRICT = Rules(version="lax", speed_air=40_000), Rules(version="strict", speed_air=20, speed_sea=20, speed_road=20)


@pytest.fixture(scope="module")
def world(tmp_path_factory, database):
    """Three items: one went from Ningbo to Rotterdam in two hours, one in four days, one stayed in a pallet."""
    home = tmp_path_factory.mktemp("home")
    world = small_world.found(home, settings_on(database, home, public_url=small_world.BASE_URL))
    for item, hours in ((FAST, 4), (SLOW, 98), (STILL, 98)):
        world.record(BRAND, seen("commissioning", item, at=ago(hours=hours), place=FACTORY, action="ADD"))
    world.record(BRAND, packed(PALLET, STILL, at=ago(hours=97), place=FACTORY))
    for item in (FAST, SLOW):
        world.record(CARRIER, seen("storing", item, at=ago(hours=2), place=PORT))
    yield world
    world.gateway.close()


def tried(world, rules: Rules) -> tuple[Refold, dict]:
    trial = Refold(world.gateway.readmodel, rules, as_of=datetime.now(UTC))
    return trial, {change.item: change for change in trial.changes()}


def test_the_rules_in_force_change_nothing(world):
    trial, changes = tried(world, Rules())
    assert changes == {}
    assert (trial.items, trial.changed) == (3, 0)


def test_stricter_speeds_reach_the_slow_one_and_laxer_ones_let_the_fast_one_be(world):
    strict, lax = tried(world, STRICT)[1], tried(world, LAX)[1]
    assert set(strict) >= {SLOW}
    assert STILL not in strict
    assert set(lax) == {FAST}
    assert strict[SLOW].added == lax[FAST].removed != ()
    assert strict[SLOW].removed == lax[FAST].added == ()


def test_a_change_is_what_the_fold_says_under_either_rules(world):
    (change,) = tried(world, LAX)[1].values()
    with world.gateway.readmodel.view() as view:
        assert change.before == judge(FAST, view.facts, view.world, as_of=change.before.as_of)
        assert rules_of(refold.Governed(view.world, LAX)) == LAX
    assert (change.before.rules, change.after.rules) == (Rules().version, "lax")


def test_pages_miss_nothing_and_repeat_nothing(world, monkeypatch):
    whole = tried(world, STRICT)[1]
    for size in (1, 2, 3):
        monkeypatch.setattr(refold, "PAGE", size)
        heard: list[int] = []
        trial = Refold(world.gateway.readmodel, STRICT, as_of=datetime.now(UTC))
        found = [change.item for change in trial.changes(heard.append)]
        assert found == sorted(whole)
        assert (trial.items, heard[-1]) == (3, 3)


def test_nothing_is_written(world):
    before = world.gateway.ledger.height(), world.gateway.readmodel.position()
    tried(world, STRICT)
    assert (world.gateway.ledger.height(), world.gateway.readmodel.position()) == before
