"""Records of products and of the numbers that were issued for them, and recalls."""

from dataclasses import dataclass
from typing import ClassVar

from provenance.domain.gs1.keys import Gtin
from provenance.domain.records.base import Record, Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Product(Record):
    """A trade item of a brand; the id is its GTIN. `markets` are the countries it is authorised for, empty for all."""

    kind: ClassVar[str] = "product"
    id: str
    brand: str
    name: str
    rights: tuple[str, ...]
    nice_class: int
    nice_edition: str
    hs_code: str
    hs_edition: str
    registered: Stamp
    markets: tuple[str, ...] = ()

    @property
    def gtin(self) -> Gtin:
        """The id as a type."""
        return Gtin(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch(Record):
    """Serials issued under a GTIN: a range of equally long numbers, or SHA-256 hashes of random ones.

    A hash is the hex SHA-256 of `gtin/serial`; `first` and `last` are digits of one length.
    """

    kind: ClassVar[str] = "batch"
    id: str
    gtin: Gtin
    issued: Stamp
    lot: str | None = None
    first: str | None = None
    last: str | None = None
    hashes: tuple[str, ...] = ()

    @property
    def terms(self) -> tuple[str, ...]:
        if self.first is not None:
            return (f"range/{self.gtin}",)
        return tuple(f"serial/{digest}" for digest in self.hashes)


@dataclass(frozen=True, slots=True, kw_only=True)
class SsccRange(Record):
    """Serial shipping container codes issued under a prefix: 17 digits each, check digit left out."""

    kind: ClassVar[str] = "sscc_range"
    id: str
    prefix: str
    first: str
    last: str
    issued: Stamp

    @property
    def terms(self) -> tuple[str, ...]:
        return (f"sscc/{self.prefix}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall(Record):
    """A brand's recall of a product, of a lot of it or of single serials; lifted or still in force."""

    kind: ClassVar[str] = "recall"
    id: str
    gtin: Gtin
    reason: str
    ordered: Stamp
    lot: str | None = None
    serials: tuple[str, ...] = ()
    lifted: Stamp | None = None

    @property
    def terms(self) -> tuple[str, ...]:
        return (f"recall/{self.gtin}",)
