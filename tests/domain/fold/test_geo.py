import math
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from provenance.domain.geo import RADIUS, Point, distance, point, point_of_uri

latitudes, longitudes = st.integers(-90_000_000, 90_000_000), st.integers(-180_000_000, 180_000_000)
points = st.builds(Point, latitudes, longitudes)


def great_circle(start, end):
    lat1, lon1, lat2, lon2 = (math.radians(each / 1e6) for each in (*start, *end))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * RADIUS * math.asin(min(1.0, math.sqrt(half)))


@settings(deadline=None)
@given(points, points)
@example(Point(0, 0), Point(0, 180_000_000))
@example(Point(90_000_000, 0), Point(-90_000_000, 77))
@example(Point(0, 0), Point(0, 1))
def test_distance_is_the_great_circle(start, end):
    assert abs(distance(start, end) - great_circle(start, end)) <= 1
    assert distance(start, end) == distance(end, start)


def test_known_distance():
    ningbo, rotterdam = point(Decimal("29.8683"), Decimal("121.5440")), point(Decimal("51.95"), Decimal("4.14"))
    assert 9_000_000 < distance(ningbo, rotterdam) < 9_200_000


@pytest.mark.parametrize(
    ("uri", "found"),
    [
        ("geo:51.95,4.14", Point(51_950_000, 4_140_000)),
        ("geo:-6.5,-3.25;u=30", Point(-6_500_000, -3_250_000)),
        ("geo:91,0", None),
        ("geo:0,181", None),
        ("urn:epc:id:sgln:9521321.00001.0", None),
    ],
)
def test_geo_uris(uri, found):
    assert point_of_uri(uri) == found
