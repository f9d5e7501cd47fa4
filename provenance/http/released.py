"""What is released to everybody about a thing's state and history.

Organisations appear by name and places by name and country, a delivery address by its country alone. Ids of
organisations, places, containers and events are for members who may read the event.
"""

from typing import Any

from provenance.domain.fold.register import Spot
from provenance.domain.instant import format_instant
from provenance.domain.records import PlaceKind
from provenance.domain.verdict import Entry, ItemState


def state(stands: ItemState) -> dict[str, Any]:
    """Return where a thing stands."""
    return {
        "status": stands.status.value,
        "custodian": stands.custodian.name if stands.custodian else None,
        "place": place(stands.place),
        "seen": format_instant(stands.seen) if stands.seen else None,
        "in_container": bool(stands.containers),
        "lot": stands.lot,
    }


def entry(happened: Entry) -> dict[str, Any]:
    """Return one entry of a history."""
    return {
        "time": format_instant(happened.time),
        "kind": happened.kind.value,
        "title": happened.title,
        "step": happened.step,
        "by": happened.recorder.name,
        "place": place(happened.place),
        "custodian": happened.custodian.name if happened.custodian else None,
        "in_container": happened.through is not None,
    }


def place(spot: Spot | None) -> dict[str, Any] | None:
    """Return a place by name and country code; None where it is not on record."""
    if spot is None or spot.country is None:
        return None
    return {"name": None if spot.kind is PlaceKind.DOORSTEP else spot.name, "country": spot.country}
