import json
import re

import pytest

from provenance.domain.errors import Malformed
from provenance.domain.gs1.ai import AIS, check, may_exist, of
from provenance.domain.gs1.associations import check_together, excluded, required


def dictionary(text):
    """Yield (AI, flags, components, attributes) of each AI in GS1's syntax dictionary."""
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if not words:
            continue
        span, rest = words[0], words[1:]
        flags = rest.pop(0) if re.fullmatch(r"[*?]+", rest[0]) else ""
        components = [word for word in rest if re.match(r"\[?[NXYZ](\.\.)?\d", word)]
        first, _, last = span.partition("-")
        for number in range(int(first), int(last or first) + 1):
            yield str(number).zfill(len(first)), flags, components, [word for word in rest if word not in components]


def associated(attributes, kind):
    return {each for word in attributes if word.startswith(f"{kind}=") for each in word.split("=")[1].split(",")}


def test_the_table_says_what_the_syntax_dictionary_says(vectors):
    known = set()
    text = (vectors / "digital-link/gs1-syntax-dictionary.txt").read_text()
    for code, flags, components, attributes in dictionary(text):
        known.add(code)
        mine = AIS[code]
        assert (mine.fixed, mine.attribute) == ("*" in flags, "?" in flags), code
        keys = [word for word in attributes if word.split("=")[0] == "dlpkey"]
        paths = [tuple(filter(None, path.split(","))) for word in keys for path in word[7:].split("|")]
        assert (mine.paths is None, list(mine.paths or ())) == (not keys, paths), code
        checks = [tuple(each.split(",")[1:]) for each in components]
        assert list(mine.checks) == checks, code
        assert mine.form.groups == len(components), code
        assert mine.longest == sum(int(re.search("[0-9]+", each)[0]) for each in components), code
        assert {"+".join(group) for group in required(code)} == associated(attributes, "req"), code
        assert set(excluded(code)) == associated(attributes, "ex"), code
    assert set(AIS) == known


def test_qualifier_sequences_of_the_vectors(vectors):
    content = json.loads((vectors / "digital-link/valid-path-ai-sequences.json").read_text())
    for key, *qualifiers in content["valid_path_ai_sequences"]:
        assert AIS[key].allows(tuple(qualifiers)), (key, qualifiers)


@pytest.mark.parametrize(
    ("key", "qualifiers"),
    [
        ("01", "21,10"), ("01", "10,22"), ("01", "10,10"), ("01", "235,21"), ("01", "22,235"), ("01", "254"),
        ("414", "254,7040"), ("8006", "235"), ("8010", "21"), ("00", "21"), ("21", ""), ("10", "21"),
    ],
)  # fmt: skip
def test_qualifiers_that_may_not_follow(key, qualifiers):
    assert not AIS[key].allows(tuple(filter(None, qualifiers.split(","))))


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("01", "09520123456788"), ("21", "A/B%?"), ("17", "261200"), ("17", "280229"), ("7040", "1ABC"),
        ("8003", "09520123456788"), ("253", "1231231231232X"), ("8008", "2601312359"), ("8008", "260131235959"),
        ("8013", "1987654Ad4X4bL5ttr2310c2K"), ("8006", "095201234567880102"), ("422", "156"), ("7030", "999X"),
        ("3932", "97812"), ("8007", "GB82WEST12345698765432"), ("4309", "02790858483015297971"), ("4307", "NL"),
        ("8011", "0"), ("8011", "120"), ("4330", "000010-"), ("7258", "1/2"), ("7251", "200002292359"),
        ("8030", "ab_-9="),
        ("7041", "1A"), ("7041", "9"), ("7041", "RCB"),
        ("4300", "A%20B"), ("8001", "00010000100101"), ("7241", "80"), ("8014", "1987654Ad4X4bL5ttr2310c2K"),
    ],
)  # fmt: skip
def test_values_that_are_taken(code, value):
    check(code, value)


