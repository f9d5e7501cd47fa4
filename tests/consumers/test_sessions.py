"""One visitor's scans of a day belong together; of two days they cannot be told to."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from provenance.consumers.sessions import SESSION_BYTES, Sessions

TODAY = date(2026, 3, 1)
ONE, OTHER = {"REMOTE_ADDR": "192.0.2.1", "HTTP_USER_AGENT": "a"}, {"REMOTE_ADDR": "192.0.2.2", "HTTP_USER_AGENT": "a"}


def test_a_visitor_has_one_session_a_day_in_every_process(tmp_path):
    first, second = Sessions(tmp_path), Sessions(tmp_path)
    assert first.of(ONE, TODAY) == second.of(ONE, TODAY) == first.of(dict(ONE), TODAY)
    assert first.of(ONE, TODAY) != first.of(OTHER, TODAY)
    assert len(first.of(ONE, TODAY)) == SESSION_BYTES


def test_the_next_day_is_another_and_its_key_the_only_one(tmp_path):
    sessions = Sessions(tmp_path)
    before = sessions.of(ONE, TODAY)
    assert sessions.of(ONE, TODAY + timedelta(days=1)) != before
    (path,) = tmp_path.iterdir()
    assert path.name == "2026-03-02.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Sessions(tmp_path).of(ONE, TODAY) != before


def test_a_clock_that_is_behind_does_not_delete_the_newer_key(tmp_path):
    late, early = Sessions(tmp_path), Sessions(tmp_path)
    kept = late.of(ONE, TODAY + timedelta(days=1))
    early.of(ONE, TODAY)
    assert Sessions(tmp_path).of(ONE, TODAY + timedelta(days=1)) == kept


def test_processes_that_ask_at_once_share_a_key(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: Sessions(tmp_path).of(ONE, TODAY), range(64)))
    assert len(set(found)) == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_a_quiet_gateway_forgets_the_key_of_the_day_before(tmp_path):
    sessions = Sessions(tmp_path)
    sessions.of(ONE, TODAY)
    sessions.forget(TODAY)
    assert len(list(tmp_path.iterdir())) == 1
    sessions.forget(TODAY + timedelta(days=1))
    assert list(tmp_path.iterdir()) == []
