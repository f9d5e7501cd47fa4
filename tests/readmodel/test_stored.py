from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from provenance.domain.canonical import Number
from provenance.domain.epcis.event import Action, ErrorDeclaration, Event, EventType, Quantity, Typed
from provenance.readmodel.stored import pack, unpack

TIME = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)
FULL = {
    "type": EventType.AGGREGATION,
    "time": TIME,
    "offset": "+01:00",
    "action": Action.DELETE,
    "sender_id": "",
    "epcs": ("a",),
    "parent": "b",
    "children": ("c", "d"),
    "inputs": ("e",),
    "outputs": ("f",),
    "quantities": (Quantity("g", Decimal("1.50"), "KGM"), Quantity("h")),
    "child_quantities": (Quantity("i", Decimal("1E+3")),),
    "input_quantities": (Quantity("j"),),
    "output_quantities": (Quantity("k"),),
    "transformation": "l",
    "step": "packing",
    "disposition": "active",
    "set_dispositions": ("m",),
    "unset_dispositions": ("n",),
    "read_point": "o",
    "location": "p",
    "transactions": (Typed(None, "q"), Typed("po", "r")),
    "sources": (Typed("location", "s"),),
    "destinations": (Typed("possessing_party", "t"),),
    "certifications": ("u",),
    "error": ErrorDeclaration(TIME, "incorrect_data", ("v",)),
    "sensors": ({"sensorReport": [{"value": Number("26.00")}]},),
    "ilmd": {"https://example.test/a": Number("18446744073709551616")},
    "extensions": {"https://example.test/b": {"c": [True, None, "é", "12"], "d": {}}},
}


def packed(event):
    """The stored form, of what the event says."""
    said = {field.name: getattr(event, field.name) for field in structs.fields(event)}
    return pack({name: value for name, value in said.items() if value is not None})


def test_every_field_is_tried_here():
    assert set(FULL) == {field.name for field in structs.fields(Event)}


@pytest.mark.parametrize("left_out", [None, *sorted(FULL.keys() - {"type", "time", "offset"})])
def test_an_event_comes_back_as_it_was(left_out):
    event = Event(**{name: value for name, value in FULL.items() if name != left_out})
    assert unpack(packed(event)) == event


NUMBERS = ([1, 2], {"a": -1}, [[Number("-0")]], {"a": {"b": [True, Number("1e5")]}})


@pytest.mark.parametrize("value", NUMBERS, ids=repr)
def test_numbers_keep_their_literals_wherever_they_stand(value):
    event = Event(type=EventType.OBJECT, time=TIME, offset="+00:00", extensions={"x": value}, sensors=(value,))
    assert unpack(packed(event)) == event


def test_an_event_comes_back_frozen():
    event = unpack(packed(Event(type=EventType.OBJECT, time=TIME, offset="+00:00")))
    with pytest.raises(AttributeError):
        event.step = "shipping"


@settings(deadline=None)
@given(time=st.datetimes(timezones=st.just(UTC)), amount=st.decimals(allow_nan=False, allow_infinity=False))
def test_times_and_amounts_lose_nothing(time, amount):
    event = Event(type=EventType.OBJECT, time=time, offset="+00:00", quantities=(Quantity("a", amount),))
    back = unpack(packed(event))
    assert back.time == time
    assert back.quantities[0].quantity.as_tuple() == amount.as_tuple()
