"""Instants: aware UTC `datetime` inside, RFC 3339 outside."""

import re
from datetime import UTC, datetime, timedelta

import orjson

from provenance.domain.errors import Malformed

_RFC3339 = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:[0-5]\d)", re.ASCII)


def parse_instant(text: str) -> datetime:
    """Return the UTC instant of an RFC 3339 date-time; digits beyond the microsecond are cut.

    Raises `Malformed` (`time.malformed`) when it is no such date-time or leaves the years 1 to 9999.
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise Malformed("time.malformed", f"{text!r} is not an RFC 3339 date-time such as 2026-03-01T09:30:00Z")
    day, clock, fraction, zone = match.groups()
    micro = (fraction or "0")[:6].ljust(6, "0")
    zone = "+00:00" if zone in "Zz" else zone
    try:
        return datetime.fromisoformat(f"{day}T{clock}.{micro}{zone}").astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Malformed("time.malformed", f"{text!r} is not a date-time: {error}") from None


def format_instant(instant: datetime) -> str:
    """Return the RFC 3339 form in UTC, with milliseconds, or microseconds where the instant has them."""
    text = orjson.dumps(instant.astimezone(UTC), option=orjson.OPT_UTC_Z).decode()  # isoformat costs three times more
    if instant.microsecond % 1000:
        return text[1:-1]
    return f"{text[1:24]}Z" if instant.microsecond else f"{text[1:20]}.000Z"


def seconds(count: int) -> timedelta:
    """Return a span of `count` whole seconds."""
    return timedelta(seconds=count)
