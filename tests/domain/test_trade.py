import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.domain.errors import Malformed
from provenance.domain.trade import Container, HsCode, Ucr, UnLocode, container_check_digit

BODIES = st.from_regex("[A-Z]{3}[JUZ][0-9]{6}", fullmatch=True)


def code_of(reader, *arguments):
    with pytest.raises(Malformed) as caught:
        reader(*arguments)
    return caught.value.code


@pytest.mark.parametrize("text", ["CSQU3054383", "CSQU 305438 3", "CSQU305438-3"])
def test_a_container_has_one_spelling(text):
    assert str(Container.parse(text)) == "CSQU3054383"


def test_the_remainder_ten_is_the_check_digit_zero():
    assert container_check_digit("GHLU311046") == "0"
    assert str(Container.parse("GHLU3110460")) == "GHLU3110460"


@given(BODIES)
def test_every_other_check_digit_of_a_container_is_wrong(body):
    right = container_check_digit(body)
    assert str(Container.parse(body + right)) == body + right
    assert {code_of(Container.parse, body + digit) for digit in "0123456789" if digit != right} == {
        "identifier.check_digit"
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CSQA3054383",
        "csqu3054383",
        "CSQU305438",
        "CSQU30543833",
        "CSQU3054383\n",
        "CSQU\u0663\u0660\u0665\u0664\u0663\u0668\u0663",
    ],
)
def test_what_is_no_container(text):
    assert code_of(Container.parse, text) == "identifier.form"


@pytest.mark.parametrize("text", ["6404.11", "640411"])
def test_an_hs_code_has_one_spelling_and_its_edition(text):
    code = HsCode.parse(text, "2022")
    assert (str(code), code.edition) == ("6404.11", "2022")
    assert code != HsCode.parse(text, "2017")


@pytest.mark.parametrize(
    ("code", "edition"),
    [("6404", "2022"), ("6404.1", "2022"), ("64.0411", "2022"), ("0001.10", "2022"), ("7701.10", "2022"),
    ("9801.10", "2022"),
     ("6404.11", "2023"), ("6404.11", ""), ("6404.11.90", "2022"), ("6404.11\n", "2022")],
)  # fmt: skip
def test_what_is_no_hs_code(code, edition):
    assert code_of(HsCode.parse, code, edition) == "identifier.form"


@pytest.mark.parametrize("text", ["6CN952130100000SB26060017", "6GB123456789000-REF/1", "95201234567891235", "A" * 35])
def test_a_ucr_is_kept_as_it_is(text):
    assert str(Ucr.parse(text)) == text


@pytest.mark.parametrize("text", ["", "6CN", "A" * 36, "6cn952130100", "6CN 9521", "6CN_9521", "6CNé9521", "6CN9521\n"])
def test_what_is_no_ucr(text):
    assert code_of(Ucr.parse, text) == "identifier.form"


def test_a_location_code():
    assert str(UnLocode.parse("NL RTM")) == str(UnLocode.parse("NLRTM")) == "NLRTM"
    assert UnLocode.parse("CNNGB").country == "CN"
    assert UnLocode.parse("XZ2AB").country == "XZ"


@pytest.mark.parametrize("text", ["", "NLRT", "NLRTMX", "QQRTM", "nlrtm", "NLRT1", "NL-RTM", "NLRTM\n"])
def test_what_is_no_location_code(text):
    assert code_of(UnLocode.parse, text) == "identifier.form"
