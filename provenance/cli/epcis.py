"""`provenance epcis`: what can be said about EPCIS documents without any ledger."""

from pathlib import Path
from typing import Any

import click

from provenance.cli.context import print_json


@click.group()
def epcis() -> None:
    """Check and identify EPCIS 2.0 events; needs no ledger and no data folder."""


@epcis.command("hash")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--prehash", is_flag=True, help="Print the text that is hashed instead of the id.")
def hash_(file: Path, prehash: bool) -> None:  # noqa: FBT001  (a flag of the command line)
    """Print the CBV 2.0 event id of every event in FILE, one a line.

    FILE is an EPCIS 2.0 JSON or JSON-LD document, a query document or one bare event. Two parties that describe the
    same event compute the same id, whatever the order of their fields.
    """
    from provenance.domain.epcis import document, entry
    from provenance.domain.errors import Malformed

    read = document.read(file.read_bytes())
    for problem in read.problems:
        raise Malformed(problem.code, problem.detail, problem.pointer)
    for captured in read.events:
        click.echo(entry.prehash(captured.event) if prehash else captured.id)


@epcis.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help='Print {"file","valid","events","errors"} for each file.')
def validate(files: tuple[Path, ...], as_json: bool) -> int:  # noqa: FBT001
    """Check that each of FILES is well-formed EPCIS 2.0; exit status 0 only if all are.

    An error names its place as a JSON pointer. What the standard accepts is valid here, however odd it is: a wrong
    check digit or a time in the future becomes a finding on the ledger, not an error.
    """
    reports = [_validate(file) for file in files]
    for report in reports:
        if as_json:
            print_json(report)
        else:
            _print(report)
    return 0 if all(report["valid"] for report in reports) else 1


def _validate(file: Path) -> dict[str, Any]:
    from provenance.domain.epcis import document
    from provenance.domain.errors import Malformed

    try:
        read = document.read(file.read_bytes())
    except Malformed as error:
        return {"file": str(file), "valid": False, "events": 0, "errors": [_error(error.pointer, error.detail)]}
    errors = [_error(problem.pointer, problem.detail) for problem in read.problems]
    return {"file": str(file), "valid": not errors, "events": read.size, "errors": errors}


def _error(pointer: str, detail: str) -> dict[str, str]:
    return {"pointer": pointer, "detail": detail}


def _print(report: dict[str, Any]) -> None:
    verdict = "valid" if report["valid"] else "not valid"
    click.echo(f"{report['file']}: {verdict}, {report['events']} event{'' if report['events'] == 1 else 's'}")
    for error in report["errors"]:
        click.echo(f"  {error['pointer'] or '/'}: {error['detail']}")
