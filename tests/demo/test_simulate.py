"""The synthetic supply chain: the same for a seed, with the faults of real readers, on a real ledger."""

from collections import Counter
from contextlib import closing

import pytest

from provenance import bootstrap, settings, simulate
from provenance.demo import trade
from provenance.domain.verdict import Grade
from provenance.readmodel.digest import logical_digest
from provenance.readmodel.rebuild import rebuild
from tests.databases import settings_on

ITEMS = 400


def simulated(home, seed=5):
    return simulate.run(home, settings.Settings(), items=ITEMS, seed=seed, say=lambda _: None)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A ledger with a few hundred simulated items."""
    home = tmp_path_factory.mktemp("simulated")
    done = simulated(home)
    assert (done["items"], done["seed"]) == (ITEMS, 5)
    return home


def digest(home):
    with closing(bootstrap.open_gateway(home, settings.Settings())) as gateway:
        return logical_digest(gateway.readmodel)


def test_a_seed_gives_the_same_events(home, tmp_path):
    assert list(trade.scans(5, ITEMS)) == list(trade.scans(5, ITEMS))
    simulated(tmp_path)
    assert digest(tmp_path) == digest(home)


def test_another_seed_gives_other_items():
    first, second = ({item for load in trade.loads(seed, ITEMS) for item in load.items} for seed in (1, 2))
    assert len(first) == len(second) == ITEMS
    assert not first & second


def test_there_are_several_brands_and_routes():
    loads = list(trade.loads(5, 4000))
    assert {load.brand for load in loads} == set(trade.BRANDS)
    assert {load.route for load in loads} == set(trade.ROUTES)
    assert sum(len(load.items) for load in loads) == 4000


def test_readers_have_faults():
    scans = list(trade.scans(5, 4000))
    pallets = len(list(trade.loads(5, 4000)))
    times = Counter((scan.recorder, scan.event["bizStep"], str(scan.event.get("epcList"))) for scan in scans)
    late = [scan for scan in scans if scan.arrives.isoformat()[:10] > scan.event["eventTime"][:10]]
    assert max(times.values()) > 1
    assert len(late) > 20
    shipped = [key for key in times if key[1] == "shipping"]
    assert pallets * 3 * 0.9 < len(shipped) < pallets * 3


def test_most_of_it_is_in_order(home):
    with closing(bootstrap.open_gateway(home, settings.Settings())) as gateway:
        items = [item for load in trade.loads(5, ITEMS) for item in load.items]
        grades = Counter(gateway.judge(item).grade for item in items)
    assert grades[Grade.CONSISTENT] > ITEMS * 0.7
    assert grades[Grade.NOT_ON_RECORD] == grades[Grade.STOPPED] == 0


def test_the_same_again_adds_nothing(home):
    before = digest(home)
    simulated(home)
    assert digest(home) == before


def test_a_ledger_of_somebody_else_is_left_alone(tmp_path):
    chosen = settings.Settings()
    bootstrap.initialise(tmp_path, chosen)
    with closing(bootstrap.open_gateway(tmp_path, chosen)) as gateway:
        bootstrap.enrol(gateway, "Acme", name="Acme (fictitious)", roles=[])
    with pytest.raises(settings.SettingError, match="not simulated"):
        simulated(tmp_path)


@pytest.mark.database("postgresql")
def test_both_databases_show_the_same(home, database, tmp_path):
    chosen = settings_on(database, tmp_path)
    with closing(bootstrap.open_gateway(home, chosen)) as gateway:
        gateway.projector().catch_up()
        assert logical_digest(gateway.readmodel) == digest(home)
        assert rebuild(chosen.readmodel_url, gateway.ledger) == digest(home)
