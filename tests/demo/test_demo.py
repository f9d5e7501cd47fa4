"""The demonstration: every story reaches its grade for its reason, the same items every run, and nobody's data is
touched."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from provenance import bootstrap, settings
from provenance.demo import goods, lane, run, world
from provenance.demo.stories import STORIES
from provenance.domain.gs1 import link
from provenance.domain.gs1.convert import identify
from provenance.domain.ip import St13
from provenance.domain.records import Organisation, Role
from provenance.domain.trade import Container, HsCode, Ucr, UnLocode
from provenance.operations import Level
from provenance.readmodel.digest import logical_digest
from tests.databases import settings_on

PUBLIC = "https://verify.example.test"
GRADES = {
    "genuine": "consistent",
    "copied": "suspicious",
    "never_issued": "not_on_record",
    "other_market": "attention",
    "licence_ended": "suspicious",
    "seized": "stopped",
    "released": "consistent",
    "recalled": "stopped",
    "in_pallet": "consistent",
    "rejected": "attention",
}


@pytest.fixture(scope="module")
def said(database):
    """What was said while building."""
    return []


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, database, said):
    """The demonstration, built once."""
    home = tmp_path_factory.mktemp("demo")
    chosen = settings_on(database, home, public_url=PUBLIC)
    run.prepare(home, chosen, said.append)
    with closing(bootstrap.open_gateway(home, chosen)) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def told(gateway):
    """The stories by name, as they came out."""
    return {each.story.name: each for each in run.tell(gateway)}


def test_the_stories_are_the_ten(told):
    assert {name: each.story.grade for name, each in told.items()} == GRADES


@pytest.mark.parametrize("name", GRADES)
def test_a_story_reaches_its_grade(told, name):
    assert told[name].verdict.grade.value == GRADES[name]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_story_has_its_reason(told, story):
    codes = [finding.code for finding in told[story.name].verdict.findings]
    weighty = [finding.code for finding in told[story.name].verdict.reasons]
    assert story.code in codes
    assert bool(weighty) == (story.grade != "consistent")


def test_the_copied_item_does_not_accuse_its_owner(told):
    (finding,) = told["copied"].verdict.reasons
    assert finding.text.startswith("copied: the genuine item may be in your hand")
    assert len(finding.facts) == 2


def test_the_released_item_shows_its_hold(told):
    titles = [entry.title for entry in told["released"].verdict.history]
    assert "Held by an authority" in titles
    assert titles.index("Held by an authority") < titles.index("Released by the authority")


def test_the_item_at_sea_is_where_its_pallet_is(told):
    state = told["in_pallet"].verdict.state
    assert state.place.name == world.VESSEL.name
    assert state.custodian.id == world.SEALINE.id
    assert state.containers == (goods.SHOES_LATE.pallet,)


@pytest.mark.parametrize("name", ["copied", "licence_ended", "never_issued"])
def test_a_trace_ends_at_the_right_and_its_holder(gateway, told, name):
    traced = gateway.trace(told[name].verdict.item)
    infringed = [each for each in traced.rights if each.infringed]
    assert [each.holder.id for each in infringed] == ["Maroquel"]
    assert all(each.right.id in ("maroquel-cn", "maroquel-eu") and each.confirmed for each in infringed)
    assert traced.first_inconsistent is not None


def test_the_maker_without_a_licence_is_named(gateway, told):
    traced = gateway.trace(told["licence_ended"].verdict.item)
    (right,) = [each for each in traced.rights if each.infringed]
    ended = {licensee.party.id: licensee.ends for licensee in right.licensees}
    assert ended["OldQuayStitching"] is not None
    assert traced.first_inconsistent.recorder.id == "OldQuayStitching"


def test_links_lead_to_the_public_address(told):
    for each in told.values():
        assert each.url == PUBLIC + link.path(each.verdict.item)
        assert identify(each.url) == each.verdict.item


def test_another_run_tells_of_the_same_items(told, tmp_path):
    chosen = settings.Settings(public_url=PUBLIC)
    run.prepare(tmp_path, chosen, lambda _: None)
    with closing(bootstrap.open_gateway(tmp_path, chosen)) as again:
        assert {each.story.name: each.verdict.item for each in run.tell(again)} == {
            name: each.verdict.item for name, each in told.items()
        }


def test_a_built_folder_is_used_again(gateway, said):
    height = gateway.ledger.height()
    again = []
    events = run.prepare(gateway.home, gateway.settings, again.append)
    assert gateway.ledger.height() == height
    assert again == [f"using the demonstration in {gateway.home}"]
    assert said[-1].endswith(f"{events} events")


def test_a_folder_with_something_else_is_left_alone(tmp_path):
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(run.NotADemo, match="something that is no demonstration"):
        run.prepare(tmp_path, settings.Settings(), lambda _: None)
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def test_a_demonstration_of_other_rules_is_left_alone(tmp_path):
    (tmp_path / run.MARKER).write_text(json.dumps({**run.identity(), "seed": "other", "events": 3}))
    with pytest.raises(run.NotADemo, match="another version"):
        run.prepare(tmp_path, settings.Settings(), lambda _: None)
    assert [path.name for path in tmp_path.iterdir()] == [run.MARKER]


def test_what_an_interrupted_build_left_is_built_anew(tmp_path):
    (tmp_path / run.MARKER).write_text(json.dumps(run.identity()))
    (tmp_path / "ledger.db").write_text("half")
    (tmp_path / "notes.txt").write_text("mine")
    assert run.prepare(tmp_path, settings.Settings(), lambda _: None) > 60
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.database("postgresql")
def test_databases_of_another_ledger_are_left_alone(gateway, database, tmp_path):
    used, unused = gateway.settings, settings_on(database, tmp_path)
    for name in ("readmodel_url", "operations_url"):
        gateway.operations.keys.create(world.SEALINE.id, Level.READ)
        chosen = replace(unused, **{name: getattr(used, name)})
        with pytest.raises(run.NotADemo, match=f"PROVENANCE_{name.upper()} holds something already"):
            run.prepare(tmp_path / "home", chosen, lambda _: None)
    assert list((tmp_path / "home").iterdir()) == []
    assert logical_digest(gateway.readmodel)


@pytest.mark.database("postgresql")
def test_what_an_interrupted_build_left_in_a_database_is_replaced(database, tmp_path):
    home, chosen = tmp_path / "home", settings_on(database, tmp_path)
    bootstrap.initialise(home, chosen)
    with closing(bootstrap.open_gateway(home, chosen)) as begun:
        begun.projector().catch_up()
    (home / run.MARKER).write_text(json.dumps(run.identity()))
    assert run.prepare(home, chosen, lambda _: None) > 60
    with closing(bootstrap.open_gateway(home, chosen)) as built:
        assert {each.story.name: each.verdict.grade.value for each in run.tell(built)} == GRADES


def test_nothing_happens_after_the_run_and_everything_is_recorded_by_a_member():
    now = datetime.now(UTC)
    chronicle = run.chronicle(now)
    assert set(chronicle.events) <= set(world.MEMBERS)
    times = [datetime.fromisoformat(event["eventTime"]) for events in chronicle.events.values() for event in events]
    assert max(times) < now
    assert now - min(times) < timedelta(days=90)
    assert all(act.arguments["effective"] < now for act in chronicle.acts)


def test_everything_has_the_form_of_its_standard():
    for voyage in (lane.FIRST, lane.SECOND):
        Ucr.parse(voyage.ucr)
        Container.parse(voyage.container)
        for pallet in voyage.pallets:
            assert identify(pallet) == pallet
    for mark in goods.MARKS:
        assert str(St13.parse(mark.application).office) == mark.office.jurisdiction
    for product in goods.GOODS:
        HsCode.parse(product.hs_code, world.HS_EDITION)
    for place in world.PLACES:
        assert identify(place.link) == place.link
        assert place.unlocode is None or UnLocode.parse(place.unlocode).country == place.country


def test_everybody_is_fictitious_and_uses_the_demonstration_prefix(gateway):
    for member in world.MEMBERS:
        record = gateway.contracts_for(bootstrap.STEWARD).query(Organisation, member.id)
        assert record.name.endswith("(fictitious)")
        assert all(prefix.startswith("952") for prefix in record.prefixes)
    brands = [member for member in world.MEMBERS if Role.BRAND in member.roles]
    assert len(brands) == 3
    for brand in brands:
        assert {mark.territory for mark in goods.MARKS if mark.holder is brand} == {"CN", "EU"}
