import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from provenance.domain.errors import Malformed
from provenance.domain.gs1 import elements, link
from provenance.domain.gs1.keys import Gtin, Link
from provenance.domain.gs1.link import Allowance, DigitalLink, Level

STEM = "https://id.gs1.org"
GTIN = "09520123456788"
ALLOWANCES = {
    "permit_zero_suppressed_gtin": Allowance.SHORT_GTINS,
    "permit_convenience_alphas": Allowance.NAMES,
    "permit_unknown_ais": Allowance.UNKNOWN_AIS,
}
UNKNOWN_ARE_NO_ATTRIBUTES = "unknown_ai_not_dl_attr"


def allowed(options):
    """What a vector's options allow; unknown AIs are attributes only where the check against that is off."""
    allow = {ALLOWANCES[name] for name, on in options.items() if on and name != UNKNOWN_ARE_NO_ATTRIBUTES}
    return frozenset(allow - {Allowance.UNKNOWN_AIS} if options.get(UNKNOWN_ARE_NO_ATTRIBUTES, True) else allow)


def test_vectors(vectors):
    content = json.loads((vectors / "digital-link/gs1-syntax-engine-parse.json").read_text())
    for vector in content["vectors"]:
        allow = allowed(vector["options"])
        if not vector["valid"]:
            with pytest.raises(Malformed):
                link.parse(vector["uri"], allow=allow)
            continue
        found = link.parse(vector["uri"], allow=allow)
        assert found.element_string == vector["element_string"], vector["uri"]
        assert (found.bracketed, found.canonical_uri) == (vector["ai_data"], vector["canonical_dl_uri"]), vector["uri"]


def test_vectors_of_building(vectors):
    content = json.loads((vectors / "digital-link/gs1-syntax-engine-generate.json").read_text())
    for vector in content["vectors"]:
        allow = allowed(vector["options"])
        if vector["ok"]:
            built = link.build(elements.bracketed(vector["ai_data"]), allow=allow)
            assert built.uri(vector["stem"]) == vector["uri"], vector["ai_data"]
        else:
            with pytest.raises(Malformed):
                link.build(elements.bracketed(vector["ai_data"]), allow=allow)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("(17)261231", "identifier.form"),
        (f"(01){GTIN[:-1]}9", "identifier.check_digit"),
        (f"(01){GTIN}(21)A(21)B", "identifier.form"),
        (f"(01){GTIN}(8200)https://example.com", "identifier.form"),
        (f"(01){GTIN}(21)A(235)B", "identifier.form"),
        (f"(01){GTIN}(02){GTIN}(37)1", "identifier.association"),
        (f"(01){GTIN}(427)AB", "identifier.association"),
        ("(415)4012345000054", "identifier.association"),
        (f"(01){GTIN}(89)X", "identifier.form"),
    ],
)
def test_what_cannot_be_built(text, code):
    with pytest.raises(Malformed) as caught:
        link.build(elements.bracketed(text))
    assert caught.value.code == code


@pytest.mark.parametrize("stem", ["https://a", "https://a/", "https://a/b/c"])
def test_what_is_built_is_read_again(stem):
    built = link.build(elements.bracketed(f"(10)L/1(17)261231(01){GTIN}(3103)000195(21)S(240)x y".replace(" ", "_")))
    uri = f"{stem.rstrip('/')}/01/{GTIN}/10/L%2F1/21/S?17=261231&3103=000195&240=x_y"
    assert built.uri(stem) == uri
    assert link.parse(uri) == built


def test_a_payment_has_its_reference_in_the_path():
    built = link.build(elements.bracketed("(415)4012345000054(8020)REF-1(3912)97899"))
    assert built.canonical_uri == f"{STEM}/415/4012345000054/8020/REF-1?3912=97899"


def test_unknown_ais_are_read_where_allowed():
    allow = frozenset({Allowance.UNKNOWN_AIS})
    found = link.parse(f"https://a/01/{GTIN}?89=X%2FY&99=Z", allow=allow)
    assert found.element_string == f"^01{GTIN}89X/Y^99Z"
    with pytest.raises(Malformed):
        link.parse(f"https://a/01/{GTIN}?2351=X", allow=allow)


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


@pytest.mark.parametrize(
    "domain",
    [
        "a",
        "A-1.example",
        "a.example.",
        "a:0",
        "a:443",
        "a:9999",
        "192.0.2.255:8443",
        "[2001:db8::7]",
        "[::ffff:192.0.2.7]:80",
    ],
)
def test_a_domain_is_a_name_or_an_address_and_may_have_a_port(domain):
    assert link.parse(f"https://{domain}/01/{GTIN}").canonical == f"{STEM}/01/{GTIN}"
    assert link.STEM.fullmatch(f"https://{domain}/shop")


@pytest.mark.parametrize(
    "domain",
    [
        "a:70000", "a:065535", "a:8o", "a:80:80", ":80", "a..example", ".example", "a_b.example", "192.0.2.256",
        "1.2.3", "[", "[]", "[2001:db8::7", "2001:db8::7", "a[1]", f"{'a' * 64}.example", "user@a", "user:word@a",
        "a%2Eexample",
    ],
)  # fmt: skip
def test_what_is_no_domain_is_refused(domain):
    with pytest.raises(Malformed):
        link.parse(f"https://{domain}/01/{GTIN}")
    assert not link.STEM.fullmatch(f"https://{domain}")


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


VALUES = st.text("019AZaz._-~%+", min_size=1, max_size=22)


@example("01", GTIN, "21", ".")
@example("01", GTIN, "10", "..")
@example("00", "340123451111111111", None, "")
@given(
    st.sampled_from(["01", "00", "8006"]),
    st.sampled_from([GTIN, "09520123456789", "340123451111111111", "340123451111111112", "952012345678"]),
    st.sampled_from([None, "21", "10", "22"]),
    VALUES,
)
def test_usual_links_are_read_as_those_of_any_domain_are(ai, key, qualifier, value):
    path = f"/{ai}/{key}" + (f"/{qualifier}/{value}" if qualifier else "")
    usual, other = (outcome(link.parse, stem + path) for stem in (STEM, "https://example.com"))
    assert usual == other.replace("https://example.com", STEM) if isinstance(other, str) else usual == other
    if isinstance(other, DigitalLink):
        assert link.parts_or_none(STEM + path) == (other if other.canonical == STEM + path else None)


def outcome(parse, uri):
    try:
        return parse(uri)
    except Malformed as error:
        return f"{error.code}: {error.detail}"


def test_what_has_no_product_serial_or_lot():
    unit, lot = Link(f"{STEM}/00/340123451111111111"), Link(f"{STEM}/01/{GTIN}/10/L%2B1")
    assert (link.class_of(unit), link.serial_of(unit), link.lot_of(unit)) == (None, None, None)
    assert (link.class_of(lot), link.serial_of(lot), link.lot_of(lot)) == (Gtin(GTIN), None, "L+1")
    assert link.class_of(Link(f"{STEM}/8006/040123451111180102/21/9")) == Gtin("04012345111118")
