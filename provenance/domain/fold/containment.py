"""A thing's history through its containers: when it was inside what, and what happened to that meanwhile.

A thing inside a pallet is not rewritten when the pallet moves: the pallet's moments of that time are the thing's own.
A missed unpacking is normal, so a stay also ends when the thing is packed elsewhere or handled as only a single thing
is; it is a contradiction only if the record later says that the thing was in the container all along. Containers
inside themselves and nests deeper than `DEEPEST` are not followed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from provenance.domain.epcis.event import Action, Event, EventType
from provenance.domain.facts import Fact
from provenance.domain.findings import Finding, finding
from provenance.domain.fold import words
from provenance.domain.fold.register import Register
from provenance.domain.fold.steps import SINGLE_STEPS, packs
from provenance.domain.fold.timeline import Gathered, Moment, Order, gather, in_order
from provenance.domain.gs1.keys import Link

DEEPEST = 8
"""How many containers inside each other are followed."""

FactsOf = Callable[[Link], Sequence[Fact]]


class Stay(NamedTuple):
    """The time from `start` until before `end` (None: still) inside a container; `depth` counts outwards from 0."""

    container: Link
    start: datetime
    end: datetime | None = None
    depth: int = 0

    def covers(self, when: datetime) -> bool:
        """Return whether the thing was inside at a time."""
        return self.start <= when and (self.end is None or when < self.end)

    def within(self, outer: "Stay | None") -> "Stay | None":
        """Return the part of the stay during another one, None where there is none."""
        if outer is None:
            return self
        start = max(self.start, outer.start)
        ends = [end for end in (self.end, outer.end) if end is not None]
        end = min(ends) if ends else None
        return None if end is not None and end <= start else Stay(self.container, start, end, outer.depth + 1)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything that happened to a thing, in order, its containers' moments included.

    `own` are the moments that name the thing itself, `moments` all, `stays` its times inside containers, innermost
    first.
    """

    item: Link
    own: tuple[Moment, ...]
    moments: tuple[Moment, ...]
    stays: tuple[Stay, ...]
    gathered: Gathered
    findings: tuple[Finding, ...] = ()

    def containers(self, when: datetime) -> tuple[Link, ...]:
        """Return what the thing was inside at a time, outermost last."""
        return tuple(dict.fromkeys(stay.container for stay in self.stays if stay.covers(when)))


def weave(item: Link, facts_of: FactsOf, register: Register) -> Timeline:
    """Return the history of a thing as of the register's time."""
    loom = _Loom(item, facts_of, register)
    gathered = loom.gathered(item)
    loom.follow(item, None, (item,))
    own = gathered.moments
    if not loom.stays:
        return Timeline(item, own, own, (), gathered, tuple(loom.findings))
    seen = {moment.fact.id for moment in own}
    merged = [*own, *(moment for key, moment in loom.inherited.items() if key not in seen)]
    merged.sort(key=in_order)
    stays = tuple(sorted(loom.stays, key=lambda stay: (stay.depth, stay.start, stay.container)))
    return Timeline(item, own, tuple(merged), stays, gathered, tuple(loom.findings))


def still_inside(container: Link, things: Sequence[Link], facts_of: FactsOf, register: Register) -> tuple[Link, ...]:
    """Return those of the things that are directly inside a container at the register's time, by their own records."""
    loom = _Loom(container, facts_of, register)
    found = []
    for thing in things:
        stays = _Packing(loom, thing).stays()
        if any(stay.container == container and stay.covers(register.as_of) for stay in stays):
            found.append(thing)
    return tuple(found)


@dataclass(slots=True)
class _Loom:
    item: Link
    facts_of: FactsOf
    register: Register
    stays: list[Stay] = field(default_factory=list)
    inherited: dict[str, Moment] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    _gathered: dict[Link, Gathered] = field(default_factory=dict)
    _emptyings: dict[Link, list[Moment]] = field(default_factory=dict)

    def gathered(self, thing: Link) -> Gathered:
        found = self._gathered.get(thing)
        if found is None:
            through = None if thing == self.item else thing
            found = self._gathered[thing] = gather(self.facts_of(thing), self.register, through)
        return found

    def emptyings(self, container: Link) -> list[Moment]:
        """Return the moments by which a container was emptied as a whole (EPCIS 2.0, 7.4.3)."""
        found = self._emptyings.get(container)
        if found is None:
            found = [each for each in self.gathered(container).moments if _empties(each.event, container)]
            self._emptyings[container] = found
        return found

    def follow(self, thing: Link, window: Stay | None, path: tuple[Link, ...]) -> None:
        """Take in the containers of a thing for a time, then theirs."""
        packing = _Packing(self, thing)
        stays = packing.stays()
        self.findings += [each for at, each in packing.findings if window is None or window.covers(at)]
        for stay in stays:
            inside = stay.within(window)
            if inside is None or len(path) > DEEPEST:
                continue
            if stay.container in path:
                self._cycle(thing, stay.container)
                continue
            self.stays.append(inside)
            for moment in self.gathered(stay.container).moments:
                if inside.start <= moment.at and (inside.end is None or moment.at <= inside.end):
                    self.inherited.setdefault(moment.fact.id, moment)
            self.follow(stay.container, inside, (*path, stay.container))

    def _cycle(self, thing: Link, container: Link) -> None:
        packed = [moment.digest for moment in self.gathered(thing).moments if moment.event.parent == container]
        self.findings.append(
            finding("container_cycle", "Two containers are each said to be inside the other.", *packed[:1])
        )


