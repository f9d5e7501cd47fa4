import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.domain.errors import Malformed
from provenance.domain.gs1 import link
from provenance.domain.gs1.digits import CHARSET_82
from provenance.domain.gs1.elements import FNC1, GS, bracketed, plain

GTIN = "09520123456788"
ELEMENTS = (("01", GTIN), ("10", "L-1"), ("17", "261231"), ("21", "A/B"))
VALUES = st.text(CHARSET_82, min_size=1, max_size=20)


@pytest.mark.parametrize("separator", [FNC1, GS, "\u241d"])
@pytest.mark.parametrize("first", ["", FNC1, GS])
def test_what_a_scanner_sends(separator, first):
    assert plain(f"{first}01{GTIN}10L-1{separator}1726123121A/B") == ELEMENTS
    assert plain(f"{first}01{GTIN}{separator}10L-1{separator}17261231{separator}21A/B{separator}") == ELEMENTS


def test_what_people_write():
    assert bracketed(f"(01){GTIN}(10)L-1(17)261231(21)A/B") == ELEMENTS


@pytest.mark.parametrize(("text", "value"), [("A\\(B)", "A(B)"), ("\\(", "("), ("A)", "A)"), ("A\\B", "A\\B")])
def test_brackets_inside_a_value_have_a_backslash(text, value):
    assert bracketed(f"(01){GTIN}(21){text}(10)L") == (("01", GTIN), ("21", value), ("10", "L"))


@pytest.mark.parametrize(
    "text", ["", "(01)", "01", "(01)(21)A", "x(01)1", "(1)1", "(12345)1", "(01)1(", "(01)1(x)2", "(\u0660\u0661)1"]
)
def test_what_is_not_bracketed(text):
    with pytest.raises(Malformed) as caught:
        bracketed(text)
    assert caught.value.code == "identifier.form"


@pytest.mark.parametrize("text", ["", FNC1, "x", f"01{GTIN}89X", f"01{GTIN}2", f"{FNC1}{FNC1}01{GTIN}"])
def test_what_is_no_element_string(text):
    with pytest.raises(Malformed) as caught:
        plain(text)
    assert caught.value.code == "identifier.form"


def test_without_its_separator_a_value_takes_the_rest():
    with pytest.raises(Malformed):
        link.build(plain(f"01{GTIN}10L-1234567890123456789172612312100001"))


@given(VALUES, VALUES)
def test_an_element_string_comes_back(lot, serial):
    given_link = link.build([("01", GTIN), ("10", lot), ("21", serial), ("17", "261231")])
    assert link.build(plain(given_link.element_string)) == given_link
    assert link.build(bracketed(given_link.bracketed)) == given_link
