"""A synthetic supply chain, made from a seed: what `provenance simulate` puts on record.

Fictitious brands have goods made, packed in cases and pallets, and sent by sea, air, rail or road to distributors and
shops, some of them on to doorsteps. Readers miss scans, read twice, send late and have wrong clocks, as in real
trade. Only the seed and the count decide what happens: no clock is read.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from provenance.demo.chronicle import CONTEXT
from provenance.demo.world import Member, Spot, gtin
from provenance.domain import vocabulary
from provenance.domain.gs1.keys import CANONICAL_STEM, Link, check_digit
from provenance.domain.instant import format_instant
from provenance.domain.records import PlaceKind, Role

START = datetime(2025, 3, 3, 6, tzinfo=UTC)
"""When the first goods are made; the last arrive within a year."""

SPREAD = timedelta(days=200)
CASE, CASES = 10, 4
PALLET = CASE * CASES
"""How many items a case and a pallet have."""

MISSED, DOUBLED, LATE, WRONG_CLOCK, DOORSTEP = 0.02, 0.02, 0.03, 0.01, 0.1
"""How often a scan is missed, doubled, sent late or wrongly clocked, and how often an item goes to a doorstep."""

FULL_CONTEXT = [CONTEXT, {"prov": vocabulary.NAMESPACE}]


def _member(name: str, role: Role, prefix: str) -> Member:
    return Member(name, f"{name} (fictitious)", (role,), prefix)


BRANDS = tuple(
    _member(name, Role.BRAND, f"952200{index}") for index, name in enumerate(("Alvara", "Brenno", "Cintra", "Dorvik"))
)
MAKERS = tuple(
    _member(f"{name}Works", Role.MANUFACTURER, f"952210{index}")
    for index, name in enumerate(("Hai", "Lam", "Pra", "Zen"))
)
FORWARDERS = tuple(
    _member(f"{name}Forwarding", Role.CARRIER, f"952220{index}") for index, name in enumerate(("North", "South"))
)
CARRIERS = tuple(
    _member(f"{name}Lines", Role.CARRIER, f"952230{index}") for index, name in enumerate(("Blue", "Swift", "Rail"))
)
SELLERS = tuple(
    _member(f"{name}Stores", Role.MARKETPLACE, f"952240{index}") for index, name in enumerate(("Oak", "Elm", "Ash"))
)
MEMBERS = (*BRANDS, *MAKERS, *FORWARDERS, *CARRIERS, *SELLERS)


@dataclass(frozen=True, slots=True)
class Route:
    """A way from a works to a distributor: who carries, how, between which gateways, and how many days it takes."""

    maker: Member
    forwarder: Member
    carrier: Member
    seller: Member
    works: Spot
    origin: Spot
    destination: Spot
    warehouse: Spot
    shop: Spot
    mode: str
    days: float


def _spot(keeper: Member, reference: int, kind: PlaceKind, country: str, zone: str, *, at: tuple[str, str]) -> Spot:
    return Spot(keeper, reference, f"{keeper.id} {kind.value}, {country}", kind, country, zone, None, at)


def _route(
    parties: tuple[int, int, int, int], mode: str, days: float, ends: tuple[tuple[str, str, str, str], ...]
) -> Route:
    maker, forwarder, carrier, seller = (
        group[index] for group, index in zip((MAKERS, FORWARDERS, CARRIERS, SELLERS), parties, strict=True)
    )
    number = parties[0] * 10 + parties[2] + 1
    (origin, origin_zone, *from_), (destination, destination_zone, *to) = ends
    here, there = (from_[0], from_[1]), (to[0], to[1])
    hub = {"air": PlaceKind.AIRPORT, "sea": PlaceKind.PORT}.get(mode, PlaceKind.WAREHOUSE)
    return Route(
        maker,
        forwarder,
        carrier,
        seller,
        works=_spot(maker, number, PlaceKind.FACTORY, origin, origin_zone, at=here),
        origin=_spot(carrier, number, hub, origin, origin_zone, at=here),
        destination=_spot(carrier, number + 500, hub, destination, destination_zone, at=there),
        warehouse=_spot(seller, number, PlaceKind.WAREHOUSE, destination, destination_zone, at=there),
        shop=_spot(seller, number + 500, PlaceKind.RETAIL, destination, destination_zone, at=there),
        mode=mode,
        days=days,
    )


_SHANGHAI, _HANOI, _PUNE = (
    ("CN", "+08:00", "31.2", "121.5"),
    ("VN", "+07:00", "21.0", "105.8"),
    ("IN", "+05:30", "18.5", "73.9"),
)
_HAMBURG, _LODZ, _LYON = (
    ("DE", "+01:00", "53.5", "10.0"),
    ("PL", "+01:00", "51.8", "19.5"),
    ("FR", "+01:00", "45.8", "4.8"),
)
ROUTES = (
    _route((0, 0, 0, 0), "sea", 31, (_SHANGHAI, _HAMBURG)),
    _route((1, 0, 1, 1), "air", 2, (_HANOI, _LYON)),
    _route((2, 1, 0, 2), "sea", 26, (_PUNE, _HAMBURG)),
    _route((3, 1, 2, 1), "rail", 16, (_SHANGHAI, _LODZ)),
)
PLACES = tuple(
    spot for route in ROUTES for spot in (route.works, route.origin, route.destination, route.warehouse, route.shop)
)


@dataclass(frozen=True, slots=True)
class Scan:
    """An event, who records it, and when it reaches that recorder's system."""

    recorder: Member
    event: dict[str, Any]
    arrives: datetime


