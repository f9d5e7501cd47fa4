"""`provenance scans`: tables of scans from files, checked line by line, and recorded where that is asked for."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from provenance.cli.capture import only
from provenance.cli.context import Context, print_json, progress

if TYPE_CHECKING:
    from provenance.sheets import Sheet


@click.command()
@click.argument("file", metavar="FILE.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--record", "wanted", is_flag=True, help="Record it, if all its lines are good; without it nothing is.")
@click.option("--as", "organisation", metavar="ORG", help="Who records it; may be left out where only one could.")
@click.option("--zone", metavar="ZONE", help="The zone of times that state none: Europe/Amsterdam, +08:00, Z.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as the API gives it.")
@click.pass_obj
def scans(
    context: Context, /, *, file: Path, wanted: bool, organisation: str | None, zone: str | None, as_json: bool
) -> int:
    """Check FILE.csv, a table of scans, line by line, and record it with --record.

    The first line names the columns, with ; or , between them: code, step, time, and if wanted place, partner,
    disposition. The text is UTF-8 or GB18030. A table with a faulty line is not recorded at all. Recording it again
    records nothing twice. Exit status 0 only if all lines are good.
    """
    from provenance import sheets, tabular

    local = tabular.zone(zone) if zone else None
    with context.gateway() as gateway:
        contracts = gateway.contracts_for(organisation or only(gateway)) if wanted else None
        gateway.projector().catch_up()
        with file.open("rb") as opened:
            body = opened.read(tabular.MOST_BYTES + 1)
        sheet = sheets.read(body, gateway.readmodel.world(), now=datetime.now(UTC), local=local)
        receipts = sheets.record(contracts, sheet) if contracts is not None and sheet.sound else []
        if receipts:
            gateway.projector().catch_up()
    if as_json:
        print_json(_report(file, sheet, [each.transaction_id for each in receipts]))
    else:
        _print(file, sheet, "recorded" if receipts else "nothing recorded")
    return 0 if sheet.sound else 1


def _report(file: Path, sheet: "Sheet", transactions: list[str]) -> dict[str, Any]:
    done = {"transactions": transactions} if transactions else {}
    return {"file": str(file), "recorded": bool(transactions), **sheet.document(), **done}


def _print(file: Path, sheet: "Sheet", done: str) -> None:
    if sheet.sound:
        for entry in sheet.entries:
            scan = entry.scan.observation
            click.echo(f"{entry.line}: {scan.things[0]}  {scan.step}  {scan.time}")
    for each in sheet.problems:
        place = f"line {each.line}" if each.line else "the file"
        where = f"{place}, {each.column}" if each.column else place
        progress(f"{file}: {where}: {each.detail} ({each.code})")
    progress(f"{file}: lines: {sheet.table.size}, problems: {len(sheet.problems)}, {done}")
