"""`python -m other_chaincode serve ...`: the product's contracts, but for one byte in what they answer.

It stands for an organisation that deployed something else than the others.
"""

import os
import sys
from dataclasses import replace

from chaincode import shim
from chaincode.__main__ import chaincode, parser, settings


def main():
    chosen = parser(os.environ).parse_args()
    real = chaincode(chosen)
    shim.serve(settings(chosen), replace(real, handler=lambda stub: real.handler(stub) + b" "))


if __name__ == "__main__":
    sys.exit(main())
