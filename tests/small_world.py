"""A small consortium on a real embedded ledger, for tests of the API and the pages; every name in it is invented."""

import hashlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import orjson
from flask import Flask
from flask.testing import FlaskClient

from provenance import bootstrap
from provenance.app import create_app
from provenance.bootstrap import Gateway
from provenance.contracts import Contracts
from provenance.domain.epcis import chunk, document
from provenance.domain.gs1.convert import identify
from provenance.domain.gs1.keys import Link, check_digit
from provenance.domain.gs1.link import path
from provenance.domain.records import PlaceKind, RightKind, Role
from provenance.operations import Level
from provenance.settings import Settings
from provenance.supervisor import environment

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
BASE_URL = "https://verify.example.test"
GTIN = "0952123400001" + check_digit("0952123400001")
ODD_SERIAL = "A/B%?"
BRAND, CARRIER, CUSTOMS, STRANGER, AUDITOR, COURT = "Brand", "Carrier", "CustomsNL", "Stranger", "Auditor", "Court"


def sgtin(serial: str, gtin: str = GTIN) -> Link:
    """Return the canonical link of an item."""
    return identify(f"https://id.gs1.org/01/{gtin}/21/{quote(serial, safe='')}")


def gln(reference: str) -> Link:
    """Return the canonical link of a place by the first 12 digits of its GLN."""
    return Link(f"https://id.gs1.org/414/{reference}{check_digit(reference)}")


def sscc(reference: str) -> Link:
    """Return the canonical link of a logistic unit by the first 17 digits of its SSCC."""
    return Link(f"https://id.gs1.org/00/{reference}{check_digit(reference)}")


FACTORY, PORT, DOORSTEP = gln("952123400001"), gln("952567800001"), gln("952567800002")
PALLET = sscc("09525678000000001")


@dataclass(slots=True)
class World:
    """The gateway of the small consortium, and what tests do with it."""

    gateway: Gateway
    tokens: dict[tuple[str, Level], str] = field(default_factory=dict)

    def contracts(self, organisation: str) -> Contracts:
        """Return an organisation's transactions."""
        return self.gateway.contracts_for(organisation)

    def record(self, organisation: str, *events: Mapping[str, Any]) -> list[str]:
        """Record events for an organisation and project them; return their ids."""
        read = document.read(epcis(*events))
        assert read.sound, read.problems
        for arguments in chunk.build(read.events):
            self.contracts(organisation).append(arguments)
        self.project()
        return [event.id for event in read.events]

    def project(self) -> None:
        """Bring the read model up to the ledger."""
        projector = self.gateway.projector()
        while projector.run_once():
            pass

    def token(self, organisation: str, level: Level = Level.ADMIN) -> str:
        """Return an API key of an organisation at a level."""
        if (organisation, level) not in self.tokens:
            self.tokens[organisation, level] = self.gateway.operations.keys.create(organisation, level)[1]
        return self.tokens[organisation, level]

    def headers(self, organisation: str, level: Level = Level.ADMIN) -> dict[str, str]:
        """Return the header that authenticates an organisation."""
        return {"Authorization": f"Bearer {self.token(organisation, level)}"}


