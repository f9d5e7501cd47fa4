"""A watched folder: files are taken when they are complete, and none is lost, whatever happens meanwhile."""

import json
import os
from threading import Event

import pytest

from provenance.ledger.port import Unknown
from provenance.watched import End, Folder, Told, WatchError


class Work:
    """Records by keeping what it was given; what begins with `bad` is refused."""

    def __init__(self):
        self.done = []
        self.before = lambda name: None

    def __call__(self, name, body):
        self.before(name)
        self.done.append((name, body))
        end = End.REFUSED if body.startswith(b"bad") else End.RECORDED
        return Told(end, {"size": len(body)}, end.value)


@pytest.fixture
def work():
    return Work()


@pytest.fixture
def said():
    return []


@pytest.fixture
def folder(tmp_path, work, said):
    made = Folder(tmp_path, work, most=1000, say=said.append)
    with made.locked():
        yield made


def look(folder, times=2):
    for _ in range(times):
        folder.look(Event())


def test_a_file_ends_beside_its_report(tmp_path, folder, said):
    (tmp_path / "a.json").write_text("good")
    (tmp_path / "b.CSV").write_text("bad")
    look(folder)
    assert (tmp_path / "recorded" / "a.json").read_text() == "good"
    assert (tmp_path / "refused" / "b.CSV").read_text() == "bad"
    report = json.loads((tmp_path / "refused" / "b.CSV.report.json").read_text())
    assert report == {"file": "b.CSV", "result": "refused", "size": 3}
    assert said == ["a.json: recorded", "b.CSV: refused"]
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == [".provenance-watch"]


def test_a_file_that_grows_is_left_until_it_stands_still(tmp_path, folder, work):
    file = tmp_path / "a.json"
    for size in range(1, 4):
        file.write_text("x" * size)
        look(folder, 1)
    assert work.done == []
    look(folder, 1)
    assert work.done == [("a.json", b"xxx")]


def test_a_file_of_the_same_size_written_again_is_not_still(tmp_path, folder, work):
    file = tmp_path / "a.json"
    for text, time in (("one", 10**18), ("two", 2 * 10**18)):
        file.write_text(text)
        os.utime(file, ns=(time, time))
        look(folder, 1)
    assert work.done == []
    look(folder, 1)
    assert work.done == [("a.json", b"two")]


@pytest.mark.parametrize(
    "name", [".a.json", "~a.json", "a.json.part", "a.json.tmp", "a.json.filepart", "a.json~", "a.report.json", "a.pdf"]
)
def test_unfinished_and_other_files_are_left_where_they_are(tmp_path, folder, work, name):
    (tmp_path / name).write_text("good")
    look(folder, 3)
    assert work.done == []
    assert (tmp_path / name).exists()


def test_what_is_left_alone_is_said_once(tmp_path, folder, said):
    (tmp_path / "a.pdf").write_text("good")
    look(folder, 3)
    assert said == ["a.pdf: left alone, since it ends in none of .json, .jsonld, .xml, .csv"]


def test_a_temporary_name_that_is_renamed_is_taken(tmp_path, folder, work):
    (tmp_path / "a.json.part").write_text("good")
    look(folder)
    (tmp_path / "a.json.part").rename(tmp_path / "a.json")
    look(folder)
    assert work.done == [("a.json", b"good")]


def test_links_and_folders_are_not_followed(tmp_path, folder, work):
    outside = tmp_path / "outside.txt"
    outside.write_text("good")
    (tmp_path / "a.json").symlink_to(outside)
    (tmp_path / "b.json").mkdir()
    look(folder)
    assert work.done == []


def test_names_that_were_there_before_are_kept_apart(tmp_path, folder):
    for text in ("one", "bad", "three"):
        (tmp_path / "a.json").write_text(text)
        look(folder)
    assert (tmp_path / "recorded" / "a.json").read_text() == "one"
    assert (tmp_path / "recorded" / "a~3.json").read_text() == "three"
    assert (tmp_path / "refused" / "a~2.json").read_text() == "bad"


def test_what_the_ledger_did_not_answer_is_tried_again(tmp_path, folder, work, said):
    def unanswered(_):
        raise Unknown("ledger.unknown", "nobody answered")

    (tmp_path / "a.json").write_text("good")
    work.before = unanswered
    look(folder, 3)
    assert (tmp_path / "taken" / "a.json").exists()
    assert said == ["a.json: not yet, nobody answered (ledger.unknown); it is tried again"]
    work.before = lambda _: None
    look(folder, 1)
    assert (tmp_path / "recorded" / "a.json").exists()


def test_a_file_that_is_changed_while_it_is_taken_is_read_again(tmp_path, folder, work):
    (tmp_path / "a.json").write_text("good")
    more = iter(["good and more"])

    def write(name):
        for text in more:
            (tmp_path / "taken" / name).write_text(text)

    work.before = write
    look(folder, 3)
    assert work.done[-1] == ("a.json", b"good and more")
    assert (tmp_path / "recorded" / "a.json").read_text() == "good and more"


@pytest.mark.parametrize("stale", [False, True])
def test_what_a_killed_process_had_taken_comes_to_its_end(tmp_path, work, stale):
    for name in ("taken", "refused"):
        (tmp_path / name).mkdir()
    (tmp_path / "taken" / "a.json").write_text("good")
    if stale:
        (tmp_path / "refused" / "a.json.report.json").write_text("{}")
    made = Folder(tmp_path, work, most=1000, say=str)
    with made.locked():
        look(made, 1)
    assert (tmp_path / "recorded" / "a.json").exists()
    assert list((tmp_path / "refused").iterdir()) == []


def test_a_file_that_is_too_large_is_refused_unread(tmp_path, folder, work):
    (tmp_path / "a.json").write_text("x" * 1001)
    look(folder)
    assert work.done == []
    report = json.loads((tmp_path / "refused" / "a.json.report.json").read_text())
    assert report["problems"][0]["code"] == "watch.too_large"


def test_one_process_watches_a_folder(tmp_path, folder, work):
    with pytest.raises(WatchError), Folder(tmp_path, work, most=1, say=str).locked():
        pytest.fail("it was let in")


def test_a_stop_lets_the_file_that_has_begun_end_and_takes_no_other(tmp_path, folder, work):
    stop = Event()
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text("good")
    work.before = lambda _: stop.set()
    look(folder, 1)
    assert folder.once(stop, settle=0) is False
    folder.look(stop)
    assert work.done in ([], [("a.json", b"good")])


def test_once_takes_what_is_there_and_says_whether_anything_is_left(tmp_path, folder, work):
    (tmp_path / "a.json").write_text("good")
    assert folder.once(Event(), settle=0) is True
    assert work.done == [("a.json", b"good")]
