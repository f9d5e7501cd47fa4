"""Times as events write them: RFC 3339 date-times, checked once each and kept as the text that the event hash uses."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from provenance.domain.errors import Malformed
from provenance.domain.instant import parse_instant

_HALF: Final = timedelta(microseconds=500)
_USUAL: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:(Z)|[+-]\d\d:[0-5]\d)", re.ASCII)
"""The form that the standard library reads as it stands; what is left to `parse_instant` is rare or wrong."""
_TO_THE_MINUTE: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(:[0-5]\d)(?:\.(\d{1,3}))?(Z|[+-]\d\d:[0-5]\d)", re.ASCII
)
"""A time with nothing to be rounded: in UTC its minute is another, what follows that is the same."""
_EXACT: Final = len("2026-03-01T10:00:00.000Z")
"""A time in UTC that is no longer has nothing to be rounded."""

_LONGEST: Final = 64
"""Times with more digits than anybody needs are not kept."""


def instant(text: str) -> datetime:
    """Return the UTC instant; raises `Malformed` (`time.malformed`).

    Remembered, since the events of a document share their times.
    """
    return _instant(text) if len(text) <= _LONGEST else _instant.__wrapped__(text)


def in_milliseconds(text: str) -> str:
    """Return the instant in UTC with milliseconds, rounded half up, and a `Z` (event hash rules 8 and 9).

    Raises `Malformed` (`time.malformed`), also where the rounded instant leaves the year 9999.
    """
    usual = _TO_THE_MINUTE.fullmatch(text)
    if usual is not None:
        minute, second, fraction, offset = usual.groups("")
        if (utc := _minute(minute, offset)) is not None:
            return f"{utc}{second}.{fraction:0<3}Z"
    return _in_milliseconds(text) if len(text) <= _LONGEST else _in_milliseconds.__wrapped__(text)


@lru_cache(maxsize=4096)
def _minute(minute: str, offset: str) -> str | None:
    """Return a minute in UTC, as events of the same minute share it; None where it is not in the calendar."""
    try:
        return datetime.fromisoformat(minute + offset).astimezone(UTC).isoformat(timespec="minutes")[:-6]
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=16_384)
def _instant(text: str) -> datetime:
    if _USUAL.fullmatch(text):
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    return parse_instant(text)


@lru_cache(maxsize=16_384)
def _in_milliseconds(text: str) -> str:
    usual = _USUAL.fullmatch(text)
    if usual is not None:
        try:
            moment = datetime.fromisoformat(text)
            if usual[1] and len(text) <= _EXACT:
                return f"{text[:19]}.{text[20:-1]:0<3}Z"
            return (moment + _HALF).astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
        except (ValueError, OverflowError):
            pass
    try:
        rounded = instant(text) + _HALF
    except OverflowError:
        raise Malformed("time.malformed", f"{text!r} leaves the calendar") from None
    return rounded.isoformat(timespec="milliseconds")[:-6] + "Z"
