"""How fast the read model follows the ledger, on SQLite and PostgreSQL: projected batch by batch, and rebuilt beside
the live one with its logical digest computed.

The baseline writes the same events' bytes into a bare table with a key, a transaction a block.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Column, LargeBinary, MetaData, Table, insert

from provenance import opening, settings
from provenance.database import Synchronous, open_engine, writing
from provenance.domain.epcis import chunk
from provenance.ledger.embedded import EmbeddedLedger
from provenance.readmodel import ReadModel
from provenance.readmodel.apart import APPEND
from provenance.readmodel.project import Projector
from provenance.readmodel.rebuild import rebuild
from tests.benchmarks.stocked import databases, ledger_home, say
from tests.databases import PostgresqlSchemas, SqliteFiles

SOME, ALL = 50_000, 1_000_000


def run(*, full: bool) -> Iterator[dict[str, Any]]:
    """Yield events a second on both databases, and the slower of them."""
    home = ledger_home(ALL if full else SOME)
    with closing(opening.open_ledger(home, settings.Settings())) as ledger, databases() as kinds:
        events = sum(chunk.count(each) for each in _chunks(ledger))
        say(f"{events} events")
        measured = {database.kind: _measured(database, ledger, events) for database in kinds}
    for index, name in enumerate(("projector", "projector.rebuild")):
        rates = {kind: (rates[index], rates[2]) for kind, rates in measured.items()}
        yield _line(name, *min(rates.values()))
        for kind, found in rates.items():
            yield _line(f"{name}.{kind}", *found)


def _measured(database: SqliteFiles | PostgresqlSchemas, ledger: EmbeddedLedger, events: int) -> tuple[float, ...]:
    with tempfile.TemporaryDirectory(prefix="provenance-bench-") as folder:
        url = database.url(Path(folder), "readmodel")
        with closing(ReadModel(url)) as model:
            projected = _timed(lambda: Projector(model, ledger).catch_up())
        rebuilt = _timed(lambda: rebuild(url, ledger))
        bare = _timed(lambda: _bare(database.url(Path(folder), "bare"), ledger))
    return events / projected, events / rebuilt, events / bare


def _bare(url: str, ledger: EmbeddedLedger) -> None:
    table = Table("bare", MetaData(), Column("digest", LargeBinary, primary_key=True), Column("body", LargeBinary))
    engine = open_engine(url, synchronous=Synchronous.DISPOSABLE)
    table.metadata.create_all(engine)
    for arguments in _chunks(ledger):
        rows = [{"digest": bytes.fromhex(each.digest), "body": each.body} for each in chunk.entries(arguments)]
        with writing(engine).begin() as connection:
            connection.execute(insert(table), rows)
    engine.dispose()


def _chunks(ledger: EmbeddedLedger) -> Iterator[bytes]:
    for block in ledger.blocks(0):
        yield from (each.arguments for each in block.transactions if each.name == APPEND)


def _timed(work: Any) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _line(bench: str, value: float, baseline: float) -> dict[str, Any]:
    figures = {"value": round(value, 1), "unit": "events/s", "baseline": round(baseline, 1)}
    return {"bench": bench, **figures, "ratio": round(value / baseline, 4)}
