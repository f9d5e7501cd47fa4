"""A small world and facts in it: a brand, two makers, a forwarder, a carrier, a shop, customs, an IP office."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec import structs

from provenance.domain.epcis.event import Action, ErrorDeclaration, Event, EventType, Typed
from provenance.domain.facts import Fact
from provenance.domain.gs1.keys import CANONICAL_STEM, Gtin, Link, check_digit
from provenance.domain.records import (
    Batch,
    Licence,
    Organisation,
    Place,
    PlaceKind,
    Prefix,
    Product,
    Record,
    Right,
    RightKind,
    Role,
    Stamp,
)  # fmt: skip
from provenance.domain.verdict import Verdict, judge
from provenance.domain.world import MemoryWorld

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
FOUNDED = datetime(2025, 1, 1, tzinfo=UTC)
END = datetime(2026, 12, 31, tzinfo=UTC)
GTIN = Gtin.parse("9521321" + "00001" + check_digit("952132100001"))


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def stamp(by: str, when: datetime = FOUNDED, recorded: datetime | None = None) -> Stamp:
    return Stamp(by, recorded or when, when)


def item_link(serial: str, gtin: Gtin = GTIN) -> Link:
    return Link(f"{CANONICAL_STEM}/01/{gtin}/21/{serial}")


def sscc(number: int) -> Link:
    digits = f"09521321{number:09}"
    return Link(f"{CANONICAL_STEM}/00/{digits}{check_digit(digits)}")


def gln(prefix: str, number: int) -> str:
    digits = f"{prefix}{number:0{12 - len(prefix)}}"
    return digits + check_digit(digits)


ITEM = item_link("1001")
PALLET, CRATE, CONTAINER = sscc(1), sscc(2), sscc(3)

PREFIXES = {
    "BRAND": "9521321", "MAKER": "9521322", "LAPSED": "9521323", "FORWARDER": "9521324",
    "CARRIER": "9521325", "SHOP": "9521326", "STRANGER": "9521327",
}  # fmt: skip
ROLES = {
    "BRAND": Role.BRAND, "MAKER": Role.MANUFACTURER, "LAPSED": Role.MANUFACTURER, "FORWARDER": Role.MANUFACTURER,
    "CARRIER": Role.CARRIER, "SHOP": Role.BRAND, "STRANGER": Role.MANUFACTURER,
}  # fmt: skip


def party(organisation: str) -> str:
    return f"{CANONICAL_STEM}/417/{gln(PREFIXES[organisation], 9)}"


def _place(name: str, number: int, country: str, kind: PlaceKind, degrees: tuple[str, str]) -> Place:
    identifier = Link(f"{CANONICAL_STEM}/414/{gln('9521321', number)}")
    latitude, longitude = map(Decimal, degrees)
    return Place(
        id=identifier, name=name, place_kind=kind, country=country, registered=stamp("BRAND"),
        latitude=latitude, longitude=longitude,
    )  # fmt: skip


FACTORY = _place("Ningbo works", 11, "CN", PlaceKind.FACTORY, ("29.8683", "121.5440"))
PORT = _place("Ningbo port", 12, "CN", PlaceKind.PORT, ("29.9333", "121.8500"))
ROTTERDAM = _place("Rotterdam port", 13, "NL", PlaceKind.PORT, ("51.9500", "4.1400"))
DEPOT = _place("Utrecht depot", 14, "NL", PlaceKind.WAREHOUSE, ("52.0907", "5.1214"))
STORE = _place("Antwerp store", 15, "BE", PlaceKind.RETAIL, ("51.2194", "4.4025"))
DOOR = _place("Delft", 16, "NL", PlaceKind.DOORSTEP, ("52.0116", "4.3571"))
LAGOS = _place("Lagos market", 17, "NG", PlaceKind.RETAIL, ("6.5244", "3.3792"))
NOWHERE = f"{CANONICAL_STEM}/414/{gln('9521321', 99)}"
PLACES = (FACTORY, PORT, ROTTERDAM, DEPOT, STORE, DOOR, LAGOS)


def right(identifier: str, territory: str, **fields: Any) -> Right:
    values: dict[str, Any] = {
        "right_kind": RightKind.TRADEMARK, "holder": "BRAND", "title": f"ALBA {territory}", "office": territory,
        "starts": date(2020, 1, 1), "expires": date(2030, 1, 1), "nice_classes": (25,), "nice_edition": "13-2026",
        "declared": stamp("BRAND"), "confirmed": stamp("OFFICE"),
    }  # fmt: skip
    return Right(id=identifier, territory=territory, **{**values, **fields})


def licence(identifier: str = "L1", **fields: Any) -> Licence:
    values: dict[str, Any] = {
        "right": "R-CN", "licensee": "MAKER", "starts": date(2025, 1, 1), "granted": stamp("BRAND"),
    }  # fmt: skip
    return Licence(id=identifier, **{**values, **fields})


def product(**fields: Any) -> Product:
    values: dict[str, Any] = {
        "brand": "BRAND", "name": "Alba trail shoe", "rights": ("R-CN", "R-EU"), "nice_class": 25,
        "nice_edition": "13-2026", "hs_code": "640411", "hs_edition": "2022", "registered": stamp("BRAND"),
        "markets": ("CN", "EU"),
    }  # fmt: skip
    return Product(id=str(GTIN), **{**values, **fields})


def batch(**fields: Any) -> Batch:
    values: dict[str, Any] = {"gtin": GTIN, "issued": stamp("BRAND"), "lot": "LOT7", "first": "1000", "last": "1999"}
    return Batch(id="B1", **{**values, **fields})


def organisation(name: str, role: Role, **fields: Any) -> Organisation:
    return Organisation(id=name, name=name.title(), roles=(role,), granted=stamp("STEWARD"), **fields)


def records() -> list[Record]:
    """The records of a world in which the genuine story is consistent."""
    members = [organisation(name, ROLES[name], prefixes=(prefix,)) for name, prefix in PREFIXES.items()]
    members += [
        organisation("CUSTOMS-NL", Role.CUSTOMS, jurisdiction="NL"),
        organisation("OFFICE", Role.IP_OFFICE, jurisdiction="CN"),
        organisation("EXAMINER", Role.EXAMINER),
    ]
    prefixes = [Prefix(id=digits, holder=name, granted=stamp("STEWARD")) for name, digits in PREFIXES.items()]
    lapsed = licence("L2", licensee="LAPSED", ends=date(2026, 1, 31))
    return [
        *members,
        *prefixes,
        *PLACES,
        right("R-CN", "CN"),
        right("R-EU", "EU"),
        licence(),
        lapsed,
        product(),
        batch(),
    ]


def world(*more: Record, without: Sequence[str] = ()) -> MemoryWorld:
    kept = [record for record in records() if f"{record.kind}:{record.id}" not in without]
    return MemoryWorld([*kept, *more])


def fact(by: str, event: Event, *, recorded: datetime | None = None, note: str = "", **fields: Any) -> Fact:
    """A fact whose id covers what the CBV hash covers, roughly: the event without sender's id, error and extensions."""
    hashed = (
        event.type,
        event.time,
        event.action,
        event.epcs,
        event.parent,
        event.children,
        event.inputs,
        event.outputs,
    )
    hashed += (event.step, event.disposition, event.read_point, event.location, event.sources, event.destinations)
    identifier = hashlib.sha256(repr((*hashed, note)).encode()).hexdigest()
    digest = hashlib.sha256(repr(event).encode() + note.encode()).hexdigest()
    return Fact(digest, by, recorded or event.time, f"ni:///sha-256;{identifier}?ver=CBV2.0", event, **fields)


