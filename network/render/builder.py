"""The external builder: three small programs that let a peer use chaincode that runs elsewhere, without Docker.

A peer calls `detect SOURCE METADATA`, `build SOURCE METADATA OUTPUT` and `release OUTPUT RELEASE`, and reads the
address of the chaincode server and the TLS material from `RELEASE/chaincode/server/connection.json`.
"""

from pathlib import Path

from network import files

_DETECT = """#!/bin/sh
# Takes packages of chaincode that runs as a service, and no others.
set -eu
tr -d '[:space:]' < "$2/metadata.json" | grep -q '"type":"ccaas"'
"""
_BUILD = """#!/bin/sh
# There is nothing to compile: the package is the address of a server.
set -eu
test -f "$1/connection.json" || { echo "the package holds no connection.json" >&2; exit 1; }
cp "$1/connection.json" "$3/connection.json"
chmod 600 "$3/connection.json"
"""
_RELEASE = """#!/bin/sh
# Tells the peer where the server is.
set -eu
mkdir -p "$2/chaincode/server"
cp "$1/connection.json" "$2/chaincode/server/connection.json"
chmod 600 "$2/chaincode/server/connection.json"
"""


def write(folder: Path) -> None:
    """Put the three programs into the folder's `bin`."""
    for name, content in (("detect", _DETECT), ("build", _BUILD), ("release", _RELEASE)):
        files.write(folder / "bin" / name, content, 0o755)
