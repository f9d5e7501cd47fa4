"""The logical digest: one SHA-256 over everything in a read model that follows from the ledger's meaning alone.

It covers every thing in byte order with its facts in fold order, and every replayed record. It leaves out what depends
on when and where something was recorded: transaction ids, places in the ledger, certificates and transaction times.
Two read models of one ledger, and of two ledgers that received the same observations in another order, have the same
digest.
"""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import Connection, except_, literal_column, select

from provenance.domain.world import rules_of
from provenance.readmodel.model import ReadModel
from provenance.readmodel.tables import fact_things, facts, records
from provenance.readmodel.view import View

_STAMP = {"by", "recorded", "effective"}
_TOLD = (
    facts.c.event_time,
    facts.c.recorded,
    facts.c.digest,
    facts.c.recorder,
    facts.c.event_hash,
    facts.c.algorithm,
)


def logical_digest(model: ReadModel) -> str:
    """Return the logical digest of a read model as hex."""
    with model.view() as view:
        return digest_of(view)


def digest_of(view: View) -> str:
    """Return the logical digest of what a view shows as hex."""
    tolerance = timedelta(seconds=rules_of(view.world).clock_tolerance)
    total = hashlib.sha256()
    for line in chain(_things(view, tolerance // timedelta(microseconds=1)), _records(view.connection)):
        total.update(line)
        total.update(b"\n")
    return total.hexdigest()


def _things(view: View, tolerance: int) -> Iterator[bytes]:
    named = select(fact_things.c.thing, fact_things.c.role, *_TOLD)
    of_things = named.join_from(fact_things, facts, facts.c.id == fact_things.c.fact_id).order_by(fact_things.c.thing)
    for thing, listed in groupby(view.stream(of_things), key=itemgetter(0)):
        yield _line(thing, [row[1:] for row in listed], tolerance)
    unnamed = except_(select(facts.c.id), select(fact_things.c.fact_id))
    nameless = select(literal_column("''"), *_TOLD).where(facts.c.id.in_(unnamed))
    yield _line(None, list(view.stream(nameless)), tolerance)


def _line(thing: str | None, listed: list[tuple[Any, ...]], tolerance: int) -> bytes:
    ordered = sorted(
        (min(event_time, recorded + tolerance), digest, recorder, role, event_hash, algorithm)
        for role, event_time, recorded, digest, recorder, event_hash, algorithm in listed
    )
    told = [
        (digest.hex(), recorder, role, event_hash.hex(), algorithm)
        for _, digest, recorder, role, event_hash, algorithm in ordered
    ]
    return orjson.dumps([thing, told])


def _records(connection: Connection) -> Iterator[bytes]:
    wanted = select(records.c.kind, records.c.id, records.c.value).order_by(records.c.kind, records.c.id)
    for kind, identifier, value in connection.execution_options(yield_per=1000).execute(wanted):
        yield orjson.dumps([kind, identifier, _timeless(orjson.loads(value))], option=orjson.OPT_SORT_KEYS)


def _timeless(value: Any) -> Any:
    """Return a record's value without transaction times: of a stamp its author, and what time it stated."""
    if isinstance(value, list):
        return [_timeless(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == _STAMP:
        stated = value["effective"] != value["recorded"]
        return {"by": value["by"], "effective": value["effective"]} if stated else {"by": value["by"]}
    return {name: _timeless(content) for name, content in value.items()}