def event(when: float | datetime, step: str | None, *epcs: Link, at: Place | str | None = None, **fields: Any) -> Event:
    values: dict[str, Any] = {
        "type": EventType.OBJECT, "action": Action.OBSERVE, "offset": "+00:00", "epcs": epcs, "step": step,
        "time": when if isinstance(when, datetime) else day(when),
        "read_point": at.id if isinstance(at, Place) else at,
    }  # fmt: skip
    return Event(**{**values, **fields})


def to(organisation: str | None, *, owner: str | None = None) -> dict[str, Any]:
    named = [Typed("possessing_party", party(organisation))] if organisation else []
    named += [Typed("owning_party", party(owner))] if owner else []
    return {"destinations": tuple(named)}


def saw(by: str, when: float | datetime, step: str | None, *epcs: Link, **fields: Any) -> Fact:
    """An object event about things, recorded when it happened; `at` is its read point."""
    told = {name: fields.pop(name) for name in ("recorded", "note", "regressed") if name in fields}
    return fact(by, event(when, step, *(epcs or (ITEM,)), **fields), **told)


def made(when: float = 0, by: str = "MAKER", *things: Link, **fields: Any) -> Fact:
    return saw(by, when, "commissioning", *things, **{"action": Action.ADD, "at": FACTORY, **fields})


