import dataclasses
import gc
from datetime import timedelta
from decimal import Decimal

import pytest

from provenance.domain.epcis.patterns import Wanted, read_pattern
from provenance.domain.epcis.query import (
    Below,
    Column,
    Comparison,
    Counted,
    During,
    Has,
    Identified,
    Is,
    Moment,
    Named,
)
from provenance.readmodel import Direction, EventQuery, Order, TooMuch
from tests.readmodel.scene import GTIN, NOON, PALLET, item, observed, packed

PLACE = "https://id.gs1.org/414/9521000000011"
CLASS = f"https://id.gs1.org/01/{GTIN}/10/A"


@pytest.fixture
def recorded(scene, projector):
    """Ids by name of some events of two organisations, recorded a minute apart."""
    events = {
        "made": ("Maker", observed("commissioning", item(1), at="2026-03-01T08:00:00Z", action="ADD")),
        "packed": ("Maker", packed(PALLET, item(1), at="2026-03-01T09:00:00Z", readPoint={"id": PLACE})),
        "shipped": (
            "Maker",
            observed(
                "shipping",
                PALLET,
                at="2026-03-01T10:00:00Z",
                disposition="in_transit",
                bizLocation={"id": PLACE},
                bizTransactionList=[{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:1:2"}],
                eventID="urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8",
            ),
        ),
        "counted": (
            "Carrier",
            observed("storing", at="2026-03-01T07:00:00Z", quantityList=[{"epcClass": CLASS, "quantity": 5}]),
        ),
        "made_of": (
            "Carrier",
            {
                "type": "TransformationEvent",
                "eventTime": "2026-03-01T11:00:00Z",
                "eventTimeZoneOffset": "+00:00",
                "inputEPCList": [item(1)],
                "outputEPCList": [item(2)],
            },
        ),
    }
    del events["counted"][1]["epcList"]
    ids = {}
    for name, (organisation, event) in events.items():
        (ids[name],) = scene.record(organisation, event)
        scene.clock.move(minutes=1)
    projector.catch_up()
    return ids


def named(lists, *links, wanted=Wanted.INSTANCES):
    return Named(lists, tuple(read_pattern(link, wanted) for link in links))


QUERIES = {
    "all": ((), "made packed shipped counted made_of"),
    "type": ((Is(Column.TYPE, ("AggregationEvent", "TransformationEvent")),), "packed made_of"),
    "action": ((Is(Column.ACTION, ("ADD",)),), "made packed"),
    "step": ((Is(Column.STEP, ("shipping", "storing")),), "shipped counted"),
    "disposition": ((Is(Column.DISPOSITION, ("in_transit",)),), "shipped"),
    "read point": ((Is(Column.READ_POINT, (PLACE,)),), "packed"),
    "location": ((Is(Column.LOCATION, (PLACE,)),), "shipped"),
    "steps at a place": ((Is(Column.STEP, ("shipping", "storing")), Is(Column.LOCATION, (PLACE,))), "shipped"),
    "another step at a place": ((Is(Column.STEP, ("storing",)), Is(Column.READ_POINT, (PLACE,))), ""),
    "a step within a place": ((Below(Column.READ_POINT, (PLACE,)), Is(Column.STEP, ("packing",))), "packed"),
    "within a place": ((Below(Column.READ_POINT, (PLACE,)),), "packed"),
    "recorder": ((Is(Column.RECORDER, ("Carrier",)),), "counted made_of"),
    "from": ((During(Moment.EVENT, since=NOON.replace(2026, 3, 1, 10, 0, 0)),), "shipped made_of"),
    "before": ((During(Moment.EVENT, until=NOON.replace(2026, 3, 1, 8, 0, 0)),), "counted"),
    "recorded from": ((During(Moment.RECORD, since=NOON + timedelta(minutes=3)),), "counted made_of"),
    "recorded before": ((During(Moment.RECORD, until=NOON + timedelta(minutes=1)),), "made"),
    "epc": ((named(("epcs", "children"), item(1)),), "made packed"),
    "any epc": (
        (named(("epcs", "children", "parent", "inputs", "outputs"), item(1), PALLET),),
        "made packed shipped made_of",
    ),
    "parent": ((named(("parent",), PALLET),), "packed"),
    "input": ((named(("inputs",), item(1)),), "made_of"),
    "output": ((named(("outputs",), item(1), item(2)),), "made_of"),
    "class": ((named(("quantities",), CLASS, wanted=Wanted.CLASSES),), "counted"),
    "sender's id": ((Identified(("urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8",)),), "shipped"),
    "several": (
        (
            Is(Column.ACTION, ("ADD",)),
            named(("epcs", "children"), item(1)),
            Is(Column.STEP, ("packing",)),
        ),
        "packed",
    ),
    "nothing": ((Is(Column.STEP, ("shipping",)), Is(Column.RECORDER, ("Carrier",))), ""),
    "order": ((Has(("transaction/po",), ("urn:epcglobal:cbv:bt:1:2",)),), "shipped"),
    "any order": ((Has(("transaction/po",)),), "shipped"),
    "amount": ((Counted(Comparison.GE, (Decimal(5),)),), "counted"),
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_finds_what_it_asks_for(model, recorded, name):
    conditions, expected = QUERIES[name]
    page = model.events(EventQuery(conditions=conditions, order=Order.RECORDED))
    names = {identifier: name for name, identifier in recorded.items()}
    assert [names[event.fact.id] for event in page.events] == expected.split()
    assert page.cursor is None


def test_an_event_is_found_by_its_hash_and_by_its_senders_id(model, recorded, scene, projector):
    (event,) = model.event(recorded["shipped"])
    assert model.event("urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8") == [event]
    assert (
        model.events(EventQuery(conditions=(Identified((recorded["made"],)),))).events[0].fact.event.step
        == "commissioning"
    )
    scene.record(
        "Carrier",
        observed(
            "shipping",
            PALLET,
            at="2026-03-01T10:00:00Z",
            disposition="in_transit",
            bizLocation={"id": PLACE},
            bizTransactionList=[{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:1:2"}],
        ),
    )
    projector.catch_up()
    assert [each.fact.recorder for each in model.event(recorded["shipped"])] == ["Maker", "Carrier"]


@pytest.mark.parametrize("identifier", ["", "ni:///sha-256;zz?ver=CBV2.0", "ni:///sha-256;00?ver=CBV2.0", "urn:x"])
def test_what_is_no_events_id_finds_none(model, recorded, identifier):
    assert model.event(identifier) == []


@pytest.mark.parametrize("order", [Order.RECORDED, Order.EVENT_TIME, Order.RECORD_TIME, Order.FIELD])
@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("per_page", [1, 2, 3, 5])
def test_pages_follow_each_other_without_gap_or_overlap(model, recorded, order, direction, per_page):
    query = EventQuery(order=order, direction=direction, per_page=per_page)
    whole = [event.fact.id for event in model.events(dataclasses.replace(query, per_page=100)).events]
    paged = []
    while True:
        page = model.events(query)
        assert len(page.events) <= per_page
        paged += [event.fact.id for event in page.events]
        if page.cursor is None:
            break
        query = dataclasses.replace(query, after=page.cursor)
    assert paged == whole
    assert len(whole) == 5


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("order", [Order.EVENT_TIME, Order.RECORD_TIME])
@pytest.mark.parametrize("conditions", [(), (Is(Column.RECORDER, ("Maker", "Carrier")),)])
def test_pages_of_a_time_begin_where_the_last_one_ended(model, recorded, order, direction, conditions):
    whole = sorted((event.fact for event in model.events(EventQuery()).events), key=_time_of(order))
    ordered = whole if direction is Direction.ASC else whole[::-1]
    during = During(_MOMENTS[order], since=_time_of(order)(whole[1]), until=_time_of(order)(whole[4]))
    query = EventQuery(conditions=(during, *conditions), order=order, direction=direction, per_page=1)
    found = []
    while query is not None:
        page = model.events(query)
        found += [event.fact for event in page.events]
        query = None if page.cursor is None else dataclasses.replace(query, after=page.cursor)
    assert found == ordered[1:4]


_MOMENTS = {Order.EVENT_TIME: Moment.EVENT, Order.RECORD_TIME: Moment.RECORD}


def _time_of(order):
    return (lambda fact: fact.event.time) if order is Order.EVENT_TIME else (lambda fact: fact.recorded)


def test_pages_in_the_order_of_event_time(model, recorded):
    times = [event.fact.event.time for event in model.events(EventQuery(order=Order.EVENT_TIME)).events]
    assert times == sorted(times)
    latest = model.events(EventQuery(order=Order.EVENT_TIME, direction=Direction.DESC, per_page=1)).events[0]
    assert latest.fact.event.time == times[-1]


def test_what_the_caller_may_not_see_is_left_out_of_every_page(model, recorded):
    query, seen = EventQuery(per_page=1), []
    while True:
        page = model.events(query, lambda fact: fact.recorder == "Carrier")
        seen += [event.fact.id for event in page.events]
        if page.cursor is None:
            break
        query = dataclasses.replace(query, after=page.cursor)
    assert seen == [recorded["counted"], recorded["made_of"]]


def many(monkeypatch, looked=1):
    """Let every set of events be many, and few be looked at."""
    monkeypatch.setattr("provenance.readmodel.search.FEW", -1)
    monkeypatch.setattr("provenance.readmodel.search._GROWS", 1)
    monkeypatch.setattr("provenance.readmodel.view.MOST_LOOKED", looked)


def test_looking_through_much_that_is_hidden_ends_with_a_cursor(model, recorded, monkeypatch):
    many(monkeypatch)
    page = model.events(EventQuery(per_page=1), lambda fact: fact.recorder == "Nobody")
    assert page.events == ()
    assert page.cursor is not None


def test_looking_through_much_that_is_not_asked_for_is_refused(model, recorded, monkeypatch):
    many(monkeypatch)
    with pytest.raises(TooMuch):
        model.events(EventQuery(conditions=(Counted(Comparison.GE, (Decimal(500),)),), per_page=1))


@pytest.mark.parametrize("name", [name for name in QUERIES if name not in ("any order", "amount")])
@pytest.mark.parametrize("per_page", [1, 2, 9])
def test_an_index_that_is_read_in_its_order_finds_the_same(model, recorded, monkeypatch, name, per_page):
    many(monkeypatch, looked=100)
    conditions, expected = QUERIES[name]
    query, found = EventQuery(conditions=conditions, per_page=per_page), []
    while True:
        page = model.events(query)
        found += [event.fact.id for event in page.events]
        if page.cursor is None:
            break
        query = dataclasses.replace(query, after=page.cursor)
    assert sorted(found) == sorted(recorded[each] for each in expected.split())


def test_pages_show_nothing_that_was_recorded_after_the_first(model, recorded, scene, projector):
    first = model.events(EventQuery(per_page=2))
    scene.record("Maker", observed("storing", item(9), at="2026-03-01T00:00:00Z"))
    projector.catch_up()
    rest = model.events(EventQuery(per_page=9, after=first.cursor))
    assert len(first.events) + len(rest.events) == 5
    assert len(model.events(EventQuery(per_page=9)).events) == 6


def test_what_came_since_a_place_comes_once_and_tells_the_next_place(model, recorded, scene, projector):
    with model.view() as view:
        found, reached = view.since((Is(Column.RECORDER, ("Maker",)),), -1, most=2)
        assert [each.fact.id for each in found] == [recorded["made"], recorded["packed"]]
        found, reached = view.since((Is(Column.RECORDER, ("Carrier",)),), reached)
        assert [each.fact.id for each in found] == [recorded["counted"], recorded["made_of"]]
        assert reached == view.newest
        assert view.since((), reached) == ([], reached)
    (late,) = scene.record("Maker", observed("storing", item(9)))
    projector.catch_up()
    with model.view() as view:
        assert [each.fact.id for each in view.since((), reached)[0]] == [late]


def test_a_page_after_a_rebuild_goes_on_where_it_was(model, recorded, scene, url):
    from provenance.readmodel.rebuild import rebuild

    first = model.events(EventQuery(per_page=2))
    rebuild(url, scene.ledger)
    rest = model.events(EventQuery(per_page=9, after=first.cursor))
    assert len(first.events) + len(rest.events) == 5


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_leaves_nothing_to_the_garbage_collector(model, recorded, name):
    query = EventQuery(conditions=QUERIES[name][0])
    model.events(query)  # what is compiled, cached and prepared once
    gc.collect()
    gc.disable()
    try:
        for _ in range(5):
            model.events(query)
        assert gc.collect() == 0
    finally:
        gc.enable()
