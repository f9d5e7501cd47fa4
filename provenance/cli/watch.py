"""`provenance watch`: a folder whose files are recorded as they are dropped."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import click

from provenance.cli.capture import only
from provenance.cli.context import Context, progress

if TYPE_CHECKING:
    from provenance.bootstrap import Gateway
    from provenance.watched import Told


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, writable=True, path_type=Path))
@click.option("--as", "organisation", metavar="ORG", help="Who records it; may be left out where only one could.")
@click.option("--once", is_flag=True, help="Take what is there and end; exit status 0 only if nothing was refused.")
@click.option("--record-csv", "tables", is_flag=True, help="Record tables of scans; without it they are only checked.")
@click.option("--zone", metavar="ZONE", help="The zone of times in tables that state none: Europe/Amsterdam, +08:00.")
@click.pass_obj
def watch(
    context: Context, /, *, folder: Path, organisation: str | None, once: bool, tables: bool, zone: str | None
) -> int:
    """Record the files that are dropped into DIR: EPCIS documents (.json, .jsonld, .xml) and tables of scans (.csv).

    A file is taken when it has stood still for two seconds, and moved to DIR/recorded or DIR/refused, whole, beside a
    report. Tables are moved to DIR/checked where they are good and --record-csv is not given. Files with temporary
    names (.part, .tmp, hidden ones) wait until they are renamed. Stop with Ctrl-C or SIGTERM; started again it goes on.
    """
    from provenance import tabular
    from provenance.watched import Folder, WatchError

    local = tabular.zone(zone) if zone else None
    stop, ended = Event(), list[str]()
    with context.gateway() as gateway:
        work = _Work(gateway, organisation or only(gateway), local, tables=tables, ended=ended)
        watched = Folder(folder, work.do, most=gateway.settings.body_limit, say=progress)
        try:
            with watched.locked(), _stopped_by_signals(stop):
                complete = watched.once(stop) if once else watched.run(stop)
        except WatchError as error:
            raise click.ClickException(str(error)) from None
    return 1 if once and (not complete or "refused" in ended) else 0


class _Work:
    """What is done with a file."""

    def __init__(
        self, gateway: "Gateway", organisation: str, local: tzinfo | None, *, tables: bool, ended: list[str]
    ) -> None:
        self._gateway = gateway
        self._contracts = gateway.contracts_for(organisation)
        self._local = local
        self._tables = tables
        self._ended = ended

    def do(self, name: str, body: bytes) -> "Told":
        """Record a file, or check it."""
        told = self._table(body) if name.lower().endswith(".csv") else self._document(body)
        self._ended.append(told.end.value)
        self._gateway.projector().catch_up()
        return told

    def _document(self, body: bytes) -> "Told":
        from provenance.capture import CaptureState, capture_document
        from provenance.operations import Behaviour
        from provenance.watched import End, Told

        outcome = capture_document(self._contracts, body, Behaviour.ROLLBACK)
        problems = [each.problem() for each in outcome.rejected]
        report = {"events": list(outcome.accepted), "problems": problems}
        if outcome.state is CaptureState.SUCCESS:
            return Told(End.RECORDED, report, f"recorded, events: {len(outcome.accepted)}")
        return Told(End.REFUSED, report, f"refused, {problems[0]['detail']} ({problems[0]['code']})")

    def _table(self, body: bytes) -> "Told":
        from provenance import sheets
        from provenance.ledger.port import Rejected
        from provenance.watched import End, Told

        self._gateway.projector().catch_up()
        sheet = sheets.read(body, self._gateway.readmodel.world(), now=datetime.now(UTC), local=self._local)
        report: dict[str, Any] = sheet.document()
        if not sheet.sound:
            first = sheet.problems[0]
            return Told(End.REFUSED, report, f"refused, line {first.line}: {first.detail} ({first.code})")
        if not self._tables:
            return Told(
                End.CHECKED, report, f"checked, lines: {sheet.table.size}, nothing recorded without --record-csv"
            )
        try:
            receipts = sheets.record(self._contracts, sheet)
        except Rejected as error:
            problem = {"line": 0, "column": "", "code": error.code, "detail": error.detail}
            return Told(End.REFUSED, {**report, "problems": [problem]}, f"refused, {error.detail} ({error.code})")
        report["transactions"] = [each.transaction_id for each in receipts]
        return Told(End.RECORDED, report, f"recorded, events: {len(sheet.events)}")


@contextmanager
def _stopped_by_signals(stop: Event) -> Iterator[None]:
    """Let SIGTERM and SIGINT set an event for as long as this lasts."""
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
