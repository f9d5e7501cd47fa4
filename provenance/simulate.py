"""Filling a ledger with a synthetic but plausible supply chain, for tests and benchmarks.

`provenance.demo.trade` makes the events; here each recorder's are captured in chunks, as if they came in over time,
and projected. The same seed and count give the same events whenever they are made. A folder without a ledger gets
one; a ledger that holds events of anybody else is left alone, because nothing can be taken off a ledger again.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from provenance import bootstrap
from provenance.bootstrap import Gateway
from provenance.demo import trade
from provenance.demo.trade import BRANDS, FULL_CONTEXT, MAKERS, MEMBERS, PLACES, START, Scan
from provenance.demo.world import HS_EDITION, NICE_EDITION, Member
from provenance.domain.epcis import chunk, document
from provenance.domain.instant import format_instant
from provenance.domain.records import Batch, Organisation, Product, RightKind
from provenance.settings import SettingError, Settings

CHUNK = 500
WINDOW = 20_000
"""How many scans are sorted by arrival at a time: late ones come late, and memory stays bounded."""

Say = Callable[[str], None]


def run(home: Path, settings: Settings, *, items: int, seed: int, say: Say) -> dict[str, Any]:
    """Put the goods of a seed on record and return how many items, events and chunks that were, and in how many
    seconds.

    Raises `SettingError` where the ledger holds what is not simulated.
    """
    if not bootstrap.initialised(home, settings):
        bootstrap.initialise(home, settings)
    gateway = bootstrap.open_gateway(home, settings)
    began = time.monotonic()
    try:
        _require_own(gateway, home)
        _found(gateway)
        _issue(gateway, seed, items)
        events, chunks = _capture(gateway, seed, items, say)
        recorded = time.monotonic() - began
        say(f"{items} items, {events} events recorded in {recorded:.1f} s; projecting")
        gateway.projector().catch_up()
    finally:
        gateway.close()
    seconds = time.monotonic() - began
    say(f"done in {seconds:.1f} s, {items / seconds:,.0f} items/s")
    return {"items": items, "events": events, "chunks": chunks, "seed": seed, "seconds": round(seconds, 3)}


def _require_own(gateway: Gateway, home: Path) -> None:
    simulated = {*(member.id for member in MEMBERS), bootstrap.STEWARD}
    strangers = [name for name in gateway.wallet.organisations() if name not in simulated]
    if strangers:
        raise SettingError(f"the ledger in {home} has members that are not simulated; name an empty folder with --home")


def _found(gateway: Gateway) -> None:
    """Enrol members and put places, rights, products and licences on record, unless an earlier run did."""
    steward = gateway.contracts_for(bootstrap.STEWARD)
    since = START - timedelta(days=400)
    for member in MEMBERS:
        if steward.query(Organisation, member.id) is None:
            prefixes = [member.prefix or ""]
            bootstrap.enrol(
                gateway, member.id, name=member.name, roles=member.roles, prefixes=prefixes, effective=since
            )
    if steward.query(Product, trade.product(BRANDS[0])) is not None:
        return
    for spot in PLACES:
        latitude, longitude = spot.degrees or (None, None)
        gateway.contracts_for(spot.keeper.id).register_place(
            place=spot.link,
            name=spot.name,
            place_kind=spot.kind,
            country=spot.country,
            latitude=latitude,
            longitude=longitude,
            effective=since,
        )
    for brand in BRANDS:
        _launch(gateway, brand)


def _launch(gateway: Gateway, brand: Member) -> None:
    contracts, since = gateway.contracts_for(brand.id), START - timedelta(days=300)
    rights = []
    for office, territory in (("CN", "CN"), ("VN", "VN"), ("IN", "IN"), ("EM", "EU")):
        rights.append(f"{brand.id}-{territory}")
        contracts.declare_right(
            right=rights[-1],
            right_kind=RightKind.TRADEMARK,
            title=f"{brand.id.upper()} (fictitious)",
            office=office,
            territory=territory,
            starts=since.date(),
            expires=since.date() + timedelta(days=3652),
            nice_classes=[25],
            nice_edition=NICE_EDITION,
            effective=since,
        )
    contracts.register(
        gtin=trade.product(brand),
        name=f"{brand.id} running shoes (fictitious)",
        rights=rights,
        nice_class=25,
        nice_edition=NICE_EDITION,
        hs_code="6404.11",
        hs_edition=HS_EDITION,
        effective=since,
    )
    for maker in MAKERS:
        for right in rights:
            licence = f"{right}-{maker.id}"
            contracts.grant_licence(
                licence=licence, right=right, licensee=maker.id, starts=since.date(), effective=since
            )


def _issue(gateway: Gateway, seed: int, items: int) -> None:
    steward = gateway.contracts_for(bootstrap.STEWARD)
    if steward.query(Batch, f"{BRANDS[0].id}-{seed}-{items}") is not None:
        return
    for brand in BRANDS:
        first, last = (trade.item(brand, trade.first_serial(seed) + step).rpartition("/")[2] for step in (0, items - 1))
        gateway.contracts_for(brand.id).issue_serials(
            batch=f"{brand.id}-{seed}-{items}", gtin=trade.product(brand), first=first, last=last, effective=START
        )
    for maker in MAKERS:
        first, last = trade.logistic_units(maker, seed, items)
        gateway.contracts_for(maker.id).issue_ssccs(
            sscc_range=f"{maker.id}-{seed}-{items}", prefix=maker.prefix or "", first=first, last=last, effective=START
        )


def _capture(gateway: Gateway, seed: int, items: int, say: Say) -> tuple[int, int]:
    events = chunks = 0
    for member, batch in _batches(_arriving(seed, items)):
        contracts = gateway.contracts_for(member.id)
        for arguments in chunk.build(document.read(_document(batch)).events):
            contracts.append(arguments)
            chunks += 1
        events += len(batch)
        if chunks % 20 == 0:
            say(f"{events} events recorded")
    return events, chunks


def _arriving(seed: int, items: int) -> Iterator[Scan]:
    coming = trade.scans(seed, items)
    while window := list(islice(coming, WINDOW)):
        yield from sorted(window, key=lambda scan: scan.arrives)


def _batches(scans: Iterator[Scan]) -> Iterator[tuple[Member, list[dict[str, Any]]]]:
    waiting: defaultdict[Member, list[dict[str, Any]]] = defaultdict(list)
    for scan in scans:
        waiting[scan.recorder].append(scan.event)
        if len(waiting[scan.recorder]) == CHUNK:
            yield scan.recorder, waiting.pop(scan.recorder)
    yield from waiting.items()


def _document(events: list[dict[str, Any]]) -> bytes:
    return orjson.dumps(
        {
            "@context": FULL_CONTEXT,
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": format_instant(START),
            "epcisBody": {"eventList": events},
        }
    )
