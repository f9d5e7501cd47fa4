"""The CBV's business steps and dispositions as the rules group them, and what each means in plain words."""

from provenance.domain.epcis.event import Action, Event, EventType

DEPARTURES = frozenset({"shipping", "departing", "loading", "staging_outbound"})
"""Steps by which a custodian sends goods off (half of a handover)."""

ARRIVALS = frozenset({"receiving", "arriving", "accepting"})
"""Steps by which a party takes goods in (the other half)."""

TAKINGS = frozenset({"receiving", "accepting"})
"""The arrivals that are more than the end of a transport leg."""

VOIDING = "void_shipping"
"""The step by which a sender calls off what it sent (CBV 2.0, 7.1.2)."""

SALES = frozenset({"retail_selling", "stocking"})
SALE_DISPOSITIONS = frozenset({"retail_sold", "sellable_accessible", "sellable_not_accessible"})

SINGLE_STEPS = frozenset({"retail_selling", "stocking", "dispensing", "unpacking", "picking"})
"""Steps that nobody does to an item that is still packed in a container."""

ENDINGS = frozenset({"decommissioning", "destroying"})

_TITLES = {
    "accepting": "Taken over",
    "arriving": "Arrived",
    "assembling": "Assembled",
    "collecting": "Collected",
    "commissioning": "Made and given its number",
    "consigning": "Consigned",
    "creating_class_instance": "Produced",
    "cycle_counting": "Counted",
    "decommissioning": "Number taken out of use",
    "departing": "Departed",
    "destroying": "Destroyed",
    "disassembling": "Taken apart",
    "dispensing": "Dispensed",
    "encoding": "Code written",
    "entering_exiting": "Passed a door",
    "holding": "Held",
    "inspecting": "Inspected",
    "installing": "Installed",
    "killing": "Tag disabled",
    "loading": "Loaded",
    "other": "Seen",
    "packing": "Packed",
    "picking": "Picked",
    "receiving": "Received",
    "removing": "Removed",
    "repackaging": "Repacked",
    "repairing": "Repaired",
    "replacing": "Replaced",
    "reserving": "Reserved",
    "retail_selling": "Sold",
    "sampling": "Sampled",
    "sensor_reporting": "Sensor reading",
    "shipping": "Sent off",
    "staging_outbound": "Made ready to leave",
    "stock_taking": "Counted",
    "stocking": "Put on sale",
    "storing": "Stored",
    "transporting": "In transport",
    "unloading": "Unloaded",
    "unpacking": "Unpacked",
    "void_shipping": "Shipment cancelled",
}


def title(event: Event) -> str:
    """Return what happened in an event, in a few plain words."""
    known = _TITLES.get(event.step or "")
    if known is not None:
        return known
    if event.type is EventType.AGGREGATION or event.type is EventType.ASSOCIATION:
        return {Action.ADD: "Packed", Action.DELETE: "Unpacked"}.get(event.action or Action.OBSERVE, "Seen packed")
    return "Processed" if event.type is EventType.TRANSFORMATION else "Seen"


def packs(event: Event) -> bool:
    """Return whether the event says what is inside what (EPCIS 2.0, 7.4.3 and 7.4.7)."""
    return event.parent is not None and (event.type is EventType.AGGREGATION or event.type is EventType.ASSOCIATION)


def sells(event: Event) -> bool:
    """Return whether the event puts on sale or sells."""
    return event.step in SALES or event.disposition in SALE_DISPOSITIONS
