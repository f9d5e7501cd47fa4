"""Names of countries: one for every code that the domain knows, and no other."""

from provenance.domain.countries import NUMERIC
from web import countries


def test_every_country_has_a_name():
    assert set(countries.NAMES) == set(NUMERIC)
    assert all(name == name.strip() and len(name) > 2 for name in countries.NAMES.values())
    assert countries.name("NL") == "Netherlands"
    assert countries.name("XX") == "XX"
