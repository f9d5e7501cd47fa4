"""Which countries a territory reaches on a date: a country, the European Union, a region with unitary rights.

A territory is an ISO 3166-1 alpha-2 code, `EU`, or the ST.3 code of an office whose rights are unitary. What holds
only where it was designated (ARIPO, EPO, the Madrid and Hague systems) reaches no country by itself: such a right
names its countries. Days count whole: a union reaches a country on the day of its accession and on the last day that
the union's law applied there.
"""

from datetime import date

_ALWAYS = date.max
_UNIONS: dict[str, tuple[tuple[date, date, str], ...]] = {
    "EU": (
        (date(1958, 1, 1), _ALWAYS, "BE DE FR IT LU NL"),
        (date(1973, 1, 1), _ALWAYS, "DK IE"),
        # The withdrawal agreement kept the Union's law in force in the United Kingdom to the end of 2020.
        (date(1973, 1, 1), date(2020, 12, 31), "GB"),
        (date(1981, 1, 1), _ALWAYS, "GR"),
        (date(1986, 1, 1), _ALWAYS, "ES PT"),
        (date(1995, 1, 1), _ALWAYS, "AT FI SE"),
        (date(2004, 5, 1), _ALWAYS, "CY CZ EE HU LT LV MT PL SI SK"),
        (date(2007, 1, 1), _ALWAYS, "BG RO"),
        (date(2013, 7, 1), _ALWAYS, "HR"),
    ),
    "BX": ((date(1971, 1, 1), _ALWAYS, "BE LU NL"),),
    "OA": (
        (date(1982, 2, 8), _ALWAYS, "BF BJ CF CG CI CM GA ML MR NE SN TD TG"),
        (date(1990, 1, 13), _ALWAYS, "GN"),
        (date(1998, 7, 8), _ALWAYS, "GW"),
        (date(2000, 11, 23), _ALWAYS, "GQ"),
        (date(2013, 5, 25), _ALWAYS, "KM"),
    ),
    "EA": (
        (date(1995, 8, 12), _ALWAYS, "BY TJ TM"),
        (date(1995, 9, 27), _ALWAYS, "RU"),
        (date(1995, 11, 5), _ALWAYS, "KZ"),
        (date(1995, 12, 25), _ALWAYS, "AZ"),
        (date(1996, 1, 13), _ALWAYS, "KG"),
        (date(1996, 2, 16), date(2012, 4, 26), "MD"),
        (date(1996, 2, 27), _ALWAYS, "AM"),
    ),
}
_UNITARY = {"EM": "EU", "QZ": "EU"}
"""Offices whose rights reach all of a union that has another code."""

_DESIGNATING = frozenset(("AP", "EP", "GC", "IB", "UP", "WO", "XN", "XV"))
"""Offices whose rights have effect in the countries that they designate."""

_PARTS = {"AX": "FI", "GF": "FR", "GP": "FR", "MF": "FR", "MQ": "FR", "RE": "FR", "YT": "FR"}
"""Parts of a country, and of the Union, that have a country code of their own (TFEU, article 355)."""


def covers(territory: str, country: str, on: date) -> bool:
    """Return whether a right or licence for `territory` reaches `country` (ISO 3166-1 alpha-2) on a day."""
    state = _PARTS.get(country, country)
    if territory in (country, state):
        return True
    union = _UNIONS.get(_UNITARY.get(territory, territory), ())
    return any(since <= on <= until and state in members.split() for since, until, members in union)


def office_covers(office: str, country: str, on: date) -> bool:
    """Return whether a right of an office (ST.3) may reach `country` on a day.

    For an office of designations this is any country: which ones a right of it reaches, the right itself says.
    """
    return office in _DESIGNATING or covers(office, country, on)
