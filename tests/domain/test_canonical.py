"""JSON read strictly and written in one form."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.domain import canonical
from provenance.domain.canonical import Number
from provenance.domain.errors import Malformed


def refused(body: bytes, **options: int) -> tuple[str, str]:
    with pytest.raises(Malformed) as caught:
        canonical.parse(body, **options)
    return caught.value.code, caught.value.pointer


def test_numbers_keep_their_literals() -> None:
    body = b'{"big":18446744073709551616,"exponent":1E+3,"minus":-0,"small":12,"zeros":1.500}'
    value = canonical.parse(body)
    assert value == {
        "big": Number("18446744073709551616"),
        "exponent": Number("1E+3"),
        "minus": Number("-0"),
        "small": 12,
        "zeros": Number("1.500"),
    }
    assert canonical.dump(value) == body
    assert not isinstance(value["zeros"], str | float)


def test_names_are_sorted_by_code_point_and_nothing_is_escaped_that_need_not_be() -> None:
    value = canonical.parse('{"é": 1, "z": "\\u00e9\\/", "A": [ 1 , 2 ], "\U0001f600": null, "\uffee": true}'.encode())
    assert canonical.dump(value) == '{"A":[1,2],"z":"é/","é":1,"\uffee":true,"\U0001f600":null}'.encode()


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"a":1,"a":1}', "/a"),
        (b'{"a":[{"b":{"c":1,"d":2,"c":3}}]}', "/a/0/b/c"),
        (b'{"a/b":{"~":1,"~":2}}', "/a~1b/~0"),
        (b'{"a":1,"\\u0061":2}', "/a"),
    ],
)
def test_a_name_that_occurs_twice_is_refused_with_its_place(body: bytes, place: str) -> None:
    assert refused(body) == ("json.duplicate", place)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1,]",
        b"{'a':1}",
        b"[01]",
        b"[NaN]",
        b"[Infinity]",
        b"[-Infinity]",
        b'["\t"]',
        b"1 2",
        b"\xef\xbb\xbf[]",
    ],
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    assert refused(body)[0] == "json.syntax"


@pytest.mark.parametrize("literal", [b"1e1234567890", b"-0.5E-1234567890", b"1E+1" + b"0" * 5000])
def test_a_number_that_no_decimal_can_hold_is_refused(literal: bytes) -> None:
    assert refused(b'{"quantity":[' + literal + b"]}")[0] == "json.number"


@pytest.mark.parametrize("literal", ["1e999999999", "-0.5E-999999999", "1" * 5000, "0." + "1" * 5000])
def test_any_other_number_is_held_exactly(literal: str) -> None:
    number = canonical.parse(literal.encode())
    assert canonical.dump(number) == literal.encode()
    assert number.decimal == Decimal(literal)


def test_a_syntax_error_says_where_it_is() -> None:
    with pytest.raises(Malformed, match="line 3, column 7"):
        canonical.parse(b'{\n "a": 1,\n "b": x\n}')


@pytest.mark.parametrize("body", [b'["\xff"]', b'["\xc0\xaf"]', b'["\xed\xa0\x80"]'])
def test_bytes_that_are_not_utf_8_are_refused(body: bytes) -> None:
    assert refused(body)[0] == "json.encoding"


@pytest.mark.parametrize(
    ("body", "place"), [(b'{"a":["\\ud800"]}', "/a/0"), (b'{"\\udfff":1}', ""), (b'"\\ud800x\\udc00"', "")]
)
def test_a_lone_surrogate_is_refused(body: bytes, place: str) -> None:
    assert refused(body) == ("json.encoding", place)


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert canonical.parse(b'"\\ud83d\\ude00"') == "\U0001f600"


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_nesting_is_bounded(opening: bytes, closing: bytes) -> None:
    assert canonical.parse(opening * 64 + b"1" + closing * 64) is not None
    assert refused(opening * 65 + b"1" + closing * 65)[0] == "json.depth"
    assert refused(opening * 4 + b"1" + closing * 4, max_depth=3)[0] == "json.depth"
    assert refused(opening * 100_000)[0] in {"json.depth", "json.syntax"}
    assert refused(b'[{"a":1,"a":2},' + opening * 100_000)[0] in {"json.depth", "json.duplicate"}


def test_brackets_in_texts_and_beside_each_other_do_not_nest() -> None:
    assert canonical.parse(b'"' + b"[{" * 100 + b'"') == "[{" * 100
    assert canonical.parse(b"[" + b",".join([b"{}"] * 100) + b"]") == [{}] * 100


@pytest.mark.parametrize("value", [{1}, object(), b"bytes"])
def test_only_json_values_are_written(value: object) -> None:
    with pytest.raises(TypeError):
        canonical.dump([value])


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
)


@given(VALUES)
def test_reading_what_was_written_gives_the_same_bytes(value: object) -> None:
    written = canonical.dump(canonical.parse(json.dumps(value).encode()))
    assert canonical.dump(canonical.parse(written)) == written
    assert json.loads(written) == value


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        value = canonical.parse(body)
    except Malformed as error:
        refusal = error.code
    else:
        assert canonical.parse(canonical.dump(value)) == value
        return
    assert refusal.startswith("json.")
