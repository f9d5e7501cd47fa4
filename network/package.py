"""The chaincode package of an organisation: where its server is, and how its peers prove to it who they are.

Each organisation has a package of its own, because each has its own server, keys and authority; a definition names the
package organisation by organisation. The bytes depend on their content alone, so that packing again gives the same id.
"""

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

_WITHIN = "3s"
"""How long a peer tries to reach its server before it says that it cannot, and its gateway asks another peer."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package as a peer installs it, and the id that the peer gives it."""

    id: str
    content: bytes


def build(label: str, address: str, tls: Path) -> Package:
    """Return the package for the server at an address (`host:port`); `tls` holds the organisation's chaincode keys."""
    connection = {
        "address": address,
        "dial_timeout": _WITHIN,
        "tls_required": True,
        "client_auth_required": True,
        "root_cert": (tls / "ca.pem").read_text(encoding="ascii"),
        "client_cert": (tls / "peer.pem").read_text(encoding="ascii"),
        "client_key": (tls / "peer.key.pem").read_text(encoding="ascii"),
    }
    code = _archive({"connection.json": _json(connection)})
    content = _archive({"metadata.json": _json({"type": "ccaas", "label": label}), "code.tar.gz": code})
    return of(label, content)


def of(label: str, content: bytes) -> Package:
    """Return the package that has this content."""
    return Package(f"{label}:{hashlib.sha256(content).hexdigest()}", content)


def _json(content: dict[str, object]) -> bytes:
    return json.dumps(content, indent=1, sort_keys=True).encode()


def _archive(files: dict[str, bytes]) -> bytes:
    """Return a compressed archive without times and owners."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o600
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), mtime=0)
