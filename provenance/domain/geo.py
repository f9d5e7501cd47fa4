"""Distances on the globe in whole numbers, so that every machine that folds the same facts gets the same metres.

Sines are summed in fixed point and the arc is found by halving; the error stays under a metre in ten thousand
kilometres of the sphere with the mean radius (IUGG), which itself is within 0.5 % of the ellipsoid. No floats
anywhere.
"""

import math
import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

RADIUS = 6_371_009
"""The mean radius of the earth in metres (IUGG)."""

_ONE = 10**15
_PI = 3_141_592_653_589_793
_NANO = 10**9
_MICRODEGREES = 180 * 10**6
_GEO_URI = re.compile(r"geo:(-?\d{1,2}(?:\.\d{1,12})?),(-?\d{1,3}(?:\.\d{1,12})?)(?:[,;].*)?", re.ASCII)


class Point(NamedTuple):
    """A position, WGS 84, in millionths of a degree."""

    latitude: int
    longitude: int


def point(latitude: Decimal, longitude: Decimal) -> Point:
    """Return the position of two numbers of degrees, rounded towards zero."""
    return Point(int(latitude * 1_000_000), int(longitude * 1_000_000))


def point_of_uri(uri: str) -> Point | None:
    """Return the position that a `geo:` URI (RFC 5870) names, None where it is none or lies off the globe."""
    match = _GEO_URI.fullmatch(uri)
    if match is None:
        return None
    found = point(Decimal(match[1]), Decimal(match[2]))
    return found if abs(found.latitude) <= 90_000_000 and abs(found.longitude) <= 180_000_000 else None  # noqa: PLR2004


@lru_cache(maxsize=65_536)
def distance(start: Point, end: Point) -> int:
    """Return the metres along the great circle between two positions."""
    chord = _half_chord(_unit(start), _unit(end))
    low, high = 0, _PI * _NANO // (2 * _ONE) + 1
    while high - low > 1:
        middle = (low + high) // 2
        if _sine(middle * _ONE // _NANO) <= chord:
            low = middle
        else:
            high = middle
    return (2 * low * RADIUS + _NANO // 2) // _NANO


def _half_chord(start: tuple[int, int, int], end: tuple[int, int, int]) -> int:
    square = sum((a - b) ** 2 for a, b in zip(start, end, strict=True))
    return math.isqrt(square) // 2


def _unit(position: Point) -> tuple[int, int, int]:
    latitude = position.latitude * _PI // _MICRODEGREES
    longitude = position.longitude * _PI // _MICRODEGREES
    around = _sine(_PI // 2 - abs(latitude))
    east, north = around * _sine(longitude) // _ONE, around * _sine(_PI // 2 - abs(longitude)) // _ONE
    return east, north, _sine(latitude)


def _sine(angle: int) -> int:
    """Return the sine of an angle between -pi and pi, both in units of 1e-15, by its power series."""
    square, term, total, power = angle * angle // _ONE, angle, angle, 1
    while term:
        power += 2
        term = -term * square // (_ONE * power * (power - 1))
        if term == -1:  # floor division never leaves -1
            break
        total += term
    return total
