"""`python -m chaincode serve`: serves the contracts to the peers of one organisation.

Each option has an environment variable, with the names that Fabric's chaincode as a service uses where there is one;
the command line goes before the environment. Errors are one line and exit status 1, or 2 for a wrong command line.
"""

import argparse
import gc
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from chaincode import shim
from chaincode.deployment import TRANSACTIONS, deployed
from chaincode.shim import logs

SWITCH_SECONDS: Final = 0.0005
"""How long a computing contract keeps the interpreter while the peer's messages wait (Python's own: 5 ms)."""

_LONGEST_TOLERANCE: Final = 86_400.0
_MOST_PORT: Final = 65_535


@dataclass(frozen=True, slots=True)
class Option:
    """An option, its environment variable, and how its value is read; one without a default must be given."""

    flag: str
    variable: str
    help: str
    read: Callable[[str], Any] = str
    default: str | None = None
    optional: bool = False


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= _LONGEST_TOLERANCE:
        raise ValueError(text)
    return value


def _port(text: str) -> int:
    value = int(text)
    if not 0 < value <= _MOST_PORT:
        raise ValueError(text)
    return value


OPTIONS: Final = (
    Option("--address", "CHAINCODE_SERVER_ADDRESS", "host:port to listen on"),
    Option("--package-id", "CHAINCODE_ID", "the id of the package that the peers installed"),
    Option("--name", "CHAINCODE_NAME", "the chaincode's name on its channels", default="provenance"),
    Option("--tls-cert", "CHAINCODE_TLS_CERT", "the server's certificate (PEM)", Path, optional=True),
    Option("--tls-key", "CHAINCODE_TLS_KEY", "its key (PEM)", Path, optional=True),
    Option(
        "--client-ca", "CHAINCODE_CLIENT_CA_CERT", "the authority of peers' certificates (PEM)", Path, optional=True
    ),
    Option("--clock-tolerance", "CHAINCODE_CLOCK_TOLERANCE", "seconds that a proposal may be off", _seconds, "300"),
    Option("--metrics-port", "CHAINCODE_METRICS_PORT", "port on 127.0.0.1 for figures", _port, optional=True),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    chosen = parser(os.environ).parse_args(arguments)
    logs.configure()
    _tune()
    try:
        shim.serve(settings(chosen), chaincode(chosen))
    except shim.ServerError as error:
        sys.stderr.write(f"chaincode: {error}\n")
        return 1
    return 0


def _tune() -> None:
    """Let messages in while a contract computes, and look for garbage less often: a chunk is garbage all at once."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    """Return the command line, with the environment's values as defaults."""
    root = argparse.ArgumentParser(prog="python -m chaincode", description="Provenance's contracts for Fabric peers.")
    serve = root.add_subparsers(dest="command", required=True).add_parser("serve", help="serve the contracts to peers")
    for each in OPTIONS:
        given = environment.get(each.variable) or each.default
        must = given is None and not each.optional
        told = f"{each.help} ({each.variable})"
        serve.add_argument(each.flag, default=given, required=must, type=each.read, help=told)
    told = "a steward of the deployment; repeatable (CHAINCODE_STEWARDS, with commas)"
    serve.add_argument("--steward", action="append", metavar="MSP", help=told)
    serve.set_defaults(stewards=[each for each in environment.get("CHAINCODE_STEWARDS", "").split(",") if each])
    return root


def settings(chosen: argparse.Namespace) -> shim.ServerSettings:
    """Return the server's settings; raises `ServerError` where only some TLS files are given."""
    files = (chosen.tls_cert, chosen.tls_key, chosen.client_ca)
    if any(files) and not all(files):
        raise shim.ServerError("TLS needs all of --tls-cert, --tls-key and --client-ca")
    tls = shim.Tls(*files) if all(files) else None
    return shim.ServerSettings(chosen.address, chosen.package_id, tls, chosen.metrics_port)


def chaincode(chosen: argparse.Namespace) -> shim.Chaincode:
    """Return what is served."""
    run = deployed(frozenset(chosen.steward or chosen.stewards))
    clock = shim.Clock(lambda: datetime.now(UTC), timedelta(seconds=chosen.clock_tolerance))
    return shim.Chaincode(chosen.name, lambda stub: run(stub, stub.arguments), clock, TRANSACTIONS)


if __name__ == "__main__":
    sys.exit(main())
