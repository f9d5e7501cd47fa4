"""The tables of the operations store, as the newest migration leaves them (a test compares the two).

Instants are whole milliseconds since 1970 in UTC. No secret is stored, of a key only the SHA-256 of its secret;
but the key that tokens of next pages are sealed with is, which opens nothing that its holder may not read anyway, and
subscribers' tokens are, which deliveries are signed with.
"""

from sqlalchemy import BigInteger, Column, Date, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint
from sqlalchemy.dialects import postgresql

NAME = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

metadata = MetaData()

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("revoked", BigInteger),
    Column("last_used", Date),
    Column("former_hash", LargeBinary, comment="of the secret before a rotation"),
    Column("former_until", BigInteger, comment="when that secret stops opening"),
    Column("account", Text, comment="the person whose key it is"),
    Column("place", Text, comment="where its scans are made, unless they say otherwise: a canonical link"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("name", Text, nullable=False, comment="personal: never on the ledger"),
    Column("level", Text, nullable=False, comment="no key of the account goes further"),
    Column("created", BigInteger, nullable=False),
    Column("disabled", BigInteger),
    UniqueConstraint("organisation", "name"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("behaviour", Text, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("finished", BigInteger),
    Column("accepted", Text, comment="JSON: ids of the events that are on record"),
    Column("errors", Text, comment="JSON: what was refused, and why"),
    Column("lease_owner", Text),
    Column("lease_until", BigInteger, nullable=False, comment="nobody else takes it before"),
    Column("attempts", Integer, nullable=False),
    Column("account", Text, comment="the person whose key sent it"),
    Index("jobs_to_do", "state", "lease_until"),
    Index("jobs_by_organisation", "organisation", "created", "id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("transaction_id", Text, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("envelope", LargeBinary, comment="until its fate is known"),
    Column("state", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Index("outbox_by_state", "state", "created"),
)

outbox_parts = Table(
    "outbox_parts",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("chunk", LargeBinary, primary_key=True, comment="SHA-256 of the chunk"),
    Column("transaction_id", Text, primary_key=True),
    Index("outbox_parts_by_transaction", "transaction_id"),
)

answers = Table(
    "answers",
    metadata,
    Column("organisation", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request", LargeBinary, nullable=False, comment="SHA-256 of what was asked"),
    Column("given", BigInteger, nullable=False, comment="the time that the request was given"),
    Column("answer", Text, comment="what the first attempt was answered"),
    Index("answers_by_age", "given"),
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("next", BigInteger, nullable=False, comment="the lowest number that was not given out"),
)

consumer_scans = Table(
    "consumer_scans",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("hour", BigInteger, nullable=False, comment="the hour's begin"),
    Column("item", Text, nullable=False, comment="canonical link"),
    Column("grade", Text, nullable=False, comment="the grade that was shown"),
    Column("country", Text, comment="only where a trusted source is configured"),
    Column("session", LargeBinary, nullable=False, comment="a hash under a key of that day"),
    Index("consumer_scans_by_item", "item", "hour"),
    Index("consumer_scans_by_age", "hour"),
)

files = Table(
    "files",
    metadata,
    Column("sha256", LargeBinary, primary_key=True),
    Column("organisation", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("uploaded", BigInteger, nullable=False),
    Column("retention", Text, nullable=False),
    Column("account", Text, comment="the person whose key brought it"),
    Column("erased", BigInteger, comment="since when it is a tombstone"),
)

links = Table(
    "links",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("anchor", Text, nullable=False, comment="path of the link that it is attached to"),
    Column("identity", LargeBinary, nullable=False, comment="SHA-256 of what makes two links the same"),
    Column("link_type", Text, nullable=False),
    Column("href", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("languages", Text, nullable=False, comment="JSON"),
    Column("media_type", Text),
    Column("contexts", Text, nullable=False, comment="JSON"),
    Column("forwards", Integer, nullable=False, comment="1 where a request's query is passed on"),
    Column("version", Integer, nullable=False, comment="grows with every change"),
    Column("created", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    UniqueConstraint("organisation", "identity"),
    Index("links_by_anchor", "anchor"),
    Index("links_by_organisation", "organisation", "id"),
)

named_queries = Table(
    "named_queries",
    metadata,
    Column("organisation", Text, primary_key=True),
    Column("name", NAME, primary_key=True),
    Column("definition", Text, nullable=False, comment="the query as it was sent, JSON"),
    Column("created", BigInteger, nullable=False),
)

page_keys = Table(
    "page_keys",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False, comment="seals the tokens of next pages"),
)

ended_pages = Table(
    "ended_pages",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("until", BigInteger, nullable=False, comment="when the token would have ended by itself"),
    Index("ended_pages_by_age", "until"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", NAME, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("query", NAME, nullable=False),
    Column("dest", Text, nullable=False),
    Column("token", Text, comment="deliveries are signed with it; it is never shown"),
    Column("schedule", Text, comment="JSON; a stream has none"),
    Column("report_if_empty", Integer, nullable=False),
    Column("initial", BigInteger, nullable=False, comment="nothing recorded before it is delivered"),
    Column("epc_format", Text),
    Column("account", Text, comment="the person whose key subscribed"),
    Column("batch", Integer, nullable=False, comment="the most events of a delivery"),
    Column("position", BigInteger, nullable=False, comment="place of the last event that was looked at"),
    Column("due", BigInteger, nullable=False, comment="when it is looked at next"),
    Column("created", BigInteger, nullable=False),
    Column("looked", BigInteger, nullable=False, comment="when it was looked at last"),
    Column("notified", BigInteger, comment="when the subscriber last took a delivery"),
    Index("subscriptions_by_query", "organisation", "query", "id"),
    Index("subscriptions_due", "due"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", NAME, primary_key=True),
    Column("subscription", NAME, nullable=False),
    Column("begins", BigInteger, nullable=False, comment="the place before its first event"),
    Column("body", LargeBinary, comment="until it is delivered"),
    Column("media_type", Text, nullable=False),
    Column("events", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False, comment="when it is tried next"),
    Column("lease_owner", Text),
    Column("lease_until", BigInteger, nullable=False, comment="nobody else takes it before"),
    Column("attempts", Integer, nullable=False),
    Column("status", Integer, comment="what the subscriber answered last"),
    Column("error", Text, comment="why the last attempt failed"),
    Column("finished", BigInteger),
    Index("deliveries_to_do", "state", "due"),
    Index("deliveries_by_subscription", "subscription", "state", "created"),
)
