"""Labels of logistic units: decoded again by a reader of bar codes, and of the size that GS1 asks for."""

import io
import re

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from provenance import labels
from provenance.domain.errors import Malformed
from provenance.domain.gs1.keys import Gtin, Sscc, check_digit
from provenance.labels import Content

UNIT = Sscc.parse("095256780000000011")
GTIN = Gtin.parse("09521234000013")
DOTS = 20
"""Dots a millimetre at which SVG is drawn here."""


def read(image):
    return [(each.symbology_identifier, each.text) for each in zxingcpp.read_barcodes(image.convert("L"))]


def drawn(image):
    """Draw the paths of our own SVG."""
    text = image.decode()
    width, height = (float(each) for each in re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text).groups())
    canvas = Image.new("L", (round(width * DOTS), round(height * DOTS)), 255)
    pen = ImageDraw.Draw(canvas)
    for left, top, wide, high in re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)H[\d.]+z", text):
        x, y, w, h = (float(each) * DOTS for each in (left, top, wide, high))
        pen.rectangle((round(x), round(y), round(x + w) - 1, round(y + h) - 1), fill=0)
    return canvas


def opened(image):
    return Image.open(io.BytesIO(image))


@pytest.mark.parametrize("draw", [lambda *a: drawn(labels.svg(*a)), lambda *a: opened(labels.png(*a))])
def test_a_label_is_gs1_128_and_says_which_unit_it_is(draw):
    assert read(draw(UNIT)) == [("]C1", "(00)095256780000000011")]


@pytest.mark.parametrize("draw", [lambda *a: drawn(labels.svg(*a)), lambda *a: opened(labels.png(*a))])
def test_content_stands_above_the_unit_in_a_symbol_of_its_own(draw):
    found = read(draw(UNIT, Content(GTIN, 24, "LOT-7")))
    assert found == [("]C1", "(02)09521234000013(37)24(10)LOT-7"), ("]C1", "(00)095256780000000011")]


def test_content_that_is_too_wide_is_parted():
    image = labels.svg(UNIT, Content(GTIN, 99_999_999, "abcdefghijKLMNOPQRST"))
    assert sorted(text for _, text in read(drawn(image))) == [
        "(00)095256780000000011", "(02)09521234000013(37)99999999", "(10)abcdefghijKLMNOPQRST"
    ]  # fmt: skip
    assert float(re.search(r'width="([\d.]+)mm"', image.decode())[1]) <= labels.WIDEST


def test_what_it_says_stands_below_in_readable_characters():
    text = labels.svg(UNIT, Content(GTIN, 2, "A&B<")).decode()
    assert re.findall("<text[^>]*>([^<]*)</text>", text) == [
        "(02)09521234000013(37)2(10)A&amp;B&lt;", "(00)095256780000000011"
    ]  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(
    digits=st.text("0123456789", min_size=17, max_size=17),
    count=st.integers(1, 99_999_999),
    lot=st.none() | st.text("ABCxyz0189!\"%&'*+,-./_:;<=>?", min_size=1, max_size=20),
)
def test_every_label_says_what_it_was_made_of(digits, count, lot):
    unit = Sscc.parse(digits + check_digit(digits))
    content = Content.parse(str(GTIN), str(count), lot)
    elements = "".join(text for _, text in read(drawn(labels.svg(unit, content))))
    for name, value in (("00", str(unit)), *content.elements):
        assert f"({name}){value}" in elements


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        (("09521234000013", None, None), "label.content"),
        ((None, "3", None), "label.content"),
        ((None, None, "L"), "label.content"),
        (("09521234000013", "0", None), "label.content"),
        (("09521234000013", "100000000", None), "label.content"),
        (("09521234000013", "-1", None), "label.content"),
        (("09521234000013", "٣", None), "label.content"),
        (("09521234000014", "3", None), "identifier.check_digit"),
        (("09521234000013", "3", "a lot"), "identifier.form"),
        (("09521234000013", "3", "A" * 21), "identifier.form"),
    ],
)
def test_content_that_no_label_can_say_is_refused(parts, code):
    with pytest.raises(Malformed) as refused:
        labels.stated(*parts)
    assert refused.value.code == code
