import dataclasses
from datetime import timedelta

import pytest

from provenance.domain.epcis.event import Action, EventType
from provenance.domain.errors import Malformed
from provenance.readmodel import Direction, EventQuery, Order
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


QUERIES = {
    "all": ({}, "made packed shipped counted made_of"),
    "type": ({"event_types": (EventType.AGGREGATION, EventType.TRANSFORMATION)}, "packed made_of"),
    "action": ({"actions": (Action.ADD,)}, "made packed"),
    "step": ({"steps": ("shipping", "storing")}, "shipped counted"),
    "disposition": ({"dispositions": ("in_transit",)}, "shipped"),
    "read point": ({"read_points": (PLACE,)}, "packed"),
    "location": ({"locations": (PLACE,)}, "shipped"),
    "recorder": ({"recorders": ("Carrier",)}, "counted made_of"),
    "from": ({"event_time_from": NOON.replace(2026, 3, 1, 10, 0, 0)}, "shipped made_of"),
    "before": ({"event_time_before": NOON.replace(2026, 3, 1, 8, 0, 0)}, "counted"),
    "recorded from": ({"record_time_from": NOON + timedelta(minutes=3)}, "counted made_of"),
    "recorded before": ({"record_time_before": NOON + timedelta(minutes=1)}, "made"),
    "epc": ({"match_epcs": (item(1),)}, "made packed"),
    "any epc": ({"match_any_epcs": (item(1), PALLET)}, "made packed shipped made_of"),
    "parent": ({"match_parents": (PALLET,)}, "packed"),
    "input": ({"match_inputs": (item(1),)}, "made_of"),
    "output": ({"match_outputs": (item(1), item(2))}, "made_of"),
    "class": ({"match_classes": (CLASS,)}, "counted"),
    "any class": ({"match_any_classes": (CLASS,)}, "counted"),
    "sender's id": ({"event_ids": ("urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8",)}, "shipped"),
    "several": ({"actions": (Action.ADD,), "match_epcs": (item(1),), "steps": ("packing",)}, "packed"),
    "nothing": ({"steps": ("shipping",), "recorders": ("Carrier",)}, ""),
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_finds_what_it_asks_for(model, recorded, name):
    asked, expected = QUERIES[name]
    page = model.events(EventQuery(**asked))
    names = {identifier: name for name, identifier in recorded.items()}
    assert [names[event.fact.id] for event in page.events] == expected.split()
    assert page.cursor is None


def test_every_field_of_a_query_is_tried_here():
    tried = {field for asked, _ in QUERIES.values() for field in asked}
    fields = {field.name for field in dataclasses.fields(EventQuery)}
    assert fields - tried == {"order", "direction", "per_page", "cursor"}


def test_an_event_is_found_by_its_hash_and_by_its_senders_id(model, recorded, scene, projector):
    (event,) = model.event(recorded["shipped"])
    assert model.event("urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8") == [event]
    assert model.events(EventQuery(event_ids=(recorded["made"],))).events[0].fact.event.step == "commissioning"
    scene.record("Carrier", observed("shipping", PALLET, at="2026-03-01T10:00:00Z", disposition="in_transit",
                                     bizLocation={"id": PLACE}))  # fmt: skip
    projector.catch_up()
    assert [each.fact.recorder for each in model.event(recorded["shipped"])] == ["Maker", "Carrier"]


@pytest.mark.parametrize("identifier", ["", "ni:///sha-256;zz?ver=CBV2.0", "ni:///sha-256;00?ver=CBV2.0", "urn:x"])
def test_what_is_no_events_id_finds_none(model, recorded, identifier):
    assert model.event(identifier) == []


@pytest.mark.parametrize("order", Order)
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
        query = dataclasses.replace(query, cursor=page.cursor)
    assert paged == whole
    assert len(whole) == 5


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
        query = dataclasses.replace(query, cursor=page.cursor)
    assert seen == [recorded["counted"], recorded["made_of"]]


def test_looking_through_much_that_is_hidden_ends_with_a_cursor(model, recorded, monkeypatch):
    monkeypatch.setattr("provenance.readmodel.view.MOST_LOOKED_THROUGH", 1)
    page = model.events(EventQuery(per_page=1), lambda fact: fact.recorder == "Carrier")
    assert page.events == ()
    assert page.cursor is not None


@pytest.mark.parametrize("cursor", ["x", "!!!", "", "bnVsbA", "W10", "eyJhIjoxfQ", "WzEsMiwzLDRd", "\udcff"])
def test_a_cursor_that_was_not_given_here_is_refused(model, recorded, cursor):
    with pytest.raises(Malformed) as caught:
        model.events(EventQuery(cursor=cursor))
    assert caught.value.code == "query.cursor"


def test_a_cursor_of_another_order_is_refused(model, recorded):
    cursor = model.events(EventQuery(per_page=1)).cursor
    with pytest.raises(Malformed, match="another order"):
        model.events(EventQuery(cursor=cursor, direction=Direction.DESC))


def test_a_page_after_a_rebuild_goes_on_where_it_was(model, recorded, scene, url):
    from provenance.readmodel.rebuild import rebuild

    first = model.events(EventQuery(per_page=2))
    rebuild(url, scene.ledger)
    rest = model.events(EventQuery(per_page=9, cursor=first.cursor))
    assert len(first.events) + len(rest.events) == 5
