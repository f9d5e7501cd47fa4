"""`provenance scans`: a dry run unless asked, all or nothing, and nothing twice."""

import json

import pytest

GOOD = "code;step;time;partner\n]d20109521234000013211001;shipping;2026-03-01T09:30:00+08:00;Carrier\n"


@pytest.fixture
def sheet(tmp_path):
    def write(content, name="scans.csv"):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return name

    return write


def height(ready):
    done = ready("ledger", "verify")
    assert done.status == 0
    return done.out + done.err


def test_without_record_nothing_is_recorded(ready, sheet):
    before = height(ready)
    done = ready("scans", sheet(GOOD))
    assert (done.status, done.lines) == (
        0, ["2: https://id.gs1.org/01/09521234000013/21/1001  shipping  2026-03-01T09:30:00+08:00"]
    )  # fmt: skip
    assert "nothing recorded" in done.err
    assert height(ready) == before


def test_what_is_recorded_is_on_record_and_again_is_nothing_more(ready, sheet):
    done = ready("scans", sheet(GOOD), "--record", "--as", "Brand", "--json")
    report = json.loads(done.out)
    assert (done.status, report["recorded"], len(report["transactions"])) == (0, True, 1)
    history = ready("history", "https://id.gs1.org/01/09521234000013/21/1001")
    assert len(history.lines) == 1
    assert ready("scans", sheet(GOOD), "--record", "--as", "Brand").status == 0
    assert ready("history", "https://id.gs1.org/01/09521234000013/21/1001").lines == history.lines


def test_one_faulty_line_keeps_all_from_the_record(ready, sheet):
    before = height(ready)
    name = sheet(GOOD + "3.40123E+17;shipping;2026-03-01T09:31:00+08:00;Nobody\n")
    done = ready("scans", name, "--record", "--as", "Brand")
    assert done.status == 1
    assert f"{name}: line 3, code: " in done.err
    assert "(csv.scientific)" in done.err
    assert height(ready) == before
    report = json.loads(ready("scans", name, "--json").out)
    assert [(each["line"], each["column"], each["code"]) for each in report["problems"]] == [
        (3, "code", "csv.scientific")
    ]


def test_partners_are_looked_up_on_record(ready, sheet):
    name = sheet(GOOD.replace("Carrier", "Nobody"))
    done = ready("scans", name)
    assert done.status == 1
    assert "line 2, partner: there is no organisation 'Nobody' on record (scan.partner)" in done.err


def test_zones_are_named_or_refused(ready, sheet):
    name = sheet(GOOD.replace("2026-03-01T09:30:00+08:00", "2026-03-01 09:30"))
    assert "(csv.zone_missing)" in ready("scans", name).err
    done = ready("scans", name, "--zone", "Asia/Shanghai")
    assert done.lines == ["2: https://id.gs1.org/01/09521234000013/21/1001  shipping  2026-03-01T09:30:00+08:00"]
    unknown = ready("scans", name, "--zone", "Europe/Nowhere")
    assert (unknown.status, unknown.out) == (1, "")
    assert "(csv.zone_unknown)" in unknown.err


def test_who_records_must_be_clear(ready, sheet):
    done = ready("scans", sheet(GOOD), "--record")
    assert done.status == 2
    assert "--as ORG" in done.err
