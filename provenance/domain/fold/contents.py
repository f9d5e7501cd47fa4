"""What is inside a container at one time, and what is inside that.

Read from the container's own packings, then checked against each thing's: what was packed elsewhere meanwhile is no
longer inside, whether or not anybody scanned its unpacking.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from provenance.domain.epcis.event import Action
from provenance.domain.facts import Fact
from provenance.domain.fold.containment import DEEPEST, still_inside
from provenance.domain.fold.register import Register
from provenance.domain.fold.steps import packs
from provenance.domain.fold.timeline import gather
from provenance.domain.gs1.keys import Link

MOST = 10_000
"""How many things are looked into; a larger unit lists its further contents without looking into them."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The things directly inside a container, and everything inside, each once in the order of packing."""

    direct: tuple[Link, ...]
    everything: tuple[Link, ...]


def inside(container: Link, facts_of: Callable[[Link], Sequence[Fact]], register: Register) -> Contents:
    """Return what is inside a container as of the register's time."""
    direct = _direct(container, facts_of, register)
    everything = dict.fromkeys(direct)
    level = direct
    for _ in range(DEEPEST):
        level = tuple(
            each
            for holder in level
            for each in _direct(holder, facts_of, register)
            if each not in everything and each != container
        )
        if not level or len(everything) > MOST:
            break
        everything.update(dict.fromkeys(level))
    return Contents(direct, tuple(everything))


def _direct(container: Link, facts_of: Callable[[Link], Sequence[Fact]], register: Register) -> tuple[Link, ...]:
    packed: dict[Link, None] = {}
    for moment in gather(facts_of(container), register).moments:
        event = moment.event
        if event.parent != container or not packs(event):
            continue
        if event.action is not Action.DELETE:
            packed.update(dict.fromkeys(event.children))
        elif event.children:
            for child in event.children:
                packed.pop(child, None)
        elif not event.child_quantities:
            packed.clear()
    return still_inside(container, tuple(packed), facts_of, register)
