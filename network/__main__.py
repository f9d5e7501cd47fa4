"""`python -m network`: progress and errors on stderr, results on stdout, one line and status 1 for an error."""

import sys
from pathlib import Path

import click

from network import binaries, operate, topology
from network.errors import NetworkError

DEFAULT_HOME = Path(".provenance/network")


def _say(sentence: str) -> None:
    click.echo(f"network: {sentence}", err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=True)
def network() -> None:
    """Run a Hyperledger Fabric network of several organisations as plain processes on this machine."""


def _home(function: click.decorators.FC) -> click.decorators.FC:
    return click.option(
        "--home",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="PROVENANCE_NETWORK",
        default=DEFAULT_HOME,
        show_default=True,
        help="The network's folder (PROVENANCE_NETWORK).",
    )(function)


@network.command()
@_home
@click.option(
    "--topology", "described", type=click.Path(path_type=Path, dir_okay=False), help="A topology of your own (TOML)."
)
@click.option(
    "--port-base",
    type=int,
    envvar="PROVENANCE_NETWORK_PORTS",
    help="Where the network's ports begin (PROVENANCE_NETWORK_PORTS); it uses 400 from there.",
)
def up(home: Path, described: Path | None, port_base: int | None) -> None:
    """Bring the network up: nodes, channel and chaincode; whatever is there already stays."""
    text = None if described is None else topology.text(described)
    operate.up(operate.home_of(home), text, port_base, _say)


@network.command()
def build() -> None:
    """Find Fabric's executables, or build them; print their folder."""
    click.echo(binaries.ensure(_say).folder)


@network.command()
@_home
def down(home: Path) -> None:
    """Stop everything that was started from this folder; the data stays."""
    operate.down(operate.home_of(home), _say)


@network.command()
@_home
def status(home: Path) -> int:
    """Print each process with its address and how it is; the exit status is 1 where one is not well."""
    lines = operate.status(operate.home_of(home))
    rows = [("name", "kind", "address", "process", "says")]
    rows += [(each.name, each.kind, each.address, str(each.pid or "-"), each.says) for each in lines]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        click.echo("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]))
    return 0 if all(each.says == "healthy" or each.says.startswith("version") for each in lines) else 1


@network.command()
@_home
@click.argument("name")
@click.option("--lines", type=click.IntRange(1, 10_000), default=40, show_default=True, help="How many lines.")
def logs(home: Path, name: str, lines: int) -> None:
    """Print the end of a process's log; NAME is its name in `status`, or a part of it."""
    click.echo(operate.logs(operate.home_of(home), name, lines))


@network.command()
@_home
@click.option("--version", help="The version to run; where none is named, the one that is committed.")
def deploy(home: Path, version: str | None) -> None:
    """Deploy the chaincode of this installation, and see to it that its servers run."""
    operate.deploy(operate.home_of(home), version, _say)


@network.command()
@_home
@click.option("--version", help="What the new version is called; the next number where none is named.")
def upgrade(home: Path, version: str | None) -> None:
    """Put the chaincode of this installation into force on the live channel, as a new version and sequence."""
    operate.upgrade(operate.home_of(home), version, _say)


@network.command()
@_home
@click.argument("organisation")
@click.option("--host", required=True, help="The organisation through whose peers it reaches the channel.")
def join(home: Path, organisation: str, host: str) -> None:
    """Let another organisation, without peers, into the live channel."""
    operate.join(operate.home_of(home), organisation, host, _say)


@network.command()
@_home
@click.argument("organisation")
def rekey(home: Path, organisation: str) -> None:
    """Give an organisation's client a new key, and revoke the certificate that it had."""
    operate.rekey(operate.home_of(home), organisation, _say)


@network.command()
@_home
@click.option("--yes", is_flag=True, help="Do not ask.")
def destroy(home: Path, *, yes: bool) -> None:
    """Stop the network and remove it with its ledger and keys."""
    target = operate.home_of(home)
    if not yes:
        click.confirm(f"Remove the network in {target.folder}, its ledger and its keys?", abort=True, err=True)
    operate.destroy(target, _say)


def main() -> None:
    """Run the command line and exit with its status."""
    try:
        status = network.main(sys.argv[1:], prog_name="python -m network", standalone_mode=False)
    except click.UsageError as error:
        click.echo(f"network: {error.format_message()}", err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("network: interrupted", err=True)
        sys.exit(130)
    except NetworkError as error:
        click.echo(f"network: {error.detail} ({error.code})", err=True)
        sys.exit(1)
    except (click.ClickException, OSError) as error:
        click.echo(f"network: {error}", err=True)
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()
