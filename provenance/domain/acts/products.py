"""Trade items and the serials, logistic units and recalls of them.

Keys are issued by whoever holds their company prefix, or by its delegate; a product is recalled by its own brand
alone. That two batches do not overlap cannot be checked under exact keys, so a serial may be issued twice: it is
issued all the same.
"""

import dataclasses
from dataclasses import dataclass

from provenance.domain.acts.act import Call, Dated, act
from provenance.domain.acts.authority import all_known, fresh, issuer, known, member
from provenance.domain.acts.fields import (
    MOST_HASHES,
    Name,
    PrefixDigits,
    SerialDigits,
    SerialOrLot,
    Sha256,
    SsccDigits,
    Text,
    at,
    bounded,
)
from provenance.domain.acts.rights import codes
from provenance.domain.errors import Malformed, Refused
from provenance.domain.gs1.keys import Gtin
from provenance.domain.ip import NiceClass, St3
from provenance.domain.records import Batch, Product, Recall, Record, Right, Role, SsccRange
from provenance.domain.trade import HsCode
from provenance.domain.world import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Register(Dated):
    """A trade item: the caller's rights in it, its classes with their editions, the countries that it is made for."""

    gtin: Gtin
    name: Text
    rights: tuple[Name, ...]
    nice_class: int
    nice_edition: Text
    hs_code: Text
    hs_edition: Text
    markets: tuple[St3, ...] = ()

    def __post_init__(self) -> None:
        bounded(self.rights, "/rights", least=0)
        bounded(self.markets, "/markets", least=0)
        at("/nice_class", NiceClass.parse, str(self.nice_class), self.nice_edition)
        at("/hs_code", HsCode.parse, self.hs_code, self.hs_edition)


@act("products:register")
def register(records: Records, call: Call, arguments: Register) -> tuple[Record, ...]:
    """Put a trade item under the caller's company prefix on record; the caller becomes its brand."""
    member(records, call, Role.BRAND)
    issuer(records, call, owned(arguments.gtin))
    for right in all_known(records, Right, arguments.rights):
        if right.holder != call.creator:
            raise Refused("right.not_holder", f"{call.creator} does not hold right {right.id}")
    fresh(records, Product, str(arguments.gtin))
    return (
        Product(
            id=str(arguments.gtin),
            brand=call.creator,
            name=arguments.name,
            rights=arguments.rights,
            nice_class=arguments.nice_class,
            nice_edition=arguments.nice_edition,
            hs_code=str(HsCode.parse(arguments.hs_code, arguments.hs_edition)),
            hs_edition=arguments.hs_edition,
            registered=call.stamp(arguments.effective),
            markets=codes(arguments.markets),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueSerials(Dated):
    """Serials of a product: every number from `first` to `last` in as many digits, or hashes of random ones.

    A hash is the hex SHA-256 of `gtin/serial`, with the GTIN in 14 digits.
    """

    batch: Name
    gtin: Gtin
    lot: SerialOrLot | None = None
    first: SerialDigits | None = None
    last: SerialDigits | None = None
    hashes: tuple[Sha256, ...] = ()

    def __post_init__(self) -> None:
        if (self.first is None) != (self.last is None) or (self.first is None) == (not self.hashes):
            raise Malformed("batch.serials", "a batch has either a first and a last serial, or hashes of its serials")
        if self.first is not None and self.last is not None:
            rising(self.first, self.last)
        bounded(self.hashes, "/hashes", least=0, most=MOST_HASHES)


@act("products:issue_serials")
def issue_serials(records: Records, call: Call, arguments: IssueSerials) -> tuple[Record, ...]:
    """Issue serials of a product on record, as holder of its GTIN's company prefix or as delegate."""
    member(records, call)
    known(records, Product, str(arguments.gtin))
    issuer(records, call, owned(arguments.gtin))
    fresh(records, Batch, arguments.batch)
    return (
        Batch(
            id=arguments.batch,
            gtin=arguments.gtin,
            issued=call.stamp(arguments.effective),
            lot=arguments.lot,
            first=arguments.first,
            last=arguments.last,
            hashes=arguments.hashes,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueSsccs(Dated):
    """Logistic units of a prefix: every SSCC from `first` to `last`, in 17 digits without the check digit."""

    sscc_range: Name
    prefix: PrefixDigits
    first: SsccDigits
    last: SsccDigits

    def __post_init__(self) -> None:
        rising(self.first, self.last)
        if not self.first[1:].startswith(self.prefix) or self.first[0] != self.last[0]:
            raise Malformed("sscc_range.prefix", "a range has one extension digit, then the company prefix", "/first")


@act("products:issue_ssccs")
def issue_ssccs(records: Records, call: Call, arguments: IssueSsccs) -> tuple[Record, ...]:
    """Issue logistic unit codes, as holder of the company prefix or as delegate."""
    member(records, call)
    for digits in (arguments.first[1:], arguments.last[1:]):
        if issuer(records, call, digits).id != arguments.prefix:
            raise Refused("authority.prefix", f"company prefix {arguments.prefix} does not own {digits}")
    fresh(records, SsccRange, arguments.sscc_range)
    stamp = call.stamp(arguments.effective)
    first, last = arguments.first, arguments.last
    return (SsccRange(id=arguments.sscc_range, prefix=arguments.prefix, first=first, last=last, issued=stamp),)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecall(Dated):
    """What is called back and why: the whole product, one lot of it, or single serials."""

    recall: Name
    gtin: Gtin
    reason: Text
    lot: SerialOrLot | None = None
    serials: tuple[SerialOrLot, ...] = ()

    def __post_init__(self) -> None:
        bounded(self.serials, "/serials", least=0)


@act("products:recall")
def recall(records: Records, call: Call, arguments: OrderRecall) -> tuple[Record, ...]:
    """Recall a product of the caller's brand."""
    _own(records, call, arguments.gtin)
    fresh(records, Recall, arguments.recall)
    return (
        Recall(
            id=arguments.recall,
            gtin=arguments.gtin,
            reason=arguments.reason,
            ordered=call.stamp(arguments.effective),
            lot=arguments.lot,
            serials=arguments.serials,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftRecall(Dated):
    """A recall that is over."""

    recall: Name


@act("products:lift_recall")
def lift_recall(records: Records, call: Call, arguments: LiftRecall) -> tuple[Record, ...]:
    """Lift a recall of the caller's own product."""
    ordered = known(records, Recall, arguments.recall)
    _own(records, call, ordered.gtin)
    if ordered.lifted is not None:
        raise Refused("recall.lifted", f"recall {ordered.id} was lifted already")
    return (dataclasses.replace(ordered, lifted=call.stamp(arguments.effective, after=ordered.ordered)),)


def owned(gtin: Gtin) -> str:
    """Return the digits that follow a GTIN's indicator: the company prefix is at their head."""
    return str(gtin)[1:]


def rising(first: str, last: str) -> None:
    """Check that a range is one: numbers of one length in their order; raises `Malformed` (`arguments.range`)."""
    if len(first) != len(last) or first > last:
        raise Malformed("arguments.range", "a range goes from a first to a last number of the same length", "/last")


def _own(records: Records, call: Call, gtin: Gtin) -> Product:
    member(records, call, Role.BRAND)
    product = known(records, Product, str(gtin))
    if product.brand != call.creator:
        raise Refused("product.not_brand", f"{call.creator} is not the brand of GTIN {gtin}")
    return product
