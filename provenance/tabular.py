"""Scans as a table of comma- or semicolon-separated values: bytes in, rows or problems out, and nothing else.

The first line names the columns (`COLUMNS`, in any order and case); `code`, `step` and `time` must be among them. The
separator is the one that the first line has, never a guess. Text is UTF-8, with or without its mark, or else GB18030.
What spreadsheets do to numbers is told by codes of its own: `csv.scientific` (3.40123E+17), `csv.digits_lost` (more
than 15 digits rounded), `csv.decimal` and `csv.leading_zero`. A time without a zone is a time only with the zone that
the caller names. Every problem has its line, as text editors count lines, and its column; all are found at once, up to
`MOST_PROBLEMS`. Sizes are bounded before anything is read.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from provenance import scans
from provenance.domain.errors import Malformed
from provenance.domain.gs1 import scanning
from provenance.domain.instant import parse_instant

COLUMNS = ("code", "step", "time", "place", "partner", "disposition")
NEEDED = ("code", "step", "time")

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 5000
MOST_PROBLEMS = 100
"""How many problems are told; there may be more."""

_MOST_CELL = 2048
_MARK = "\ufeff"
_BLANK = " \t\r\n\u00a0\u3000"
_SEPARATORS = (";", ",")
_HINT = re.compile("sep=([;,])")
"""A first line by which spreadsheets are told the separator."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1c\x1e\x1f\x7f]")
"""What no text has; GS (1D) stands in codes."""
_FORMULA = re.compile('="(.*)"')
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?[Ee]\+[0-9]{1,3}")
_DECIMAL = re.compile(r"[0-9]{6,}[.,][0-9]*")
_ROUNDED = re.compile("[1-9][0-9]{14}0{3,}")
_LENGTHS = (8, 12, 13, 14, 18)
_LOCAL = re.compile(
    r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})[T ]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,6}))?)?"
)
_RFC3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:]{8}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})")
_ZONED = re.compile(r"(.*[0-9]) ?([Zz]|[+-][0-9]{2}:?[0-9]{2})", re.DOTALL)
_OFFSET = re.compile("([+-])([0-9]{2}):?([0-5][0-9])")
_ZONE_NAME = re.compile("[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a table: its line from 1, 0 for the whole; its column, empty for the line; a stable code."""

    line: int
    column: str
    code: str
    detail: str

    def document(self) -> dict[str, Any]:
        """Return it as reports tell it."""
        return {"line": self.line, "column": self.column, "code": self.code, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Row:
    """A line that is well-formed: where it begins, and what it states; times are RFC 3339 with their zone."""

    line: int
    stated: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was read: how, its well-formed rows, how many it has in all, and what is wrong with others."""

    encoding: str
    separator: str
    size: int
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


class _Unreadable(Exception):
    def __init__(self, line: int, column: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.problem = Problem(line, column, code, detail)


def zone(text: str) -> tzinfo:
    """Return a time zone by its name (`Europe/Amsterdam`), `Z` or an offset (`+08:00`).

    Raises `Malformed` (`csv.zone_unknown`).
    """
    if text in ("Z", "z", "UTC"):
        return UTC
    if (match := _OFFSET.fullmatch(text)) is not None and int(match[2]) < 24:  # noqa: PLR2004 - hours of a day
        return _fixed(match)
    if _ZONE_NAME.fullmatch(text) is not None:
        with suppress(ValueError, OSError, KeyError):
            return ZoneInfo(text)
    detail = f"{text[:60]!r} is no time zone known here; say Europe/Amsterdam, Asia/Shanghai, +08:00 or Z"
    raise Malformed("csv.zone_unknown", detail)


def read(body: bytes, local: tzinfo | None = None) -> Table:
    """Return what a table says, times without a zone as of `local`; what is wrong is in the table's problems."""
    try:
        encoding, text = _decoded(body)
        separator, names, lines = _headed(text)
    except _Unreadable as error:
        return Table("", "", 0, (), (error.problem,))
    size, rows, problems = _read(lines, names, local)
    return Table(encoding, separator, size, tuple(rows), tuple(problems[:MOST_PROBLEMS]))


def _read(
    lines: Iterator[tuple[int, list[str]]], names: list[str], local: tzinfo | None
) -> tuple[int, list[Row], list[Problem]]:
    rows: list[Row] = []
    problems: list[Problem] = []
    size = 0
    try:
        for line, cells in lines:
            size += 1
            if size > MOST_ROWS:
                detail = f"a table has at most {MOST_ROWS} lines of scans; send it in parts"
                problems.append(Problem(line, "", "csv.too_many", detail))
                break
            found = list(_row(line, cells, names, local))
            wrong = [each for each in found if isinstance(each, Problem)]
            problems += wrong
            if not wrong:
                rows.append(Row(line, dict(each for each in found if not isinstance(each, Problem))))
    except _Unreadable as error:
        problems.append(error.problem)
    if not size and not problems:
        problems.append(Problem(0, "", "csv.empty", "there is no line below the one that names the columns"))
    return size, rows, problems


def _decoded(body: bytes) -> tuple[str, str]:
    if len(body) > MOST_BYTES:
        raise _Unreadable(0, "", "csv.too_large", f"a table has at most {MOST_BYTES} bytes; send it in parts")
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _Unreadable(0, "", "csv.encoding", "this is UTF-16; save it as CSV UTF-8")
    for encoding in ("utf-8", "gb18030"):
        try:
            text = body.decode(encoding).removeprefix(_MARK)
        except UnicodeDecodeError:
            continue
        if found := _CONTROL.search(text):
            line = text.count("\n", 0, found.start()) + 1
            raise _Unreadable(line, "", "csv.characters", f"there is a control character, U+{ord(found[0]):04X}")
        return encoding, text
    raise _Unreadable(0, "", "csv.encoding", "this is neither UTF-8 nor GB18030; save it as CSV UTF-8")


def _headed(text: str) -> tuple[str, list[str], Iterator[tuple[int, list[str]]]]:
    """Return the separator, the names of the columns, and the lines below them."""
    first = next((line for line in re.split("\r\n|\r|\n", text) if line.strip(_BLANK)), "")
    hint = _HINT.fullmatch(first.strip(_BLANK))
    separator = hint[1] if hint else max(_SEPARATORS, key=first.count)
    lines = _lines(text, separator)
    line, cells = next(lines, (1, []))
    if hint:
        line, cells = next(lines, (2, []))
    names = [cell.lower() for cell in cells]
    while names and not names[-1]:
        names.pop()
    _check_names(line, names)
    return separator, names, lines


def _check_names(line: int, names: Sequence[str]) -> None:
    known = ", ".join(COLUMNS)
    for name in names:
        if name not in COLUMNS:
            detail = f"{name[:40]!r} is not a column; the first line names columns out of {known}, with ; or , between"
            raise _Unreadable(line, name[:40], "csv.column_unknown", detail)
        if names.count(name) > 1:
            raise _Unreadable(line, name, "csv.column_twice", f"there are two columns {name!r}")
    for name in NEEDED:
        if name not in names:
            raise _Unreadable(line, name, "csv.column_missing", f"there is no column {name!r}; columns are {known}")


def _lines(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Give the lines that say anything: where each begins, and its cells without the blanks around them."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _Unreadable(line, "", "csv.quotes", f"the quotation marks of this line do not fit: {error}") from None
        if cells is None:
            return
        cells = [cell.strip(_BLANK) for cell in cells]
        if any(cells):
            yield line, cells


def _row(line: int, cells: list[str], names: list[str], local: tzinfo | None) -> Iterator[tuple[str, str] | Problem]:
    if any(cells[len(names) :]):
        detail = f"this line has {len(cells)} cells and the first line names {len(names)}; quote cells with separators"
        yield Problem(line, "", "csv.cells", detail)
        return
    stated = dict(zip(names, cells, strict=False))
    for name in names:
        text = _unwrapped(stated.get(name, ""))
        if not text:
            if name in NEEDED:
                yield Problem(line, name, "csv.cell_missing", f"there is no {name} on this line")
            continue
        try:
            yield name, _cell(name, text, local)
        except Malformed as error:
            yield Problem(line, name, error.code, error.detail)


def _unwrapped(text: str) -> str:
    """Return what a cell says without the marks by which spreadsheets keep it as text: `="..."` and `'`."""
    match = _FORMULA.fullmatch(text)
    return match[1] if match else text.removeprefix("'")


def _cell(name: str, text: str, local: tzinfo | None) -> str:
    if len(text) > _MOST_CELL:
        raise Malformed("csv.cell_long", f"this has {len(text)} characters; {_MOST_CELL} are enough for any {name}")
    if name == "time":
        return _time(text, local)
    if name in _IDENTIFIERS:
        _check_number(text, _IDENTIFIERS[name])
    elif name == "step":
        scans.step(text)
    elif name == "disposition":
        scans.disposition(text)
    return text


_IDENTIFIERS: Mapping[str, Callable[[str], Any]] = {"code": scanning.read, "place": scanning.place}


def _check_number(text: str, reader: Callable[[str], Any]) -> None:
    """Check that a reader takes an identifier, and say what a spreadsheet did to it where it does not."""
    if _SCIENTIFIC.fullmatch(text):
        detail = f"{text} is what a spreadsheet made of a long number, whose last digits are lost"
        raise Malformed("csv.scientific", f"{detail}; make the column text and enter the code again")
    if _DECIMAL.fullmatch(text):
        detail = f"{text} is what a spreadsheet made of a number; make the column text and enter the code again"
        raise Malformed("csv.decimal", detail)
    try:
        reader(text)
    except Malformed:
        if text.isascii() and text.isdigit() and text[0] != "0":
            _say_what_is_lost(text, reader)
        raise


def _say_what_is_lost(text: str, reader: Callable[[str], Any]) -> None:
    if _ROUNDED.fullmatch(text):
        detail = f"{text} ends in zeros and its check digit is wrong: spreadsheets keep 15 digits of a number"
        raise Malformed("csv.digits_lost", f"{detail}; make the column text and enter the code again")
    for full in (*(text.zfill(length) for length in _LENGTHS if length > len(text)), "0" + text, "00" + text):
        try:
            reader(full)
        except Malformed:
            continue
        detail = f"{text} seems to have lost its leading zeros, which make it {full}; make the column text"
        raise Malformed("csv.leading_zero", detail)


def _time(text: str, local: tzinfo | None) -> str:
    """Return a time as RFC 3339 with its zone.

    Raises `Malformed` (`time.malformed`, `csv.time_form`, `csv.zone_missing`, `csv.time_skipped`, `csv.time_twice`).
    """
    if _RFC3339.fullmatch(text):
        parse_instant(text)
        return text  # as it came, so that it is the same fact by whichever door
    if (zoned := _ZONED.fullmatch(text)) is not None and ":" in zoned[1]:
        offset = UTC if zoned[2] in "Zz" else _fixed(_OFFSET.fullmatch(zoned[2]))
        return _written(_local(zoned[1], text).replace(tzinfo=offset))
    found = _local(text, text)
    if local is None:
        detail = f"{text} has no time zone; write 2026-03-01T09:30:00+08:00, or name the zone that all times are of"
        raise Malformed("csv.zone_missing", detail)
    first, second = (found.replace(tzinfo=local, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        skipped = first.astimezone(UTC).astimezone(local).replace(tzinfo=None) != found
        if skipped:
            raise Malformed("csv.time_skipped", f"there was no {text} in {local}: clocks were put forward")
        raise Malformed("csv.time_twice", f"there was {text} twice in {local}: clocks were put back; state the offset")
    return _written(first)


def _local(text: str, whole: str) -> datetime:
    match = _LOCAL.fullmatch(text)
    if match is None:
        detail = f"{whole[:60]!r} is not a time such as 2026-03-01T09:30:00+08:00 or 2026-03-01 09:30: the year first"
        raise Malformed("csv.time_form", detail)
    year, _, month, day, hour, minute, second, fraction = match.groups()
    micro = int((fraction or "0").ljust(6, "0"))
    try:
        return datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micro)  # noqa: DTZ001
    except ValueError as error:
        raise Malformed("time.malformed", f"{whole!r} is not a time: {error}") from None


def _fixed(match: "re.Match[str] | None") -> tzinfo:
    if match is None or int(match[2]) > 23:  # noqa: PLR2004 - hours of a day
        raise Malformed("time.malformed", "an offset is less than a day")
    span = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(-span if match[1] == "-" else span)


def _written(found: datetime) -> str:
    text = found.isoformat()
    parse_instant(text)
    return text
