"""A gateway on a real Fabric network, clients that never stop sending, parts that are killed, and what is left then.

Whatever a client sends is about one item that nobody else sends about, so that an item stands for an event. An item is
*acknowledged* when the client was told that it is recorded (201), or that its document is accepted (202): that promise
holds through every fault. What was sent and not acknowledged may be there or not; what was not sent must not be.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import select

from provenance import bootstrap
from provenance.domain.epcis import chunk
from provenance.domain.records import Role
from provenance.ledger.port import Failed, Validity
from provenance.operations.keys import Level
from provenance.readmodel.digest import logical_digest
from provenance.readmodel.tables import fact_things
from provenance.settings import Settings
from tests.benchmarks.served import free_port
from tests.fabric_network import FabricNetwork

ORGANISATION = "Brands"
PATIENCE = 120.0
_STEM = "https://id.gs1.org/01/09521234000013/21/"
_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


def settings(network: FabricNetwork, organisation: str = ORGANISATION) -> Settings:
    return Settings(connection_profile=str(network.profile(organisation)))


def prepare(network: FabricNetwork, home: Path) -> str:
    """Found the ledger where it is not, enrol the organisation, and return a key of it for a gateway in `home`."""
    chosen = settings(network, "Steward")
    with suppress(Failed):
        bootstrap.initialise(home / "steward", chosen)
    with closing(bootstrap.open_gateway(home / "steward", chosen)) as steward:
        bootstrap.enrol(steward, ORGANISATION, name="Faults (fictitious)", roles=[Role.CARRIER])
    with closing(bootstrap.open_gateway(home, settings(network))) as gateway:
        return gateway.operations.keys.create(ORGANISATION, Level.RECORD)[1]


class Gateway:
    """A real `provenance serve` that can be killed, whole or a part of it."""

    def __init__(self, home: Path, network: FabricNetwork) -> None:
        self.home = home
        self.network = network
        home.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.token = prepare(network, home)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [str(Path(sys.executable).parent / "provenance"), "--home", str(self.home), "serve"]
        where = ["--port", str(self.port), "--public-url", f"http://localhost:{self.port}"]
        environ = {**os.environ, "PROVENANCE_CONNECTION_PROFILE": str(self.network.profile(ORGANISATION))}
        with (self.home / "serve.log").open("ab") as log:
            self._process = subprocess.Popen([*command, *where], env=environ, stdout=log, stderr=log)
        until(lambda: self.ask("GET", "/")[0] == 200, "the gateway answers", every=0.2)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(PATIENCE)

    def kill(self) -> None:
        """Kill every process of the gateway at once."""
        assert self._process is not None
        for pid in (self._process.pid, *(pid for pid, _ in self._parts())):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        until(lambda: not list(self._parts()), "the gateway's parts are gone")

    def kill_part(self, part: str) -> None:
        """Kill the processes of one part; the gateway starts them again."""
        killed = [pid for pid, name in self._parts() if name == part]
        assert killed, f"no {part} runs"
        for pid in killed:
            os.kill(pid, signal.SIGKILL)

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, str, Any]:
        """Return status, Location and JSON of an answer, status 0 where there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        head = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        try:
            connection.request(method, path, None if body is None else json.dumps(body), head)
            answer = connection.getresponse()
            content = answer.read()
            told = json.loads(content) if answer.headers.get_content_type().endswith("json") and content else None
            return answer.status, answer.headers.get("Location", ""), told
        except (OSError, http.client.HTTPException):
            return 0, "", None
        finally:
            connection.close()

    def _parts(self) -> Iterator[tuple[int, str]]:
        mark = f"PROVENANCE_HOME={self.home.resolve()}\0".encode()
        for entry in Path("/proc").iterdir():
            with suppress(OSError, ValueError):
                command = (entry / "cmdline").read_bytes().split(b"\0")
                if b"provenance.parts" in command and mark in (entry / "environ").read_bytes():
                    yield int(entry.name), command[command.index(b"provenance.parts") + 1].decode()


