"""`provenance epcis`: what can be said about EPCIS documents without any ledger."""

import sys
from pathlib import Path
from typing import Any

import click

from provenance.cli.context import print_json

_INPUT = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


@click.group()
def epcis() -> None:
    """Check, identify and convert EPCIS events; needs no ledger and no data folder."""


@epcis.command("hash")
@click.argument("file", type=_INPUT)
@click.option("--prehash", is_flag=True, help="Print the text that is hashed instead of the id.")
def hash_(file: Path, prehash: bool) -> None:  # noqa: FBT001  (a flag of the command line)
    """Print the CBV 2.0 event id of every event in FILE, one a line.

    FILE is an EPCIS document, a query document or one bare event: JSON or JSON-LD of EPCIS 2.0, or XML of EPCIS 2.0 or
    1.0 to 1.2; `-` is standard input. Two parties that describe the same event compute the same id, in either syntax
    and whatever the order of their fields.
    """
    from provenance import documents
    from provenance.domain.epcis import entry

    for captured in _sound(documents.read(_body(file))).events:
        click.echo(entry.prehash(captured.event) if prehash else captured.id)


@epcis.command()
@click.argument("files", nargs=-1, required=True, type=_INPUT)
@click.option("--json", "as_json", is_flag=True, help='Print {"file","valid","events","errors"} for each file.')
def validate(files: tuple[Path, ...], as_json: bool) -> int:  # noqa: FBT001
    """Check that each of FILES is well-formed EPCIS; exit status 0 only if all are.

    FILES are JSON or XML; `-` is standard input. An error names its place as a JSON pointer, in XML with the line too.
    What the standard accepts is valid here, however odd it is: a wrong check digit or a time in the future becomes a
    finding on the ledger, not an error.
    """
    reports = [_validate(file) for file in files]
    for report in reports:
        if as_json:
            print_json(report)
        else:
            _print(report)
    return 0 if all(report["valid"] for report in reports) else 1


@epcis.command()
@click.argument("file", type=_INPUT)
@click.option("--to", "syntax", type=click.Choice(["json", "xml"]), required=True, help="What to write.")
def convert(file: Path, syntax: str) -> None:
    """Print FILE (JSON or XML; `-` is standard input) as JSON-LD or XML of EPCIS 2.0.

    The events keep their ids. XML of EPCIS 1.0 to 1.2 is read too, so `--to xml` brings it to 2.0.
    """
    from provenance import documents
    from provenance.domain import canonical
    from provenance.epcisxml import writing

    body = _body(file)
    _sound(documents.read(body))
    content = documents.content(body)
    sys.stdout.buffer.write(canonical.readable(content) if syntax == "json" else writing.write(content))


def _body(file: Path) -> bytes:
    return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()


def _sound(read: Any) -> Any:
    from provenance.domain.errors import Malformed

    for problem in read.problems:
        raise Malformed(problem.code, problem.detail, problem.pointer)
    return read


def _validate(file: Path) -> dict[str, Any]:
    from provenance import documents
    from provenance.domain.errors import Malformed

    try:
        read = documents.read(_body(file))
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
