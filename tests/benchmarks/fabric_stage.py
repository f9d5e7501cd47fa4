"""What benchmarks on Fabric share: a real network of three organisations, two of which endorse, a real `provenance
serve` of one of them, and what each component of all that costs.

Everything runs on this machine and shares its cores with the clients that measure it.
"""

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provenance import bootstrap
from provenance.domain.records import Role
from provenance.ledger.fabric import BlockStreams, FabricLedger, Peer, Peers, load
from provenance.ledger.fabric.wallet import opened
from provenance.operations.keys import Level
from provenance.settings import Settings
from tests.benchmarks.served import provenance_serve
from tests.fabric_network import CannotRun, FabricNetwork, fabric_network, identifiers

ORGANISATION = "Brands"
_TICKS = os.sysconf("SC_CLK_TCK")
_PARTS = {"web": "gateway", "captures": "gateway", "admin": "gateway", "projector": "projector"}


@dataclass(frozen=True, slots=True)
class Stage:
    """A running gateway on a running network: where it listens, a key of its organisation, and its data folder."""

    network: FabricNetwork
    home: Path
    port: int
    token: str

    @property
    def settings(self) -> Settings:
        """The settings that the gateway runs with."""
        return _settings(self.network, ORGANISATION)

    def projected(self, until: int) -> bool:
        """Tell whether the read model has so many blocks."""
        with closing(bootstrap.open_gateway(self.home, self.settings)) as gateway:
            return gateway.readmodel.position() >= until

    def ledger(self) -> FabricLedger:
        """Open a client of the channel."""
        profile = load(self.network.profile(ORGANISATION))
        assert profile.certificate is not None
        assert profile.key is not None
        return FabricLedger(profile, opened(profile.organisation, profile.certificate, profile.key))

    def sizes(self, start: int, stop: int) -> list[int]:
        """Return the bytes of blocks `start` to before `stop`."""
        profile = load(self.network.profile(ORGANISATION))
        assert profile.certificate is not None
        assert profile.key is not None
        peers = Peers([Peer(each, profile.tls) for each in profile.peers])
        signer = opened(profile.organisation, profile.certificate, profile.key)
        with closing(peers):
            return [each.ByteSize() for each in BlockStreams(peers, profile.channel, signer).blocks(start, stop - 1)]

    def cpu(self) -> Counter[str]:
        """Return the CPU seconds that each component has used so far."""
        used: Counter[str] = Counter()
        for name, pid in identifiers(self.network).items():
            used[_component(name)] += _seconds(pid)
        for pid, part in self._parts():
            used[_PARTS.get(part, "gateway")] += _seconds(pid)
        used["clients"] = os.times().user + os.times().system
        return used

    def _parts(self) -> Iterator[tuple[int, str]]:
        mark = f"PROVENANCE_HOME={self.home.resolve()}\0".encode()
        for entry in Path("/proc").iterdir():
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
                if b"provenance.parts" in command and mark in (entry / "environ").read_bytes():
                    yield int(entry.name), command[command.index(b"provenance.parts") + 1].decode()
            except OSError:
                continue


@contextmanager
def stage(**environ: str) -> Iterator[Stage | None]:
    """Give a gateway on a new network, or None, with the reason on stderr, where there is no Fabric."""
    try:
        with fabric_network() as network, tempfile.TemporaryDirectory(prefix="provenance-bench-") as folder:
            home = Path(folder)
            token = _prepared(network, home)
            profile = str(network.profile(ORGANISATION))
            with provenance_serve(home, PROVENANCE_CONNECTION_PROFILE=profile, **environ) as port:
                yield Stage(network, home, port, token)
    except CannotRun as reason:
        sys.stderr.write(f"    left out: {reason}\n")
        yield None


def costs(bench: str, before: Counter[str], after: Counter[str], work: float) -> Iterator[dict[str, Any]]:
    """Yield the CPU seconds of each component, and microseconds for each piece of work as the ratio's place takes."""
    for component in sorted(after):
        seconds = after[component] - before[component]
        yield line(f"{bench}.cpu.{component}", seconds, "CPU s")
    total = sum(after.values()) - sum(before.values())
    yield line(f"{bench}.cpu", 1e6 * total / work, "CPU us each")


def line(bench: str, value: float, unit: str, baseline: float | None = None) -> dict[str, Any]:
    """Return one line of figures."""
    ratio = None if baseline is None else round(value / baseline, 4)
    return {"bench": bench, "value": round(value, 2), "unit": unit, "baseline": baseline, "ratio": ratio}


def _prepared(network: FabricNetwork, home: Path) -> str:
    """Found the ledger, enrol the organisation and give it a key."""
    with tempfile.TemporaryDirectory(prefix="provenance-bench-") as folder:
        chosen = _settings(network, "Steward")
        bootstrap.initialise(Path(folder), chosen)
        with closing(bootstrap.open_gateway(Path(folder), chosen)) as steward:
            bootstrap.enrol(steward, ORGANISATION, name="Bench (fictitious)", roles=[Role.CARRIER])
    with closing(bootstrap.open_gateway(home, _settings(network, ORGANISATION))) as gateway:
        return gateway.operations.keys.create(ORGANISATION, Level.RECORD)[1]


def _settings(network: FabricNetwork, organisation: str) -> Settings:
    return Settings(connection_profile=str(network.profile(organisation)))


def _component(name: str) -> str:
    return {"orderer": "orderer", "chaincode": "chaincode"}.get(
        name.rstrip("0123456789").split("-")[0].split("0")[0], "peers"
    )


def _seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS
