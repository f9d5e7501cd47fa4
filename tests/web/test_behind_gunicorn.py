"""What a real server makes of odd serials and event ids, from the request line on."""

import http.client
import io
import json
from urllib.parse import quote, urlsplit

import pytest
import small_world
import zxingcpp
from PIL import Image
from small_world import BASE_URL, BRAND, FACTORY, ODD_SERIAL, ago, seen, sgtin

from provenance.domain.gs1.convert import urn
from provenance.domain.gs1.link import path
from tests.databases import settings_on

ITEM = sgtin(ODD_SERIAL)


@pytest.fixture(scope="module")
def world(tmp_path_factory, database):
    home = tmp_path_factory.mktemp("home")
    world = small_world.found(home, settings_on(database, home, public_url=small_world.BASE_URL))
    world.record(BRAND, seen("commissioning", ITEM, at=ago(days=9), place=FACTORY, action="ADD"))
    yield world
    world.gateway.close()


@pytest.fixture(scope="module")
def ask(world):
    with small_world.served(world) as address:

        def request(target, method="GET", body=None, **headers):
            connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=90)
            try:
                connection.request(method, target, body, {**world.headers(BRAND), **headers}, encode_chunked=True)
                answer = connection.getresponse()
                return answer, answer.read()
            finally:
                connection.close()

        yield request


def test_the_odd_serial_goes_from_symbol_to_page_and_api(ask):
    answer, image = ask(f"/api/v1/items{path(ITEM)}/qr?format=png")
    assert answer.status == 200
    (symbol,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(image)).convert("L"))
    assert symbol.text == f"{BASE_URL}{path(ITEM)}"
    answer, _ = ask(symbol.text.removeprefix(BASE_URL))
    assert (answer.status, answer.headers["Location"]) == (307, f"/verify{path(ITEM)}")
    answer, page = ask(answer.headers["Location"])
    assert answer.status == 200
    assert b"<dd>A/B%?</dd>" in page


@pytest.mark.parametrize(
    "name", [path(ITEM), "/" + quote(ITEM, safe=""), "/" + quote(urn(ITEM, prefix_length=7), safe="")]
)
def test_the_odd_serial_is_named_in_every_way(ask, name):
    answer, content = ask(f"/api/v1/items{name}/verdict")
    assert answer.status == 200
    assert json.loads(content)["item"] == ITEM


def test_an_event_id_is_found(ask, world):
    (identifier,) = {fact.id for fact in world.gateway.readmodel.facts(ITEM)}
    assert identifier.startswith("ni:///")
    answer, content = ask(f"/epcis/v2/events/{quote(identifier, safe='')}")
    assert answer.status == 200
    (event,) = json.loads(content)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert (event["eventID"], event["epcList"]) == (identifier, [ITEM])


def test_absolute_targets_and_heads_work(ask):
    answer, _ = ask(f"http://elsewhere.example.test{path(ITEM)}")
    assert answer.status == 307
    answer, content = ask(f"/verify{path(ITEM)}", method="HEAD")
    assert (answer.status, content) == (200, b"")


def test_bodies_beyond_the_limit_are_refused_with_and_without_a_length(ask, world):
    limit, kind = world.gateway.settings.body_limit, {"Content-Type": "application/json"}
    stated = {**kind, "Content-Length": str(limit + 1)}
    answer, _ = ask("/epcis/v2/capture", method="POST", **stated)
    assert answer.status == 413
    chunked = {**kind, "Transfer-Encoding": "chunked"}
    answer, content = ask("/epcis/v2/capture", method="POST", body=_pieces(limit + 1), **chunked)
    assert answer.status == 413, content
    assert list((world.gateway.home / "spool").iterdir()) == []


def _pieces(size):
    piece = b" " * (1 << 20)
    while size > 0:
        yield piece[:size]
        size -= len(piece)
