"""The rows of captured events: one a fact, one for each thing that it names, gathered and then written many at once."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, PoolProxiedConnection, bindparam, select

from provenance.database import Prepared, insert_ignoring
from provenance.domain.epcis.chunk import Entry
from provenance.domain.epcis.event import Event
from provenance.domain.epcis.reading import read_event
from provenance.readmodel.instants import to_micros
from provenance.readmodel.query import NI_STEM
from provenance.readmodel.stored import pack
from provenance.readmodel.tables import NamedAs, fact_things, facts, place


class Statements:
    """The statements that write facts, compiled once a database."""

    def __init__(self, engine: Engine) -> None:
        self.facts = Prepared(engine, insert_ignoring(facts, engine.dialect.name))
        self.things = Prepared(engine, insert_ignoring(fact_things, engine.dialect.name))
        since = facts.c.id >= bindparam("first")
        self.ids = Prepared(engine, select(facts.c.id).where(since, facts.c.id <= bindparam("last")))


class FactRows:
    """The rows of some events in ledger order; the same fact again is left out, its first place wins."""

    def __init__(self) -> None:
        self._facts: list[tuple[Any, ...]] = []
        self._things: list[tuple[str, int, str]] = []

    def __len__(self) -> int:
        return len(self._facts)

    def add(self, entry: Entry, *, recorder: str, recorded: int, regressed: bool, at: tuple[int, int, int]) -> None:
        """Take in one event; `recorded` is its transaction's time, `at` its block, transaction and place in that.

        Raises `Malformed` where the event cannot be read.
        """
        event = read_event(entry.event)
        identifier = place(*at)
        digest, algorithm = entry.id.removeprefix(NI_STEM).split("?ver=")
        self._facts.append(
            (
                identifier,
                recorder,
                bytes.fromhex(entry.digest),
                bytes.fromhex(digest),
                algorithm,
                event.sender_id,
                recorded,
                int(regressed),
                to_micros(event.time),
                event.type.value,
                None if event.action is None else event.action.value,
                event.step,
                event.disposition,
                event.read_point,
                event.location,
                pack(event),
                entry.body,
            )
        )
        self._things += [(thing, identifier, role) for thing, role in named(event)]

    def flush(self, connection: PoolProxiedConnection, statements: Statements) -> None:
        """Write the rows."""
        if not self._facts:
            return
        statements.facts.many(connection, self._facts)
        rows = statements.ids.rows(connection, first=self._facts[0][0], last=self._facts[-1][0])
        if len(rows) == len(self._facts):
            statements.things.many(connection, self._things)
        else:
            kept = {row[0] for row in rows}
            statements.things.many(connection, [row for row in self._things if row[1] in kept])


def named(event: Event) -> Iterator[tuple[str, str]]:
    """Yield what an event names, and as what."""
    for link in event.epcs:
        yield link, NamedAs.EPC.value
    if event.parent is not None:
        yield event.parent, NamedAs.PARENT.value
    for role, links in (
        (NamedAs.CHILD, event.children),
        (NamedAs.INPUT, event.inputs),
        (NamedAs.OUTPUT, event.outputs),
    ):
        for link in links:
            yield link, role.value
    for role, quantities in (
        (NamedAs.QUANTITY, event.quantities),
        (NamedAs.CHILD_QUANTITY, event.child_quantities),
        (NamedAs.INPUT_QUANTITY, event.input_quantities),
        (NamedAs.OUTPUT_QUANTITY, event.output_quantities),
    ):
        for quantity in quantities:
            yield quantity.epc_class, role.value
