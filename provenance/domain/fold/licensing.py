"""Whether the maker of an item held the authority to make it, under every right in force where and when it was made.

Authority is judged at both times: when the item was made, and when its making was recorded. What counts between facts
and acts are the times of their transactions, never their places in the ledger. Where the place of making is not on
record, nothing is concluded from territory, whatever its recorder states of it: the maker then needs the authority of
one of the product's rights, whichever suits it best.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from provenance.domain.facts import Fact
from provenance.domain.findings import Finding, finding
from provenance.domain.fold import rights, words
from provenance.domain.fold.register import Register
from provenance.domain.fold.timeline import Moment
from provenance.domain.gs1.keys import Gtin
from provenance.domain.records import Licence, Product, Ratification, Right


class Answer(IntEnum):
    """How a maker stands under one right, best first."""

    HOLDER = 0
    LICENSED = 1
    RATIFIED = 2
    LATE = 3
    ENDED_LATER = 4
    ENDED = 5
    UNLICENSED = 6


class Authority(NamedTuple):
    """A maker's answer under one right, and what it rests on."""

    answer: Answer
    right: Right
    fact: Fact
    licence: Licence | None = None
    ratification: Ratification | None = None


@dataclass(frozen=True, slots=True)
class Making:
    """One record of a making as it was judged: the rights in force there and the maker's authority under each."""

    moment: Moment
    country: str | None
    standings: tuple[rights.Standing, ...]
    authorities: tuple[Authority, ...]

    @property
    def maker(self) -> str:
        """The witness with the best authority, so that nobody becomes an item's maker by recording it first."""
        best = min(self.authorities, key=lambda each: each.answer, default=None)
        return best.fact.recorder if best else self.moment.by


def local_date(moment: Moment) -> date:
    """Return the date of a moment where it happened, by the event's time zone offset."""
    return (moment.at + _offset(moment.event.offset)).date()


def examine(moment: Moment, product: Product, register: Register) -> Making:
    """Judge one record of a making under the product's rights."""
    country = _country(moment)
    on = local_date(moment)
    standings = tuple(rights.in_force(product, register, country=country, at=moment.at, on=on))
    question = _Question(moment, product.gtin, country, on, register)
    found = [question.best(standing.right) for standing in standings]
    if country is None and found:
        found = [min(found, key=lambda each: each.answer)]
    return Making(moment, country, standings, tuple(found))


def judge(making: Making, sightings: tuple[Moment, ...], register: Register) -> Iterator[Finding]:
    """Find what the maker's authority lacked; `sightings` are the moments that may support a late record."""
    moment = making.moment
    if not making.standings:
        where = f" in {making.country}" if making.country else ""
        text = f"No right of the product was in force{where} on {words.day(local_date(moment))}, when it was made."
        yield finding("no_right_in_force", text, moment.digest)
    for standing in making.standings:
        yield from _standing(standing, moment, register)
    for authority in making.authorities:
        yield from _SENTENCES.get(authority.answer, _nothing)(authority, moment, sightings, register)
    if making.authorities and max(each.answer for each in making.authorities) <= Answer.LICENSED:
        yield _authorised(making, register)


def _country(moment: Moment) -> str | None:
    """Return the country of a making by a place on record: nobody's own word says which rights its making obeys."""
    return moment.place.country if moment.place and not moment.place.stated else None


def _authorised(making: Making, register: Register) -> Finding:
    """Say who made it and by what authority: the reason for a verdict that finds nothing else."""
    maker, moment = making.maker, making.moment
    holders = sorted({register.name(each.right.holder) for each in making.authorities if each.right.holder != maker})
    by = f"under licence from {' and '.join(holders)}" if holders else "and holds the rights in it"
    where = f" in {making.country}" if making.country else ""
    text = f"{register.name(maker)} made it{where} on {words.day(local_date(moment))} {by}."
    return finding(
        "maker_authorised", text, moment.digest, *(key for each in making.authorities for key in _keys(each))
    )


@dataclass(frozen=True, slots=True)
class _Question:
    moment: Moment
    gtin: Gtin
    country: str | None
    on: date
    register: Register

    def best(self, right: Right) -> Authority:
        """Return the best answer that any witness of the making has under a right."""
        return min((self._answer(right, fact) for fact in self.moment.witnesses), key=lambda each: each.answer)

    def _answer(self, right: Right, fact: Fact) -> Authority:
        if fact.recorder == right.holder:
            return Authority(Answer.HOLDER, right, fact)
        world = self.register.world
        licences = world.linked(Licence, f"right/{right.id}")
        answers = [Authority(Answer.UNLICENSED, right, fact)]
        answers += [self._under(licence, right, fact) for licence in licences if self._reaches(licence, fact)]
        best = min(answers, key=lambda each: each.answer)
        if best.answer > Answer.RATIFIED:
            for ratification in world.linked(Ratification, f"right/{right.id}"):
                if self._ratifies(ratification, fact):
                    return Authority(Answer.RATIFIED, right, fact, best.licence, ratification)
        return best

    def _reaches(self, licence: Licence, fact: Fact) -> bool:
        if licence.licensee != fact.recorder or not self.register.done(licence.granted):
            return False
        if licence.gtins and self.gtin not in licence.gtins:
            return False
        country = self.country
        return (
            country is None
            or not licence.make_in
            or any(rights.covers(each, country, self.on) for each in licence.make_in)
        )

    def _under(self, licence: Licence, right: Right, fact: Fact) -> Authority:
        return Authority(self._term(licence, fact), right, fact, licence)

    def _term(self, licence: Licence, fact: Fact) -> Answer:
        if self.on < licence.starts or licence.granted.recorded > fact.recorded:
            return Answer.UNLICENSED
        if licence.ends is not None and self.on > licence.ends:
            return Answer.ENDED
        terminated = licence.terminated
        if terminated is not None and self.register.done(terminated):
            if self.moment.at >= terminated.effective:
                return Answer.ENDED if terminated.recorded <= fact.recorded else Answer.ENDED_LATER
            if terminated.recorded <= fact.recorded:
                return Answer.LATE
        if licence.ends is not None and fact.recorded.astimezone(UTC).date() > licence.ends:
            return Answer.LATE
        return Answer.LICENSED

    def _ratifies(self, ratification: Ratification, fact: Fact) -> bool:
        named = not ratification.gtins or self.gtin in ratification.gtins
        in_time = ratification.made_from <= self.on <= ratification.made_until
        return named and in_time and ratification.maker == fact.recorder and self.register.done(ratification.granted)


