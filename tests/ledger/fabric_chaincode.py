"""`python -m tests.ledger.fabric_chaincode serve ...`: serves the contract of the port's suite to Fabric peers."""

import os
import sys
from datetime import UTC, datetime, timedelta

from chaincode import shim
from chaincode.__main__ import parser, settings
from provenance.domain.deflate import inflated
from tests.ledger.ledger_contract import execute


def main():
    chosen = parser(os.environ).parse_args()
    clock = shim.Clock(lambda: datetime.now(UTC), timedelta(seconds=chosen.clock_tolerance))
    shim.serve(settings(chosen), shim.Chaincode(chosen.name, run, clock))


def run(stub):
    name, arguments = stub.arguments
    return execute(stub, name.decode(), inflated(arguments))


if __name__ == "__main__":
    sys.exit(main())
