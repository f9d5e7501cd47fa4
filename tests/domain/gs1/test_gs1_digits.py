from hypothesis import given
from hypothesis import strategies as st

from provenance.domain.gs1.digits import CHARSET_82, check_digit, check_pair, is_digits

NUMBERS = st.text("0123456789", min_size=1, max_size=18)


def test_check_digits_of_printed_numbers():
    numbers = ("96385074", "614141000036", "6291041500213", "10614141000415", "106141412345678908")
    assert [check_digit(number[:-1]) for number in numbers] == [number[-1] for number in numbers]


def test_check_pair_of_the_general_specifications_example():
    assert check_pair("1987654Ad4X4bL5ttr2310c") == "2K"


@given(NUMBERS)
def test_check_digit_makes_the_weighted_sum_a_multiple_of_ten(number):
    whole = number + check_digit(number)
    assert sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(reversed(whole))) % 10 == 0


@given(NUMBERS, st.data())
def test_check_digit_finds_every_single_wrong_digit(number, data):
    place = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[place]]))
    assert check_digit(number[:place] + wrong + number[place + 1 :]) != check_digit(number)


@given(st.text(CHARSET_82, min_size=1, max_size=23), st.data())
def test_check_pair_finds_every_single_wrong_character(text, data):
    place = data.draw(st.integers(0, len(text) - 1))
    wrong = data.draw(st.sampled_from([character for character in CHARSET_82 if character != text[place]]))
    assert check_pair(text[:place] + wrong + text[place + 1 :]) != check_pair(text)


def test_only_ascii_digits_are_digits():
    assert is_digits("0123456789")
    assert not any(is_digits(text) for text in ("", "12a", "١٢", "²", "-1", " 1"))
