import pytest

from provenance.domain.errors import Malformed
from provenance.domain.gs1 import scanning
from provenance.domain.gs1.scanning import Form

STEM = "https://id.gs1.org"
GTIN = "09520123456788"
ITEM = f"{STEM}/01/{GTIN}/21/A%2FB"


@pytest.mark.parametrize("symbology", ["]C1", "]d2", "]Q3", "]e0", "]J1", "]Q1", "]d1", "]C0", ""])
@pytest.mark.parametrize("first", ["", "\x1d", "^"])
def test_element_strings_of_any_symbol(symbology, first):
    found = scanning.read(f"{symbology}{first}01{GTIN}17261231{first and '^'}10L-1\x1d21A/B\r\n")
    assert (found.thing, found.form) == (ITEM, Form.ELEMENT_STRING)
    assert found.elements == (("01", GTIN), ("17", "261231"), ("10", "L-1"), ("21", "A/B"))


@pytest.mark.parametrize(
    ("text", "thing", "form"),
    [
        (f"(01){GTIN}(21)A/B", ITEM, Form.BRACKETED),
        (f"]Q1{ITEM}?17=261231", ITEM, Form.LINK),
        (f"]d1{ITEM}", ITEM, Form.LINK),
        (f"HTTPS://EXAMPLE.COM/01/{GTIN}/21/A%2FB", ITEM, Form.LINK),
        ("]Q1urn:epc:id:sgtin:9520123.045678.A%2FB", ITEM, Form.URN),
        ("]E09520123456788", f"{STEM}/01/{GTIN}", Form.DIGITS),
        ("]E3952012345678812345", f"{STEM}/01/{GTIN}", Form.DIGITS),
        ("]E496385074", f"{STEM}/01/00000096385074", Form.DIGITS),
        (f"]I1{GTIN}", f"{STEM}/01/{GTIN}", Form.DIGITS),
        ("9520123456788", f"{STEM}/01/{GTIN}", Form.DIGITS),
        ("340123451111111111", f"{STEM}/00/340123451111111111", Form.DIGITS),
        (f"]C100340123451111111111\x1d02{GTIN}3710", f"{STEM}/00/340123451111111111", Form.ELEMENT_STRING),
        ("]C1414401234500005425412", f"{STEM}/414/4012345000054/254/12", Form.ELEMENT_STRING),
        (f"]d201{GTIN}235TPX\x1d10L", f"{STEM}/01/{GTIN}/10/L", Form.ELEMENT_STRING),
        (f"]d201{GTIN}8200https://x", f"{STEM}/01/{GTIN}", Form.ELEMENT_STRING),
    ],
)
def test_what_a_code_names(text, thing, form):
    found = scanning.read(text)
    assert (found.thing, found.form) == (thing, form)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "identifier.form"), ("]C1", "identifier.form"), ("hello", "identifier.form"),
        ("]d210L", "identifier.form"),
        (f"]d201{GTIN[:-1]}9", "identifier.check_digit"), (f"]C1{GTIN}", "identifier.form"),
        ("340123451111111112", "identifier.check_digit"), ("]E09520123456789", "identifier.check_digit"),
        ("]E0x", "identifier.form"), (f"]d201{GTIN}17261301", "identifier.form"),
        ("]Q1https://x.example/", "identifier.form"),
        ("]Q1urn:epc:id:gid:1.2.3", "identifier.form"), (f"(01){GTIN}(89)1", "identifier.form"),
    ],
)  # fmt: skip
def test_what_no_code_is(text, code):
    with pytest.raises(Malformed) as caught:
        scanning.read(text)
    assert caught.value.code == code
