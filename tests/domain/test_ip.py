import pytest

from provenance.domain.codec import decode, encode
from provenance.domain.errors import Malformed
from provenance.domain.ip import NiceClass, St3, St13


@pytest.mark.parametrize("text", ["CN", "US", "EM", "BX", "IB", "WO", "OA"])
def test_offices(text):
    assert str(St3.parse(text)) == text


@pytest.mark.parametrize("text", ["", "cn", "C", "CHN", "QQ", "CN "])
def test_what_is_no_office(text):
    with pytest.raises(Malformed) as caught:
        St3.parse(text)
    assert caught.value.code == "identifier.form"


@pytest.mark.parametrize("text", ["CN502026000012345", "CN 50 2026 000012345"])
def test_an_application_number_has_its_parts_and_one_spelling(text):
    number = St13.parse(text)
    assert (number.office, number.kind, number.year, number.serial) == (St3("CN"), "50", "2026", "000012345")
    assert str(number) == "CN502026000012345"
    assert number == St13.parse(str(number))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "502026000012345",
        "CN50202600001234",
        "CN5020260000123456",
        "QQ502026000012345",
        "CN5020260000\u0661\u0662345",
    ],
)
def test_what_is_no_application_number(text):
    with pytest.raises(Malformed) as caught:
        St13.parse(text)
    assert caught.value.code == "identifier.form"


def test_numbers_go_through_the_codec():
    assert encode(St13.parse("EM500000018000001")) == "EM500000018000001"
    with pytest.raises(Malformed):
        decode(St13, {"office": "EM"})


@pytest.mark.parametrize(
    ("number", "edition"), [("1", "13-2026"), ("25", "12-2024"), ("09", "13"), ("45", "8"), ("42", "7")]
)
def test_classes(number, edition):
    nice = NiceClass.parse(number, edition)
    assert (nice.number, nice.edition, str(nice)) == (int(number), edition, str(int(number)))


@pytest.mark.parametrize(
    ("number", "edition"),
    [
        ("0", "13-2026"),
        ("46", "13-2026"),
        ("", "13"),
        ("x", "13"),
        ("25", ""),
        ("25", "NCL"),
        ("25", "0"),
        ("43", "7"),
        ("25\n", "13"),
    ],
)
def test_what_is_no_class(number, edition):
    with pytest.raises(Malformed) as caught:
        NiceClass.parse(number, edition)
    assert caught.value.code == "identifier.form"
