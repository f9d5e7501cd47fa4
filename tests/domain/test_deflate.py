"""Arguments as they travel: the same after it, bounded, and never taken for one another."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.domain.deflate import MOST_BYTES, deflated, inflated
from provenance.domain.errors import Malformed


@given(st.text(), st.integers(0, 200))
def test_what_travels_is_the_same_afterwards(text, times):
    arguments = b'{"said":"%b"}' % (text.encode() * times)
    assert inflated(deflated(arguments)) == arguments


def test_only_what_is_long_is_deflated():
    assert deflated(b'{"a":1}') == b'{"a":1}'
    assert len(deflated(b'{"a":"%b"}' % (b"b" * 2000))) < 100


@pytest.mark.parametrize("level", range(10))
def test_every_level_is_read(level):
    assert inflated(zlib.compress(b'{"a":1}', level)) == b'{"a":1}'


@pytest.mark.parametrize("cut", [1, 2, 5, 20])
def test_what_was_cut_off_is_refused(cut):
    assert_refused(zlib.compress(b'{"a":"somewhat longer than that"}')[:-cut])


def test_what_goes_on_after_its_end_is_refused():
    assert_refused(zlib.compress(b"{}") + b"{}")


def test_what_is_damaged_is_refused():
    sent = bytearray(zlib.compress(b'{"a":"somewhat longer than that"}'))
    sent[12] ^= 1
    assert_refused(bytes(sent))


def test_what_comes_to_too_much_is_refused_and_the_most_is_not():
    assert len(inflated(zlib.compress(bytes(MOST_BYTES)))) == MOST_BYTES
    assert_refused(zlib.compress(bytes(MOST_BYTES + 1)))


@given(st.binary(max_size=300))
def test_whatever_comes_is_refused_with_the_one_code(sent):
    assert_refused(b"\x78" + sent)


def assert_refused(sent):
    with pytest.raises(Malformed) as refusal:
        inflated(sent)
    assert refusal.value.code == "contract.deflated"
