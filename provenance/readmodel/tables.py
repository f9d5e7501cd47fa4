"""The tables of the read model: what was recorded, found by thing, and the records that replayed acts wrote.

Instants are whole microseconds since 1970 in UTC, digests raw bytes, identifiers text that compares by bytes on every
database. Nothing that the fold computes is stored here.
"""

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects import postgresql

SCHEMA = 7
"""The version of these tables; a read model of another one is rebuilt, never migrated."""

KEY = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
ROW_ID = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()


class NamedAs(StrEnum):
    """How an event names a thing."""

    EPC = "epc"
    PARENT = "parent"
    CHILD = "child"
    INPUT = "input"
    OUTPUT = "output"
    QUANTITY = "quantity"
    CHILD_QUANTITY = "child_quantity"
    INPUT_QUANTITY = "input_quantity"
    OUTPUT_QUANTITY = "output_quantity"


def place(block: int, position: int, entry: int) -> int:
    """Return one number for the place of an event: the block, the transaction in it, the event in the transaction.

    It grows in ledger order and is the same in every build of the read model.
    """
    if position >= 1 << 15 or entry >= 1 << 9:
        raise ValueError(f"block {block} holds more transactions, or one of them more events, than a place can number")
    return (block << 24) | (position << 9) | entry


def block_of(fact_id: int) -> int:
    """Return the number of the block that a place is in."""
    return fact_id >> 24


checkpoint = Table(
    "checkpoint",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("schema", Integer, nullable=False),
    Column("generation", Text, nullable=False, comment="tells this build of the read model from every other"),
    Column("ledger_id", Text, nullable=False),
    Column("height", BigInteger, nullable=False, comment="blocks projected"),
    Column("block_hash", LargeBinary, nullable=False, comment="hash of the last block projected"),
    Column("versions", Text, nullable=False, comment="JSON: kind of record -> version of its last write"),
    Column("latest", BigInteger, nullable=False, comment="latest transaction time so far"),
)

facts = Table(
    "facts",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=False, comment="its place in the ledger, see `place`"),
    Column("recorder", KEY, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("event_hash", LargeBinary, nullable=False),
    Column("algorithm", Text, nullable=False),
    Column("sender_id", KEY),
    Column("recorded", BigInteger, nullable=False, comment="the transaction's time"),
    Column("regressed", SmallInteger, nullable=False),
    Column("event_time", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("action", Text),
    Column("step", KEY),
    Column("disposition", KEY),
    Column("read_point", KEY),
    Column("location", KEY),
    Column("reading", LargeBinary, nullable=False, comment="the event as the rules see it"),
    Column("body", LargeBinary, nullable=False, comment="canonical JSON as recorded"),
    UniqueConstraint("digest", "recorder"),
    Index("facts_by_event", "event_hash"),
    Index("facts_by_time", "event_time", "id"),
    Index("facts_by_record_time", "recorded", "id"),
)
Index("facts_by_sender_id", facts.c.sender_id, sqlite_where=facts.c.sender_id.is_not(None),
      postgresql_where=facts.c.sender_id.is_not(None))  # fmt: skip

for _name in ("recorder", "type"):
    Index(f"facts_by_{_name}", facts.c[_name], facts.c.event_time, facts.c.id)
for _name in ("step", "disposition", "read_point", "location"):
    _said = facts.c[_name].is_not(None)  # of a column that is always said SQLite would not use such an index
    _told = (facts.c.step,) if _name in ("read_point", "location") else ()  # what is done at a place is asked together
    Index(f"facts_by_{_name}", facts.c[_name], facts.c.event_time, facts.c.id, *_told,
          sqlite_where=_said, postgresql_where=_said)  # fmt: skip

fact_things = Table(
    "fact_things",
    metadata,
    Column("thing", KEY, primary_key=True),
    Column("fact_id", BigInteger, primary_key=True),
    Column("role", Text, primary_key=True),
    sqlite_with_rowid=False,
)

fact_terms = Table(
    "fact_terms",
    metadata,
    Column("term", BigInteger, primary_key=True, comment="half of it says what is told of the event, half its value"),
    Column("fact_id", BigInteger, primary_key=True),
    sqlite_with_rowid=False,
)

prefixes = Table(
    "prefixes",
    metadata,
    Column("prefix", KEY, primary_key=True),
    Column("namespace", KEY, primary_key=True, comment="what events with fields of their own have the prefix for"),
    sqlite_with_rowid=False,
)

records = Table(
    "records",
    metadata,
    Column("kind", KEY, primary_key=True),
    Column("id", KEY, primary_key=True),
    Column("version", BigInteger, nullable=False, comment="grows with every write of any record"),
    Column("value", LargeBinary, nullable=False),
)

terms = Table(
    "terms",
    metadata,
    Column("term", KEY, primary_key=True),
    Column("kind", KEY, primary_key=True),
    Column("id", KEY, primary_key=True),
    sqlite_with_rowid=False,
)

refused_acts = Table(
    "refused_acts",
    metadata,
    Column("block", BigInteger, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("transaction_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("creator", Text, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Column("code", Text, nullable=False),
    Column("detail", Text, nullable=False),
)