def epcis(*events: Mapping[str, Any]) -> bytes:
    """Return an EPCIS document of events."""
    head = {
        "@context": [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-01-01T00:00:00Z",
    }
    return orjson.dumps({**head, "epcisBody": {"eventList": list(events)}})


def ago(**span: int) -> str:
    """Return the RFC 3339 time that long ago."""
    return (datetime.now(UTC) - timedelta(**span)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seen(
    step: str, *items: str, at: str, place: str | None = None, action: str = "OBSERVE", **more: Any
) -> dict[str, Any]:
    """Return an ObjectEvent."""
    event = {"type": "ObjectEvent", "eventTime": at, "eventTimeZoneOffset": "+00:00", "epcList": list(items)}
    event |= {"action": action, "bizStep": step, **more}
    return event | ({"readPoint": {"id": place}} if place else {})


def packed(parent: str, *children: str, at: str, place: str, action: str = "ADD") -> dict[str, Any]:
    """Return an AggregationEvent."""
    event = {"type": "AggregationEvent", "eventTime": at, "eventTimeZoneOffset": "+00:00", "parentID": parent}
    step = "packing" if action == "ADD" else "unpacking"
    return {**event, "childEPCs": list(children), "action": action, "bizStep": step, "readPoint": {"id": place}}


def to(party: str) -> dict[str, Any]:
    """Return the destination list of a handover to a member."""
    party_uri = f"https://provenance.example/voc/organisation/{party}"
    return {"destinationList": [{"type": "possessing_party", "destination": party_uri}]}


def found(home: Path, settings: Settings | None = None) -> World:
    """Found the small consortium in a folder."""
    settings = settings or Settings(public_url=BASE_URL)
    bootstrap.initialise(home, settings)
    world = World(bootstrap.open_gateway(home, settings))
    _enrol(world)
    _places(world)
    _product(world)
    world.project()
    return world


def _enrol(world: World) -> None:
    members: Sequence[tuple[str, str, list[Role], str | None, list[str]]] = (
        (BRAND, "Example Shoes (fictitious)", [Role.BRAND, Role.MANUFACTURER], None, ["9521234"]),
        (CARRIER, "Example Lines (fictitious)", [Role.CARRIER], None, ["9525678"]),
        (CUSTOMS, "Example Customs NL (fictitious)", [Role.CUSTOMS], "NL", []),
        (STRANGER, "Example Bags (fictitious)", [Role.BRAND], None, ["9529999"]),
        (AUDITOR, "Example Audit (fictitious)", [Role.AUDITOR], None, []),
        (COURT, "Example Court NL (fictitious)", [Role.COURT], "NL", []),
    )
    for organisation, name, roles, jurisdiction, prefixes in members:
        bootstrap.enrol(
            world.gateway, organisation, name=name, roles=roles, jurisdiction=jurisdiction, prefixes=prefixes
        )


def _places(world: World) -> None:
    world.contracts(BRAND).register_place(
        place=FACTORY,
        name="Example Works, Ningbo",
        place_kind=PlaceKind.FACTORY,
        country="CN",
        unlocode="CNNGB",
        latitude=Decimal("29.87"),
        longitude=Decimal("121.55"),
        effective=datetime.now(UTC) - timedelta(days=90),
    )
    world.contracts(CARRIER).register_place(
        place=PORT,
        name="Port of Rotterdam",
        place_kind=PlaceKind.PORT,
        country="NL",
        unlocode="NLRTM",
        latitude=Decimal("51.95"),
        longitude=Decimal("4.14"),
        effective=datetime.now(UTC) - timedelta(days=90),
    )
    world.contracts(CARRIER).register_place(
        place=DOORSTEP,
        name="Parcel round 17, Utrecht",
        place_kind=PlaceKind.DOORSTEP,
        country="NL",
        effective=datetime.now(UTC) - timedelta(days=90),
    )


def _product(world: World) -> None:
    brand = world.contracts(BRAND)
    long_ago = datetime.now(UTC) - timedelta(days=90)
    for right, office, territory in (("EX-CN", "CN", "CN"), ("EX-EU", "EM", "EU")):
        brand.declare_right(
            right=right,
            right_kind=RightKind.TRADEMARK,
            title="Example Stride (fictitious)",
            office=office,
            territory=territory,
            starts=date(2020, 1, 1),
            expires=date(2040, 1, 1),
            nice_classes=[25],
            nice_edition="13-2026",
            effective=long_ago,
        )
    brand.register(
        gtin=GTIN,
        name="Stride 1 running shoe (fictitious)",
        rights=["EX-CN", "EX-EU"],
        nice_class=25,
        nice_edition="13-2026",
        hs_code="640411",
        hs_edition="2022",
        effective=long_ago,
    )
    odd = hashlib.sha256(f"{GTIN}/{ODD_SERIAL}".encode()).hexdigest()
    brand.issue_serials(batch="B-1", gtin=GTIN, lot="L1", first="1000", last="1999", effective=long_ago)
    brand.issue_serials(batch="B-2", gtin=GTIN, lot="L2", hashes=[odd], effective=long_ago)
    world.contracts(CARRIER).issue_ssccs(
        sscc_range="S-1", prefix="9525678", first="09525678000000001", last="09525678000000099", effective=long_ago
    )


def make_app(gateway: Gateway) -> Flask:
    """Return the product's own application over a gateway."""
    app = create_app(gateway)
    app.testing = True
    return app


def item_page(client: FlaskClient, link: Link, **options: Any) -> Any:
    """Return the answer of an item's page."""
    return client.get("/verify" + path(link), **options)


@contextmanager
def served(
    world: World, *, log: IO[bytes] | int = subprocess.DEVNULL, log_form: str = "json", threads: int = 2
) -> Iterator[str]:
    """Serve a world by the product's own gunicorn process, its log lines written to `log`; yields the address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = replace(world.gateway.settings, host="127.0.0.1", port=port, workers=1, threads=threads, log=log_form)
    command = [sys.executable, "-m", "provenance.parts", "web"]
    told = environment(world.gateway.home, settings)
    with subprocess.Popen(command, env=told, stdin=subprocess.PIPE, stderr=log) as process:
        try:
            _wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with status {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not begin to listen")
