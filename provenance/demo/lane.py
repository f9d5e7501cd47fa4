"""The trade lane: what every lot goes through from its works to the parcel hub, and the acts of authority that this
rests on.

Two voyages from Ningbo to Rotterdam: the first has landed, the second is at sea. A voyage is a table of days before
the run.
"""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from provenance.demo import goods, world
from provenance.demo.chronicle import Chronicle
from provenance.demo.goods import Lot
from provenance.domain import vocabulary
from provenance.domain.gs1.keys import Link
from provenance.domain.records import MeasureKind, RightKind

YEARS = 5
"""How many years before the run rights were registered; they last ten."""


@dataclass(frozen=True, slots=True)
class Voyage:
    """A sailing CNNGB to NLRTM: lots, consignment, container, declarations, and days before the run."""

    lots: tuple[Lot, ...]
    ucr: str
    container: str
    export: str
    entry: str | None
    made: float
    collected: float
    delivered: float
    sailed: float
    landed: float | None = None

    @property
    def pallets(self) -> tuple[Link, ...]:
        """The logistic units that are aboard."""
        return tuple(lot.pallet for lot in self.lots)


FIRST = Voyage(
    lots=tuple(lot for lot in goods.LOTS if lot is not goods.SHOES_LATE),
    ucr="6CN952130100000SB26060017",
    container="GHLU3110460",
    export="310420260604018812",
    entry="26NL000396A1B2C3R0",
    made=62,
    collected=60,
    delivered=55,
    sailed=53,
    landed=22,
)
SECOND = Voyage(
    lots=(goods.SHOES_LATE,),
    ucr="6CN952130100000SB26070021",
    container="GHLU3110475",
    export="310420260702020134",
    entry=None,
    made=21,
    collected=18,
    delivered=12,
    sailed=10,
)
ENTRY = f"NL/{FIRST.entry}"
"""The import declaration of the first voyage, as measures name it."""


def authority(chronicle: Chronicle) -> None:
    """Rights, licences, products, serials and logistic units: what makers and carriers then act under."""
    for mark in goods.MARKS:
        _register(chronicle, mark)
    for product in goods.GOODS:
        chronicle.act(
            product.brand,
            "register",
            days=950,
            gtin=product.gtin,
            name=product.name,
            rights=[right.id for right in product.rights],
            nice_class=product.nice_class,
            nice_edition=world.NICE_EDITION,
            hs_code=product.hs_code,
            hs_edition=world.HS_EDITION,
            markets=product.markets,
        )
    for permission in goods.PERMISSIONS:
        _license(chronicle, permission)
    for lot in goods.LOTS:
        _issue(chronicle, lot)


def voyage(chronicle: Chronicle, sailing: Voyage) -> None:
    """Everything on the lane for one sailing, as far as it has come."""
    for lot in sailing.lots:
        _made(chronicle, sailing, lot)
    _sailed(chronicle, sailing)
    if sailing.landed is not None:
        _landed(chronicle, sailing, sailing.landed)


def held(chronicle: Chronicle, pallet: Link, /, *, days: float, measure: str, kind: MeasureKind, reason: str) -> None:
    """Dutch customs takes a measure on a pallet of the first voyage at its inspection."""
    chronicle.saw(world.NL_CUSTOMS, "holding", [pallet], days=days, place=world.NL_BORDER)
    chronicle.act(
        world.NL_CUSTOMS,
        "impose",
        days=days,
        measure=measure,
        measure_kind=kind,
        items=[pallet],
        reason=reason,
        declaration=ENTRY,
    )


def _register(chronicle: Chronicle, mark: goods.Mark) -> None:
    starts = (chronicle.run - timedelta(days=365 * YEARS)).date()
    chronicle.act(
        mark.holder,
        "declare_right",
        days=1000,
        right=mark.id,
        right_kind=RightKind.TRADEMARK,
        title=f"{mark.title} (fictitious)",
        office=mark.office.jurisdiction,
        territory=mark.territory,
        starts=starts,
        expires=starts + timedelta(days=3652),
        st13=mark.application,
        registration_number=mark.registration,
        nice_classes=[mark.nice_class],
        nice_edition=world.NICE_EDITION,
    )
    chronicle.act(mark.office, "confirm_right", days=990, right=mark.id)


def _license(chronicle: Chronicle, permission: goods.Permission) -> None:
    holder = permission.right.holder
    chronicle.act(
        holder,
        "grant_licence",
        days=permission.granted,
        licence=permission.id,
        right=permission.right.id,
        licensee=permission.licensee.id,
        starts=chronicle.ago(permission.granted).date(),
        gtins=[product.gtin for product in permission.goods],
        make_in=["CN"],
    )
    if permission.ended is not None:
        chronicle.act(holder, "end_licence", days=permission.ended, licence=permission.id)