@dataclass
class Load:
    """Clients that send until they are told to stop: half of them documents, half single scans, `pause` s apart.

    Each sends its next when its last was answered, and a document's when the one before is recorded.
    """

    gateway: Gateway
    name: str
    clients: int = 4
    events: int = 5
    pause: float = 0.2
    sent: set[str] = field(default_factory=set)
    recorded: set[str] = field(default_factory=set)
    accepted: dict[str, list[str]] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)
    senseless: list[str] = field(default_factory=list)
    unanswered: int = 0
    last_scan: tuple[float, str] = (0.0, "")
    last_document: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def acknowledged(self) -> set[str]:
        """Every item that a client was promised."""
        return self.recorded | {item for items in list(self.accepted.values()) for item in items}

    @contextmanager
    def running(self) -> Iterator["Load"]:
        threads = [threading.Thread(target=self._send, args=(number,)) for number in range(self.clients)]
        for each in threads:
            each.start()
        try:
            yield self
        finally:
            self._stop.set()
            for each in threads:
                each.join()

    def goes_on(self, more: int = 10) -> None:
        """Wait until so many more items are recorded for good, by scans alone."""
        before = len(self.recorded)
        until(self._reaches(before + more), f"{more} more scans are recorded", every=0.05)

    def recovers(self, since: float) -> None:
        """Wait until a scan that was sent after a moment is recorded and projected, and such a document recorded."""
        until(lambda: self._sensible() and self.last_scan[0] > since, "a scan is recorded", every=0.05)
        item = self.last_scan[1]
        until(lambda: self._projected(item), "a scan is projected", every=0.05)
        until(lambda: self._sensible() and self.last_document > since, "a document is recorded", every=0.05)

    def _projected(self, item: str) -> bool:
        status, _, told = self.gateway.ask("GET", f"/epcis/v2/events?MATCH_epc={quote(item, safe='')}")
        return status == 200 and bool(told["epcisBody"]["queryResults"]["resultsBody"]["eventList"])

    def _reaches(self, count: int) -> Callable[[], bool]:
        return lambda: self._sensible() and len(self.recorded) >= count

    def _sensible(self) -> bool:
        assert not self.senseless, self.senseless[:3]
        return True

    def settle(self) -> None:
        """Wait until every accepted document is recorded; one that fails fails the test."""
        for job in list(self.accepted):
            until(lambda job=job: self._is_finished(job), f"{job} is done")  # type: ignore[misc]
        self._sensible()

    def _is_finished(self, job: str) -> bool:
        status, _, state = (200, "", None) if job in self.finished else self.gateway.ask("GET", job)
        if state is not None and status == 200 and not state["running"]:
            if not state["success"]:
                self.senseless.append(str(state))
            self.finished.add(job)
        return job in self.finished

    def _send(self, number: int) -> None:
        for count in range(1_000_000):
            if self._stop.is_set():
                return
            send = self._capture if number % 2 else self._scan
            self.unanswered += not send(f"{self.name}{number}.{count}")
            self._stop.wait(self.pause)

    def _require_sensible(self, status: int, told: object) -> None:
        """Note an answer that no fault explains: the client's fault, or an error without a code."""
        if 400 <= status < 500 and status != 429:
            self.senseless.append(f"{status} {told}")

    def _scan(self, serial: str) -> bool:
        item, began = _STEM + serial, time.monotonic()
        self.sent.add(item)
        scan = {"code": item, "step": "storing", "time": "2026-03-01T09:00:00Z"}
        status, _, told = self.gateway.ask("POST", "/api/v1/scans", scan)
        self._require_sensible(status, told)
        if status == 201:
            self.recorded.add(item)
            self.last_scan = max(self.last_scan, (began, item))
        return status == 201

    def _capture(self, serial: str) -> bool:
        items, began = [f"{_STEM}{serial}.{index}" for index in range(self.events)], time.monotonic()
        self.sent.update(items)
        status, location, told = self.gateway.ask("POST", "/epcis/v2/capture", _document(items))
        self._require_sensible(status, told)
        if status == 202:
            job = "/" + location.split("/", 3)[3] if "://" in location else location
            self.accepted[job] = items
            while not self._is_finished(job):
                if self._stop.wait(0.2):
                    return True
            self.last_document = max(self.last_document, began)
        return status == 202


@dataclass(frozen=True)
class Fault:
    """What is killed and how it comes back; `spared` says that work goes on meanwhile."""

    kill: Callable[[FabricNetwork, Gateway], object]
    mend: Callable[[FabricNetwork, Gateway], object]
    spared: bool = False


def of_network(part: str, *, spared: bool = False) -> Fault:
    return Fault(lambda network, _: network.kill(part), lambda network, _: network.revive(), spared)


def of_gateway(part: str) -> Fault:
    return Fault(lambda _, gateway: gateway.kill_part(part), lambda _network, _gateway: None)


