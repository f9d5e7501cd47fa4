"""Which of a product's rights are in force where and when.

Invalidation works from the start; revocation, surrender and expiry from their date. A trademark may be renewed for six
months after its term (Paris Convention, art. 5bis), and counts as in force until then. A right that its holder
declared counts before its office confirms it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from provenance.domain import territory
from provenance.domain.fold.register import Register
from provenance.domain.records import EndKind, Product, Right, RightKind

GRACE_MONTHS = 6
_LAST_DAY_EVERYWHERE = 28


@dataclass(frozen=True, slots=True)
class Standing:
    """A right that is in force: confirmed by its office or only declared, in its term or in its grace period."""

    right: Right
    confirmed: bool
    graced: bool


def of_product(product: Product, register: Register) -> Iterator[Right]:
    """Yield the product's rights that are on record, in the product's order."""
    for identifier in product.rights:
        right = register.world.get(Right, identifier)
        if right is not None and register.done(right.declared):
            yield right


def in_force(product: Product, register: Register, *, country: str | None, at: datetime, on: date) -> list[Standing]:
    """Return the rights that cover the product's class in a country at a time whose local date is `on`.

    A country of None asks for every territory.
    """
    found = []
    for right in of_product(product, register):
        if country is not None and not covers(right.territory, country, on):
            continue
        standing = standing_of(right, register, at=at, on=on)
        if standing is not None and _covers_class(right, product):
            found.append(standing)
    return found


def standing_of(right: Right, register: Register, *, at: datetime, on: date) -> Standing | None:
    """Return how a right stands at a time, None where it is not in force."""
    if on < right.starts:
        return None
    ended = right.ended if register.done(right.ended) else None
    if ended is not None and (right.ended_as is EndKind.INVALIDATED or at >= ended.effective):
        return None
    graced = right.expires is not None and on > right.expires
    if graced and not _in_grace(right, on):
        return None
    return Standing(right, register.done(right.confirmed), graced)


def _in_grace(right: Right, on: date) -> bool:
    if right.right_kind is not RightKind.TRADEMARK or right.expires is None:
        return False
    return on <= months_later(right.expires, GRACE_MONTHS)


def months_later(day: date, months: int) -> date:
    """Return the same day some months later, or the last day of that month."""
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    for last in range(day.day, _LAST_DAY_EVERYWHERE, -1):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    return date(year, month, min(day.day, _LAST_DAY_EVERYWHERE))


def _covers_class(right: Right, product: Product) -> bool:
    if right.right_kind is not RightKind.TRADEMARK or not right.nice_classes:
        return True
    return product.nice_class in right.nice_classes


@lru_cache(maxsize=8192)
def covers(area: str, country: str, on: date) -> bool:
    """Return whether a territory reaches a country on a day."""
    return territory.covers(area, country, on)
