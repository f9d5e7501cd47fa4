import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.domain.errors import Malformed
from provenance.domain.gs1 import convert, link, urn
from provenance.domain.gs1.digits import CHARSET_82, check_digit
from provenance.domain.gs1.escaping import escape_path
from provenance.domain.gs1.keys import Link

STEM = "https://id.gs1.org"
GTIN = "09520123456788"
CHARSET_39 = "#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LENGTHS = st.integers(6, 12)


def digits(count):
    return st.text("0123456789", min_size=count, max_size=count)


def checked(count):
    return digits(count).map(lambda number: number + check_digit(number))


def text(limit, characters=CHARSET_82):
    return st.text(characters, min_size=1, max_size=limit)


def path(*parts):
    return st.tuples(*(st.just(part) if isinstance(part, str) else part.map(escape_path) for part in parts)).map(
        "".join
    )


EXTENSIONS = text(20).filter(lambda extension: extension != "0")
SCHEMES = {
    "id:sgtin": path("/01/", checked(13), "/21/", text(20)),
    "id:upui": path("/01/", checked(13), "/235/", text(28)),
    "class:lgtin": path("/01/", checked(13), "/10/", text(20)),
    "idpat:sgtin": path("/01/", checked(13)),
    "id:itip": path("/8006/", checked(13), digits(4), "/21/", text(20)),
    "idpat:itip": path("/8006/", checked(13), digits(4)),
    "id:sscc": path("/00/", checked(17)),
    "id:sgln": path("/414/", checked(12)) | path("/414/", checked(12), "/254/", EXTENSIONS),
    "id:pgln": path("/417/", checked(12)),
    "id:gsrn": path("/8018/", checked(17)),
    "id:gsrnp": path("/8017/", checked(17)),
    "id:gsin": path("/402/", checked(16)),
    "id:grai": path("/8003/", digits(12).map(lambda body: "0" + body + check_digit(body)), text(16)),
    "idpat:grai": path("/8003/", digits(12).map(lambda body: "0" + body + check_digit(body))),
    "id:gdti": path("/253/", checked(12), text(17)),
    "idpat:gdti": path("/253/", checked(12)),
    "id:sgcn": path("/255/", checked(12), text(12, "0123456789")),
    "idpat:sgcn": path("/255/", checked(12)),
    "id:giai": path("/8004/", digits(12), text(18)),
    "id:ginc": path("/401/", digits(12), text(18)),
    "id:cpi": path("/8010/", digits(12), text(18, CHARSET_39), "/8011/", text(12, "0123456789")),
    "idpat:cpi": path("/8010/", digits(12), text(18, CHARSET_39)),
}


def test_vectors(vectors):
    content = json.loads((vectors / "digital-link/epc-urn-to-canonical-dl.json").read_text())
    for vector in content["vectors"]:
        assert convert.canonical_or_none(vector["in"]) == vector["out"], vector["in"]


def test_every_scheme_is_tried():
    only_read = {"idpat:upui"}
    assert set(SCHEMES) | only_read == {f"{scheme.kind}:{scheme.name}" for scheme in urn._SCHEMES}


@pytest.mark.parametrize("scheme", SCHEMES)
@given(st.data())
def test_a_link_comes_back_from_its_urn(scheme, data):
    there = Link(STEM + data.draw(SCHEMES[scheme]))
    length = data.draw(LENGTHS)
    there_as_urn = convert.urn(there, prefix_length=length)
    assert there_as_urn.startswith(f"urn:epc:{scheme}:")
    assert there_as_urn.split(":")[4].index(".") == length
    assert convert.canonical(there_as_urn) == there
    assert convert.canonical(there) == there


@pytest.mark.parametrize("scheme", SCHEMES)
@given(st.data())
def test_any_domain_and_a_query_give_the_same_link(scheme, data):
    there = STEM + data.draw(SCHEMES[scheme])
    assert convert.canonical(there.replace(STEM, "http://shop.example:8080/a/b") + "?17=991231&x=/01/2#f") == there


@given(text(20))
def test_strict_and_lenient_reading_agree_on_serials(serial):
    there = f"https://example.com/01/{GTIN}/21/{escape_path(serial)}"
    assert convert.identify(there) == convert.canonical(there)
    assert link.serial_of(convert.canonical(there)) == serial


@pytest.mark.parametrize("serial", ["A/B%?", "+", "&", "%", "%2F", "a+b&c=d", "!\"%&'()*+,-./:;<=>?_", "0", "."])
def test_odd_serials_are_kept_exactly(serial):
    item = Link(f"{STEM}/01/{GTIN}/21/{escape_path(serial)}")
    assert convert.canonical(item) == item
    assert link.serial_of(convert.canonical(convert.urn(item, prefix_length=7))) == serial


@pytest.mark.parametrize("form", ["A%2fB", "A%2FB", "%41%2fB"])
def test_every_way_of_escaping_gives_one_link(form):
    assert convert.canonical(f"https://example.com/01/{GTIN}/21/{form}") == f"{STEM}/01/{GTIN}/21/A%2FB"
    assert convert.canonical(f"urn:epc:id:sgtin:9520123.045678.{form}") == f"{STEM}/01/{GTIN}/21/A%2FB"


