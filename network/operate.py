"""What `python -m network` does, as functions: each step is left out where it is done, so that any may be repeated."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from network import (
    binaries,
    chaincodes,
    channel,
    discovery,
    lifecycle,
    membership,
    nodes,
    ports,
    processes,
    render,
    state,
    topology,
)
from network.binaries import Say
from network.commands import Fabric
from network.errors import NetworkError
from network.layout import Home
from network.state import Definition
from network.topology import Topology

LOCK = "lock"
_STOPPED_WITHIN = 20.0
_LOCKED_WITHIN = 300.0
_PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the status: a process, where it listens, and how it is."""

    name: str
    kind: str
    address: str
    pid: int | None
    says: str


def up(home: Home, described: str | None, port_base: int | None, say: Say) -> Topology:
    """Bring the network up, from nothing or from its data, with the channel and the chaincode; return its topology.

    `described` is the TOML of another than the default topology; where the folder holds one already, it must be the
    same. Raises `NetworkError`.
    """
    with _alone(home):
        began = time.monotonic()
        chosen = _settle(home, described, port_base)
        fabric = Fabric(chosen, home, binaries.ensure(say))
        say(f"Fabric {fabric.binaries.version} from {fabric.binaries.folder}")
        render.render(chosen, home, fabric.binaries, say)
        everything = (*chosen.ordering.orderers, *chosen.peers)
        started = processes.start(home.run, nodes.programs(chosen, home, fabric.binaries))
        if started:
            say(f"started {len(started)} nodes")
        nodes.wait_healthy(chosen, home, everything)
        channel.join(fabric, say)
        _deploy(fabric, None, say)
        say(f"the network is up after {time.monotonic() - began:.1f} s: {home.folder}")
        return chosen


def deploy(home: Home, version: str | None, say: Say) -> None:
    """Make a version of the chaincode the one that runs: the committed one, or the topology's, where none is named."""
    with _alone(home):
        _deploy(_fabric(home, say), version, say)


def _deploy(fabric: Fabric, version: str | None, say: Say) -> None:
    held = lifecycle.committed(fabric)
    wanted = version or (held[0] if held else fabric.topology.chaincode.version)
    definition = lifecycle.deploy(fabric, topology.with_version(fabric.topology, wanted).chaincode.version, say)
    discovery.wait_for_endorsers(fabric.topology, fabric.home)
    stopped = chaincodes.stop_others(fabric.home, definition)
    if stopped:
        say(f"stopped {', '.join(stopped)}")


def upgrade(home: Home, version: str | None, say: Say) -> None:
    """Put another version of the chaincode into force on the live channel: the next number where none is named."""
    with _alone(home):
        fabric = _fabric(home, say)
        held = lifecycle.committed(fabric)
        if held is None:
            raise NetworkError("lifecycle.none", "the channel runs no chaincode yet: deploy it first")
        if version == held[0]:
            raise NetworkError("lifecycle.same", f"the channel runs version {version} already")
        _deploy(fabric, version or str(held[1] + 1), say)


def join(home: Home, identifier: str, host: str, say: Say) -> None:
    """Let an organisation without peers into the live channel."""
    with _alone(home):
        membership.join(_fabric(home, say), identifier, host, say)


def rekey(home: Home, identifier: str, say: Say) -> None:
    """Give an organisation's client a new key and revoke the certificate before."""
    with _alone(home):
        membership.rekey(_fabric(home, say), identifier, say)


def down(home: Home, say: Say) -> None:
    """Stop everything that was started from this folder; its data stays."""
    with _alone(home):
        _stop(home, say)


def _stop(home: Home, say: Say) -> None:
    stopped = processes.stop(home.run, processes.names(home.run), within=_STOPPED_WITHIN)
    say(f"stopped {len(stopped)} processes" if stopped else "nothing was running")