def _issue(chronicle: Chronicle, lot: Lot) -> None:
    gtin, days = lot.goods.gtin, 400
    if all(serial.isdigit() for serial in lot.serials):
        serials: dict[str, Any] = {"first": lot.serials[0], "last": lot.serials[-1]}
    else:
        serials = {"hashes": [sha256(f"{gtin}/{serial}".encode()).hexdigest() for serial in lot.serials]}
    chronicle.act(lot.goods.brand, "issue_serials", days=days, batch=lot.id, gtin=gtin, lot=lot.id, **serials)
    digits = lot.pallet.rpartition("/")[2][:-1]
    chronicle.act(
        lot.maker,
        "issue_ssccs",
        days=days,
        sscc_range=f"{lot.id}-pallet",
        prefix=lot.maker.prefix,
        first=digits,
        last=digits,
    )


def _made(chronicle: Chronicle, sailing: Voyage, lot: Lot) -> None:
    maker, pallet = lot.maker, [lot.pallet]
    chronicle.made(maker, lot.items, days=sailing.made, place=lot.works, lot=lot.id)
    chronicle.packed(maker, lot.pallet, lot.items, days=sailing.made - 0.4, place=lot.works)
    collected = sailing.collected
    chronicle.handed_over(maker, world.FORWARDER, pallet, days=collected, at=lot.works, to=world.DEPOT, by="road")


def _sailed(chronicle: Chronicle, sailing: Voyage) -> None:
    pallets, days = sailing.pallets, sailing.delivered
    chronicle.act(
        world.FORWARDER,
        "open_consignment",
        days=days + 1,
        consignment=sailing.ucr,
        units=pallets,
        origin="CN",
        destination="NL",
        containers=[sailing.container],
    )
    _declare(chronicle, sailing, "CN", sailing.export, days=days + 0.8, procedure="export")
    papers = _papers(sailing, f"CN/{sailing.export}")
    chronicle.handed_over(
        world.FORWARDER, world.SEALINE, pallets, days=days, at=world.DEPOT, to=world.NINGBO, by="road", **papers
    )
    chronicle.saw(world.CN_CUSTOMS, "inspecting", pallets, days=days - 0.7, place=world.CN_BORDER, **papers)
    chronicle.saw(world.SEALINE, "loading", pallets, days=sailing.sailed + 0.5, place=world.NINGBO, **papers)
    chronicle.saw(
        world.SEALINE,
        "departing",
        pallets,
        days=sailing.sailed,
        place=world.NINGBO,
        aboard=world.VESSEL,
        disposition="in_transit",
        **papers,
        **chronicle.mode("sea"),
    )
    chronicle.saw(world.SEALINE, "transporting", pallets, days=sailing.sailed - 0.5, place=world.VESSEL, **papers)


def _landed(chronicle: Chronicle, sailing: Voyage, days: float) -> None:
    pallets = sailing.pallets
    _declare(chronicle, sailing, "NL", str(sailing.entry), days=days + 1, procedure="release for free circulation")
    papers = _papers(sailing, f"NL/{sailing.entry}")
    by_sea = {**papers, **chronicle.mode("sea")}
    chronicle.saw(world.SEALINE, "arriving", pallets, days=days, place=world.ROTTERDAM, **by_sea)
    chronicle.saw(world.SEALINE, "unloading", pallets, days=days - 0.3, place=world.ROTTERDAM, **papers)
    onward = [lot for lot in sailing.lots if lot is not goods.BAGS_HELD]
    chronicle.handed_over(
        world.SEALINE,
        world.PARCELS,
        [lot.pallet for lot in onward],
        days=days - 2,
        at=world.ROTTERDAM,
        to=world.HUB,
        by="road",
        **papers,
    )
    for lot in onward:
        chronicle.unpacked(world.PARCELS, lot.pallet, lot.items, days=days - 3, place=world.HUB)


def _declare(
    chronicle: Chronicle, sailing: Voyage, country: str, number: str, /, *, days: float, procedure: str
) -> None:
    chronicle.act(
        world.FORWARDER,
        "lodge_declaration",
        days=days,
        country=country,
        number=number,
        consignment=sailing.ucr,
        procedure=procedure,
    )


def _papers(sailing: Voyage, declaration: str) -> dict[str, Any]:
    named = (
        (vocabulary.UCR, f"urn:provenance:ucr:{sailing.ucr}"),
        (vocabulary.DECLARATION, f"urn:provenance:declaration:{declaration}"),
    )
    return {"bizTransactionList": [{"type": kind, "bizTransaction": name} for kind, name in named]}