@dataclass(slots=True)
class _Packing:
    """One thing's ways in and out of containers, read from its moments in order."""

    loom: _Loom
    thing: Link
    inside: dict[Link, Moment] = field(default_factory=dict)
    left: dict[Link, tuple[Moment, Moment]] = field(default_factory=dict)
    done: list[Stay] = field(default_factory=list)
    findings: list[tuple[datetime, Finding]] = field(default_factory=list)

    def stays(self) -> list[Stay]:
        moments = self.loom.gathered(self.thing).moments
        for index, moment in enumerate(moments):
            event = moment.event
            if event.parent is not None and packs(event) and self.thing in event.children:
                self._emptied(moment.key)
                self._packed(moment)
            elif self.inside:
                self._unpacked(moment, moments[index + 1 :])
        self._emptied(None)
        self.done += [Stay(container, moment.at) for container, moment in self.inside.items()]
        return self.done

    def _unpacked(self, moment: Moment, later: Sequence[Moment]) -> None:
        event = moment.event
        if event.type is EventType.TRANSFORMATION and self.thing in event.inputs:
            self._emptied(moment.key)
            self._leave_all(moment)
        elif event.step in SINGLE_STEPS or event.disposition == "retail_sold":
            self._emptied(moment.key)
            self._handled_alone(moment, later)

    def _packed(self, moment: Moment) -> None:
        container = moment.event.parent
        if container is None:
            return
        if moment.event.action is Action.DELETE:
            self._taken_out(container, moment)
        elif container not in self.inside:
            if moment.event.action is Action.OBSERVE and container in self.left:
                self._contradicted(container, moment)
                return
            unrelated = (each for each in self.inside if not self._nested(each, container))
            for other in [each for each in unrelated if not self._nested(container, each)]:
                self._missed(other, moment)
            self.inside[container] = moment

    def _taken_out(self, container: Link, moment: Moment) -> None:
        if container in self.inside:
            self._leave(container, moment.at)
        elif container in self.left:
            _, repacked = self.left[container]
            if _elsewhere(moment, repacked):
                self._contradicted(container, moment)

    def _handled_alone(self, moment: Moment, later: Sequence[Moment]) -> None:
        for container in [each for each in self.inside if each not in moment.event.things]:
            witness = self._still_inside(container, later)
            if witness is None:
                self._missed(container, moment)
            elif _elsewhere(moment, witness):
                self._outside(moment, witness)

    def _still_inside(self, container: Link, later: Sequence[Moment]) -> Moment | None:
        """Return the next packing or unpacking of the thing, where it says that it was in the container until then."""
        following = next((each for each in later if packs(each.event) and self.thing in each.event.children), None)
        if following is None or following.event.parent != container or following.event.action is Action.ADD:
            return None
        return following

    def _emptied(self, before: Order | None) -> None:
        """End the stays in containers that were emptied as a whole before a moment."""
        for container, packed in list(self.inside.items()):
            for moment in self.loom.emptyings(container):
                if packed.key < moment.key and (before is None or moment.key < before):
                    self._leave(container, moment.at)
                    break

    def _nested(self, inner: Link, outer: Link) -> bool:
        packings = (moment.event for moment in self.loom.gathered(inner).moments if packs(moment.event))
        return any(event.parent == outer and inner in event.children for event in packings)

    def _missed(self, container: Link, moment: Moment) -> None:
        self.left[container] = (self.inside[container], moment)
        self._leave(container, moment.at)
        text = f"It was no longer in its container by {words.day(moment.at)}; no record tells of the unpacking."
        self.findings.append((moment.at, finding("unpacking_missed", text, moment.digest)))

    def _leave(self, container: Link, at: datetime) -> None:
        self.done.append(Stay(container, self.inside.pop(container).at, at))

    def _leave_all(self, moment: Moment) -> None:
        for container in list(self.inside):
            self._leave(container, moment.at)

    def _contradicted(self, container: Link, moment: Moment) -> None:
        _, repacked = self.left[container]
        text = (
            f"On {words.day(moment.at)} it was recorded in a container that it had left: "
            f"since {words.day(repacked.at)} it is on record elsewhere."
        )
        self.findings.append((moment.at, finding("in_two_containers", text, repacked.digest, moment.digest)))

    def _outside(self, moment: Moment, witness: Moment) -> None:
        where = moment.place.label if moment.place else ""
        text = (
            f"On {words.day(moment.at)} it was handled alone at {where}, but by the record it was in a container "
            f"until {words.day(witness.at)}."
        )
        self.findings.append((moment.at, finding("seen_outside_container", text, moment.digest, witness.digest)))


def _elsewhere(one: Moment, other: Moment) -> bool:
    """Return whether two moments were at places that are known and not the same."""
    here, there = one.place, other.place
    return here is not None and there is not None and here.known and there.known and here.id != there.id


def _empties(event: Event, container: Link) -> bool:
    whole = not event.children and not event.child_quantities
    return whole and event.action is Action.DELETE and event.parent == container and packs(event)
