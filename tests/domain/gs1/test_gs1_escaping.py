import json

from hypothesis import given
from hypothesis import strategies as st

from provenance.domain.gs1.digits import CHARSET_82
from provenance.domain.gs1.escaping import escape_path, escape_query, unescape_path, unescape_query

VALUES = st.text(CHARSET_82 + " #~", max_size=40)


def test_vectors(vectors):
    operations = {
        "URIescape": (escape_path, escape_query),
        "URIunescape": (unescape_path, unescape_query),
    }
    content = json.loads((vectors / "digital-link/uri-escaping.json").read_text())
    for vector in content["vectors"]:
        in_path, in_query = operations[vector["op"]]
        assert (in_path(vector["in"]), in_query(vector["in"])) == (vector["path"], vector["query"]), vector


@given(VALUES)
def test_a_value_comes_back_from_path_and_query(value):
    assert unescape_path(escape_path(value)) == value
    assert unescape_query(escape_query(value)) == value


@given(VALUES)
def test_a_written_value_holds_nothing_that_a_uri_reserves(value):
    assert not set(escape_path(value)) & set("/?#+&= !\"'()*,:;<>")
    assert not set(escape_query(value)) & set("/?#&= !\"'()*,:;<>")


def test_one_value_has_one_form():
    assert {escape_path(unescape_path(text)) for text in ("A%2fB", "A%2FB", "%41/B")} == {"A%2FB"}
