"""Units of measure (UN/ECE Recommendation 20) that stand for the same kind of amount, and the ways between them.

Exact: factors are fractions, nothing is rounded. A code that is not listed here is only ever equal to itself.
"""

from fractions import Fraction
from typing import Final

_LISTS: Final = {
    "temperature": "KEL=1 CEL=1+273.15 FAH=5/9+459.67*5/9 A48=5/9",
    "mass": "KGM=1 GRM=0.001 MGM=0.000001 MC=0.000000001 TNE=1000 LBR=0.45359237 ONZ=0.028349523125 STN=907.18474"
    " LTN=1016.0469088 DTN=100",
    "length": "MTR=1 KMT=1000 CMT=0.01 MMT=0.001 DMT=0.1 INH=0.0254 FOT=0.3048 YRD=0.9144 SMI=1609.344 NMI=1852"
    " 4H=0.000001 C45=0.000000001",
    "area": "MTK=1 KMK=1000000 CMK=0.0001 MMK=0.000001 DMK=0.01 HAR=10000 INK=0.00064516 FTK=0.09290304 YDK=0.83612736",
    "volume": "MTQ=1 LTR=0.001 DMQ=0.001 MLT=0.000001 CMQ=0.000001 MMQ=0.000000001 HLT=0.1 CLT=0.00001 DLT=0.0001"
    " INQ=0.000016387064 FTQ=0.028316846592 YDQ=0.764554857984 GLL=0.003785411784 GLI=0.00454609",
    "pressure": "PAL=1 KPA=1000 MPA=1000000 A97=100 BAR=100000 MBR=100 HBA=10000000 ATM=101325",
    "time": "SEC=1 MIN=60 HUR=3600 DAY=86400 WEE=604800 C26=0.001 B98=0.000001 C47=0.000000001",
    "speed": "MTS=1 KMH=1/3.6 HM=0.44704 KNT=1852/3600 C16=0.001 2M=0.01",
    "frequency": "HTZ=1 KHZ=1000 MHZ=1000000 A86=1000000000",
    "energy": "JOU=1 KJO=1000 3B=1000000 GV=1000000000 WHR=3600 KWH=3600000 MWH=3600000000",
    "power": "WTT=1 KWT=1000 MAW=1000000 C31=0.001",
    "voltage": "VLT=1 KVT=1000 2Z=0.001 D82=0.000001",
    "current": "AMP=1 4K=0.001 B84=0.000001 B22=1000",
    "resistance": "OHM=1 B49=1000 B75=1000000",
    "force": "NEW=1 B47=1000 DU=0.00001",
    "angle": "C81=1 C25=0.001",
    "share": "P1=0.01 NX=0.001 59=0.000001 61=0.000000001 C62=1",
    "illuminance": "LUX=1 KLX=1000",
    "acceleration": "MSK=1 K40=9.80665",
    "radiation": "BQL=1 2Q=1000 4N=1000000",
    "concentration": "23=1 KMQ=0.001 GL=0.001 M1=0.000001 GP=0.000000001 GQ=0.000000000001",
}


def _number(text: str) -> Fraction:
    value = Fraction(1)
    for part in text.split("*"):
        over, _, under = part.partition("/")
        value *= Fraction(over) / Fraction(under or "1")
    return value


def _read(listed: str) -> dict[str, tuple[Fraction, Fraction]]:
    units = {}
    for each in listed.split():
        code, _, way = each.partition("=")
        factor, _, offset = way.partition("+")
        units[code] = (_number(factor), _number(offset or "0"))
    return units


_UNITS: Final = {code: (quantity, *way) for quantity, listed in _LISTS.items() for code, way in _read(listed).items()}


def convert(value: Fraction, unit: str, *, to: str) -> Fraction | None:
    """Return an amount in another unit, None where the two do not stand for the same kind of amount."""
    return _converted(value, unit, to, offset=1)


def convert_span(value: Fraction, unit: str, *, to: str) -> Fraction | None:
    """Return a difference of amounts, such as a standard deviation, in another unit."""
    return _converted(value, unit, to, offset=0)


def _converted(value: Fraction, unit: str, to: str, *, offset: int) -> Fraction | None:
    if unit == to:
        return value
    kind, factor, zero = _UNITS.get(unit, (None, Fraction(1), Fraction(0)))
    wanted, factor_to, zero_to = _UNITS.get(to, ("", Fraction(1), Fraction(0)))
    if kind != wanted:
        return None
    return (value * factor + offset * (zero - zero_to)) / factor_to
