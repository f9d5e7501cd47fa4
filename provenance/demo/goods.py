"""What is made and sold in the demonstration: rights, products, licences, lots and logistic units, as tables."""

from dataclasses import dataclass

from provenance.demo.world import (
    BEIYIN,
    CIXIANG,
    CN_OFFICE,
    EM_OFFICE,
    LEATHER_WORKS,
    MAROQUEL,
    OLD_WORKS,
    OLDQUAY,
    SHOE_WORKS,
    SOUND_WORKS,
    TONALIS,
    VELASTRA,
    YONGQIAO,
    Member,
    Spot,
    gtin,
    random_serial,
    sscc,
)
from provenance.domain.gs1.keys import CANONICAL_STEM, Link


@dataclass(frozen=True, slots=True)
class Mark:
    """A brand's trademark at one office, filed and registered some years before the run."""

    id: str
    holder: Member
    title: str
    office: Member
    territory: str
    nice_class: int
    application: str
    registration: str


@dataclass(frozen=True, slots=True)
class Goods:
    """A product of a brand; no markets means that it may be sold wherever its rights hold."""

    brand: Member
    reference: int
    name: str
    rights: tuple[Mark, ...]
    nice_class: int
    hs_code: str
    markets: tuple[str, ...] = ()

    @property
    def gtin(self) -> str:
        """Its 14 digits."""
        return gtin(self.brand.prefix or "", self.reference)


@dataclass(frozen=True, slots=True)
class Permission:
    """A licence; days are counted back from the run, `ended` where it is over."""

    id: str
    right: Mark
    licensee: Member
    goods: tuple[Goods, ...]
    granted: int
    ended: int | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """Items made together: a lot number, their maker and works, their serials and the pallet that they leave on."""

    id: str
    goods: Goods
    maker: Member
    works: Spot
    serials: tuple[str, ...]
    pallet: Link

    @property
    def items(self) -> tuple[Link, ...]:
        """The items' links."""
        return tuple(Link(f"{CANONICAL_STEM}/01/{self.goods.gtin}/21/{serial}") for serial in self.serials)


VELASTRA_CN = Mark("velastra-cn", VELASTRA, "VELASTRA", CN_OFFICE, "CN", 25, "CN502021000004411", "52004411")
VELASTRA_EU = Mark("velastra-eu", VELASTRA, "VELASTRA", EM_OFFICE, "EU", 25, "EM502021000018830", "018830441")
MAROQUEL_CN = Mark("maroquel-cn", MAROQUEL, "MAROQUEL", CN_OFFICE, "CN", 18, "CN502020000007207", "48007207")
MAROQUEL_EU = Mark("maroquel-eu", MAROQUEL, "MAROQUEL", EM_OFFICE, "EU", 18, "EM502020000017116", "017116602")
TONALIS_CN = Mark("tonalis-cn", TONALIS, "TONALIS", CN_OFFICE, "CN", 9, "CN502019000009518", "41009518")
TONALIS_EU = Mark("tonalis-eu", TONALIS, "TONALIS", EM_OFFICE, "EU", 9, "EM502019000016045", "016045903")
MARKS = (VELASTRA_CN, VELASTRA_EU, MAROQUEL_CN, MAROQUEL_EU, TONALIS_CN, TONALIS_EU)

SHOES = Goods(VELASTRA, 1, "Velastra Strand 2 running shoes", (VELASTRA_CN, VELASTRA_EU), 25, "6404.11")
BAGS = Goods(MAROQUEL, 1, "Maroquel Quai handbag", (MAROQUEL_CN, MAROQUEL_EU), 18, "4202.21")
PHONES = Goods(TONALIS, 1, "Tonalis H7 headphones", (TONALIS_CN, TONALIS_EU), 9, "8518.30")
PHONES_CN = Goods(
    TONALIS, 2, "Tonalis H7 headphones, edition for China", (TONALIS_CN, TONALIS_EU), 9, "8518.30", ("CN",)
)
GOODS = (SHOES, BAGS, PHONES, PHONES_CN)

PERMISSIONS = (
    Permission("velastra-yongqiao", VELASTRA_CN, YONGQIAO, (SHOES,), granted=900),
    Permission("maroquel-cixiang", MAROQUEL_CN, CIXIANG, (BAGS,), granted=900),
    Permission("maroquel-oldquay", MAROQUEL_CN, OLDQUAY, (BAGS,), granted=900, ended=240),
    Permission("tonalis-beiyin", TONALIS_CN, BEIYIN, (PHONES, PHONES_CN), granted=900),
)


def _numbers(first: int, count: int) -> tuple[str, ...]:
    return tuple(str(first + step) for step in range(count))


def _random(label: str, count: int) -> tuple[str, ...]:
    return tuple(random_serial(f"{label}/{step}") for step in range(count))


SHOES_JUNE = Lot("VS-0611", SHOES, YONGQIAO, SHOE_WORKS, _numbers(2600101, 12), sscc("9521201", 61101))
SHOES_SOLE = Lot("VS-0612", SHOES, YONGQIAO, SHOE_WORKS, _numbers(2600201, 12), sscc("9521201", 61201))
SHOES_LATE = Lot("VS-0701", SHOES, YONGQIAO, SHOE_WORKS, _numbers(2600301, 12), sscc("9521201", 70101))
BAGS_SPRING = Lot("MQ-31", BAGS, CIXIANG, LEATHER_WORKS, _random("bags-31", 8), sscc("9521202", 3101))
BAGS_HELD = Lot("MQ-32", BAGS, CIXIANG, LEATHER_WORKS, _random("bags-32", 8), sscc("9521202", 3201))
BAGS_AFTER = Lot("MQ-X9", BAGS, OLDQUAY, OLD_WORKS, _random("bags-x9", 8), sscc("9521204", 901))
PHONES_HELD = Lot("TN-770", PHONES, BEIYIN, SOUND_WORKS, _random("phones-770", 10), sscc("9521203", 77001))
PHONES_HOME = Lot("TN-C12", PHONES_CN, BEIYIN, SOUND_WORKS, _random("phones-c12", 10), sscc("9521203", 1201))
LOTS = (SHOES_JUNE, SHOES_SOLE, SHOES_LATE, BAGS_SPRING, BAGS_HELD, BAGS_AFTER, PHONES_HELD, PHONES_HOME)