def destroy(home: Home, say: Say) -> None:
    """Stop everything and remove the network with its ledger and keys."""
    with _alone(home):
        _read(home)
        _stop(home, say)
        for entry in home.folder.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry.name != LOCK:
                entry.unlink()
    say(f"removed everything in {home.folder}")


def status(home: Home) -> list[Line]:
    """Return how each process of the network is. Raises `NetworkError` where the folder holds no network."""
    chosen = _read(home)
    found = []
    for node in (*chosen.ordering.orderers, *chosen.peers):
        kind = "orderer" if node in chosen.ordering.orderers else "peer"
        process = processes.running(home.run, node.name)
        says = "stopped" if process is None else nodes.healthy(chosen, home, node) or "healthy"
        pid = None if process is None else process.pid
        found.append(Line(node.name, kind, f"{chosen.host}:{node.port}", pid, says))
    definition = state.load(home.state)
    return found if definition is None else [*found, *_servers(chosen, home, definition)]


def _servers(chosen: Topology, home: Home, definition: Definition) -> Iterator[Line]:
    for each in chosen.endorsing:
        name = chaincodes.name(each, definition.sequence)
        process = processes.running(home.run, name)
        says = "stopped" if process is None else f"version {definition.version}"
        address = chaincodes.address(chosen, each, definition.sequence)
        yield Line(name, "chaincode", address, None if process is None else process.pid, says)


def logs(home: Home, name: str, lines: int) -> str:
    """Return the last lines of a process's log. Raises `NetworkError` (`process.unknown`)."""
    known = sorted(path.stem for path in home.run.glob("*.log"))
    matching = [each for each in known if each == name] or [each for each in known if name in each]
    if len(matching) != 1:
        raise NetworkError("process.unknown", f"{name} names {len(matching)} logs; there are: {', '.join(known)}")
    return processes.tail(home.run, matching[0], lines)


def _settle(home: Home, described: str | None, port_base: int | None) -> Topology:
    """Return the folder's topology, kept on first use. Raises `TopologyError`, `NetworkError` (`home.other`)."""
    wanted = described if described is not None else topology.text()
    if port_base is not None:
        wanted = topology.with_ports(wanted, port_base)
    if home.topology.exists():
        kept = home.topology.read_text(encoding="utf-8")
        if (described is not None or port_base is not None) and topology.parse(kept) != topology.parse(wanted):
            raise NetworkError(
                "home.other", f"{home.folder} holds a network of another topology: choose another --home, or destroy it"
            )
        return topology.parse(kept)
    if any(entry.name != LOCK for entry in home.folder.iterdir()):
        raise NetworkError("home.other", f"{home.folder} holds something that is no network: choose another --home")
    parsed = topology.parse(wanted)
    ports.require_free(parsed.host, parsed.listeners)  # a network keeps its ports: they are in its channel
    home.topology.write_text(wanted, encoding="utf-8")
    return parsed


def _read(home: Home) -> Topology:
    if not home.topology.exists():
        raise NetworkError("home.none", f"{home.folder} holds no network: bring one up first")
    return topology.read(home.topology)


def _fabric(home: Home, say: Say) -> Fabric:
    chosen = _read(home)
    stopped = [
        each.name for each in (*chosen.ordering.orderers, *chosen.peers) if not processes.running(home.run, each.name)
    ]
    if stopped:
        raise NetworkError("process.stopped", f"{', '.join(stopped)} does not run: bring the network up first")
    nodes.wait_healthy(chosen, home, (*chosen.ordering.orderers, *chosen.peers))
    nodes.wait_leader(chosen, home)
    return Fabric(chosen, home, binaries.ensure(say))


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Let one command at a time change the network."""
    home.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(home.folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + _LOCKED_WITHIN
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise NetworkError("home.locked", f"another command works on {home.folder}") from None
                time.sleep(_PAUSE)
        yield
    finally:
        os.close(descriptor)


def home_of(folder: Path) -> Home:
    """Return the layout of a folder, whatever this process's own folder is."""
    return Home(folder.absolute())
