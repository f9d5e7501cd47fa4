"""Times as events write them: RFC 3339 date-times, checked once each and kept as the text that the event hash uses."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from provenance.domain.errors import Malformed
from provenance.domain.instant import parse_instant

_HALF: Final = timedelta(microseconds=500)


@lru_cache(maxsize=16_384)
def instant(text: str) -> datetime:
    """Return the UTC instant; raises `Malformed` (`time.malformed`). Cached: the events of a document share their times."""
    return parse_instant(text)


@lru_cache(maxsize=16_384)
def in_milliseconds(text: str) -> str:
    """Return the instant in UTC with milliseconds, rounded half up, and a `Z` (event hash rules 8 and 9).

    Raises `Malformed` (`time.malformed`), also where the rounded instant leaves the year 9999.
    """
    try:
        rounded = instant(text) + _HALF
    except OverflowError:
        raise Malformed("time.malformed", f"{text!r} leaves the calendar") from None
    return rounded.isoformat(timespec="milliseconds")[:-6] + "Z"
