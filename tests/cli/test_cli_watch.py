"""`provenance watch`: files become facts, each once, also when the watcher is killed."""

import json
import os
import signal
import subprocess
import time

import pytest
from cli_documents import PROGRAM, document, observed, write

TABLE = "code,step,time\n(01)09521234000013(21)3001,storing,2026-03-01T09:30:00Z\n"


@pytest.fixture
def drop(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


def ends(folder):
    names = ("taken", "recorded", "refused", "checked")
    found = {name: sorted(each.name for each in (folder / name).iterdir()) for name in names}
    return {name: [each for each in files if not each.endswith(".report.json")] for name, files in found.items()}


def test_documents_and_tables_come_to_their_ends(ready, drop):
    write(drop, "good.json", document(observed()))
    write(drop, "bad.json", document(observed(), {"type": "ObjectEvent"}))
    (drop / "table.csv").write_text(TABLE)
    (drop / "faulty.csv").write_text(TABLE + "3.40123E+17,storing,2026-03-01T09:30:00Z\n")
    done = ready("watch", "in", "--as", "Brand", "--once")
    assert done.status == 1
    assert ends(drop) == {
        "taken": [], "recorded": ["good.json"], "refused": ["bad.json", "faulty.csv"], "checked": ["table.csv"]
    }  # fmt: skip
    assert sorted(line.partition(":")[0] for line in done.err.splitlines() if "warning" not in line) == [
        "bad.json", "faulty.csv", "good.json", "table.csv"
    ]  # fmt: skip
    report = json.loads((drop / "refused" / "faulty.csv.report.json").read_text())
    assert [(each["line"], each["code"]) for each in report["problems"]] == [(3, "csv.scientific")]
    report = json.loads((drop / "refused" / "bad.json.report.json").read_text())
    assert report["problems"][0]["pointer"].startswith("/epcisBody/eventList/1")
    assert len(ready("history", observed()["epcList"][0]).lines) == 1


def test_tables_are_recorded_where_that_is_asked_for(ready, drop):
    item = "https://id.gs1.org/01/09521234000013/21/3001"
    for name in ("table.csv", "again.csv"):
        (drop / name).write_text(TABLE)
    done = ready("watch", "in", "--as", "Brand", "--once", "--record-csv")
    assert (done.status, ends(drop)["recorded"]) == (0, ["again.csv", "table.csv"])
    assert len(ready("history", item).lines) == 1
    report = json.loads((drop / "recorded" / "table.csv.report.json").read_text())
    assert (report["result"], len(report["transactions"])) == ("recorded", 1)


def wait_for(condition):
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def start(tmp_path):
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PROVENANCE_")}
    environ["PROVENANCE_HOME"] = str(tmp_path / "home")
    command = [PROGRAM, "watch", str(tmp_path / "in"), "--as", "Brand"]
    return subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True)


def test_a_killed_watcher_loses_nothing_and_records_nothing_twice(ready, tmp_path, drop):
    count = 40
    items = [f"urn:epc:id:sgtin:9521234.000001.{5000 + number}" for number in range(count)]
    for number, item in enumerate(items):
        write(drop, f"{number:03d}.json", document(observed(item)))
    for least in (3, 12):
        with start(tmp_path) as watcher:
            wait_for(lambda least=least: (drop / "recorded").is_dir() and len(ends(drop)["recorded"]) >= least)
            watcher.kill()
    done = ready("watch", "in", "--as", "Brand", "--once")
    assert done.status == 0, done.err
    assert len(ends(drop)["recorded"]) == count
    assert list(drop.glob("*.json")) == []
    assert [len(ready("history", item).lines) for item in items] == [1] * count


def test_a_watcher_that_is_told_to_stop_ends_well(ready, tmp_path, drop):
    write(drop, "good.json", document(observed()))
    with start(tmp_path) as watcher:
        wait_for((drop / "recorded" / "good.json").exists)
        watcher.send_signal(signal.SIGTERM)
        assert watcher.wait(timeout=60) == 0
