"""Connection profiles: where the peers are and whose client this is, in the form of Fabric's own tools (YAML or JSON).

::

    client         organization; tlsCerts.client.{key,cert} where peers ask clients for a certificate
    organizations  the client's own: mspid, signedCert and clientPrivateKey of one of its clients; others: mspid, peers
    channels       one, with its chaincodes (the first is ours) and peers: those with `gateway: true` are gone to
    peers          url, tlsCACerts, grpcOptions.ssl-target-name-override

An organisation without peers goes to its host's. Files may be named by a path, relative to the profile, or be in it as
`pem`. The private key is read when it is needed, and nothing of it is kept here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from provenance.ledger.fabric.peers import ClientTls, Endpoint
from provenance.ledger.port import Failed

CODE = "ledger.profile"
_NAMES = ("ssl-target-name-override", "hostnameOverride")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Whose client this is (MSP id), on which channel, where its signer's files are, and the peers.

    `peers` are gone to in order of preference; `known` are all of them, for reads endorsed by chosen organisations.
    """

    organisation: str
    channel: str
    chaincode: str
    peers: tuple[Endpoint, ...]
    known: tuple[Endpoint, ...]
    tls: ClientTls | None
    certificate: Path | None
    key: Path | None


def load(path: Path) -> Profile:
    """Return the profile in a file; raises `Failed` (`ledger.profile`), which names what is wrong with it."""
    try:
        content = yaml.safe_load(path.read_text())
    except OSError as error:
        raise Failed(CODE, f"cannot read the connection profile {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Failed(CODE, f"{path} is neither YAML nor JSON: {error}") from None
    try:
        return read(content, path.parent)
    except _Missing as error:
        raise Failed(CODE, f"the connection profile {path} {error}") from None


def read(content: Any, folder: Path) -> Profile:
    """Return the profile that parsed YAML or JSON spells; paths in it are relative to `folder`."""
    client, organisations = _part(content, "client"), _part(content, "organizations")
    whose = str(_value(client, "organization", "client.organization"))
    own = _part(organisations, whose, "organizations")
    owners = dict(_owners(organisations))
    known = {
        str(name): _endpoint(str(name), each, owners.get(str(name), ""), folder)
        for name, each in _part(content, "peers").items()
    }
    name, channel = _channel(content)
    preferred = _preferred(channel, own)
    if not preferred or any(each not in known for each in preferred):
        raise _Missing("names no peers to go to, or does not describe them under peers")
    return Profile(
        organisation=str(_value(own, "mspid", f"organizations.{whose}.mspid")),
        channel=name,
        chaincode=str(_value(channel, "chaincodes", f"channels.{name}.chaincodes")[0]),
        peers=tuple(known[each] for each in preferred),
        known=tuple(known.values()),
        tls=_tls(client, folder),
        certificate=_path(own, "signedCert", folder),
        key=_path(own, "clientPrivateKey", folder),
    )


class _Missing(Exception):
    """What the profile lacks, as the end of a sentence."""


def _owners(organisations: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, each in organisations.items():
        mspid = str(_value(each, "mspid", f"organizations.{key}.mspid"))
        yield from ((str(peer), mspid) for peer in each.get("peers") or ())


def _channel(content: Any) -> tuple[str, Mapping[str, Any]]:
    listed = _part(content, "channels")
    if len(listed) != 1:
        raise _Missing(f"has {len(listed)} channels; a gateway works on one")
    (name,) = listed
    return str(name), _part(listed, name, "channels")


def _preferred(channel: Mapping[str, Any], own: Mapping[str, Any]) -> list[str]:
    marked = [str(name) for name, each in (channel.get("peers") or {}).items() if (each or {}).get("gateway")]
    return marked or [str(name) for name in own.get("peers") or ()]


def _endpoint(name: str, described: Any, organisation: str, folder: Path) -> Endpoint:
    url = urlsplit(str(_value(described, "url", f"peers.{name}.url")))
    try:
        port = url.port
    except ValueError:
        port = None
    if url.scheme not in ("grpc", "grpcs") or not url.hostname or not port:
        raise _Missing(f"has peers.{name}.url, which is no address: write grpcs://host:port")
    options = described.get("grpcOptions") or {}
    server_name = next((str(options[each]) for each in _NAMES if options.get(each)), None)
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    roots = None
    if url.scheme == "grpcs":
        roots = _pem(_part(described, "tlsCACerts", f"peers.{name}"), folder, f"peers.{name}.tlsCACerts")
    return Endpoint(name, f"{host}:{port}", organisation, roots, server_name)


def _tls(client: Mapping[str, Any], folder: Path) -> ClientTls | None:
    shown = (client.get("tlsCerts") or {}).get("client")
    if not shown:
        return None
    certificate, key = (
        _pem(_part(shown, each, "client.tlsCerts.client"), folder, f"client.tlsCerts.client.{each}")
        for each in ("cert", "key")
    )
    return ClientTls(certificate, key)


def _path(own: Mapping[str, Any], name: str, folder: Path) -> Path | None:
    stated = (own.get(name) or {}).get("path")
    return folder / str(stated) if stated else None


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
