"""What each grade is called on the pages and what it means to a buyer: never more than was checked."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shown:
    """A grade as the pages show it; `name` selects its colour and icon."""

    name: str
    title: str
    meaning: str


_ALL = (
    Shown("consistent", "Record consistent", "Everything on record about this item fits together."),
    Shown("attention", "Attention", "Something on record deserves a second look."),
    Shown("suspicious", "Suspicious", "Entries on record contradict each other or lack the authority that they need."),
    Shown("stopped", "Stopped", "The brand has recalled this item, or an authority has stopped it."),
    Shown("not_on_record", "Not on record", "Nobody who is entitled to has put an item with this number on record."),
)

GRADES: Mapping[str, Shown] = {shown.name: shown for shown in _ALL}
"""The grades by their names, in the order in which they are explained."""
