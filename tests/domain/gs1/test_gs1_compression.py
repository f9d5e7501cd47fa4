import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.domain.errors import Malformed
from provenance.domain.gs1 import compression, convert, link
from provenance.domain.gs1.digits import CHARSET_82

GTIN = "09520123456788"
VALUES = st.text(CHARSET_82, min_size=1, max_size=20)
PUBLIC = {
    "AN2yxDhfaiaw": "/00/998440410914660971",
    "AQnYUc1gmg": "/01/05412345000013",
    "AQnYUc1gmiCNV4JG": "/01/05412345000013/10/ABC123",
    "AQnYUc1gmiCNV4JGQhcNT6K6c": "/01/05412345000013/10/ABC123/21/72292641703",
    "AQnYUc1gmiCNV4JGQhcNT6K6cibQCWN9Pee9tT-PQ": "/01/05412345000013/22/AJY3095721P49/10/ABC123/21/72292641703",
    "AQnYUc1gmkax7ipGrOHDPC5YNI8hMz": "/01/05412345000013/235/8TFV883a904GH%263",
    "AQnYUc1gmiERBhQ0ytiyZuAGOLc1TXhXsaXbQKHFuaprwUmrBX6g": (
        "/01/05412345000013/10/ABC%26%2B123?7003=1903061658&expdt=1903061658&k1=v1"
    ),
    "JTLIetaiHYA": "/253/3060077601309",
    "JVUqG5hJ5wA": "/255/5678409730535",
    "QBl2DVoxZM2jVm3ZOWEFoxTR5HDgzZg": "/401/0541234537290A41%26GHpp33",
    "QCJZyW9mC6Z4": "/402/21173492661712079",
    "QUSaVjC_dA": "/414/5060917510004",
    "JUa0T-eifdtOO9UFEmlYwv3Q": "/414/5060917510004/254/RP56J920471",
    "QUSaVjC_dHBAVlCrg": "/414/5060917510004/7040/5KFX",
    "cEB2CqjAAkuwatGLJm0as27JywgtGKaPI4cGbM": "/8004/0541234537290A41%26GHpp33/7040/7BVR",
    "EEarwSMhC4an0V08ADBgJH7Zo2BMg": "/8006/054123450000130201/10/ABC123/21/72292641703",
    "gAMJCAXukTMA": "/8003/04965031954585",
    "gBCVYNWjFkzaNWbdk5YQWjFHHkM2cAI0xdvpGo": "/8010/0541234537290A41%23GH33/8011/6639047221",
    "gBe1ajAd9ATDmAGXPRfk": "/8017/817019610850151481/8019/4003812",
    "01/05412345000013/EEarwSM": "/01/05412345000013/10/ABC123",
    "01/05412345000013/I1j3FSNWcOGeFywaR5CZm": "/01/05412345000013/235/8TFV883a904GH%263",
    "8017/817019610850151481/gBlz0X5A": "/8017/817019610850151481/8019/4003812",
}
"""Links as other implementations compress them."""


@pytest.mark.parametrize(("segment", "path"), PUBLIC.items())
def test_links_that_others_compressed(segment, path):
    assert compression.decompress(f"/{segment}") == path


@pytest.mark.parametrize("path", [path for path in PUBLIC.values() if path[:4] in ("/01/", "/00/", "/402", "/414")])
def test_a_public_link_comes_back(path):
    elements = _elements(path)
    assert compression.decompress("/" + compression.compress(elements)) == path.split("?")[0] + _attributes(elements)


def _elements(path):
    return link.parse("https://a" + path).elements


def _attributes(elements):
    return "".join(f"?{ai}={value}" for ai, value in elements if ai == "7003")


@given(lot=VALUES, serial=VALUES, weight=st.integers(0, 999999), note=VALUES)
def test_any_link_comes_back(lot, serial, weight, note):
    built = link.build(
        [("01", GTIN), ("10", lot), ("21", serial), ("17", "261231"), ("3103", f"{weight:06}"), ("240", note)]
    )
    path = compression.decompress("/" + compression.compress(built.elements, (("utm", "a-b"),)))
    assert link.parse("https://a" + path) == built
    assert path.endswith("&utm=a-b")


@pytest.mark.parametrize(
    "elements",
    [
        (("8006", "040123451111180102"), ("8030", "ab_-9=")),
        (("253", "4012345111118X"), ("8008", "260131235959")),
        (("255", "401234522222701"), ("3912", "9780099"), ("3900", "0015")),
        (("8018", "401234500000067657"), ("7252", "1"), ("7258", "1/2"), ("7251", "200002292359")),
        (("00", "340123451111111111"), ("02", GTIN), ("37", "010"), ("4309", "02790858483015297971"), ("4307", "NL")),
        (("01", GTIN), ("423", "156276"), ("7007", "260101260131"), ("7230", "AB1"), ("4330", "000010-"), ("90", "00")),
    ],
)
def test_values_of_every_layout_come_back(elements):
    path = compression.decompress("/" + compression.compress(elements))
    assert set(link.parse("https://a" + path).elements) == set(elements)


@pytest.mark.parametrize(
    "path", [f"/01/{GTIN}", f"/01/{GTIN}/21/1234", f"/01/{GTIN}/10/AAAA/21/B", "/", "/abc", "/a.b.c.d", "/xy/abcd/abcd"]
)
def test_what_is_not_compressed(path):
    assert compression.decompress(path) is None


@pytest.mark.parametrize("path", ["/AQnY", "/look-up", "/AAAAAAAA", "/____", "/BBBBBBBB", f"/01/{GTIN}/zzzz"])
def test_what_cannot_be_decompressed(path):
    with pytest.raises(Malformed):
        compression.decompress(path)


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", min_size=4, max_size=60))
def test_any_segment_is_read_or_refused(segment):
    try:
        path = compression.decompress(f"/{segment}")
    except Malformed:
        return
    assert path.startswith("/")


def test_a_compressed_link_on_any_domain():
    item = "https://id.gs1.org/01/05412345000013/10/ABC123"
    assert convert.identify("https://shop.example/AQnYUc1gmiCNV4JG?x=1#top") == item
    assert compression.expand("HTTPS://a/AQnYUc1gmiCNV4JG?x=1") == "HTTPS://a/01/05412345000013/10/ABC123?x=1"
    assert compression.expand(f"https://a/01/{GTIN}") is None
    with pytest.raises(Malformed, match="primary key"):
        convert.identify("https://a/AAAAAAAA")
