"""Who and what exists in the demonstration, as tables: members, places, rights, products, licences, serials and one
trade lane.

Everything is invented and says so. GS1 keys begin with 952, the range that GS1 keeps for demonstrations; no table
names a real company, mark or person. Days are counted back from the run, identifiers never change.
"""

from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256

from provenance.domain.gs1.keys import CANONICAL_STEM, Link, check_digit
from provenance.domain.records import PlaceKind, Role

SEED = "lane-1"
"""Names this world; a folder with another one is another demonstration."""

NICE_EDITION = "13-2026"
HS_EDITION = "2022"


def gtin(prefix: str, reference: int) -> str:
    """Return the 14 digits of the GTIN with this item reference under a seven-digit prefix."""
    digits = f"0{prefix}{reference:05d}"
    return digits + check_digit(digits)


def gln(prefix: str, reference: int) -> str:
    """Return the 13 digits of the GLN with this location reference under a seven-digit prefix."""
    digits = f"{prefix}{reference:05d}"
    return digits + check_digit(digits)


def sscc(prefix: str, reference: int) -> Link:
    """Return the link of the logistic unit with this serial reference under a seven-digit prefix."""
    digits = f"1{prefix}{reference:09d}"
    return Link(f"{CANONICAL_STEM}/00/{digits}{check_digit(digits)}")


def random_serial(label: str) -> str:
    """Return a serial that cannot be guessed from its neighbours, the same in every run (13 letters and digits)."""
    number = int.from_bytes(sha256(f"{SEED}/{label}".encode()).digest()[:9], "big")
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    return "".join(alphabet[number >> shift & 31] for shift in range(60, -1, -5))


