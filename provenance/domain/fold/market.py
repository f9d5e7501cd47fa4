"""Whether an item is sold where its brand and its maker's licence let it be sold, and in time.

A genuine item outside its market is outside its market and nothing worse: no finding here weighs more than attention,
and none rests on a place that is not on record.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from provenance.domain.findings import Finding, finding
from provenance.domain.fold import rights, words
from provenance.domain.fold.containment import Timeline
from provenance.domain.fold.licensing import Answer, Making, local_date
from provenance.domain.fold.register import Register
from provenance.domain.fold.steps import ARRIVALS, sells
from provenance.domain.fold.timeline import Moment
from provenance.domain.records import Licence, PlaceKind, Product

_SHOPS = frozenset({PlaceKind.RETAIL, PlaceKind.DOORSTEP})


def judge(timeline: Timeline, product: Product, making: Making | None, register: Register) -> Iterator[Finding]:
    """Find the first sale in each country that is not authorised, and sales after a licence's time to sell off."""
    licences = _licences(making)
    seen: set[str] = set()
    for moment in timeline.moments:
        country = moment.place.country if moment.place and _offers(moment) else None
        if country is None:
            continue
        on = local_date(moment)
        if country not in seen and not _allowed(country, on, product, making, register):
            yield _outside(moment, product, register)
        seen.add(country)
        yield from _sold_off(moment, on, licences, register)


def _offers(moment: Moment) -> bool:
    if sells(moment.event):
        return True
    return moment.event.step in ARRIVALS and moment.place is not None and moment.place.kind in _SHOPS


def _licences(making: Making | None) -> list[Licence]:
    if making is None:
        return []
    return [each.licence for each in making.authorities if each.licence is not None and each.answer < Answer.ENDED]


def _allowed(country: str, on: date, product: Product, making: Making | None, register: Register) -> bool:
    if product.markets and not _within(product.markets, country, on):
        return False
    limits = [licence.sell_in for licence in _licences(making) if licence.sell_in]
    if making is None or all(_within(limit, country, on) for limit in limits):
        return True
    return _sells_by_another(country, on, product, making, register)


def _within(areas: Sequence[str], country: str, on: date) -> bool:
    return any(rights.covers(area, country, on) for area in areas)


def _sells_by_another(country: str, on: date, product: Product, making: Making, register: Register) -> bool:
    """Return whether another licence of the maker, under any right of the product, lets it sell in a country."""
    makers = {witness.recorder for witness in making.moment.witnesses}
    for right in rights.of_product(product, register):
        for licence in register.world.linked(Licence, f"right/{right.id}"):
            named = licence.licensee in makers and (not licence.gtins or product.gtin in licence.gtins)
            if named and register.done(licence.granted) and _within(licence.sell_in or (right.territory,), country, on):
                return True
    return False


def _outside(moment: Moment, product: Product, register: Register) -> Finding:
    label = moment.place.label if moment.place else ""
    text = (
        f"It was offered or sold at {label} on {words.day(moment.at)}; "
        f"{register.name(product.brand)} does not authorise this product for that market."
    )
    return finding("outside_authorised_market", text, moment.digest)


def _sold_off(moment: Moment, on: date, licences: Sequence[Licence], register: Register) -> Iterator[Finding]:
    for licence in licences:
        until = licence.sell_off_until
        if until is not None and on > until and moment.seen_by(licence.licensee):
            text = (
                f"{register.name(licence.licensee)} sold it on {words.day(moment.at)}; "
                f"its time to sell off stock had ended on {words.day(until)}."
            )
            yield finding("sold_after_sell_off", text, moment.digest, f"licence:{licence.id}")
