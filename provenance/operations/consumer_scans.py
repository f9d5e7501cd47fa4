"""What consumers looked at, as much of it as is kept: an advisory beside the ledger's verdict, never part of one.

An hour, an item, the grade that was shown, perhaps a country, and a hash that tells one visitor's scans of one day from
another's. There is no address, no precise time, and nothing that outlives the day about who it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, insert, select

from provenance.database import writing
from provenance.operations.instants import from_millis, to_millis
from provenance.operations.tables import consumer_scans

_HOUR = timedelta(hours=1) // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerScan:
    """One scan; `time` is kept by its hour, `country` is an ISO 3166 code."""

    time: datetime
    item: str
    grade: str
    session: bytes
    country: str | None = None


class ConsumerScans:
    """The consumers' scans of one operations store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, scans: Sequence[ConsumerScan]) -> None:
        """Keep scans, all or none."""
        rows = [
            {
                "hour": to_millis(scan.time) // _HOUR * _HOUR,
                "item": scan.item,
                "grade": scan.grade,
                "country": scan.country,
                "session": scan.session,
            }
            for scan in scans
        ]
        with writing(self._engine).begin() as connection:
            connection.execute(insert(consumer_scans), rows)

    def of(self, item: str, *, count: int = 1000) -> list[ConsumerScan]:
        """Return the newest scans of an item, newest first; `time` is the hour's begin."""
        wanted = select(consumer_scans).where(consumer_scans.c.item == item)
        newest = wanted.order_by(consumer_scans.c.hour.desc(), consumer_scans.c.id.desc()).limit(count)
        with self._engine.connect() as connection:
            return [
                ConsumerScan(
                    time=from_millis(row.hour),
                    item=row.item,
                    grade=row.grade,
                    session=bytes(row.session),
                    country=row.country,
                )
                for row in connection.execute(newest)
            ]

    def forget(self, before: datetime) -> int:
        """Delete the scans of hours that ended before then, and return how many."""
        old = delete(consumer_scans).where(consumer_scans.c.hour + _HOUR <= to_millis(before))
        with writing(self._engine).begin() as connection:
            return int(connection.execute(old).rowcount)