@pytest.mark.parametrize(
    ("text", "there"),
    [
        (f"https://a/01/{GTIN}/22/V", f"/01/{GTIN}"),
        (f"https://a/01/{GTIN}/22/V/10/L/21/S", f"/01/{GTIN}/21/S"),
        (f"https://a/01/{GTIN}/22/V/10/L", f"/01/{GTIN}/10/L"),
        ("https://a/gln/4012345000054/glnx/1", "/414/4012345000054/254/1"),
        ("https://a/party/4012345000054", "/417/4012345000054"),
        ("https://a/gsrnp/401234500000000074/srin/7", "/8017/401234500000000074/8019/7"),
        ("https://a/01/12345678901230/01/96385074", "/01/00000096385074"),
        ("HTTPS://A/01/09520123456780", "/01/09520123456780"),
        ("urn:epc:id:sgln:952012345678..1", "/414/9520123456788/254/1"),
        ("urn:epc:id:grai:952012345678..A.B", "/8003/09520123456788A.B"),
        ("urn:epc:id:cpi:9520123.A%2FB%23.7", "/8010/9520123A%2FB%23/8011/7"),
        ("urn:epc:idpat:upui:9520123.045678.*", f"/01/{GTIN}"),
    ],
)
def test_the_lenient_reading(text, there):
    assert convert.canonical(text) == STEM + there


@pytest.mark.parametrize(
    "text",
    [
        "", "42", "urn:epc:id:sgtin", "urn:epc:id:sgtin:9520123.045678", "urn:epc:id:sgtin:9520123.045678.",
        "urn:epc:id:sgtin:9520123.0456789.1", "urn:epc:id:sgtin:95201.00456789.1",
        "urn:epc:id:sgtin:9520123456789..1",
        "urn:epc:id:sgtin:9520123.04567x.1", "urn:epc:id:sgtin:9520123.045678.a b",
        "urn:epc:id:sgtin:9520123.045678.%23",
        "urn:epc:id:sgtin:9520123.045678.a/b", f"urn:epc:id:sgtin:9520123.045678.{'1' * 21}",
        "urn:epc:id:sscc:9520123.123",
        "urn:epc:id:sgtin:9520123.045678.*x\n", "urn:epc:idpat:sgtin:9520123.045678.1", "urn:epc:id:gid:1.2.3",
        "urn:epc:id:giai:9520123.", "urn:epc:id:cpi:9520123.a.1",
        "urn:epc:id:sgtin:\u0669\u0665\u0662\u0660\u0661\u0662\u0663.045678.1", "urn:uuid:1",
        f"https://a/01/{GTIN}/10/L/22/V", f"https://a/01/{GTIN}/235/T/21/S", f"https://a/01/{GTIN}/21/",
        f"https://a/01/{GTIN}/",
        f"https://a/01/{GTIN}/21/a%20b", f"https://a/01/{GTIN}/21/{'1' * 21}", "https://a/01/123456789",
        "https://a/8004/ABC",
        f"https://a/01/{GTIN}/xx/1", f"ftp://a/01/{GTIN}", "https://a/414/4012345000054/254/1/7040/1ABC", "https://a",
        f"https://a/10/1/21/{GTIN}", "https://ref.gs1.org/cbv/BizStep-shipping", "ni:///sha-256;00?ver=CBV2.0",
        f"https://a/01/{GTIN}/21/%00", f"https://a/01/{GTIN}/21/a\n",
    ],
)  # fmt: skip
def test_what_names_nothing_by_a_gs1_key(text):
    assert convert.canonical_or_none(text) is None
    with pytest.raises(Malformed) as caught:
        convert.canonical(text)
    assert caught.value.code == "identifier.form"


@given(st.text(max_size=60) | st.text("urn:epcidsgtl.0123456789%*/AZ", max_size=60).map(lambda rest: "urn:epc:" + rest))
def test_no_text_breaks_the_reading(text):
    found = convert.canonical_or_none(text)
    assert found is None or convert.canonical(found) == found


@pytest.mark.parametrize(
    ("path", "length"),
    [
        (f"/01/{GTIN}/21/S", 5),
        (f"/01/{GTIN}/21/S", 13),
        ("/8013/1987654Ad4X4bL5ttr2310c2K", 7),
        ("/8017/401234500000000074/8019/1", 7),
        ("/414/4012345000054/254/0", 7),
        ("/414/4012345000054/7040/1ABC", 7),
        ("/8004/401234ABC", 7),
        ("/8006/040123451111180102/10/L", 7),
    ],
)
def test_what_has_no_urn(path, length):
    with pytest.raises(Malformed) as caught:
        convert.urn(Link(STEM + path), prefix_length=length)
    assert caught.value.code == "identifier.no_urn"


def test_what_is_typed_is_judged():
    assert convert.identify("urn:epc:id:sgtin:9520123.045678.1") == f"{STEM}/01/{GTIN}/21/1"
    assert convert.identify(f"https://shop.example/x/01/{GTIN}/10/L/21/1?17=271231") == f"{STEM}/01/{GTIN}/21/1"
    with pytest.raises(Malformed) as wrong_digit:
        convert.identify(f"{STEM}/01/09520123456789")
    assert wrong_digit.value.code == "identifier.check_digit"
    with pytest.raises(Malformed) as short:
        convert.identify("https://id.gs1.org/01/9520123456788")
    assert short.value.code == "identifier.form"


@pytest.mark.parametrize("path", [f"/01/{GTIN}/21/1", "/00/340123451111111111", "/8004/9520ABC", "/253/4012345111118X"])
def test_right_check_digits(path):
    assert convert.well_checked(Link(STEM + path))


def test_other_identifiers_have_no_check_digit_to_be_wrong():
    assert convert.well_checked(Link("urn:epc:id:gid:1.2.3"))


@pytest.mark.parametrize(
    "path", ["/01/09520123456789/21/1", "/00/340123451111111112", "/253/4012345111119X", "/8013/9520ABCD"]
)
def test_wrong_check_digits(path):
    there = convert.canonical("https://example.com" + path)
    assert not convert.well_checked(there)
