"""North American coupon codes, the values of AI (8110) and AI (8112).

Both are strings of digits in which a digit says how long the field after it is. The layout of (8110) follows the
North American Coupon Application Guideline, that of (8112) the GS1 AI (8112) Coupon Data Specification.
"""

import re

from provenance.domain.gs1.calendar import day


def _measured(indicators: str, *, more: int = 0) -> str:
    """Return the pattern of a field of as many digits as its indicator says, and `more`."""
    return "(?:" + "|".join(f"{each}[0-9]{{{int(each) + more}}}" for each in indicators) + ")"


_PREFIX = _measured("0123456", more=6)
_SERIAL = _measured("0123456789", more=6)
_OFFER = "[0-9]{6}"
_VALUE = _measured("12345")
_PURCHASE = f"{_VALUE}[0-49][0-9]{{3}}"
"""How much is to be bought, what that counts, and the family of products."""

_COUPON = re.compile(
    f"{_PREFIX}{_OFFER}{_VALUE}{_PURCHASE}"
    f"(?:1[0-3]{_PURCHASE}(?:{_PREFIX}|9))?(?:2{_PURCHASE}(?:{_PREFIX}|9))?"
    "(?:3(?P<last>[0-9]{6}))?(?:4(?P<first>[0-9]{6}))?"
    f"(?:5{_SERIAL})?(?:6{_measured('1234567', more=6)})?(?:9[01256][0-2][0-9][01])?"
)
_POSITIVE_OFFER = re.compile(f"[01]{_PREFIX}{_OFFER}{_SERIAL}")


def coupon_code(text: str) -> bool:
    """Return whether `text` is laid out as a coupon code of AI (8110), with days that exist and are in order."""
    match = _COUPON.fullmatch(text)
    if match is None:
        return False
    first, last = match["first"], match["last"]
    return all(day(each) for each in (first, last) if each) and not (first and last and first > last)


def positive_offer(text: str) -> bool:
    """Return whether `text` is laid out as a positive offer file coupon of AI (8112)."""
    return _POSITIVE_OFFER.fullmatch(text) is not None
