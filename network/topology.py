"""Who takes part in a network and by which rules, as data.

A topology is read from TOML, checked once, and never changed. Ports follow from it alone: ten to an orderer from
`port_base`, ten to a peer from `port_base + 100`, ten to an organisation's chaincode servers from `port_base + 300`.
Organisations are named by their MSP id, which contracts see as the creator of a transaction.
"""

import re
import tomllib
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path

from network.errors import TopologyError
from network.tables import Table

DEFAULT = "default.toml"
_ID = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,31}", re.ASCII)
_CHANNEL = re.compile(r"[a-z][a-z0-9.-]{0,99}", re.ASCII)
_CHAINCODE = re.compile(r"[A-Za-z0-9]+([-_][A-Za-z0-9]+)*", re.ASCII)
_MODULE = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*", re.ASCII)
_VERSION = re.compile(r"[A-Za-z0-9_.+-]{1,64}", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,100}", re.ASCII)
_DURATION = re.compile(r"[1-9][0-9]*(ms|s)", re.ASCII)
_BYTES = re.compile(r"[1-9][0-9]* ?(KB|MB)", re.ASCII)
_LEAST_PORT, _GREATEST_BASE = 1024, 65535 - 400
_MOST_ORDERERS, _MOST_PEERS, _MOST_PEER_ORGANISATIONS = 10, 20, 10


@dataclass(frozen=True, slots=True)
class Node:
    """An orderer or a peer: its name, whose it is, and its ports."""

    name: str
    organisation: str
    port: int
    second_port: int
    operations_port: int


@dataclass(frozen=True, slots=True)
class Organisation:
    """A member of the channel: with peers of its own, or reaching it through those of its `host`."""

    id: str
    domain: str
    peers: tuple[Node, ...] = ()
    host: str | None = None
    chaincode_port: int = 0


@dataclass(frozen=True, slots=True)
class Ordering:
    """The organisation that orders, and how blocks are cut."""

    id: str
    domain: str
    orderers: tuple[Node, ...]
    batch_timeout: str = "20ms"
    max_message_count: int = 500
    preferred_max_bytes: str = "2 MB"
    absolute_max_bytes: str = "10 MB"
    tick_interval: str = "250ms"
    election_tick: int = 10
    heartbeat_tick: int = 1
    snapshot_interval_size: str = "16 MB"


@dataclass(frozen=True, slots=True)
class Chaincode:
    """The contracts' name on the channel, their first version, and the clock tolerance that endorsers apply.

    `module` is the Python module that serves them, with the command line of `python -m chaincode`.
    """

    name: str = "provenance"
    version: str = "1"
    clock_tolerance_seconds: int = 300
    module: str = "chaincode"


@dataclass(frozen=True, slots=True)
class Policies:
    """How many organisations must agree to a transaction, and to a change of the channel."""

    endorsers: int = 2
    administrators: int = 2


@dataclass(frozen=True, slots=True)
class Topology:
    """A whole network."""

    channel: str
    domain: str
    host: str
    port_base: int
    mutual_tls: bool
    stewards: tuple[str, ...]
    organisations: tuple[Organisation, ...]
    ordering: Ordering
    chaincode: Chaincode = field(default_factory=Chaincode)
    policies: Policies = field(default_factory=Policies)

    @property
    def endorsing(self) -> tuple[Organisation, ...]:
        """The organisations that run peers."""
        return tuple(each for each in self.organisations if each.peers)

    @property
    def peers(self) -> tuple[Node, ...]:
        """Every peer, organisation by organisation."""
        return tuple(peer for each in self.organisations for peer in each.peers)

    @property
    def listeners(self) -> tuple[tuple[int, str], ...]:
        """Every port that the network uses at any time, with what for."""
        nodes = (*self.ordering.orderers, *self.peers)
        found = [(port, each.name) for each in nodes for port in (each.port, each.second_port, each.operations_port)]
        servers = [
            (each.chaincode_port + place, f"{each.id}'s chaincode") for each in self.endorsing for place in range(4)
        ]
        return (*found, *servers)

    def organisation(self, identifier: str) -> Organisation:
        """Return the organisation of this MSP id. Raises `TopologyError` (`topology.unknown`)."""
        for each in self.organisations:
            if each.id == identifier:
                return each
        raise TopologyError("topology.unknown", f"no organisation of this network is called {identifier}")

    def gateway_peers(self, organisation: Organisation) -> tuple[Node, ...]:
        """Return the peers that an organisation's clients connect to, in the order to try them."""
        return organisation.peers or self.organisation(organisation.host or "").peers


def read(path: Path | None = None) -> Topology:
    """Return the topology in a file, the default one where none is named. Raises `TopologyError`."""
    return parse(text(path))


def text(path: Path | None = None) -> str:
    """Return the TOML of a topology. Raises `TopologyError` (`topology.file`)."""
    try:
        if path is None:
            return resources.files("network").joinpath(DEFAULT).read_text(encoding="utf-8")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TopologyError("topology.file", f"cannot read the topology {path}: {error}") from error


def with_ports(content: str, port_base: int) -> str:
    """Return a topology's TOML with another `port_base`. Raises `TopologyError`."""
    lines = content.splitlines(keepends=True)
    first = next((place for place, line in enumerate(lines) if line.lstrip().startswith("[")), len(lines))
    head = [line for line in lines[:first] if line.split("=")[0].strip() != "port_base"]
    moved = "".join([f"port_base = {port_base}\n", *head, *lines[first:]])
    parse(moved)
    return moved