def packed(when: float, container: Link, *children: Link, by: str = "MAKER", **fields: Any) -> Fact:
    values = {"type": EventType.AGGREGATION, "action": Action.ADD, "parent": container, "at": FACTORY, **fields}
    return fact(by, event(when, "packing", children=children or (ITEM,), **values))


def unpacked(when: float, container: Link, *children: Link, by: str = "FORWARDER", **fields: Any) -> Fact:
    values = {"type": EventType.AGGREGATION, "action": Action.DELETE, "parent": container, "at": DEPOT, **fields}
    return fact(by, event(when, "unpacking", children=children, **values))


def declares_wrong(target: Fact, *, by: str | None = None, declared: float = 100) -> Fact:
    wrong = structs.replace(target.event, error=ErrorDeclaration(day(declared), "incorrect_data"))
    digest = hashlib.sha256(repr(wrong).encode()).hexdigest()
    return Fact(digest, by or target.recorder, day(declared), target.id, wrong)


@dataclass
class Ledger:
    """Facts by the things that they name, as a read model keeps them."""

    facts: list[Fact] = field(default_factory=list)

    def of(self) -> Callable[[Link], list[Fact]]:
        index: dict[Link, list[Fact]] = defaultdict(list)
        for each in self.facts:
            for thing in each.event.things:
                index[thing].append(each)
        return lambda thing: index.get(thing, [])


def verdict(
    facts: Sequence[Fact], within: MemoryWorld | None = None, *, item: Link = ITEM, as_of: datetime = END
) -> Verdict:
    return judge(item, Ledger(list(facts)).of(), within or world(), as_of=as_of)


AFFIRMS = {"maker_authorised", "inside_container"}
"""What is found where everything is in order."""


def codes(found: Verdict) -> set[str]:
    return {each.code for each in found.findings}


def remarks(found: Verdict) -> set[str]:
    """The codes of what is out of the ordinary."""
    return codes(found) - AFFIRMS


def genuine() -> list[Fact]:
    """Factory to doorstep: made, packed, sent by sea, unpacked, delivered."""
    return [
        made(0),
        packed(1, PALLET),
        saw("MAKER", 2, "shipping", PALLET, at=FACTORY, **to("FORWARDER")),
        saw("FORWARDER", 2.2, "receiving", PALLET, at=PORT),
        saw("CARRIER", 3, "departing", PALLET, at=PORT),
        saw("CARRIER", 33, "arriving", PALLET, at=ROTTERDAM),
        saw("FORWARDER", 34, "receiving", PALLET, at=DEPOT),
        unpacked(35, PALLET, ITEM),
        saw("FORWARDER", 36, "shipping", at=DEPOT, **to("CARRIER")),
        saw("CARRIER", 36.1, "receiving", at=DEPOT),
        saw("CARRIER", 36.5, "arriving", at=DOOR),
    ]
