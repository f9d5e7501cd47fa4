"""The command line: one module a group of commands, and the one place that turns errors into a line and an exit status.

Results go to stdout, progress and errors to stderr. An error is one line, `provenance: what is wrong and what to do`,
with exit status 1, or 2 where the command line itself is wrong. Modules import what they need inside their commands,
so that help and `epcis hash` start fast.
"""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from provenance.cli import (
    accounts,
    backup,
    capture,
    certs,
    demo,
    dl,
    epcis,
    keys,
    label,
    ledger,
    read,
    rules,
    scans,
    serve,
    setup,
    simulate,
    watch,
)
from provenance.cli.context import DEFAULT_HOME, Context
from provenance.domain.errors import DomainError, Malformed
from provenance.ledger.port import LedgerError
from provenance.settings import SettingError


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="PROVENANCE_HOME",
    help=f"The data folder (PROVENANCE_HOME); {DEFAULT_HOME} where it is not given, {DEFAULT_HOME}/demo for demo.",
)
@click.version_option(package_name="provenance")
@click.pass_context
def provenance(context: click.Context, home: Path | None) -> None:
    """A consortium ledger for goods that cross borders, and the gateway in front of it.

    \b
    See it do its whole job:      provenance demo
    Set up a ledger of your own:  provenance init
                                  provenance org add Acme --role brand --prefix 9521234
                                  provenance keys create --org Acme --level record
                                  provenance serve --public-url https://verify.example.com
    Ask without a ledger:         provenance epcis hash events.json
    """  # noqa: D301 - click keeps the lines of a paragraph that begins with this very character
    context.obj = Context(home)


for command in (
    demo.demo,
    serve.serve,
    setup.init,
    setup.org,
    accounts.accounts,
    keys.keys,
    certs.certs,
    capture.capture,
    scans.scans,
    watch.watch,
    epcis.epcis,
    dl.dl,
    read.verdict,
    read.history,
    read.trace,
    read.qr,
    label.label,
    ledger.ledger,
    ledger.project,
    rules.rules,
    backup.backup,
    backup.restore,
    simulate.simulate,
):
    provenance.add_command(command)


def main() -> None:
    """Run the command line of this process and exit with its status."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status; errors become one line on stderr."""
    logging.basicConfig(level=logging.ERROR, format="provenance: %(message)s")
    try:
        status = provenance.main(list(arguments), prog_name="provenance", standalone_mode=False)
        sys.stdout.flush()
    except click.UsageError as error:
        return _usage(error)
    except (click.Abort, KeyboardInterrupt):
        return _complain("interrupted", status=130)
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except (click.ClickException, DomainError, LedgerError, SettingError, OSError) as error:
        return _complain(_sentence(error))
    return status if isinstance(status, int) else 0


def _sentence(error: Exception) -> str:
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, Malformed) and error.pointer:
        return f"{error.detail} ({error.code} at {error.pointer})"
    if isinstance(error, DomainError | LedgerError):
        return f"{error.detail} ({error.code})"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _usage(error: click.UsageError) -> int:
    path = error.ctx.command_path if error.ctx else "provenance"
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return 2
    return _complain(f"{error.format_message()} Try: {path} --help", status=2)


def _complain(sentence: str, *, status: int = 1) -> int:
    click.echo("provenance: " + " ".join(sentence.split()), err=True)
    return status
