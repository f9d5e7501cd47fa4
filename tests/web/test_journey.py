"""The timeline: its texts are escaped where they are made, because no template does it."""

import re
from datetime import UTC, datetime

import pytest
from small_world import BASE_URL

from provenance.domain.findings import finding
from provenance.domain.fold.register import Party, Spot
from provenance.domain.records import PlaceKind
from provenance.domain.verdict import Entry, EntryKind
from web import journey
from web.icons import ICONS
from web.rendering import Pages

HOSTILE = """<script>alert("x")</script>' onclick=y &"""
AT = datetime(2026, 3, 7, 9, 5, tzinfo=UTC)


def entry(kind=EntryKind.EVENT, fact="f1", **more):
    return Entry(AT, kind, more.pop("title", "Packed"), more.pop("recorder", Party("P", "Port")), fact, **more)


HOSTILE_ENTRIES = [
    entry(title=HOSTILE, recorder=Party("P", HOSTILE), place=Spot("s", HOSTILE, "NL")),
    entry(witnesses=(Party("W", HOSTILE),), custodian=Party("C", HOSTILE), place=Spot("s", "x", HOSTILE)),
    entry(EntryKind.RECALL, reason=HOSTILE, place=Spot("s", "x", HOSTILE, PlaceKind.DOORSTEP)),
    entry(step=HOSTILE),
]


def tones(history, findings=()):
    return re.findall('<li class="severity-([a-z]+)">', journey.timeline(history, findings))


def test_every_text_of_a_step_is_escaped():
    page = journey.timeline(HOSTILE_ENTRIES)
    assert page.count("&lt;script&gt;") == 8
    assert "<script" not in page
    assert '"x"' not in page


def test_no_history_is_no_list():
    assert journey.timeline([]) == ""


def test_nothing_hostile_gets_through_the_template():
    template = Pages(BASE_URL)._templates["unit"]
    content = {"tone": "none", "icon": ICONS["packed"], "title": HOSTILE, "sentences": [HOSTILE], "reasons": []}
    content |= {"facts": [(HOSTILE, HOSTILE)], "contents": [], "journey": journey.timeline(HOSTILE_ENTRIES)}
    page = template.render(**content, as_of="x", as_of_words="x")
    assert "<script" not in page
    assert 'alert("x")' not in page


def test_what_was_lifted_is_shown_as_ended():
    facts = ("measure:1", "measure:2", "measure:1")
    assert tones([entry(EntryKind.MEASURE, fact) for fact in facts]) == ["stopped", "stopped", "done"]


def test_an_entry_that_a_reason_rests_on_is_marked_by_the_weightiest():
    found = [finding("copied", "x", "f1"), finding("seen_early", "x", "f1", "f2"), finding("custody_gap", "x", "f3")]
    history = [entry(fact="f1"), entry(fact="f2"), entry(fact="f3")]
    assert tones(history, found) == ["suspicious", "attention", "info"]


@pytest.mark.parametrize(
    ("spot", "text"),
    [
        (None, ""),
        (Spot("s", "a place that is not on record"), ""),
        (Spot("s", "Port of Rotterdam", "NL"), "Port of Rotterdam, Netherlands"),
        (Spot("s", "Round 17", "NL", PlaceKind.DOORSTEP), "At a delivery address, Netherlands"),
        (Spot("s", "Somewhere", "XX"), "Somewhere, XX"),
    ],
)
def test_places_are_told_by_name_and_country(spot, text):
    assert journey.where(spot) == text


def test_moments_are_told_to_the_minute():
    assert journey.moment(AT) == ("2026-03-07T09:05Z", "7 March 2026, 09:05 UTC")


def test_every_icon_that_is_asked_for_exists():
    for kind in EntryKind:
        for step in ("commissioning", "shipping", "receiving", "holding", "no such step", None):
            assert any(icon in journey.timeline([entry(kind, step=step)]) for icon in ICONS.values())
