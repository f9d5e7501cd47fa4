"""Tables of scans: what is written is read, and what is wrong has its line, its column and a code."""

from datetime import UTC

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from provenance import tabular
from provenance.domain.errors import Malformed
from provenance.domain.gs1 import scanning
from provenance.domain.gs1.keys import check_digit
from provenance.domain.instant import parse_instant
from provenance.tabular import COLUMNS, NEEDED

UNIT = "095256780000000011"
TIME = "2026-03-01T09:30:00+08:00"
AMSTERDAM = tabular.zone("Europe/Amsterdam")


def table(*cells, head=("code", "step", "time"), separator=";"):
    return "\n".join(separator.join(row) for row in (head, *cells)).encode()


def problems(body, local=None):
    return [(each.line, each.column, each.code) for each in tabular.read(body, local).problems]


def of_code(code):
    return problems(table((code, "storing", TIME)))


def of_time(time, local=None):
    return [code for _, _, code in problems(table((UNIT, "storing", time)), local)]


def read_time(time, local=None):
    (row,) = tabular.read(table((UNIT, "storing", time)), local).rows
    return row.stated["time"]


@pytest.mark.parametrize("separator", [";", ","])
@pytest.mark.parametrize(
    ("encoding", "mark"), [("utf-8", ""), ("utf-8", "\ufeff"), ("gb18030", ""), ("gb18030", "\ufeff")]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_encodings_and_ends_of_lines(separator, encoding, mark, end):
    lines = (("code", "step", "time", "partner"), (UNIT, "shipping", TIME, "上海工厂"))
    text = mark + end.join(separator.join(line) for line in lines) + end
    read = tabular.read(text.encode(encoding))
    assert (read.encoding, read.separator, read.size, read.problems) == (encoding, separator, 1, ())
    assert read.rows[0].stated == {"code": UNIT, "step": "shipping", "time": TIME, "partner": "上海工厂"}


def test_columns_stand_in_any_order_and_case_and_empty_cells_state_nothing():
    body = f" Step ;TIME;place;Code;;\nstoring;{TIME};;{UNIT};;\n;;;;\n\n".encode()
    read = tabular.read(body)
    assert (read.size, read.problems) == (1, ())
    assert read.rows[0].stated == {"step": "storing", "time": TIME, "code": UNIT}


def test_spreadsheets_may_say_the_separator_first():
    read = tabular.read(b"sep=,\r\n" + table((UNIT, "storing", TIME), separator=","))
    assert (read.separator, read.rows[0].line, read.problems) == (",", 3, ())


@pytest.mark.parametrize(
    "code", [UNIT, f"]C100{UNIT}", f"(00){UNIT}", f'="{UNIT}"', f"'{UNIT}", "urn:epc:id:sscc:9525678.0000000001",
             f"https://id.gs1.org/00/{UNIT}", "]d2010952123400001310L9\x1d211000", "9521234000013"]
)  # fmt: skip
def test_codes_come_in_every_form(code):
    (row,) = tabular.read(table((code, "storing", TIME))).rows
    scanning.read(row.stated["code"])


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("3.40123E+17", "csv.scientific"),
        ("3,40123E+17", "csv.scientific"),
        ("3E+17", "csv.scientific"),
        ("9.5256780000000011e+16", "csv.scientific"),
        ("95256780000000011.00", "csv.decimal"),
        ("340123450000012000", "csv.digits_lost"),
        (UNIT[1:], "csv.leading_zero"),
        ("00" + UNIT[1:], "identifier.form"),
        ("52123400001", "identifier.form"),
        ("109521234000013211000", "csv.leading_zero"),
        (UNIT[:-1] + "2", "identifier.check_digit"),
        ("no code", "identifier.form"),
        ("x" * 2049, "csv.cell_long"),
    ],
)
def test_what_spreadsheets_do_to_codes_is_told_by_name(code, said):
    assert of_code(code) == [(2, "code", said)]


def test_places_lose_their_zeros_too():
    gln = "095256780000" + check_digit("095256780000")
    head = ("code", "step", "time", "place")
    assert problems(table((UNIT, "storing", TIME, gln), head=head)) == []
    assert problems(table((UNIT, "storing", TIME, gln[1:]), head=head)) == [(2, "place", "csv.leading_zero")]
    assert problems(table((UNIT, "storing", TIME, "9.52568E+12"), head=head)) == [(2, "place", "csv.scientific")]


@given(st.text("0123456789", min_size=17, max_size=17), st.integers(0, 3))
def test_a_unit_that_lost_its_zeros_is_never_taken_for_another_thing_without_a_word(digits, zeros):
    full = "0" * zeros + digits[zeros:]
    full += check_digit(full)
    lost = full.lstrip("0") or "0"
    read = tabular.read(table((lost, "storing", TIME)))
    for row in read.rows:  # as many digits are left as a GTIN has, whose check digit is the same
        assert lost == full or len(lost) in (8, 12, 13, 14)
        scanning.read(row.stated["code"])
    if len(lost) in (15, 16, 17):
        assert {each.code for each in read.problems} <= {"csv.leading_zero", "csv.digits_lost"}
        assert read.problems


