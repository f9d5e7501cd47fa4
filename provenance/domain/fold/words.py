"""How findings and histories speak: dates, spans, distances and steps in plain words, the same on every machine."""

from datetime import UTC, date, datetime, timedelta

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_HOUR, _DAY = 3600, 86400
_HOURS_SHOWN = 48


def day(when: date | datetime) -> str:
    """Return a date such as `3 March 2026`; an instant's date is the one in UTC."""
    when = when.astimezone(UTC) if isinstance(when, datetime) else when
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def instant(when: datetime) -> str:
    """Return a date and time such as `3 March 2026, 09:30 UTC`."""
    when = when.astimezone(UTC)
    return f"{day(when)}, {when.hour:02}:{when.minute:02} UTC"


def span(length: timedelta) -> str:
    """Return a span such as `3 hours`, in the largest unit that tells it well."""
    seconds = abs(length) // timedelta(seconds=1)
    if seconds < _HOUR:
        return _count(seconds // 60, "minute")
    return _count(seconds // _HOUR, "hour") if seconds < _HOURS_SHOWN * _HOUR else _count(seconds // _DAY, "day")


def kilometres(metres: int) -> str:
    """Return a distance such as `9,100 km`, to two figures above a thousand."""
    whole = metres // 1000
    return f"{whole // 100 * 100 if whole >= 1000 else whole:,} km"  # noqa: PLR2004


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
