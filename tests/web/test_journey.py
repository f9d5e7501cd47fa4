"""The timeline: its texts are escaped where they are made, because its template does not."""

from datetime import UTC, datetime

import pytest
from markupsafe import Markup
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


def test_every_text_of_a_step_is_escaped():
    for step in journey.steps(HOSTILE_ENTRIES):
        for text in (step.icon, step.title, step.where, step.who, step.note):
            assert isinstance(text, Markup)
        for text in step:
            assert "<script" not in text
            assert '"x"' not in text


def test_nothing_hostile_gets_through_the_template():
    template = Pages(BASE_URL)._templates["unit"]
    content = {"tone": "none", "icon": ICONS["packed"], "title": HOSTILE, "sentences": [HOSTILE], "reasons": []}
    content |= {"facts": [(HOSTILE, HOSTILE)], "contents": [], "journey": journey.steps(HOSTILE_ENTRIES)}
    page = template.render(**content, as_of="x", as_of_words="x")
    assert "<script" not in page
    assert 'alert("x")' not in page


def test_what_was_lifted_is_shown_as_ended():
    imposed, other, lifted = journey.steps(
        [
            entry(EntryKind.MEASURE, "measure:1"),
            entry(EntryKind.MEASURE, "measure:2"),
            entry(EntryKind.MEASURE, "measure:1"),
        ]
    )
    assert (imposed.tone, other.tone, lifted.tone) == ("stopped", "stopped", "done")


def test_an_entry_that_a_reason_rests_on_is_marked_by_the_weightiest():
    found = [finding("copied", "x", "f1"), finding("seen_early", "x", "f1", "f2"), finding("custody_gap", "x", "f3")]
    history = [entry(fact="f1"), entry(fact="f2"), entry(fact="f3")]
    assert [step.tone for step in journey.steps(history, found)] == ["suspicious", "attention", "info"]


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
            assert journey.steps([entry(kind, step=step)])[0].icon in ICONS.values()
