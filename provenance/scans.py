"""Scans as people, handhelds and spreadsheets state them, understood: a code, a step, and perhaps more, as words.

Every door that takes scans reads them here, so that the same scan is the same event whichever way it came. Nothing is
recorded here, and nothing is guessed: what was not stated is what the door says that it is, and is told as such.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from provenance.domain.epcis.vocabulary import BIZ_STEP, DISPOSITION
from provenance.domain.errors import Malformed
from provenance.domain.fold.steps import ARRIVALS, DEPARTURES, VOIDING
from provenance.domain.gs1 import link as links
from provenance.domain.gs1 import scanning
from provenance.domain.gs1.convert import identify
from provenance.domain.gs1.keys import Link
from provenance.domain.gs1.scanning import Form
from provenance.domain.instant import parse_instant
from provenance.domain.records import Organisation
from provenance.domain.vocabulary import ORGANISATION
from provenance.domain.world import World
from provenance.observations import Observation

FIELDS = ("code", "step", "time", "place", "partner", "disposition")
"""What a scan may state; the first two it must."""

HANDING = DEPARTURES | ARRIVALS | {VOIDING}
"""The steps that have a partner."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan as it was understood: what was observed, in what form the code came, and what was not stated."""

    observation: Observation
    form: Form
    defaults: Mapping[str, str]

    def understood(self) -> dict[str, Any]:
        """Return it as answers tell it."""
        return {"item": self.observation.things[0], "form": self.form.value, "defaults": dict(self.defaults)}


def read(stated: Mapping[str, str], world: World, *, defaults: Mapping[str, str | None], pointer: str = "") -> Scan:
    """Return what a scan states, `defaults` where it states nothing; raises `Malformed` with its place under `pointer`.

    Codes: `identifier.*`, `scan.step`, `scan.place`, `scan.partner`, `scan.disposition`, `time.malformed`.
    """
    added = {name: value for name, value in defaults.items() if value is not None and name not in stated}
    found: dict[str, Any] = dict(added)
    for name, text in stated.items():
        try:
            found[name] = _READERS[name](text) if name != "partner" else partner(text, stated["step"], world)
        except Malformed as error:
            raise error.under(f"{pointer}/{name}") from None
    code = found.pop("code")
    return Scan(Observation(things=(code.thing,), **found), code.form, added)


def step(text: str) -> str:
    """Return a CBV business step; raises `Malformed` (`scan.step`)."""
    if text not in BIZ_STEP.words:
        raise Malformed("scan.step", f"{text!r} is not a business step of the CBV, such as shipping or receiving")
    return text


def disposition(text: str) -> str:
    """Return a CBV disposition; raises `Malformed` (`scan.disposition`)."""
    if text not in DISPOSITION.words:
        raise Malformed("scan.disposition", f"{text!r} is not a disposition of the CBV, such as damaged or in_transit")
    return text


def partner(text: str, doing: str, world: World) -> str:
    """Return the party that an organisation's name or an identifier means; raises `Malformed` (`scan.partner`)."""
    if doing not in HANDING:
        raise Malformed("scan.partner", f"a scan with step {doing!r} hands nothing over, so it has no partner")
    if ":" in text:
        party = identify(text)
        if links.parts(party).level not in (links.Level.PARTY, links.Level.PLACE):
            raise Malformed("scan.partner", f"{text!r} names no party; a party has a GLN (AI 417)")
        return party
    if world.get(Organisation, text) is None:
        raise Malformed("scan.partner", f"there is no organisation {text!r} on record")
    return ORGANISATION + text


def _time(text: str) -> str:
    parse_instant(text)
    return text


def _place(text: str) -> Link:
    return _recurring_place(text) if len(text) <= _USUAL else scanning.place(text)


_USUAL = 200
_recurring_place = lru_cache(maxsize=4096)(scanning.place)
"""Handhelds scan at a few places, again and again."""

_READERS: Mapping[str, Callable[[str], Any]] = {
    "code": scanning.read,
    "step": step,
    "time": _time,
    "place": _place,
    "disposition": disposition,
}