@pytest.mark.parametrize(
    ("time", "local", "read"),
    [
        ("2026-03-01T09:30:00+08:00", None, "2026-03-01T09:30:00+08:00"),
        ("2026-03-01t09:30:00.5z", None, "2026-03-01t09:30:00.5z"),
        ("2026-03-01 09:30 Z", None, "2026-03-01T09:30:00+00:00"),
        ("2026-03-01 09:30+0800", None, "2026-03-01T09:30:00+08:00"),
        ("2026/3/1 9:30", AMSTERDAM, "2026-03-01T09:30:00+01:00"),
        ("2026-07-01 09:30:15,25", AMSTERDAM, "2026-07-01T09:30:15.250000+02:00"),
        ("2026.7.1 09:30", UTC, "2026-07-01T09:30:00+00:00"),
    ],
)
def test_times_are_read(time, local, read):
    assert read_time(time.replace(",", "."), local) == read


@pytest.mark.parametrize(
    ("time", "local", "code"),
    [
        ("2026-03-01 09:30", None, "csv.zone_missing"),
        ("2026-03-01T09:30:00", None, "csv.zone_missing"),
        ("01.03.2026 09:30", AMSTERDAM, "csv.time_form"),
        ("3/1/2026 9:30", AMSTERDAM, "csv.time_form"),
        ("46082.39", AMSTERDAM, "csv.time_form"),
        ("2026-03-01", AMSTERDAM, "csv.time_form"),
        ("2026-02-30 09:30", AMSTERDAM, "time.malformed"),
        ("2026-02-30T09:30:00Z", None, "time.malformed"),
        ("2026-03-01 25:30 Z", None, "time.malformed"),
        ("2026-03-01 09:30 +99:00", None, "time.malformed"),
        ("2026-03-29 02:30", AMSTERDAM, "csv.time_skipped"),
        ("2026-10-25 02:30", AMSTERDAM, "csv.time_twice"),
    ],
)
def test_times_that_are_none_or_could_be_two_are_refused(time, local, code):
    assert of_time(time, local) == [code]


@pytest.mark.parametrize(
    "text", ["Europe/Nowhere", "", "../etc/passwd", "/etc/passwd", "+25:00", "Europe", "a\0b", "x" * 999]
)
def test_zones_that_nobody_knows_are_refused(text):
    with pytest.raises(Malformed) as refused:
        tabular.zone(text)
    assert refused.value.code == "csv.zone_unknown"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", (1, "code", "csv.column_missing")),
        (b"code;step\n", (1, "time", "csv.column_missing")),
        (b"code;step;time;colour\n", (1, "colour", "csv.column_unknown")),
        (b"code;step;time;code\n", (1, "code", "csv.column_twice")),
        (b"code\tstep\ttime\n", (1, "code\tstep\ttime", "csv.column_unknown")),
        (b"code;step;time\n", (0, "", "csv.empty")),
        (table((UNIT, "storing")), (2, "time", "csv.cell_missing")),
        (table((UNIT, "storing", TIME, "more")), (2, "", "csv.cells")),
        (table((UNIT, "stored", TIME)), (2, "step", "scan.step")),
        (table((UNIT, "storing", TIME, "x"), head=(*NEEDED, "disposition")), (2, "disposition", "scan.disposition")),
        (table(('"' + UNIT, "storing", TIME)), (2, "", "csv.quotes")),
        (table((UNIT, "stor\0ing", TIME)), (2, "", "csv.characters")),
        ("code;step;time".encode("utf-16"), (0, "", "csv.encoding")),
        (b"code;step;time\n\xff\xff", (0, "", "csv.encoding")),
        (b"x" * (tabular.MOST_BYTES + 1), (0, "", "csv.too_large")),
    ],
)
def test_what_is_wrong_has_its_line_and_its_column(body, found):
    assert problems(body) == [found]


def test_lines_are_counted_as_editors_count_them():
    body = f'code;step;time;partner\n\n{UNIT};shipping;{TIME};"two\nlines"\n;storing;{TIME}\n'.encode()
    read = tabular.read(body)
    assert [row.line for row in read.rows] == [3]
    assert [(each.line, each.code) for each in read.problems] == [(5, "csv.cell_missing")]


def test_lines_are_bounded():
    line = (UNIT, "storing", TIME)
    assert problems(table(*[line] * tabular.MOST_ROWS)) == []
    assert problems(table(*[line] * (tabular.MOST_ROWS + 1))) == [(tabular.MOST_ROWS + 2, "", "csv.too_many")]
    assert len(problems(table(*[("x", "storing", TIME)] * 200))) == tabular.MOST_PROBLEMS


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=30).filter(
    lambda text: text.strip(tabular._BLANK) == text and not text.startswith(("'", '="')) and text != "\ufeff"
)


@settings(deadline=None)
@given(
    st.lists(CELLS, min_size=1, max_size=8), st.sampled_from(";,"), st.permutations(["code", "step", "time", "partner"])
)
def test_what_is_written_is_read(partners, separator, names):
    def quoted(text):
        return '"' + text.replace('"', '""') + '"'

    rows = [{"code": UNIT, "step": "shipping", "time": TIME, "partner": partner} for partner in partners]
    lines = [separator.join(names), *(separator.join(quoted(row[name]) for name in names) for row in rows)]
    read = tabular.read("\r\n".join(lines).encode())
    assert read.problems == ()
    assert [dict(row.stated) for row in read.rows] == rows


@settings(deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode), st.sampled_from([None, AMSTERDAM]))
@example(b'code;step;time\n"', None)
@example(b"code,step,time\n\xef\xbb\xbf", None)
def test_any_bytes_are_a_table_or_problems(tail, local):
    for body in (tail, b"code;step;time;place\n" + tail):
        read = tabular.read(body, local)
        assert read.rows or read.problems
        assert all(set(NEEDED) <= set(row.stated) <= set(COLUMNS) for row in read.rows)
        for row in read.rows:
            parse_instant(row.stated["time"])
            scanning.read(row.stated["code"])
