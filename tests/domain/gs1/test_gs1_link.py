import json

import pytest

from provenance.domain.errors import Malformed
from provenance.domain.gs1 import link
from provenance.domain.gs1.keys import Gtin, Link
from provenance.domain.gs1.link import Allowance, DigitalLink, Level

STEM = "https://id.gs1.org"
GTIN = "09520123456788"
ALLOWANCES = {
    "permit_zero_suppressed_gtin": Allowance.SHORT_GTINS,
    "permit_convenience_alphas": Allowance.NAMES,
}


def test_vectors(vectors):
    content = json.loads((vectors / "digital-link/gs1-syntax-engine-parse.json").read_text())
    for vector in content["vectors"]:
        allow = frozenset(ALLOWANCES[name] for name, on in vector["options"].items() if on and name in ALLOWANCES)
        if not vector["valid"]:
            with pytest.raises(Malformed):
                link.parse(vector["uri"], allow=allow)
            continue
        found = link.parse(vector["uri"], allow=allow)
        assert found.element_string == vector["element_string"], vector["uri"]
        assert (found.bracketed, found.canonical_uri) == (vector["ai_data"], vector["canonical_dl_uri"]), vector["uri"]


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        (f"https://a/01/{GTIN[:-1]}9", "identifier.check_digit"),
        (f"https://a/01/{GTIN}/21/1?02=09520123456789", "identifier.check_digit"),
        (f"https://a/01/{GTIN}/21/", "identifier.form"),
        (f"https://a/01/{GTIN}/", "identifier.form"),
        (f"https://a/01/{GTIN}/10/1/22/2", "identifier.form"),
        (f"https://a/01/{GTIN}?21=1", "identifier.form"),
        (f"https://a/01/{GTIN}?10=1", "identifier.form"),
        (f"https://a/01/{GTIN}/21/1?01={GTIN}", "identifier.form"),
        (f"https://a/01/{GTIN}/21/1?254=1", "identifier.form"),
        (f"https://a/01/{GTIN}?89=1", "identifier.form"),
        (f"https://a/gtin/{GTIN}", "identifier.form"),
        (f"//a/01/{GTIN}", "identifier.form"),
        (f"https:///01/{GTIN}", "identifier.form"),
        (f"https://user@a/01/{GTIN}", "identifier.form"),
        (f"https://a/01/{GTIN}/21/A%20B", "identifier.form"),
        (f"https://a/01/{GTIN}/21/A+B?99=A+B", "identifier.form"),
        (f" https://a/01/{GTIN}", "identifier.form"),
        (f"https://a/01/{GTIN}\n", "identifier.form"),
        ("urn:epc:id:sgtin:0614141.812345.6789", "identifier.form"),
    ],
)
def test_what_is_refused(uri, code):
    with pytest.raises(Malformed) as caught:
        link.parse(uri)
    assert caught.value.code == code


def test_names_and_short_gtins_are_taken_where_allowed():
    allow = frozenset(Allowance)
    found = link.parse("https://a/gtin/9520123456788/lot/L/ser/S", allow=allow)
    assert found.canonical_uri == f"{STEM}/01/{GTIN}/10/L/21/S"
    assert found.canonical == f"{STEM}/01/{GTIN}/21/S"


def test_what_stands_before_the_last_key_is_the_domains_own():
    assert link.parse(f"https://a/01/shop/00/x/01/{GTIN}").canonical == f"{STEM}/01/{GTIN}"


def test_a_foreign_query_and_fragment_are_left_out():
    found = link.parse(f"https://a/01/{GTIN}/21/1?utm=x&linkType=gs1:pip&&single&17=271231#top")
    assert found == DigitalLink(("01", GTIN), (("21", "1"),), (("17", "271231"),))


@pytest.mark.parametrize(
    ("path", "level"),
    [
        (f"/01/{GTIN}", Level.CLASS), (f"/01/{GTIN}/22/2", Level.CLASS), (f"/01/{GTIN}/10/L", Level.LOT),
        (f"/01/{GTIN}/10/L/21/S", Level.ITEM), (f"/01/{GTIN}/235/T", Level.ITEM), ("/00/340123451111111111",
        Level.LOGISTIC_UNIT),
        ("/414/4012345000054", Level.PLACE), ("/414/4012345000054/254/1", Level.PLACE), ("/417/4012345000054",
        Level.PARTY),
        ("/415/4012345000054/8020/1", Level.PAYMENT), ("/8003/04012345123456", Level.CLASS),
        ("/8003/04012345123456A", Level.ASSET), ("/8004/4012345A", Level.ASSET), ("/253/4012345111118", Level.CLASS),
        ("/253/4012345111118X", Level.DOCUMENT), ("/255/40123452222270", Level.COUPON),
        ("/8006/040123451111180102", Level.CLASS), ("/8006/040123451111180102/21/9", Level.ITEM),
        ("/8010/9520123AB", Level.CLASS), ("/8010/9520123AB/8011/1", Level.ITEM), ("/401/4012345A",
        Level.CONSIGNMENT),
        ("/402/95201234567891235", Level.SHIPMENT), ("/8013/1987654Ad4X4bL5ttr2310c2K", Level.MODEL),
        ("/8018/401234500000067657/8019/1", Level.SERVICE_RELATION),
    ],
)  # fmt: skip
def test_what_a_link_names(path, level):
    assert link.parse("https://example.com" + path).level is level


def test_parts_of_a_canonical_link():
    item = Link(f"{STEM}/01/{GTIN}/21/A%2FB%25%3F")
    assert link.parts(item) == DigitalLink(("01", GTIN), (("21", "A/B%?"),))
    assert link.path(item) == f"/01/{GTIN}/21/A%2FB%25%3F"
    assert link.parts(item).canonical == item
    assert (link.class_of(item), link.serial_of(item), link.lot_of(item)) == (Gtin(GTIN), "A/B%?", None)


@pytest.mark.parametrize(
    "other",
    [
        "urn:epc:id:gid:1.2.3", "https://example.com/01/09520123456788", f"{STEM}", f"{STEM}/", f"{STEM}/01",
        f"{STEM}/01/", f"{STEM}/01/abc/21/1", f"{STEM}/01/{GTIN}/21", f"{STEM}/01/{GTIN}/21/", f"{STEM}/21/1",
        f"{STEM}/01/{GTIN}/10/L/21/S",
        f"{STEM}/01/{GTIN}/21/a%2fb", f"{STEM}/01/{GTIN}/21/1?x", f"{STEM}/xx/{GTIN}", "",
    ],
)  # fmt: skip
def test_other_identifiers_have_no_parts(other):
    assert link.parts_or_none(other) is None
    assert (link.class_of(other), link.serial_of(other), link.lot_of(other)) == (None, None, None)
    with pytest.raises(Malformed):
        link.parts(other)


def test_what_has_no_product_serial_or_lot():
    unit, lot = Link(f"{STEM}/00/340123451111111111"), Link(f"{STEM}/01/{GTIN}/10/L%2B1")
    assert (link.class_of(unit), link.serial_of(unit), link.lot_of(unit)) == (None, None, None)
    assert (link.class_of(lot), link.serial_of(lot), link.lot_of(lot)) == (Gtin(GTIN), None, "L+1")
    assert link.class_of(Link(f"{STEM}/8006/040123451111180102/21/9")) == Gtin("04012345111118")
