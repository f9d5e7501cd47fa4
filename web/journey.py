"""The recorded journey as a timeline: what happened, when, where, and who says so.

The texts of a step are escaped here, once for every wording, because a page has hundreds of them and the template
engine's own escaping took longer than the rest of the page; the timeline's template must print nothing else.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from markupsafe import Markup, escape

from provenance.domain.findings import Finding, Severity
from provenance.domain.fold import words
from provenance.domain.fold.register import Spot
from provenance.domain.fold.steps import ARRIVALS, DEPARTURES
from provenance.domain.records import PlaceKind
from provenance.domain.verdict import Entry, EntryKind
from web import countries
from web.icons import ICONS

_WORDINGS = 1 << 14
_MONTHS = ("", *(words.day(date(2000, month, 1)).split()[1] for month in range(1, 13)))
_STEP_ICONS = {
    "commissioning": "made",
    "packing": "packed",
    "unpacking": "packed",
    "inspecting": "inspected",
    "sampling": "inspected",
    "holding": "held",
    "retail_selling": "sold",
    "stocking": "sold",
    "destroying": "ended",
    "decommissioning": "ended",
    **dict.fromkeys(DEPARTURES, "moved"),
    **dict.fromkeys(ARRIVALS, "arrived"),
}
_ACT_ICONS = {
    EntryKind.ISSUE: ("none", "info"),
    EntryKind.HANDOVER: ("released", "info"),
    EntryKind.MEASURE: ("held", "stopped"),
    EntryKind.RECALL: ("attention", "stopped"),
    EntryKind.EXAMINATION: ("inspected", "info"),
    EntryKind.WITHDRAWN: ("ended", "open"),
}
_ENDABLE = (EntryKind.MEASURE, EntryKind.RECALL)
_ENDED = ("released", "done")
_NOTHING = Markup()


class Step(NamedTuple):
    """One entry of the journey, in the order in which the template takes it apart; every text of it is escaped."""

    tone: str
    icon: Markup
    title: Markup
    datetime: str
    when: str
    where: Markup
    who: Markup
    note: Markup


def steps(history: Sequence[Entry], findings: Sequence[Finding] = ()) -> list[Step]:
    """Return a history as steps, those marked that a finding rests on; findings come weightiest first."""
    severities = {fact: each.severity for each in reversed(findings) for fact in each.facts}
    ended: set[str] = set()
    return [_step(entry, severities.get(entry.fact), ended) for entry in history]


def where(spot: Spot | None) -> Markup:
    """Return a place by name and country, a delivery address by its country alone, an unknown one as nothing."""
    if spot is None or spot.country is None:
        return _NOTHING
    return _at_a_door(spot.country) if spot.kind is PlaceKind.DOORSTEP else _at(spot.name, spot.country)


def moment(at: datetime) -> tuple[str, str]:
    """Return a UTC instant to the minute, for machines and for people, such as `3 March 2026, 09:30 UTC`."""
    clock = f"{at.hour:02}:{at.minute:02}"
    return f"{at.year:04}-{at.month:02}-{at.day:02}T{clock}Z", f"{at.day} {_MONTHS[at.month]} {at.year}, {clock} UTC"


def _step(entry: Entry, severity: Severity | None, ended: set[str]) -> Step:
    icon, tone = _looks(entry, ended)
    if severity is not None and severity is not Severity.INFO and tone == "info":
        tone = severity.value
    who = _recorded_by(entry.recorder.name, *(party.name for party in entry.witnesses))
    iso, when = moment(entry.time)
    return Step(tone, ICONS[icon], _escaped(entry.title), iso, when, where(entry.place), who, _note(entry))


def _looks(entry: Entry, ended: set[str]) -> tuple[str, str]:
    """Return icon and tone.

    What can end (a measure, a recall) is on record once, and a second time when it was lifted.
    """
    if entry.kind is EntryKind.EVENT:
        return _STEP_ICONS.get(entry.step or "", "seen"), "info"
    if entry.kind in _ENDABLE and entry.fact in ended:
        return _ENDED
    ended.add(entry.fact)
    return _ACT_ICONS[entry.kind]


def _note(entry: Entry) -> Markup:
    custodian = entry.custodian
    holder = custodian.name if custodian is not None and custodian.id != entry.recorder.id else ""
    reason = entry.reason if entry.reason and entry.kind is EntryKind.RECALL else ""
    return _noted(holder, reason) if entry.through is None else _noted(holder, reason, "packed in a larger unit")


@lru_cache(_WORDINGS)
def _escaped(text: str) -> Markup:
    return escape(text)


@lru_cache(_WORDINGS)
def _at(name: str, country: str) -> Markup:
    return escape(f"{name}, {countries.name(country)}")


@lru_cache(_WORDINGS)
def _at_a_door(country: str) -> Markup:
    return escape(f"At a delivery address, {countries.name(country)}")


@lru_cache(_WORDINGS)
def _recorded_by(recorder: str, *witnesses: str) -> Markup:
    return escape(f"Recorded by {recorder}" + (", also by " + ", ".join(witnesses) if witnesses else ""))


@lru_cache(_WORDINGS)
def _noted(holder: str, reason: str, *others: str) -> Markup:
    held = [f"held by {holder}"] if holder else []
    text = "; ".join([*others, *held, *([f"reason: {reason}"] if reason else [])])
    return escape(text[:1].upper() + text[1:])
