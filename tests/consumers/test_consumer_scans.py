"""Consumers' scans as they are kept: an hour, an item, a grade; never an address, and never in a page's way."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import small_world
from small_world import BRAND, CARRIER, FACTORY, GTIN, ago, make_app, seen, sgtin, to

from provenance.consumers import Consumers, scans
from provenance.consumers.sessions import Sessions
from provenance.database import writing
from provenance.http import telling
from provenance.operations.consumer_scans import ConsumerScan
from tests.databases import settings_on

PHONE = {"User-Agent": "Mozilla/5.0 (iPhone) Mobile Safari", "Accept": "text/html"}
ITEM = sgtin("1001")
PAGE = f"/verify/01/{GTIN}/21/1001"
SHOWN = {"REQUEST_METHOD": "GET", "HTTP_USER_AGENT": "Mozilla/5.0 (iPhone)", telling.SHOWN: (ITEM, "consistent")}


@pytest.fixture
def world(tmp_path, database):
    home = tmp_path / "home"
    world = small_world.found(home, settings_on(database, home, public_url=small_world.BASE_URL))
    world.record(BRAND, seen("commissioning", ITEM, at=ago(days=2), place=FACTORY, action="ADD"))
    yield world
    world.gateway.close()


def visited(world, *requests, **settings):
    """Open pages as a telephone does and return what was kept of it."""
    gateway = world.gateway
    consumers = Consumers(
        gateway.operations.consumer_scans,
        Sessions(gateway.home / "run" / "sessions"),
        country_header=settings.get("country_header"),
        retention=timedelta(days=1),
        count=lambda outcome, number: None,
    )
    client = make_app(replace(gateway, consumers=consumers)).test_client()
    for method, path, headers in requests:
        answer = client.open(
            path, method=method, headers={**PHONE, **headers}, environ_base={"REMOTE_ADDR": "192.0.2.7"}
        )
        assert answer.status_code in (200, 307), answer.data
    consumers.close()
    return gateway.operations.consumer_scans.of(ITEM)


def test_a_scan_is_kept_by_its_hour_item_and_grade(world):
    (scan,) = visited(world, ("GET", PAGE, {}))
    assert (scan.item, scan.grade, scan.country) == (ITEM, "consistent", None)
    assert (scan.time.minute, scan.time.second) == (0, 0)
    assert datetime.now(UTC) - scan.time < timedelta(hours=1, minutes=1)


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("HEAD", PAGE, {}),
        ("GET", PAGE, {"User-Agent": "Googlebot/2.1"}),
        ("GET", PAGE, {"Sec-Purpose": "prefetch"}),
        ("GET", PAGE, {"Accept": "application/json"}),
        ("GET", f"/01/{GTIN}/21/1001", {}),
        ("GET", f"/verify/01/{GTIN}", {}),
        ("GET", "/", {}),
    ],
)
def test_what_is_no_scan_of_an_item_is_not_kept(world, method, path, headers):
    assert visited(world, (method, path, headers)) == []


def test_a_country_comes_from_the_configured_header_alone(world):
    by_proxy = ("GET", PAGE, {"CF-IPCountry": "NL"})
    assert [scan.country for scan in visited(world, by_proxy)] == [None]
    told = visited(world, by_proxy, ("GET", PAGE, {"CF-IPCountry": "XX"}), ("GET", PAGE, {"CF-IPCountry": "nl; DROP"}),
                   ("GET", PAGE, {"X-Country": "DE"}), country_header="CF-IPCountry")  # fmt: skip
    assert sorted(str(scan.country) for scan in told) == ["NL", "None", "None", "None", "None"]


def test_no_address_or_agent_is_anywhere_in_the_data_folder(world):
    visited(world, ("GET", PAGE, {"X-Forwarded-For": "198.51.100.9"}))
    world.gateway.operations.close()
    for path in (world.gateway.home).rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for private in (b"192.0.2.7", b"198.51.100.9", b"iPhone"):
            assert private not in content, path


def test_one_visitor_is_one_session_and_the_hash_is_keyed(world):
    kept = visited(world, ("GET", PAGE, {}), ("GET", PAGE, {}), ("GET", PAGE, {"User-Agent": "Mozilla/5.0 (Android)"}))
    assert sorted(sum(scan.session == other.session for other in kept) for scan in kept) == [1, 2, 2]


def test_old_ones_are_deleted(world):
    kept = world.gateway.operations.consumer_scans
    now = datetime.now(UTC)
    for age in (timedelta(days=3), timedelta(hours=30), timedelta(minutes=1)):
        kept.add([ConsumerScan(time=now - age, item=ITEM, grade="attention", session=b"s")])
    visited(world, ("GET", "/", {}), ("GET", PAGE, {}))
    assert [scan.grade for scan in kept.of(ITEM)] == ["consistent", "attention"]


class Counted(dict):
    def __call__(self, outcome: str, number: int) -> None:
        self[outcome] = self.get(outcome, 0) + number


def consumers(world, counted) -> Consumers:
    sessions = Sessions(world.gateway.home / "run" / "sessions")
    kept = world.gateway.operations.consumer_scans
    return Consumers(kept, sessions, country_header=None, retention=timedelta(days=1), count=counted)


def test_many_at_once_are_kept_in_batches_and_none_waits(world):
    counted = Counted()
    under_test = consumers(world, counted)
    began = time.monotonic()
    for _ in range(1500):
        under_test.note(SHOWN)
    assert time.monotonic() - began < 1
    under_test.close()
    assert counted == {"kept": 1500}
    assert len(world.gateway.operations.consumer_scans.of(ITEM, count=2000)) == 1500


def test_a_store_that_is_held_makes_no_page_wait_and_what_is_too_much_is_dropped(world, monkeypatch):
    monkeypatch.setattr(scans, "_PATIENCE", 60)
    counted = Counted()
    under_test = consumers(world, counted)
    with writing(world.gateway.operations.engine).begin() as holder:
        if holder.dialect.name == "postgresql":
            holder.exec_driver_sql("LOCK TABLE consumer_scans")
        began = time.monotonic()
        for _ in range(5000):
            under_test.note(SHOWN)
        assert time.monotonic() - began < 2
    under_test.close()
    assert counted["dropped"] >= 5000 - scans.MOST_WAITING - scans.MOST_AT_ONCE
    assert counted["dropped"] + counted["kept"] == 5000


def test_a_store_without_its_table_costs_scans_and_no_page(world, caplog):
    with writing(world.gateway.operations.engine).begin() as connection:
        connection.exec_driver_sql("DROP TABLE consumer_scans")
    counted = Counted()
    under_test = consumers(world, counted)
    under_test.note(SHOWN)
    under_test.close()
    assert counted == {"dropped": 1}
    assert any("could not be kept" in message for message in caplog.messages)


def test_a_grade_is_the_one_that_was_shown(world):
    world.record(CARRIER, seen("shipping", ITEM, at=ago(hours=2), **to(CARRIER)))
    answer = make_app(world.gateway).test_client().get(PAGE, headers={"Accept": "application/json"})
    kept = visited(world, ("GET", PAGE, {}))
    assert [scan.grade for scan in kept] == [json.loads(answer.data)["grade"]]
