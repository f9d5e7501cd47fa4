import dataclasses
import random
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provenance.domain.acts import Call, perform
from provenance.domain.records import RightKind
from provenance.domain.world import MemoryWorld
from provenance.ledger.port import Block
from provenance.readmodel import ReadModel, digest
from provenance.readmodel.digest import logical_digest
from provenance.readmodel.project import Projector
from provenance.readmodel.rebuild import rebuild
from tests.domain.acts.scene import RIGHT
from tests.readmodel.scene import NOON, PALLET, item, observed, packed
from tests.readmodel.test_project import Altered

STEPS = ("shipping", "receiving", "inspecting", "storing")


@dataclasses.dataclass
class Reordered:
    """The blocks of a ledger with its transactions in another order and grouping, each keeping its time."""

    ledger: object
    transactions: list
    sizes: list
    id: str = "reordered"
    replicated: bool = False

    def height(self):
        return len(list(self.blocks(0)))

    def blocks(self, start):
        waiting, number, sizes = list(self.transactions), 0, iter(self.sizes)
        while waiting:
            size = next(sizes, 1)
            if number >= start:
                yield Block(number, _hash(number), _hash(number - 1) if number else b"", tuple(waiting[:size]))
            waiting, number = waiting[size:], number + 1


def _hash(number):
    return number.to_bytes(32, "big")


@pytest.fixture
def history(scene):
    """A ledger with acts, then observations with the same times, late ones, doubled ones and witnesses."""
    scene.of("Brand").declare_right(right="cn-mark", **{**RIGHT, "right_kind": RightKind.TRADEMARK})
    chosen = random.Random(7)
    for index in range(24):
        scene.clock.move(seconds=chosen.randrange(-40, 90))
        at = (NOON - timedelta(minutes=chosen.randrange(5))).isoformat().replace("+00:00", "Z")
        future = (NOON + timedelta(days=1)).isoformat().replace("+00:00", "Z")
        step = chosen.choice(STEPS)
        event = observed(step, item(chosen.randrange(4)), at=future if index % 9 == 0 else at)
        organisation = chosen.choice(("Maker", "Carrier"))
        scene.record(organisation, event, packed(PALLET, item(1), item(2), at=at))
        if index % 4 == 0:
            scene.record(organisation, event)
            scene.record("Brand", event)
    scene.record(
        "Maker", {**observed("inspecting", at=at), "epcList": [], "readPoint": {"id": "https://example.test/"}}
    )
    return scene


def other_url(database, tmp_path_factory):
    return database.url(tmp_path_factory.mktemp("model"), "other")


def digest_of(url, ledger, batch):
    model = ReadModel(url)
    projector = Projector(model, ledger)
    while projector.run_once(blocks=batch):
        pass
    digest = logical_digest(model)
    model.close()
    return digest


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_arrival_order_and_any_batches_give_the_digest_of_a_rebuild(history, url, database, tmp_path_factory, data):
    transactions = [each for block in history.ledger.blocks(0) for each in block.transactions]
    acts = [each for each in transactions if each.name != "custody:append"]
    observations = [each for each in transactions if each.name == "custody:append"]
    order = data.draw(st.permutations(observations))
    sizes = data.draw(st.lists(st.integers(1, 9), max_size=20))
    ledger = Reordered(history.ledger, [*acts, *order], sizes)
    batch = data.draw(st.integers(1, 40))
    assert digest_of(other_url(database, tmp_path_factory), ledger, batch) == rebuild(url, history.ledger)


def test_the_digest_is_the_same_however_few_facts_are_remembered_at_a_time(history, model, projector, monkeypatch):
    projector.catch_up()
    expected = logical_digest(model)
    monkeypatch.setattr(digest, "_TOGETHER", 3)
    monkeypatch.setattr(digest, "_MOST_KNOWN", 2)
    assert logical_digest(model) == expected


def test_the_digest_tells_every_change_apart(history, database, tmp_path_factory):
    def digest(ledger):
        return digest_of(other_url(database, tmp_path_factory), ledger, 100)

    whole = digest(history.ledger)
    last = history.ledger.height() - 1
    without_last = Altered(history.ledger, lambda block: [] if block.number == last else [block])
    named = Altered(history.ledger, lambda block: [_recorded_by("Brand", block)])
    unenrolled = Altered(history.ledger, lambda block: [_without("registry:declare_right", block)])
    assert len({whole, *map(digest, (without_last, named, unenrolled))}) == 4


def _recorded_by(creator, block):
    changed = (
        dataclasses.replace(each, creator=creator) if each.name == "custody:append" else each
        for each in block.transactions
    )
    return dataclasses.replace(block, transactions=tuple(changed))


def _without(name, block):
    return dataclasses.replace(block, transactions=tuple(each for each in block.transactions if each.name != name))


def test_the_digest_leaves_transaction_times_and_ids_out(history, database, tmp_path_factory):
    def later(block):
        moved = (
            dataclasses.replace(each, time=each.time + timedelta(seconds=7), id="another")
            for each in block.transactions
        )
        return [dataclasses.replace(block, transactions=tuple(moved))]

    digests = {
        digest_of(other_url(database, tmp_path_factory), ledger, 100)
        for ledger in (history.ledger, Altered(history.ledger, later))
    }
    assert len(digests) == 1


def test_replay_in_any_store_gives_the_same_records(history, model, projector):
    projector.catch_up()
    memory = MemoryWorld()
    for block in history.ledger.blocks(0):
        for each in block.transactions:
            if each.name != "custody:append":
                perform(memory, Call(each.creator, each.time, each.id), each.name, each.arguments)
    world = model.world()
    assert [world.get(type(record), record.id) for record in memory._records.values()] == list(memory._records.values())
