"""The logical digest: one SHA-256 over everything in a read model that follows from the ledger's meaning alone.

It covers every thing in byte order with its facts in fold order, and every replayed record. It leaves out what depends
on when and where something was recorded: transaction ids, places in the ledger, certificates and transaction times.
Two read models of one ledger, and of two ledgers that received the same observations in another order, have the same
digest.

What travels together is named by the same facts and comes one after the other in byte order, so a fact is looked up
and spelled once for many things.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import Connection, except_, select

from provenance.domain.world import rules_of
from provenance.readmodel.model import ReadModel
from provenance.readmodel.tables import fact_things, facts, records
from provenance.readmodel.view import View

_STAMP = {"by", "recorded", "effective"}
_TOLD = "id, event_time, recorded, digest, recorder, event_hash, algorithm"
_TOGETHER = 5000
_MOST_KNOWN = 50_000

Told = tuple[int, bytes, str, str, str, str]
"""A fact's effective time, digest and recorder, which order it, and what is told of it beside its recorder."""
Named = tuple[Told, str]
"""A fact, and as what it names a thing."""


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
    for thing, listed in groupby(_named(view, tolerance), key=itemgetter(0)):
        yield _line(thing, [named for _, named in listed])
    unnamed = except_(select(facts.c.id), select(fact_things.c.fact_id))
    nameless = [each for (each,) in view.stream(unnamed)]
    parts = (nameless[at : at + _TOGETHER] for at in range(0, len(nameless), _TOGETHER))
    yield _line(None, [(told, "") for part in parts for told in _told(view, part, tolerance).values()])


def _named(view: View, tolerance: int) -> Iterator[tuple[str, Named]]:
    """Give every thing in byte order with each fact that names it."""
    rows = view.stream(
        select(fact_things.c.thing, fact_things.c.fact_id, fact_things.c.role).order_by(fact_things.c.thing)
    )
    known: dict[int, Told] = {}
    while part := list(islice(rows, _TOGETHER)):
        wanted = {identifier for _, identifier, _ in part}
        if len(known) > _MOST_KNOWN:
            known = {identifier: known[identifier] for identifier in wanted & known.keys()}
        known |= _told(view, wanted - known.keys(), tolerance)
        yield from [(thing, (known[identifier], role)) for thing, identifier, role in part]


def _told(view: View, identifiers: Collection[int], tolerance: int) -> Mapping[int, Told]:
    """Return what is told of facts, by their places."""
    return {
        identifier: (min(time, recorded + tolerance), digest, recorder, digest.hex(), event_hash.hex(), algorithm)
        for identifier, time, recorded, digest, recorder, event_hash, algorithm in view.at(sorted(identifiers), _TOLD)
    }


def _line(thing: str | None, listed: list[Named]) -> bytes:
    listed.sort()
    told = [(digest, recorder, role, event, algorithm) for (_, _, recorder, digest, event, algorithm), role in listed]
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
