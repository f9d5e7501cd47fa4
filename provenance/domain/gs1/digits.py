"""The check digits and check characters of GS1 keys (General Specifications 7.9), pure arithmetic on text."""


def is_digits(text: str) -> bool:
    """Return whether `text` is one or more of the digits 0 to 9; other scripts' digits do not count."""
    return text.isascii() and text.isdigit()


def check_digit(digits: str) -> str:
    """Return the check digit that follows `digits` (mod 10, weights 3 and 1 from the right; General Specifications 7.9.1)."""
    code = digits.encode("ascii")
    # The code of each digit is 48 more than its value; 48 * weight is taken off again for every place.
    heavy, light = code[::-2], code[-2::-2]
    total = 3 * (sum(heavy) - 48 * len(heavy)) + sum(light) - 48 * len(light)
    return str(-total % 10)
