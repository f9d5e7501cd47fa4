"""The style sheet: text is readable on what it stands on, light and dark (WCAG 2.2, 1.4.3: at least 4.5 to 1)."""

import re
from pathlib import Path

import pytest

import web
from web.grades import GRADES

SHEET = (Path(web.__file__).parent / "static" / "provenance.css").read_text()
LIGHT, DARK = (
    dict(re.findall(r"--([a-z_-]+): (#[0-9a-f]{6})", part))
    for part in SHEET.partition("prefers-color-scheme: dark")[::2]
)
TONES = [*GRADES, "info"]
PAIRS = [
    ("ink", "paper"),
    ("ink", "card"),
    ("soft", "paper"),
    ("soft", "card"),
    ("link", "card"),
    ("link", "paper"),
    ("button-ink", "button"),
    *((tone, f"{tone}-tint") for tone in TONES),
    *((tone, "card") for tone in TONES),
]


def luminance(colour):
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_contrast(scheme, text, ground):
    lighter, darker = sorted((luminance(scheme[text]), luminance(scheme[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_every_grade_has_its_own_colour():
    for scheme in (LIGHT, DARK):
        assert len({scheme[grade] for grade in GRADES}) == len(GRADES)
