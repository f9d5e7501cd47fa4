"""Check digits and check characters of GS1 keys (General Specifications 7.9), pure arithmetic on text."""

CHARSET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
"""The characters of an alphanumeric value in the order of their values (General Specifications 7.11)."""

_CHARSET_32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)


def is_digits(text: str) -> bool:
    """Return whether `text` is one or more of the digits 0 to 9; other scripts' digits do not count."""
    return text.isascii() and text.isdigit()


def check_digit(digits: str) -> str:
    """Return the check digit that follows `digits`: mod 10, weights 3 and 1 from the right (7.9.1)."""
    code = digits.encode("ascii")
    # The code of each digit is 48 more than its value; 48 * weight is taken off again for every place.
    heavy, light = code[::-2], code[-2::-2]
    total = 3 * (sum(heavy) - 48 * len(heavy)) + sum(light) - 48 * len(light)
    return str(-total % 10)


def check_pair(text: str) -> str:
    """Return the two check characters that follow up to 23 characters of a Global Model Number (7.9.5)."""
    weighted = zip(reversed(text), _PRIMES, strict=False)
    total = sum(CHARSET_82.index(character) * weight for character, weight in weighted) % 1021
    return _CHARSET_32[total >> 5] + _CHARSET_32[total & 31]