def parse(content: str) -> Topology:
    """Return the topology that TOML describes. Raises `TopologyError`."""
    try:
        table = Table(tomllib.loads(content), "")
    except tomllib.TOMLDecodeError as error:
        raise TopologyError("topology.toml", f"the topology is not TOML: {error}") from error
    domain = table.matching("domain", _HOST, "provenance.internal")
    base = table.number("port_base", 17050, _LEAST_PORT, _GREATEST_BASE)
    topology = Topology(
        channel=table.matching("channel", _CHANNEL, "provenance"),
        domain=domain,
        host=table.matching("host", _HOST, "127.0.0.1"),
        port_base=base,
        mutual_tls=table.truth("mutual_tls", default=True),
        stewards=tuple(table.strings("stewards")),
        organisations=_organisations(table, domain, base),
        ordering=_ordering(table.table("ordering"), domain, base),
        chaincode=_chaincode(table.table("chaincode")),
        policies=_policies(table.table("policies")),
    )
    table.nothing_else()
    _check(topology)
    return topology


def _organisations(table: Table, domain: str, base: int) -> tuple[Organisation, ...]:
    found: list[Organisation] = []
    port = base + 100
    for place, each in enumerate(table.tables("organisations")):
        identifier = each.matching("id", _ID)
        home = f"{identifier.lower()}.{domain}"
        count = each.number("peers", 1, 1, 5)
        each.nothing_else()
        peers = tuple(_node(f"peer{n}.{home}", identifier, port + 10 * n) for n in range(count))
        port += 10 * count
        found.append(Organisation(identifier, home, peers, chaincode_port=base + 300 + 10 * place))
    for each in table.tables("members"):
        host = each.matching("host", _ID)
        found += [Organisation(one, f"{one.lower()}.{domain}", host=host) for one in each.strings("ids")]
        each.nothing_else()
    return tuple(found)


def _ordering(table: Table, domain: str, base: int) -> Ordering:
    identifier = table.matching("id", _ID, "Ordering")
    home = f"{identifier.lower()}.{domain}"
    count = table.number("orderers", 1, 1, _MOST_ORDERERS)
    ordering = Ordering(
        identifier,
        home,
        tuple(_node(f"orderer{n}.{home}", identifier, base + 10 * n) for n in range(count)),
        batch_timeout=table.matching("batch_timeout", _DURATION, "20ms"),
        max_message_count=table.number("max_message_count", 500, 1, 100_000),
        preferred_max_bytes=table.matching("preferred_max_bytes", _BYTES, "2 MB"),
        absolute_max_bytes=table.matching("absolute_max_bytes", _BYTES, "10 MB"),
        tick_interval=table.matching("tick_interval", _DURATION, "250ms"),
        election_tick=table.number("election_tick", 10, 2, 1000),
        heartbeat_tick=table.number("heartbeat_tick", 1, 1, 999),
        snapshot_interval_size=table.matching("snapshot_interval_size", _BYTES, "16 MB"),
    )
    table.nothing_else()
    return ordering


def _chaincode(table: Table) -> Chaincode:
    chaincode = Chaincode(
        table.matching("name", _CHAINCODE, "provenance"),
        table.matching("version", _VERSION, "1"),
        table.number("clock_tolerance_seconds", 300, 1, 86_400),
        table.matching("module", _MODULE, "chaincode"),
    )
    table.nothing_else()
    return chaincode


def _policies(table: Table) -> Policies:
    policies = Policies(table.number("endorsers", 2, 1, 20), table.number("administrators", 2, 1, 20))
    table.nothing_else()
    return policies


def _node(name: str, organisation: str, port: int) -> Node:
    return Node(name, organisation, port, port + 1, port + 2)


def _check(topology: Topology) -> None:
    endorsing = {each.id for each in topology.endorsing}
    if not endorsing:
        raise TopologyError("topology.organisations", "a network needs an organisation with a peer")
    if len(endorsing) > _MOST_PEER_ORGANISATIONS or len(topology.peers) > _MOST_PEERS:
        most = f"{_MOST_PEER_ORGANISATIONS} organisations with {_MOST_PEERS} peers together"
        raise TopologyError("topology.organisations", f"a network of one host has {most} at most")
    _check_names(topology)
    for each in topology.organisations:
        if not each.peers and each.host not in endorsing:
            raise TopologyError("topology.host", f"{each.id} has no peer, and its host {each.host} has none either")
    members = {each.id for each in topology.organisations}
    if not topology.stewards or not set(topology.stewards) <= members:
        raise TopologyError("topology.stewards", "stewards must name one organisation of the network or more")
    for name in ("endorsers", "administrators"):
        if getattr(topology.policies, name) > len(endorsing):
            counts = f"policies.{name} is more than the {len(endorsing)} organisations with peers"
            raise TopologyError("topology.policies", counts)
    if topology.ordering.heartbeat_tick >= topology.ordering.election_tick:
        raise TopologyError("topology.ordering", "ordering.heartbeat_tick must be less than ordering.election_tick")


def _check_names(topology: Topology) -> None:
    seen = {topology.ordering.id.lower()}
    for each in topology.organisations:
        if _ID.fullmatch(each.id) is None:
            raise TopologyError("topology.value", f"{each.id!r} is no MSP id: a letter, then letters, digits and '-'")
        if each.id.lower() in seen:
            raise TopologyError("topology.twice", f"two organisations are called {each.id}, whatever the letters' case")
        seen.add(each.id.lower())


def with_version(topology: Topology, version: str) -> Topology:
    """Return the topology with another version of the chaincode. Raises `TopologyError` (`topology.value`)."""
    if _VERSION.fullmatch(version) is None:
        raise TopologyError("topology.value", f"{version!r} is no version: it must match {_VERSION.pattern}")
    return replace(topology, chaincode=replace(topology.chaincode, version=version))
