"""Who may do what: every route declares a level, and every cell of level x action is as declared."""

import re

import pytest
import small_world
from small_world import BRAND, GTIN

from provenance.api.browsing import COLLECTIONS
from provenance.api.resources import RESOURCES
from provenance.http.auth import PUBLIC, required_level
from provenance.operations import Level

pytestmark = pytest.mark.either_database

DECLARED = {
    "cancelling.cancel": Level.RECORD,
    "sheets.sheet": Level.RECORD,
    "sscc-numbers.following": Level.RECORD,
    "sscc-numbers.label": Level.READ,
    "capture.capture": Level.RECORD,
    "capture.create_event": Level.RECORD,
    "capture.job": Level.READ,
    "capture.list_jobs": Level.READ,
    "events.event": Level.READ,
    "events.events": Level.READ,
    "items.history": Level.READ,
    "items.item": Level.READ,
    "items.symbol": Level.READ,
    "items.traced": Level.READ,
    "items.verdict": Level.READ,
    "scans.scans": Level.RECORD,
    "scans.void": Level.RECORD,
    "shipments.shipment": Level.READ,
    "api-keys.keys": Level.ADMIN,
    "files.delete": Level.DECIDE,
    "files.get": Level.READ,
    "files.put": Level.RECORD,
    "links.change": Level.DECIDE,
    "links.delete": Level.DECIDE,
    "links.get": Level.READ,
    "links.page": Level.READ,
    "links.put": Level.DECIDE,
}
ACTIONS = {
    "cancelling.cancel": ("POST", f"/api/v1/shipments/01/{GTIN}/21/1/cancel"),
    "sheets.sheet": ("POST", "/api/v1/scans/csv"),
    "sscc-numbers.following": ("POST", "/api/v1/sscc-ranges/S-1/next"),
    "sscc-numbers.label": ("GET", "/api/v1/ssccs/095211010000000014/label"),
    "capture.capture": ("POST", "/epcis/v2/capture"),
    "capture.create_event": ("POST", "/epcis/v2/events"),
    "capture.list_jobs": ("GET", "/epcis/v2/capture"),
    "capture.job": ("GET", "/epcis/v2/capture/0"),
    "events.event": ("GET", "/epcis/v2/events/ni%3A%2F%2F%2Fsha-256%3B00"),
    "events.events": ("GET", "/epcis/v2/events"),
    "items.history": ("GET", f"/api/v1/items/01/{GTIN}/21/1/history"),
    "items.item": ("GET", f"/api/v1/items/01/{GTIN}/21/1"),
    "items.symbol": ("GET", f"/api/v1/items/01/{GTIN}/21/1/qr"),
    "items.traced": ("GET", f"/api/v1/items/01/{GTIN}/21/1/trace"),
    "items.verdict": ("GET", f"/api/v1/items/01/{GTIN}/21/1/verdict"),
    "scans.scans": ("POST", "/api/v1/scans"),
    "scans.void": ("POST", "/api/v1/scans/none/void"),
    "shipments.shipment": ("GET", f"/api/v1/shipments/01/{GTIN}/21/1"),
    "api-keys.keys": ("GET", "/api/v1/keys"),
    "files.delete": ("DELETE", f"/api/v1/files/{'0' * 64}"),
    "files.get": ("GET", f"/api/v1/files/{'0' * 64}"),
    "files.put": ("PUT", f"/api/v1/files/{'0' * 64}"),
    "links.change": ("PATCH", "/api/v1/links/none"),
    "links.delete": ("DELETE", "/api/v1/links/none"),
    "links.get": ("GET", "/api/v1/links/none"),
    "links.page": ("GET", "/api/v1/links"),
    "links.put": ("PUT", "/api/v1/links"),
}
EPCIS = "/epcis/v2"
_QUERY = "/queries/<segment:queryName>"
DECLARED |= {
    "browsing.top": Level.READ,
    "browsing.end_page": Level.READ,
    "queries.list_queries": Level.READ,
    "queries.create_query": Level.RECORD,
    "queries.one_query": Level.READ,
    "queries.delete_query": Level.RECORD,
    "queries.events_of": Level.READ,
    "subscriptions.list_subscriptions": Level.READ,
    "subscriptions.subscribe": Level.RECORD,
    "subscriptions.one_subscription": Level.READ,
    "subscriptions.unsubscribe": Level.RECORD,
    "sockets.events": Level.READ,
    "deliveries.deliveries": Level.READ,
    "deliveries.retry": Level.RECORD,
}
ACTIONS |= {
    "browsing.top": ("GET", f"{EPCIS}/"),
    "browsing.end_page": ("DELETE", f"{EPCIS}/nextPageToken/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    "queries.list_queries": ("GET", f"{EPCIS}/queries"),
    "queries.create_query": ("POST", f"{EPCIS}/queries"),
    "queries.one_query": ("GET", f"{EPCIS}/queries/none"),
    "queries.delete_query": ("DELETE", f"{EPCIS}/queries/none"),
    "queries.events_of": ("GET", f"{EPCIS}/queries/none/events"),
    "subscriptions.list_subscriptions": ("GET", f"{EPCIS}/queries/none/subscriptions"),
    "subscriptions.subscribe": ("POST", f"{EPCIS}/queries/none/subscriptions"),
    "subscriptions.one_subscription": ("GET", f"{EPCIS}/queries/none/subscriptions/none"),
    "subscriptions.unsubscribe": ("DELETE", f"{EPCIS}/queries/none/subscriptions/none"),
    "sockets.events": ("GET", f"{EPCIS}/queries/none/events"),
    "deliveries.deliveries": ("GET", "/api/v1/subscriptions/none/deliveries"),
    "deliveries.retry": ("POST", "/api/v1/subscriptions/none/deliveries/none/retry"),
}
_DISCOVERED = {
    "capture": ("/capture", "/capture/<segment:captureID>"),
    "events": ("/events", "/events/<rest:eventID>"),
    "queries": ("/queries", _QUERY, f"{_QUERY}/events"),
    "subscriptions": (f"{_QUERY}/subscriptions", f"{_QUERY}/subscriptions/<segment:subscriptionID>"),
    "browsing": ("/",),
}
for _each in COLLECTIONS:
    _rule = f"/{_each.name}/<segment:{_each.parameter}>"
    _DISCOVERED["browsing"] += (f"/{_each.name}", _rule, f"{_rule}/events")
    for _name, _path in ((_each.name, ""), (f"{_each.name} one", "/none"), (f"{_each.name} events", "/none/events")):
        DECLARED[f"browsing.{_name}"] = Level.READ
        ACTIONS[f"browsing.{_name}"] = ("GET", f"{EPCIS}/{_each.name}{_path}")
for _routes, _rules in _DISCOVERED.items():
    for _rule in _rules:
        DECLARED[f"{_routes}.options {_rule}"] = Level.READ
        ACTIONS[f"{_routes}.options {_rule}"] = ("OPTIONS", EPCIS + re.sub("<[^>]+>", "none", _rule))
_ADMINS = ("organisations", "rules")
for _resource in RESOURCES:
    _path = f"/api/v1/{_resource.name}"
    DECLARED[f"{_resource.name}.get"] = Level.READ
    ACTIONS[f"{_resource.name}.get"] = ("GET", _path if _resource.single else f"{_path}/none")
    if not _resource.single:
        DECLARED[f"{_resource.name}.list"] = Level.READ
        ACTIONS[f"{_resource.name}.list"] = ("GET", _path)
    for _verb in (["create"] if _resource.create else []) + list(_resource.verbs):
        DECLARED[f"{_resource.name}.{_verb}"] = Level.ADMIN if _resource.name in _ADMINS else Level.DECIDE
        ACTIONS[f"{_resource.name}.{_verb}"] = ("POST", _path if _verb == "create" else f"{_path}/none/{_verb}")


def test_every_route_declares_its_level_or_is_on_the_public_list(world):
    app = small_world.make_app(world.gateway)
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    declared = {name: required_level(app.view_functions[name]) for name in endpoints - PUBLIC}
    assert declared == DECLARED
    assert endpoints >= PUBLIC, "the public list names what does not exist"


def test_public_routes_declare_no_level(world):
    app = small_world.make_app(world.gateway)
    assert [name for name in PUBLIC if required_level(app.view_functions[name])] == []


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("endpoint", sorted(DECLARED))
def test_level_by_action(world, client, endpoint, level):
    method, path = ACTIONS[endpoint]
    answer = client.open(path, method=method, headers=world.headers(BRAND, level))
    if level.covers(DECLARED[endpoint]):
        assert answer.status_code != 401
        assert '"auth.level"' not in answer.text
    else:
        assert answer.status_code == 403
        assert answer.json["code"] == "auth.level"


@pytest.mark.parametrize("endpoint", sorted(DECLARED))
@pytest.mark.parametrize("header", [None, "Basic abc", "Bearer", "Bearer pvk_000000000000_nothing", "Bearer ü"])
def test_nothing_without_a_key(client, endpoint, header):
    method, path = ACTIONS[endpoint]
    answer = client.open(path, method=method, headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json["code"] in ("auth.missing", "auth.unknown_key")


def test_a_revoked_key_opens_nothing(world, client):
    key, token = world.gateway.operations.keys.create(BRAND, Level.READ)
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/epcis/v2/events", headers=headers).status_code == 200
    world.gateway.operations.keys.revoke(key.id)
    assert client.get("/epcis/v2/events", headers=headers).status_code == 401


def test_a_route_that_declares_nothing_is_denied_to_everybody(world):
    app = small_world.make_app(world.gateway)
    app.add_url_rule("/api/v1/forgotten", "forgotten", lambda: "open")
    for level in Level:
        answer = app.test_client().get("/api/v1/forgotten", headers=world.headers(BRAND, level))
        assert answer.status_code == 403
