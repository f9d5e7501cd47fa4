"""Clients that scan and post documents to a running gateway, and remember what was acknowledged to them."""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import NamedTuple

from cli_documents import document, observed

from provenance import bootstrap, settings
from provenance.domain.epcis import chunk

SCANNERS, SENDERS = 6, 2
EVENTS = 3
"""How many events a document has."""


@dataclass
class Load:
    """What clients were answered; `port` may change while they work.

    `sent` says of each job how often its document was sent until there was an answer.
    """

    port: int
    token: str
    insist: bool
    scanned: list[str] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    sent: dict[str, int] = field(default_factory=dict)
    refused: list[tuple[int, bytes]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def scan(self, client: int) -> None:
        """Scan one item after the other."""
        for count, connection in self._turns(0.01):
            body = {"code": f"https://id.gs1.org/01/09521234000013/21/s{client}.{count}", "step": "storing"}
            answer = self._ask(connection, "/api/v1/scans", {**body, "time": "2026-03-01T09:00:00Z"}, 201)
            if answer is not None:
                self.scanned += json.loads(answer.content)["events"]

    def send(self, client: int) -> None:
        """Send one document after the other."""
        for count, connection in self._turns(0.2):
            items = [f"urn:epc:id:sgtin:9521234.000001.d{client}.{count}.{each}" for each in range(EVENTS)]
            answer = self._ask(connection, "/epcis/v2/capture", document(*map(observed, items)), 202)
            if answer is not None:
                self.jobs.append(answer.location)
                self.sent[answer.location] = answer.tries

    def _turns(self, pause: float) -> Iterator[tuple[int, "Connection"]]:
        connection, count = Connection(self), 0
        while not self.stop.is_set():
            yield count, connection
            count += 1
            self.stop.wait(pause)
        connection.close()

    def _ask(self, connection: "Connection", path: str, body: object, expected: int) -> "Acknowledged | None":
        """Return an acknowledgement, asking again where none came and clients insist."""
        content, tries = json.dumps(body), 0
        while not self.stop.is_set():
            tries += 1
            try:
                status, location, answer = connection.post(path, content)
            except (OSError, HTTPException):
                connection.close()
                self.stop.wait(0.05)
            else:
                if status == expected:
                    return Acknowledged(location, answer, tries)
                self.refused.append((status, answer))
            if not self.insist:
                return None
        return None


class Acknowledged(NamedTuple):
    """The Location and the content of an answer, and how often it was asked for."""

    location: str
    content: bytes
    tries: int


class Connection:
    """One client's kept connection, made anew after a failure."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._open: HTTPConnection | None = None

    def post(self, path: str, content: str) -> tuple[int, str, bytes]:
        if self._open is None:
            self._open = HTTPConnection("127.0.0.1", self._load.port, timeout=60)
        headers = {"Authorization": f"Bearer {self._load.token}", "Content-Type": "application/json"}
        self._open.request("POST", path, content, headers)
        answer = self._open.getresponse()
        return answer.status, answer.headers.get("Location", ""), answer.read()

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


@contextlib.contextmanager
def loaded(port: int, token: str, *, insist: bool) -> Iterator[Load]:
    """Have clients work for the length of a block."""
    load = Load(port, token, insist)
    works = [(load.scan, number) for number in range(SCANNERS)] + [(load.send, number) for number in range(SENDERS)]
    threads = [threading.Thread(target=work, args=(number,)) for work, number in works]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.stop.set()
        for thread in threads:
            thread.join(60)


def on_ledger(home) -> list[str]:
    """Return the ids of all captured events on the ledger, as often as they are there."""
    with contextlib.closing(bootstrap.open_gateway(home, settings.Settings())) as gateway:
        return [
            entry.id
            for block in gateway.ledger.blocks(0)
            for transaction in block.transactions
            if transaction.name == "custody:append"
            for entry in chunk.entries(transaction.arguments)
        ]


def facts_of(home, identifiers: list[str]) -> set[int]:
    """Return how many facts the read model has of each event: the counts that occur."""
    with contextlib.closing(bootstrap.open_gateway(home, settings.Settings())) as gateway:
        return {len(gateway.readmodel.event(identifier)) for identifier in identifiers}