FAULTS = {
    "another-organisations-chaincode": of_network("chaincode-Logistics", spared=True),
    "another-organisations-peer": of_network("peer0.logistics", spared=True),
    "our-chaincode": of_network("chaincode-Brands"),
    "our-peer": of_network("peer0.brands"),
    "orderer": of_network("orderer0"),
    "projector": of_gateway("projector"),
    "capture-runners": of_gateway("captures"),
    "web-workers": of_gateway("web"),
    "gateway": Fault(lambda _, gateway: gateway.kill(), lambda _, gateway: gateway.start()),
}


@dataclass(frozen=True)
class Findings:
    """What is wrong afterwards: every figure but what was acknowledged must be 0, and `same` true.

    `repeated` counts events that came in two transactions. The same fact again counts once, which `doubled` says; but
    whoever died before the answer is to find it, and not to record it again.
    """

    acknowledged: int
    repeated: int
    lost: int
    doubled: int
    strange: int
    unprojected: int
    same: bool

    @property
    def sound(self) -> bool:
        wrong = self.lost + self.doubled + self.strange + self.unprojected + self.repeated
        return self.same and wrong == 0


def examine(gateway: Gateway, sent: set[str], acknowledged: set[str], scratch: Path) -> Findings:
    """Compare ledger, read model and a rebuilt read model with what clients know."""
    with closing(bootstrap.open_gateway(gateway.home, settings(gateway.network))) as opened:
        until(lambda: opened.readmodel.position() >= opened.ledger.height(), "the read model has caught up")
        on_ledger = _on_ledger(opened)
        projected = _projected(opened)
    return Findings(
        acknowledged=len(acknowledged),
        repeated=sum(count > 1 for count in on_ledger.values()),
        lost=len(acknowledged - on_ledger.keys()),
        doubled=sum(count > 1 for count in projected.values()),
        strange=len(on_ledger.keys() - sent),
        unprojected=len(on_ledger.keys() - projected.keys()),
        same=equals_a_rebuild(gateway, scratch),
    )


def recorded(gateway: Gateway) -> set[str]:
    """Return every item that the ledger has something about."""
    with closing(bootstrap.open_gateway(gateway.home, settings(gateway.network))) as opened:
        return set(_on_ledger(opened))


def equals_a_rebuild(gateway: Gateway, scratch: Path) -> bool:
    """Tell whether a gateway's read model is what another one becomes from the same blocks."""
    chosen = settings(gateway.network)
    rebuilt = replace(chosen, readmodel_url=f"sqlite:///{scratch / 'rebuilt.db'}")
    with closing(bootstrap.open_gateway(gateway.home, rebuilt)) as opened:
        opened.projector().catch_up()
        digest, position = logical_digest(opened.readmodel), opened.readmodel.position()
    with closing(bootstrap.open_gateway(gateway.home, chosen)) as opened:
        until(lambda: opened.readmodel.position() >= position, "the read model has caught up")
        return opened.readmodel.position() == position and logical_digest(opened.readmodel) == digest


def until(condition: Callable[[], object], what: str, *, every: float = 0.1) -> None:
    """Wait until something holds; fail with what it is after two minutes."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"not within {PATIENCE:g} s: {what}"
        time.sleep(every)


def _on_ledger(opened: bootstrap.Gateway) -> "Counter[str]":
    return Counter(
        entry.event["epcList"][0]
        for block in opened.ledger.blocks(0)
        for transaction in block.transactions
        if transaction.validity is Validity.VALID and transaction.name == "custody:append"
        for entry in chunk.entries(transaction.arguments)
    )


def _projected(opened: bootstrap.Gateway) -> "Counter[str]":
    with opened.readmodel.view() as view:
        things = view.connection.execute(select(fact_things.c.thing)).scalars()
        return Counter(thing for thing in things if thing.startswith(_STEM))


def document(serials: list[str]) -> bytes:
    """Return a document of observations of items that nobody else is about."""
    return json.dumps(_document([_STEM + each for each in serials])).encode()


def _document(items: list[str]) -> dict[str, Any]:
    core = {"type": "ObjectEvent", "eventTime": "2026-03-01T10:00:00Z", "eventTimeZoneOffset": "+00:00"}
    events = [{**core, "action": "OBSERVE", "bizStep": "storing", "epcList": [item]} for item in items]
    envelope = {"@context": [_CONTEXT], "type": "EPCISDocument", "schemaVersion": "2.0"}
    return {**envelope, "creationDate": "2026-03-01T10:00:00Z", "epcisBody": {"eventList": events}}
