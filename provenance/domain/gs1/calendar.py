"""Dates in the values of Application Identifiers: digits of year, month and day (General Specifications 3.4)."""

_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LEAP_DAY = "0229"
_SHORT_YEAR = len("YYMMDD")


def day(text: str) -> bool:
    """Return whether `text`, digits as YYMMDD or YYYYMMDD, is a day of the calendar."""
    year, month, number = int(text[:-4]), int(text[-4:-2]), int(text[-2:])
    if not (1 <= month <= len(_DAYS) and 1 <= number <= _DAYS[month - 1]):
        return False
    full = len(text) > _SHORT_YEAR
    return text[-4:] != _LEAP_DAY or (year % 4 == 0 and (not full or year % 100 != 0 or year % 400 == 0))


def day_or_none(text: str) -> bool:
    """Return whether `text` is a day, or a month whose day is left open as `00`."""
    return day(text) or (text[-2:] == "00" and day(text[:-2] + "01"))
