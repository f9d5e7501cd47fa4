import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.domain.errors import Malformed
from provenance.domain.gs1 import keys, link
from provenance.domain.gs1.digits import CHARSET_82

GTIN = "09520123456788"
SERIALS = st.text(CHARSET_82, min_size=1, max_size=20)
SINGLE = {
    keys.Gtin: GTIN,
    keys.Sscc: "340123451111111111",
    keys.Gln: "4012345000054",
    keys.Pgln: "4012345000054",
    keys.Gsrn: "401234500000067657",
    keys.Gsrnp: "401234500000000074",
    keys.Gsin: "95201234567891235",
    keys.Ginc: "9520123abc/1",
    keys.Giai: "4012345ABC345",
    keys.Gmn: "1987654Ad4X4bL5ttr2310c2K",
    keys.Grai: "04012345123456A-1",
    keys.Gdti: "4012345111118X",
    keys.Sgcn: "401234522222701",
}
PAIRS = {
    keys.Sgtin: f"(01){GTIN}(21)A/B%?(10)",
    keys.Lgtin: f"(01){GTIN}(10)L-1",
    keys.Upui: f"(01){GTIN}(235)51qIgY)<&Jp3*j7SDB",
    keys.Sgln: "(414)4012345000054(254)122",
    keys.Itip: "(8006)040123451111180102(21)987",
    keys.Cpi: "(8010)9520123AB/#(8011)98",
}


def test_every_single_key_is_tried():
    assert set(SINGLE) == set(keys.KEYS)


@pytest.mark.parametrize(("kind", "text"), [*SINGLE.items(), *PAIRS.items()])
def test_a_key_is_written_as_it_was_read_and_its_link_means_the_same(kind, text):
    key = kind.parse(text)
    assert str(key) == text
    assert link.parse(key.link).canonical == key.link


@pytest.mark.parametrize("kind", [kind for kind in keys.KEYS if kind not in (keys.Ginc, keys.Giai)])
def test_a_wrong_check_digit_is_named_so(kind):
    place = {keys.Grai: 13, keys.Gdti: 12, keys.Sgcn: 12}.get(kind, len(SINGLE[kind]) - 1)
    wrong = "9" if SINGLE[kind][place] != "9" else "8"
    with pytest.raises(Malformed) as caught:
        kind.parse(SINGLE[kind][:place] + wrong + SINGLE[kind][place + 1 :])
    assert caught.value.code == "identifier.check_digit"


@pytest.mark.parametrize(("kind", "text"), PAIRS.items())
@pytest.mark.parametrize("wrong", ["", "(01)", "(99){}", "{}\n", "x{}"])
def test_what_is_not_a_pair_is_refused(kind, text, wrong):
    with pytest.raises(Malformed, match=r"form|identifier|AI"):
        kind.parse(wrong.format(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9520123456788x",
        "1234567",
        "123456789012345",
        " 09520123456788",
        "\u0669\u0665\u0662\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0668",
    ],
)
def test_what_is_no_gtin_is_refused(text):
    with pytest.raises(Malformed) as caught:
        keys.Gtin.parse(text)
    assert caught.value.code == "identifier.form"


@pytest.mark.parametrize("text", ["96385074", "614141000036", "9520123456788", GTIN])
def test_a_short_gtin_is_filled_to_fourteen_digits(text):
    assert str(keys.Gtin.parse(text)) == text.zfill(14)


@given(SERIALS)
def test_any_serial_survives_in_the_link_of_its_item(serial):
    item = keys.Sgtin(keys.Gtin(GTIN), serial)
    assert keys.Sgtin.parse(str(item)) == item
    assert (link.serial_of(item.link), link.class_of(item.link)) == (serial, item.gtin)
    assert link.parse(item.link).canonical == item.link


def test_keys_of_different_kinds_are_never_equal():
    assert keys.Gln("4012345000054") != keys.Pgln("4012345000054")
    assert len({keys.Gsrn("1"), keys.Gsrnp("1"), keys.Gsrn("1")}) == 2


def test_typed_keys_tell_their_serial():
    assert keys.Grai(SINGLE[keys.Grai]).serial == "A-1"
    assert keys.Gdti("4012345111118").serial is None


@pytest.mark.parametrize(
    ("key", "digits"),
    [
        (keys.Gtin(GTIN), "9520123456788"),
        (keys.Sscc("340123451111111111"), "40123451111111111"),
        (keys.Gln("4012345000054"), "4012345000054"),
        (keys.Grai("04012345123456A1"), "4012345123456"),
        (keys.Giai("4012345ABC345"), "4012345"),
    ],
)
def test_the_digits_that_begin_with_the_company_prefix(key, digits):
    assert key.prefix_digits == digits
    assert link.parts(key.link).prefix_digits == digits


def test_prefix_candidates_are_all_lengths_from_four_to_twelve():
    assert keys.prefix_candidates("9520123456788")[0] == "9520"
    assert [len(prefix) for prefix in keys.prefix_candidates("9520123456788")] == list(range(4, 13))
    assert keys.prefix_candidates("4012345") == ["4012", "40123", "401234", "4012345"]
    assert keys.prefix_candidates("") == []
