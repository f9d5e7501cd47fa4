"""Instants as the operations store holds them: whole milliseconds since 1970 in UTC."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_millis(instant: datetime) -> int:
    """Return the milliseconds from 1970 to `instant`."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)


def from_millis(count: int) -> datetime:
    """Return the UTC instant `count` milliseconds after 1970."""
    return _EPOCH + timedelta(milliseconds=count)