def _standing(standing: rights.Standing, moment: Moment, register: Register) -> Iterator[Finding]:
    right = standing.right
    if not standing.confirmed:
        text = (
            f"The right “{right.title}” was declared by {register.name(right.holder)}; the office has not confirmed it."
        )
        yield finding("right_unconfirmed", text, f"right:{right.id}")
    if standing.graced and right.expires is not None:
        text = f"The term of the right “{right.title}” ended on {words.day(right.expires)}; it could still be renewed."
        yield finding("right_in_grace", text, moment.digest, f"right:{right.id}")


def _unlicensed(authority: Authority, moment: Moment, _: tuple[Moment, ...], register: Register) -> Iterator[Finding]:
    maker, right = register.name(authority.fact.recorder), authority.right
    country = _country(moment)
    where = f" in {country}" if country else ""
    text = (
        f"{maker} made it{where} on {words.day(local_date(moment))} without a licence on record for "
        f"“{right.title}”, the right of {register.name(right.holder)}."
    )
    yield finding("unlicensed_maker", text, moment.digest, f"right:{right.id}")


def _ended(authority: Authority, moment: Moment, _: tuple[Moment, ...], register: Register) -> Iterator[Finding]:
    text = (
        f"{register.name(authority.fact.recorder)} made it on {words.day(local_date(moment))}; its licence from "
        f"{register.name(authority.right.holder)} had ended on {words.day(_end(authority.licence))}."
    )
    yield finding("licence_ended", text, moment.digest, *_keys(authority))


def _ended_later(authority: Authority, moment: Moment, _: tuple[Moment, ...], register: Register) -> Iterator[Finding]:
    text = (
        f"{register.name(authority.fact.recorder)} recorded it as made on {words.day(local_date(moment))} "
        "while its licence was on record; the licence was later ended with effect from "
        f"{words.day(_end(authority.licence))}."
    )
    yield finding("licence_ended_later", text, moment.digest, *_keys(authority))


def _late(authority: Authority, moment: Moment, sightings: tuple[Moment, ...], register: Register) -> Iterator[Finding]:
    fact, end = authority.fact, _end(authority.licence)
    claim = (
        f"{register.name(fact.recorder)} says that it made it on {words.day(local_date(moment))}, "
        f"in its licence's term, but recorded this on {words.day(fact.recorded)}, "
        f"after the licence had ended on {words.day(end)}"
    )
    support = _support(sightings, fact.recorder, end)
    if support is None:
        yield finding("late_claim", f"{claim}.", moment.digest, *_keys(authority))
    else:
        text = f"{claim}; {register.name(support.recorder)} had recorded it before that."
        yield finding("late_claim_supported", text, moment.digest, support.digest, *_keys(authority))


def _support(sightings: tuple[Moment, ...], maker: str, end: datetime | date) -> Fact | None:
    """Return the first fact of somebody else, recorded in the licence's term, which shows that the item existed."""
    for moment in sightings:
        for fact in moment.witnesses:
            in_term = fact.recorded < end if isinstance(end, datetime) else fact.recorded.astimezone(UTC).date() <= end
            if fact.recorder != maker and in_term:
                return fact
    return None


def _ratified(authority: Authority, moment: Moment, _: tuple[Moment, ...], register: Register) -> Iterator[Finding]:
    ratification = authority.ratification
    if ratification is None:
        return
    text = (
        f"{register.name(authority.fact.recorder)} made it on {words.day(local_date(moment))} without a licence; "
        f"{register.name(authority.right.holder)} consented to it on {words.day(ratification.granted.effective)}."
    )
    yield finding("ratified", text, moment.digest, f"ratification:{ratification.id}", f"right:{authority.right.id}")


def _nothing(*_: object) -> Iterator[Finding]:
    return iter(())


_SENTENCES = {
    Answer.RATIFIED: _ratified,
    Answer.LATE: _late,
    Answer.ENDED_LATER: _ended_later,
    Answer.ENDED: _ended,
    Answer.UNLICENSED: _unlicensed,
}


def _end(licence: Licence | None) -> datetime | date:
    """Return when a licence ended: by its term or by its termination, whichever came first."""
    if licence is None:
        return date.max
    terminated = licence.terminated.effective if licence.terminated else None
    if terminated is None or (licence.ends is not None and licence.ends < terminated.astimezone(UTC).date()):
        return licence.ends or date.max
    return terminated


def _keys(authority: Authority) -> tuple[str, ...]:
    licence = (f"licence:{authority.licence.id}",) if authority.licence else ()
    return (*licence, f"right:{authority.right.id}")


@lru_cache(maxsize=128)
def _offset(text: str) -> timedelta:
    sign = -1 if text.startswith("-") else 1
    hours, _, minutes = text.lstrip("+-").partition(":")
    if not (hours.isdigit() and minutes.isdigit()):
        return timedelta(0)
    return sign * timedelta(hours=int(hours), minutes=int(minutes))
