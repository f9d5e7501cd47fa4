"""Connection profiles: where the peers are, in the form that Fabric's own tools write (YAML or JSON).

Read are `client.organization`, `organizations.*.mspid` and `.peers`, and of each of `peers` its `url`, `tlsCACerts`
and the server name in its `grpcOptions`; `client.tlsCerts.client` where peers ask clients for a certificate. Relative
paths are relative to the file. An organisation without peers of its own lists its host's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from provenance.ledger.fabric.peers import ClientTls, Endpoint
from provenance.ledger.port import Failed

_NAMES = ("ssl-target-name-override", "hostnameOverride")


@dataclass(frozen=True, slots=True)
class Profile:
    """Whose client this is (MSP id), the peers that it goes to in order of preference, and all that are known."""

    organisation: str
    peers: tuple[Endpoint, ...]
    known: tuple[Endpoint, ...]
    tls: ClientTls | None = None


def load(path: Path) -> Profile:
    """Return the profile in a file; raises `Failed` (`ledger.profile`), which names what is wrong with it."""
    try:
        content = yaml.safe_load(path.read_text())
    except OSError as error:
        raise Failed("ledger.profile", f"cannot read the connection profile {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Failed("ledger.profile", f"{path} is neither YAML nor JSON: {error}") from None
    try:
        return read(content, path.parent)
    except _Missing as error:
        raise Failed("ledger.profile", f"the connection profile {path} {error}") from None


def read(content: Any, folder: Path) -> Profile:
    """Return the profile that parsed YAML or JSON spells; paths in it are relative to `folder`."""
    client = _part(content, "client")
    organisations = _part(content, "organizations")
    listed = _part(content, "peers")
    own = _part(organisations, str(_value(client, "organization", "client.organization")), "organizations")
    owners = {
        str(name): str(_value(each, "mspid", f"organizations.{key}.mspid"))
        for key, each in organisations.items()
        for name in each.get("peers", ())
        if each is not own
    }
    organisation = str(_value(own, "mspid", "organizations.*.mspid"))
    for name in own.get("peers", ()):
        owners.setdefault(str(name), organisation)
    known = {str(name): _endpoint(str(name), each, owners.get(str(name), ""), folder) for name, each in listed.items()}
    preferred = [str(name) for name in own.get("peers", ())]
    if not preferred or any(name not in known for name in preferred):
        raise _Missing("names no peers that the client's organisation goes to, or does not describe them under peers")
    return Profile(organisation, tuple(known[name] for name in preferred), tuple(known.values()), _tls(client, folder))


class _Missing(Exception):
    """What the profile lacks, as the end of a sentence."""


def _endpoint(name: str, described: Any, organisation: str, folder: Path) -> Endpoint:
    url = urlsplit(str(_value(described, "url", f"peers.{name}.url")))
    if url.scheme not in ("grpc", "grpcs") or not url.hostname or not url.port:
        raise _Missing(f"has peers.{name}.url, which is no address: write grpcs://host:port")
    options = described.get("grpcOptions") or {}
    server_name = next((str(options[each]) for each in _NAMES if options.get(each)), None)
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    roots = None
    if url.scheme == "grpcs":
        roots = _pem(_part(described, "tlsCACerts", f"peers.{name}"), folder, f"peers.{name}.tlsCACerts")
    return Endpoint(name, f"{host}:{url.port}", organisation, roots, server_name)


def _tls(client: Mapping[str, Any], folder: Path) -> ClientTls | None:
    shown = (client.get("tlsCerts") or {}).get("client")
    if not shown:
        return None
    certificate, key = (
        _pem(_part(shown, each, "client.tlsCerts.client"), folder, f"client.tlsCerts.client.{each}")
        for each in ("cert", "key")
    )
    return ClientTls(certificate, key)


def _pem(stated: Mapping[str, Any], folder: Path, place: str) -> bytes:
    if stated.get("pem"):
        pem = stated["pem"]
        return "\n".join(pem if isinstance(pem, list) else [pem]).encode()
    path = folder / str(_value(stated, "path", f"{place}.path"))
    try:
        return path.read_bytes()
    except OSError as error:
        raise _Missing(f"names {path} as {place}, which cannot be read: {error.strerror}") from None


def _part(content: Any, name: str, place: str = "") -> Mapping[str, Any]:
    found = _value(content, name, f"{place}.{name}".lstrip("."))
    if not isinstance(found, Mapping):
        raise _Missing(f"has no object {f'{place}.{name}'.lstrip('.')}")
    return found


def _value(content: Any, name: str, place: str) -> Any:
    found = content.get(name) if isinstance(content, Mapping) else None
    if not found:
        raise _Missing(f"has no {place}")
    return found
