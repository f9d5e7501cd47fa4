"""What every record is: a kind, an id and terms; and the stamp that says who did something and when it counts."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who did it, the time of its transaction, and the time from which it counts (never after the transaction's)."""

    by: str
    recorded: datetime
    effective: datetime


class Record:
    """A piece of ledger state: `kind` names its type, `id` the thing, `terms` what it is linked to."""

    __slots__ = ()
    kind: ClassVar[str]
    id: str

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms under which `World.linked` finds this record, each `name/value`."""
        return ()