@dataclass(frozen=True, slots=True)
class Member:
    """An organisation, its roles, where its authority holds, and the company prefix that it uses."""

    id: str
    name: str
    roles: tuple[Role, ...]
    prefix: str | None = None
    jurisdiction: str | None = None

    @property
    def party(self) -> str:
        """Its link as a party (PGLN), for sources and destinations."""
        return f"{CANONICAL_STEM}/417/{gln(self.prefix or '', 0)}"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that its keeper registers; `zone` is the offset that clocks there show."""

    keeper: Member
    reference: int
    name: str
    kind: PlaceKind
    country: str
    zone: str
    unlocode: str | None = None
    at: tuple[str, str] | None = None

    @property
    def link(self) -> Link:
        """Its link (GLN)."""
        return Link(f"{CANONICAL_STEM}/414/{gln(self.keeper.prefix or '', self.reference)}")

    @property
    def degrees(self) -> tuple[Decimal, Decimal] | None:
        """Latitude and longitude, where it stands still."""
        return None if self.at is None else (Decimal(self.at[0]), Decimal(self.at[1]))


def _fictitious(name: str) -> str:
    return f"{name} (fictitious)"


VELASTRA = Member("Velastra", _fictitious("Velastra Footwear"), (Role.BRAND,), "9521101")
MAROQUEL = Member("Maroquel", _fictitious("Maison Maroquel"), (Role.BRAND,), "9521102")
TONALIS = Member("Tonalis", _fictitious("Tonalis Audio"), (Role.BRAND,), "9521103")
YONGQIAO = Member("YongqiaoShoes", _fictitious("Yongqiao Shoe Works"), (Role.MANUFACTURER,), "9521201")
CIXIANG = Member("CixiangLeather", _fictitious("Cixiang Leather"), (Role.MANUFACTURER,), "9521202")
BEIYIN = Member("BeiyinElectronics", _fictitious("Beiyin Electronics"), (Role.MANUFACTURER,), "9521203")
OLDQUAY = Member("OldQuayStitching", _fictitious("Old Quay Stitching"), (Role.MANUFACTURER,), "9521204")
FORWARDER = Member("SevenBridges", _fictitious("Seven Bridges Forwarding"), (Role.CARRIER,), "9521301")
SEALINE = Member("GreyHeronLine", _fictitious("Grey Heron Line"), (Role.CARRIER,), "9521302")
PARCELS = Member("PolderParcels", _fictitious("Polder Parcels"), (Role.CARRIER,), "9521303")
CN_CUSTOMS = Member("CustomsCN", _fictitious("Chinese customs"), (Role.CUSTOMS,), "9521401", "CN")
NL_CUSTOMS = Member("CustomsNL", _fictitious("Dutch customs"), (Role.CUSTOMS,), "9521402", "NL")
CN_OFFICE = Member("OfficeCN", _fictitious("IP office CN"), (Role.IP_OFFICE,), None, "CN")
EM_OFFICE = Member("OfficeEM", _fictitious("IP office EM"), (Role.IP_OFFICE,), None, "EM")
MARKET = Member("Bazarium", _fictitious("Bazarium Marketplace"), (Role.MARKETPLACE,), "9521501")
COURT = Member("CourtNL", _fictitious("District court"), (Role.COURT,), None, "NL")
EXAMINER = Member("TesselLab", _fictitious("Tessel Examination"), (Role.EXAMINER,))

MEMBERS = (
    VELASTRA, MAROQUEL, TONALIS, YONGQIAO, CIXIANG, BEIYIN, OLDQUAY, FORWARDER, SEALINE, PARCELS,
    CN_CUSTOMS, NL_CUSTOMS, CN_OFFICE, EM_OFFICE, MARKET, COURT, EXAMINER,
)  # fmt: skip

CHINA, EUROPE = "+08:00", "+01:00"
SHOE_WORKS = Spot(
    YONGQIAO, 1, "Yongqiao works, Ningbo", PlaceKind.FACTORY, "CN", CHINA, "CNNGB", ("29.8750", "121.5500")
)
LEATHER_WORKS = Spot(
    CIXIANG, 1, "Cixiang works, Cixi", PlaceKind.FACTORY, "CN", CHINA, "CNCIX", ("30.1700", "121.2700")
)
SOUND_WORKS = Spot(BEIYIN, 1, "Beiyin works, Beilun", PlaceKind.FACTORY, "CN", CHINA, "CNBLN", ("29.9000", "121.8300"))
OLD_WORKS = Spot(
    OLDQUAY, 1, "Old Quay works, Wenzhou", PlaceKind.FACTORY, "CN", CHINA, "CNWNZ", ("28.0000", "120.7000")
)
DEPOT = Spot(
    FORWARDER, 1, "Consolidation depot, Beilun", PlaceKind.WAREHOUSE, "CN", CHINA, "CNNGB", ("29.9100", "121.8400")
)
NINGBO = Spot(SEALINE, 1, "Container terminal, Ningbo", PlaceKind.PORT, "CN", CHINA, "CNNGB", ("29.9300", "121.8800"))
VESSEL = Spot(SEALINE, 2, _fictitious("MV Grey Heron"), PlaceKind.VESSEL, "NL", "+00:00")
ROTTERDAM = Spot(
    SEALINE, 3, "Container terminal, Rotterdam", PlaceKind.PORT, "NL", EUROPE, "NLRTM", ("51.9500", "4.0500")
)
CN_BORDER = Spot(
    CN_CUSTOMS, 1, "Customs supervision area, Ningbo", PlaceKind.BORDER, "CN", CHINA, "CNNGB", ("29.9300", "121.8700")
)
NL_BORDER = Spot(
    NL_CUSTOMS, 1, "Customs inspection, Maasvlakte", PlaceKind.BORDER, "NL", EUROPE, "NLRTM", ("51.9500", "4.0300")
)
HUB = Spot(PARCELS, 1, "Parcel hub, Utrecht", PlaceKind.WAREHOUSE, "NL", EUROPE, "NLUTC", ("52.0900", "5.1100"))
DOOR_UTRECHT = Spot(PARCELS, 2, "A doorstep in Utrecht", PlaceKind.DOORSTEP, "NL", EUROPE, "NLUTC", ("52.1", "5.1"))
DOOR_GHENT = Spot(PARCELS, 3, "A doorstep in Ghent", PlaceKind.DOORSTEP, "BE", EUROPE, "BEGNE", ("51.1", "3.7"))
DOOR_BREMEN = Spot(PARCELS, 4, "A doorstep in Bremen", PlaceKind.DOORSTEP, "DE", EUROPE, "DEBRE", ("53.1", "8.8"))
RETURNS_EU = Spot(
    MARKET, 1, "Returns desk, Eindhoven", PlaceKind.WAREHOUSE, "NL", EUROPE, "NLEIN", ("51.4400", "5.4700")
)
RETURNS_CN = Spot(
    MARKET, 2, "Returns desk, Guangzhou", PlaceKind.WAREHOUSE, "CN", CHINA, "CNCAN", ("23.1300", "113.2600")
)

PLACES = (
    SHOE_WORKS, LEATHER_WORKS, SOUND_WORKS, OLD_WORKS, DEPOT, NINGBO, VESSEL, ROTTERDAM, CN_BORDER, NL_BORDER, HUB,
    DOOR_UTRECHT, DOOR_GHENT, DOOR_BREMEN, RETURNS_EU, RETURNS_CN,
)  # fmt: skip
