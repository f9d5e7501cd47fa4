"""What an act is: a named transition on records, done by an organisation at a time.

An act's function only reads records and returns those that it writes; `perform` writes them after everything was
decided, so that a refused act leaves nothing behind and no act sees its own writes. The contracts execute acts over a
ledger's state; projector and offline verifier replay them over their own records and get the same ones. An act must
never look at a clock, at history, or at keys that its arguments and what it read under exact keys do not name.
"""

import typing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from provenance.domain import canonical, codec
from provenance.domain.errors import Refused
from provenance.domain.instant import format_instant
from provenance.domain.records import Record, Stamp
from provenance.domain.world import Records


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls (the MSP id of the certificate that signed, never an argument), the transaction's time and its id."""

    creator: str
    time: datetime
    transaction_id: str

    def stamp(self, effective: datetime | None = None, *, after: Stamp | None = None) -> Stamp:
        """Return the stamp of an act that counts from `effective`, or from the transaction's time where none is stated.

        Raises `Refused`: `time.future` where `effective` is after the transaction, `time.order` where it is before
        what the act ends began (`after`).
        """
        if effective is not None and effective > self.time:
            raise Refused("time.future", f"an act cannot count from {format_instant(effective)}, after its transaction")
        if effective is not None and after is not None and effective < after.effective:
            raise Refused("time.order", f"it began at {format_instant(after.effective)} and cannot end before that")
        return Stamp(by=self.creator, recorded=self.time, effective=effective or self.time)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """Arguments of an act that may state from when it counts, not after its transaction's time."""

    effective: datetime | None = None


A = TypeVar("A")
Transition = Callable[[Records, Call, A], tuple[Record, ...]]


@dataclass(frozen=True, slots=True)
class Act:
    """An act by its name `contract:verb`, the dataclass of its arguments, and the transition that it is."""

    name: str
    arguments: type[Any]
    function: Transition[Any]

    @property
    def doc(self) -> str:
        """What the act does and what it refuses, for help and documentation."""
        return self.function.__doc__ or ""


ACTS: dict[str, Act] = {}


def act(name: str) -> Callable[[Transition[A]], Transition[A]]:
    """Enter the decorated transition into `ACTS` under `name`; its third parameter's type is its arguments."""

    def enter(function: Transition[A]) -> Transition[A]:
        ACTS[name] = Act(name, typing.get_type_hints(function)["arguments"], function)
        return function

    return enter


def perform(records: Records, call: Call, name: str, arguments: bytes) -> dict[str, Any]:
    """Do the act `name` with its JSON arguments and return the kind and id of the record that it is about.

    Raises `Malformed` for arguments that are not the act's and `Refused` (`contract.unknown` where there is no such
    act); nothing is written then.
    """
    if name not in ACTS:
        raise Refused("contract.unknown", f"there is no transaction {name[:80]!r}")
    decoded = codec.decode(ACTS[name].arguments, canonical.parse(arguments))
    written = ACTS[name].function(records, call, decoded)
    for record in written:
        records.put(record)
    return {"kind": written[0].kind, "id": str(written[0].id)}
