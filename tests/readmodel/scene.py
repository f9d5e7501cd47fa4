"""An embedded ledger with a small consortium, a clock that tests move, and events to record in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import chaincode
from provenance.contracts import Contracts
from provenance.domain import canonical
from provenance.domain.epcis import chunk, document
from provenance.domain.records import Role
from provenance.ledger.embedded import EmbeddedLedger
from provenance.ledger.identity import CertificateAuthority, InsecureWallet
from tests.domain.acts.scene import GTIN, ITEM, PALLET

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
NOON = (datetime.now(UTC) + timedelta(hours=12)).replace(microsecond=0)  # certificates made meanwhile are valid then
MEMBERS: dict[str, dict[str, Any]] = {
    "Brand": {"roles": [Role.BRAND], "prefixes": ["9521000"]},
    "Maker": {"roles": [Role.MANUFACTURER]},
    "Carrier": {"roles": [Role.CARRIER]},
}


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    at: datetime = field(default=NOON)

    def __call__(self) -> datetime:
        return self.at

    def move(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class Scene:
    """A ledger in a folder."""

    folder: Path
    ledger: EmbeddedLedger
    clock: Clock

    def of(self, organisation: str) -> Contracts:
        return Contracts(self.ledger, InsecureWallet(self.folder / "keys").signer(organisation))

    def record(self, organisation: str, *events: dict[str, Any]) -> list[str]:
        """Append events in one transaction a chunk; return their ids."""
        read = document.read(canonical.dump({**ENVELOPE, "epcisBody": {"eventList": list(events)}}))
        assert read.sound, read.problems
        for each in chunk.build(read.events):
            self.of(organisation).append(each)
        return [event.id for event in read.events]


ENVELOPE = {
    "@context": CONTEXT,
    "type": "EPCISDocument",
    "schemaVersion": "2.0",
    "creationDate": "2026-03-01T12:00:00Z",
}


def begin(folder: Path) -> Scene:
    """Found a consortium on a new ledger in `folder`."""
    EmbeddedLedger.create(folder, CertificateAuthority.create(folder / "keys"))
    wallet = InsecureWallet(folder / "keys")
    for organisation in ("Steward", *MEMBERS):
        wallet.add(organisation)
    scene = reopen(folder)
    scene.of("Steward").found(stewards=["Steward"])
    for organisation, granted in MEMBERS.items():
        scene.of("Steward").enrol(
            organisation=organisation, name=organisation, effective=NOON - timedelta(days=1), **granted
        )
    return scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A scene in a folder of its own, for the tests whose conftest takes it."""
    begun = begin(tmp_path / "home")
    yield begun
    begun.ledger.close()


def reopen(folder: Path, clock: Clock | None = None) -> Scene:
    """Open the ledger in `folder`."""
    clock = clock or Clock()
    return Scene(folder, EmbeddedLedger.open(folder, chaincode.execute, now=clock), clock)


def observed(step: str, *items: str, at: str = "2026-03-01T10:00:00Z", **more: Any) -> dict[str, Any]:
    """An ObjectEvent about items."""
    return {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "eventTime": at,
        "eventTimeZoneOffset": "+00:00",
        "epcList": list(items or (ITEM,)),
        "bizStep": step,
        **more,
    }


def packed(parent: str, *children: str, at: str = "2026-03-01T10:30:00Z", **more: Any) -> dict[str, Any]:
    """An AggregationEvent that puts items into a logistic unit."""
    return {
        "type": "AggregationEvent",
        "action": "ADD",
        "eventTime": at,
        "eventTimeZoneOffset": "+00:00",
        "parentID": parent,
        "childEPCs": list(children),
        "bizStep": "packing",
        **more,
    }


def item(serial: int) -> str:
    """The link of an item of the brand."""
    return f"https://id.gs1.org/01/{GTIN}/21/{serial}"


__all__ = ["GTIN", "ITEM", "NOON", "PALLET", "Clock", "Scene", "begin", "item", "observed", "packed", "reopen"]