@pytest.mark.parametrize(
    ("code", "value", "error"),
    [
        ("01", "09520123456789", "check_digit"), ("00", "340123451111111112", "check_digit"),
        ("8013", "1987654Ad4X4bL5ttr2310c2X", "check_digit"), ("8006", "095201234567890102", "check_digit"),
        ("01", "9520123456788", "form"), ("21", "", "form"), ("21", "A" * 21, "form"), ("21", "A B", "form"),
        ("21", "A#B", "form"), ("21", "é", "form"), ("21", "A\n", "form"), ("01",
        "\u0660\u0669\u0665\u0662\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0668", "form"),
        ("17", "261301", "form"), ("17", "260230", "form"), ("7006", "261200", "form"), ("17", "270229", "form"),
        ("7250", "19000229", "form"), ("8008", "2601312460", "form"), ("8008", "260131236", "form"),
        ("7040", "1AB?", "form"), ("8003", "19520123456785", "form"), ("8006", "095201234567880201", "form"),
        ("8006", "095201234567880001", "form"), ("422", "000", "form"), ("422", "999", "form"), ("4307", "QQ",
        "form"),
        ("3932", "00012", "form"), ("8007", "GB82WEST12345698765433", "form"), ("8007", "12345", "form"),
        ("8011", "012", "form"), ("4330", "000010+", "form"), ("7258", "3/2", "form"), ("7252", "3", "form"),
        ("4321", "2", "form"), ("4300", "A%2", "form"), ("8001", "00000000100101", "form"), ("7241", "11", "form"),
        ("8004", "95A1", "form"), ("8030", "a+b", "form"), ("8010", "9520a", "form"), ("4309",
        "18000000013015297971", "form"),
        ("89", "1", "form"), ("", "1", "form"),
    ],
)  # fmt: skip
def test_values_that_are_refused(code, value, error):
    with pytest.raises(Malformed) as caught:
        check(code, value)
    assert caught.value.code == f"identifier.{error}"


def test_coupons_are_laid_out():
    plain = "0952123" + "000001" + "250" + "110123"
    second, third = "12" + "134456" + "9", "2" + "110789" + "0952123"
    dates, rest = "3261231" + "4260101", "50123456" + "619521230" + "91201"
    for coupon in (plain, plain + second, plain + third, plain + second + third + dates, plain + dates + rest):
        check("8110", coupon)
    for wrong in (
        plain[:-1], plain + "0", "7" + plain[1:], plain + "3261301", plain + "3260101" + "4261231",
        plain + second[:-1], plain + third + second, plain + "93200", plain.replace("9", "A"),
    ):  # fmt: skip
        with pytest.raises(Malformed):
            check("8110", wrong)


def test_positive_offers_are_laid_out():
    offer = "1" + "0952123" + "000001" + "0123456"
    check("8112", offer)
    for wrong in (offer[:-1], offer + "1", "2" + offer[1:], "17" + offer[2:], "A" + offer[1:]):
        with pytest.raises(Malformed):
            check("8112", wrong)


@pytest.mark.parametrize("value", ["00", "1", "AAA", "ZZZZ", "1a", "QE"])
def test_codes_that_are_no_package_type(value):
    with pytest.raises(Malformed):
        check("7041", value)


@pytest.mark.parametrize(
    "together",
    ["01", "00", "01 21 10 17", "00 02 37", "01 3103 3922", "415 8020", "01 422 427", "8018 7259 7258",
     "01 21 8040 8041", "8017 253 99", "01 3103", "8006 21 8030", "01 8005 3103"],
)  # fmt: skip
def test_what_belongs_together(together):
    check_together(together.split())


@pytest.mark.parametrize(
    "apart",
    ["01 02", "02", "37", "10", "01 255", "01 3103 3104", "415", "01 427", "8017 8018", "01 21 235", "01 3922",
     "8030 01", "8018 7258", "01 37", "17", "01 422 426"],
)  # fmt: skip
def test_what_does_not_belong_together(apart):
    with pytest.raises(Malformed) as caught:
        check_together(apart.split())
    assert caught.value.code == "identifier.association"


def test_codes_of_later_releases():
    assert all(map(may_exist, ("89", "7260", "236")))
    assert not any(map(may_exist, ("23", "2351", "1", "12345", "8x", "011", "\u0668\u0669")))
    assert of("89").form.fullmatch("any/thing")
    assert (of("01"), of("89").fixed, of("89").paths) == (AIS["01"], False, None)
