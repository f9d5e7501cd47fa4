"""The records as acts see them while they are replayed: what the tables hold, under what this batch wrote so far.

A record is read at most once a batch and written at its end, in the transaction of the batch. An act counts only where
its replay succeeds, whatever the ledger says of it: endorsers cannot forge an authority that their creator did not
hold.
"""

from collections.abc import Sequence
from typing import TypeVar, cast

import orjson
from sqlalchemy import Engine, PoolProxiedConnection, and_, bindparam, delete, select

from provenance.database import Prepared, insert_ignoring, insert_replacing
from provenance.domain.codec import encode
from provenance.domain.records import Product, Record
from provenance.readmodel.tables import records, terms
from provenance.readmodel.world import read_value

R = TypeVar("R", bound=Record)
Key = tuple[str, str]


class Statements:
    """The statements of a replay, compiled once a database."""

    def __init__(self, engine: Engine) -> None:
        dialect = engine.dialect.name
        this = and_(records.c.kind == bindparam("kind"), records.c.id == bindparam("id"))
        self.value = Prepared(engine, select(records.c.value).where(this))
        self.write = Prepared(engine, insert_replacing(records, dialect))
        self.link = Prepared(engine, insert_ignoring(terms, dialect))
        link = and_(*(column == bindparam(f"old_{column.name}") for column in terms.primary_key))
        self.unlink = Prepared(engine, delete(terms).where(link))


class ReplayedRecords:
    """`Records` over the tables; `version` is that of the act being replayed, `versions` the last one of each kind."""

    def __init__(self, connection: PoolProxiedConnection, statements: Statements, versions: dict[str, int]) -> None:
        self._connection = connection
        self._statements = statements
        self._held: dict[Key, Record | None] = {}
        self._stored: dict[Key, Record | None] = {}
        self._written: dict[Key, int] = {}
        self.versions = versions
        self.version = 0

    def get(self, kind: type[R], identifier: str) -> R | None:
        """Return the record, or None where there is none."""
        key = (kind.kind, str(identifier))
        if key not in self._held:
            rows = self._statements.value.rows(self._connection, kind=key[0], id=key[1])
            self._held[key] = self._stored[key] = read_value(key[0], rows[0][0]) if rows else None
        return cast("R | None", self._held[key])

    def get_many(self, kind: type[R], identifiers: Sequence[str]) -> list[R | None]:
        """Return the records in the order of their ids, None where there is none."""
        return [self.get(kind, identifier) for identifier in identifiers]

    def put(self, record: Record) -> None:
        """Write the record in the place of the one with its kind and id."""
        self.get(type(record), record.id)
        key = (record.kind, str(record.id))
        self._held[key] = record
        self._written[key] = self.versions[record.kind] = self.version

    def flush(self) -> None:
        """Write what was put to the tables, records and the terms that find them."""
        rows, gone, fresh = [], [], []
        for (kind, identifier), version in self._written.items():
            record, before = self._held[kind, identifier], self._stored[kind, identifier]
            rows.append((kind, identifier, version, orjson.dumps(encode(record))))
            old, new = terms_of(before), terms_of(record)
            gone += [(term, kind, identifier) for term in old if term not in new]
            fresh += [(term, kind, identifier) for term in new if term not in old]
        self._statements.write.many(self._connection, rows)
        self._statements.unlink.many(self._connection, gone)
        self._statements.link.many(self._connection, fresh)


def terms_of(record: Record | None) -> tuple[str, ...]:
    """Return the terms that find a record: its own, and for a product its brand, whose pages list it."""
    if record is None:
        return ()
    return (*record.terms, f"brand/{record.brand}") if isinstance(record, Product) else record.terms