@dataclass(frozen=True, slots=True)
class Load:
    """A pallet of one brand's items on one route, and when they are made."""

    number: int
    brand: Member
    route: Route
    made: datetime
    items: tuple[Link, ...]

    @property
    def lot(self) -> str:
        """The lot that its items are of."""
        return f"L{self.number // 25:05d}"

    @property
    def pallet(self) -> Link:
        """The pallet's link."""
        return _sscc(self.route.maker, self.number * (CASES + 1))

    @property
    def cases(self) -> tuple[tuple[Link, tuple[Link, ...]], ...]:
        """Each case with the items in it."""
        parts = (self.items[start : start + CASE] for start in range(0, len(self.items), CASE))
        first = self.number * (CASES + 1) + 1
        return tuple((_sscc(self.route.maker, first + step), part) for step, part in enumerate(parts))


def product(brand: Member) -> str:
    """Return the GTIN of what a brand sells."""
    return gtin(brand.prefix or "", 1)


def item(brand: Member, serial: int) -> Link:
    """Return an item's link."""
    return Link(f"{CANONICAL_STEM}/01/{product(brand)}/21/{serial:010d}")


def first_serial(seed: int) -> int:
    """Return the number at which the serials of a run begin."""
    return seed % 1000 * 10_000_000


def logistic_units(maker: Member, seed: int, items: int) -> tuple[str, str]:
    """Return the first and last SSCC of a run, without check digits, that a maker may use."""
    first = _first_load(seed) * (CASES + 1)
    last = first + (items // PALLET + 1) * (CASES + 1) - 1
    return _sscc_digits(maker, first), _sscc_digits(maker, last)


def loads(seed: int, items: int) -> Iterator[Load]:
    """Yield the pallets of a run, the last one perhaps not full."""
    chance = random.Random(seed)  # noqa: S311 - nothing here is a secret
    for number, first in enumerate(range(0, items, PALLET)):
        brand, route = chance.choice(BRANDS), chance.choice(ROUTES)
        made = START + timedelta(seconds=chance.randrange(int(SPREAD.total_seconds())))
        serial = first_serial(seed) + first
        content = tuple(item(brand, serial + step) for step in range(min(PALLET, items - first)))
        yield Load(_first_load(seed) + number, brand, route, made, content)


def scans(seed: int, items: int) -> Iterator[Scan]:
    """Yield everything that is recorded in a run, with the faults of real readers, in no order of time."""
    chance = random.Random(f"faults/{seed}")  # noqa: S311 - nothing here is a secret
    for load in loads(seed, items):
        for scan in _journey(load, chance):
            yield from _as_read(scan, chance)


def _journey(load: Load, chance: random.Random) -> Iterator[Scan]:
    yield from _making(load)
    yield from _transport(load, chance)
    yield from _selling(load, chance)


def _making(load: Load) -> Iterator[Scan]:
    maker, works = load.route.maker, load.route.works
    ilmd = {"cbvmda:lotNumber": load.lot}
    for step, (case, items) in enumerate(load.cases):
        made = load.made + timedelta(minutes=20 * step)
        yield _objects(maker, "commissioning", items, made, works, action="ADD", disposition="active", ilmd=ilmd)
        yield _packing(maker, case, items, made + timedelta(minutes=15), works)
    cases = tuple(case for case, _ in load.cases)
    yield _packing(maker, load.pallet, cases, load.made + timedelta(hours=3), works)


def _transport(load: Load, chance: random.Random) -> Iterator[Scan]:
    route, pallet = load.route, (load.pallet,)
    leaves = load.made + timedelta(days=1 + chance.random() * 3)
    yield from _handover(route.maker, route.forwarder, pallet, leaves, (route.works, route.origin), hours=5)
    handed = leaves + timedelta(days=1)
    yield from _handover(route.forwarder, route.carrier, pallet, handed, (route.origin, route.origin), hours=2)
    departs, mode = handed + timedelta(hours=20), {"prov:transportMode": route.mode}
    yield _objects(route.carrier, "loading", pallet, departs - timedelta(hours=6), route.origin)
    yield _objects(route.carrier, "departing", pallet, departs, route.origin, disposition="in_transit", **mode)
    arrives = departs + timedelta(days=route.days * (1 + 0.2 * chance.random()))
    yield _objects(route.carrier, "arriving", pallet, arrives, route.destination, **mode)
    yield _objects(route.carrier, "unloading", pallet, arrives + timedelta(hours=4), route.destination)
    taken = arrives + timedelta(days=1)
    yield from _handover(route.carrier, route.seller, pallet, taken, (route.destination, route.warehouse), hours=3)


def _selling(load: Load, chance: random.Random) -> Iterator[Scan]:
    route = load.route
    opened = load.made + timedelta(days=8 + 1.25 * route.days)
    cases = tuple(case for case, _ in load.cases)
    yield _unpacking(route.seller, load.pallet, cases, opened, route.warehouse)
    for case, items in load.cases:
        stocked = opened + timedelta(days=1 + chance.random() * 5)
        yield _objects(route.seller, "arriving", (case,), stocked, route.shop, disposition="in_progress")
        yield _unpacking(route.seller, case, items, stocked + timedelta(hours=1), route.shop)
        shelf = {"disposition": "sellable_accessible"}
        yield _objects(route.seller, "stocking", items, stocked + timedelta(hours=2), route.shop, **shelf)
        for bought in items:
            if chance.random() < DOORSTEP:
                sold = stocked + timedelta(days=1 + chance.random() * 20)
                yield _objects(route.seller, "retail_selling", (bought,), sold, route.shop, disposition="retail_sold")


def _as_read(scan: Scan, chance: random.Random) -> Iterator[Scan]:
    if chance.random() < MISSED and scan.event.get("bizStep") not in ("commissioning", "packing", "unpacking"):
        return
    arrives = scan.arrives
    if chance.random() < LATE:
        arrives += timedelta(days=1 + chance.random() * 12)
    event = scan.event
    if chance.random() < WRONG_CLOCK:
        off = timedelta(hours=chance.choice((-8, -1, 1)))
        event = {**event, "eventTime": format_instant(scan.arrives + off)}
    yield Scan(scan.recorder, event, arrives)
    if chance.random() < DOUBLED:
        again = {**event, "eventTime": format_instant(scan.arrives + timedelta(seconds=chance.randrange(1, 90)))}
        yield Scan(scan.recorder, again, arrives + timedelta(minutes=2))


def _handover(
    giver: Member, taker: Member, things: tuple[Link, ...], when: datetime, at: tuple[Spot, Spot], *, hours: int
) -> Iterator[Scan]:
    parties: dict[str, Any] = {
        "sourceList": [{"type": "possessing_party", "source": giver.party}],
        "destinationList": [{"type": "possessing_party", "destination": taker.party}],
    }
    yield _objects(giver, "shipping", things, when, at[0], disposition="in_transit", **parties)
    later = when + timedelta(hours=hours)
    yield _objects(taker, "receiving", things, later, at[1], disposition="in_progress", **parties)


def _objects(
    recorder: Member,
    step: str,
    things: tuple[Link, ...],
    when: datetime,
    place: Spot,
    *,
    action: str = "OBSERVE",
    **more: Any,
) -> Scan:
    body = {"type": "ObjectEvent", "action": action, "epcList": list(things)}
    return _scan(recorder, step, when, place, {**body, **more})


def _packing(recorder: Member, parent: Link, children: tuple[Link, ...], when: datetime, place: Spot) -> Scan:
    body = {"type": "AggregationEvent", "action": "ADD", "parentID": parent, "childEPCs": list(children)}
    return _scan(recorder, "packing", when, place, body)


def _unpacking(recorder: Member, parent: Link, children: tuple[Link, ...], when: datetime, place: Spot) -> Scan:
    body = {"type": "AggregationEvent", "action": "DELETE", "parentID": parent, "childEPCs": list(children)}
    return _scan(recorder, "unpacking", when, place, body)


def _scan(recorder: Member, step: str, when: datetime, place: Spot, body: dict[str, Any]) -> Scan:
    where = {"readPoint": {"id": place.link}, "bizLocation": {"id": place.link}}
    clock = {"eventTime": format_instant(when), "eventTimeZoneOffset": place.zone}
    return Scan(recorder, {**body, **clock, "bizStep": step, **where}, when)


def _first_load(seed: int) -> int:
    return seed % 1000 * 100_000


def _sscc_digits(maker: Member, number: int) -> str:
    return f"1{maker.prefix}{number:09d}"


def _sscc(maker: Member, number: int) -> Link:
    digits = _sscc_digits(maker, number)
    return Link(f"{CANONICAL_STEM}/00/{digits}{check_digit(digits)}")
