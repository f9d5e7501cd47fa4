"""The recorded journey as a timeline: what happened, when, where, and who says so.

The list is written here and not in a template: a page has hundreds of texts, which are escaped once for every wording,
and the template engine took longer for them than for the rest of the page. Nothing must be put into it unescaped.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache

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
_DRAWN = {name: str(icon) for name, icon in ICONS.items()}


def timeline(history: Sequence[Entry], findings: Sequence[Finding] = ()) -> Markup:
    """Return a history as the list of a page, entries marked that a finding rests on; findings come weightiest first.

    It is empty where nothing happened.
    """
    if not history:
        return _NOTHING
    severities = {fact: each.severity for each in reversed(findings) for fact in each.facts}
    ended: set[str] = set()
    steps = [_step(entry, severities.get(entry.fact), ended) for entry in history]
    return Markup(f'<ol class="timeline">\n{"".join(steps)}</ol>')  # noqa: S704 - each of its texts was escaped


def where(spot: Spot | None) -> str:
    """Return a place by name and country, a delivery address by its country alone, an unknown one as nothing."""
    return "" if spot is None or spot.country is None else _named(spot.name, spot.country, spot.kind)


def moment(at: datetime) -> tuple[str, str]:
    """Return a UTC instant to the minute, for machines and for people, such as `3 March 2026, 09:30 UTC`."""
    iso = at.isoformat(timespec="minutes")[:16]
    return f"{iso}Z", f"{_day(iso[:10])}, {iso[11:]} UTC"


def _step(entry: Entry, severity: Severity | None, ended: set[str]) -> str:
    icon, tone = _looks(entry, ended)
    if severity is not None and severity is not Severity.INFO and tone == "info":
        tone = severity.value
    iso, when = moment(entry.time)
    who = _witnessed(entry) if entry.witnesses else _recorded_by(entry.recorder.name)
    return (
        f'{_headed(entry.title, icon, tone)}<time datetime="{iso}">{when}</time>\n'
        f"{_at_place(entry.place)}{who}{_note(entry)}</li>\n"
    )


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


def _at_place(spot: Spot | None) -> str:
    return "" if spot is None or spot.country is None else _placed(spot.name, spot.country, spot.kind)


def _note(entry: Entry) -> str:
    custodian = entry.custodian
    holder = custodian.name if custodian is not None and custodian.id != entry.recorder.id else ""
    reason = entry.reason if entry.reason and entry.kind is EntryKind.RECALL else ""
    return _noted(holder, reason) if entry.through is None else _noted(holder, reason, "packed in a larger unit")


@lru_cache(_WORDINGS)
def _day(iso: str) -> str:
    year, month, day = map(int, iso.split("-"))
    return f"{day} {_MONTHS[month]} {year}"


@lru_cache(_WORDINGS)
def _headed(title: str, icon: str, tone: str) -> str:
    dot = f'<span class="dot">{_DRAWN[icon]}</span>'
    return f'<li class="severity-{tone}">{dot}\n<h3>{escape(title)}</h3>\n'


def _witnessed(entry: Entry) -> str:
    return _recorded_by(entry.recorder.name, *(party.name for party in entry.witnesses))


@lru_cache(_WORDINGS)
def _placed(name: str, country: str, kind: PlaceKind | None) -> str:
    return f'<p class="where">{escape(_named(name, country, kind))}</p>\n'


@lru_cache(_WORDINGS)
def _recorded_by(recorder: str, *witnesses: str) -> str:
    text = f"Recorded by {recorder}" + (", also by " + ", ".join(witnesses) if witnesses else "")
    return f'<p class="note">{escape(text)}</p>\n'


@lru_cache(_WORDINGS)
def _noted(holder: str, reason: str, *others: str) -> str:
    held = [f"held by {holder}"] if holder else []
    text = "; ".join([*others, *held, *([f"reason: {reason}"] if reason else [])])
    return f'<p class="note">{escape(text[:1].upper() + text[1:])}</p>\n' if text else ""


def _named(name: str, country: str, kind: PlaceKind | None) -> str:
    at = "At a delivery address" if kind is PlaceKind.DOORSTEP else name
    return f"{at}, {countries.name(country)}"
