"""Brands maintain where their links lead: in batches, without losing anybody's work, never to anywhere unsafe."""

import pytest
import small_world
from small_world import BRAND, CARRIER, GTIN, STRANGER, sgtin

from provenance.domain.gs1.link import path
from provenance.operations import Level

PRODUCT = f"https://id.gs1.org/01/{GTIN}"
PIP = {"anchor": PRODUCT, "linkType": "gs1:pip", "href": "https://brand.example/stride", "title": "Example Stride"}
URL = "/api/v1/links"


@pytest.fixture
def put(client, world):
    def put(*links, by=BRAND, level=Level.DECIDE):
        return client.put(URL, json={"links": list(links)}, headers=world.headers(by, level))

    return put


@pytest.fixture
def kept(put):
    return put({**PIP, "href": "https://brand.example/kept", "hreflang": ["en"]}).json["links"][0]


@pytest.fixture(autouse=True)
def emptied(world):
    yield
    links = world.gateway.operations.links
    for organisation in (BRAND, CARRIER):
        for each in links.page(organisation, count=500):
            links.delete(each.id, organisation)


def test_a_link_that_is_put_is_followed(client, put):
    (link,) = put({**PIP, "hreflang": ["EN-gb"], "type": "text/html", "context": ["EU"]}).json["links"]
    assert link["outcome"] == "created"
    assert {name: link[name] for name in PIP} == PIP
    assert (link["hreflang"], link["type"], link["context"]) == (["en-GB"], "text/html", ["EU"])
    answer = client.get(f"/01/{GTIN}?linkType=gs1:pip&x=1")
    assert answer.headers["Location"] == PIP["href"] + "?linkType=gs1:pip&x=1"


@pytest.mark.parametrize(
    ("anchor", "shown"),
    [
        (f"https://anything.example/x/01/{GTIN}/22/V/10/L", f"{PRODUCT}/22/V/10/L"),
        ("urn:epc:id:sgtin:9521234.000001.1000", sgtin("1000")),
        ("urn:epc:idpat:sgtin:9521234.000001.*", PRODUCT),
    ],
)
def test_a_link_is_attached_to_what_any_identifier_names(put, anchor, shown):
    assert put({**PIP, "anchor": anchor}).json["links"][0]["anchor"] == shown


def test_a_batch_again_changes_nothing_and_touches_no_other_link(put, client, world, kept):
    second = {**PIP, "linkType": "gs1:defaultLink", "href": "https://brand.example/"}
    assert [each["outcome"] for each in put(PIP, second).json["links"]] == ["created", "created"]
    again = put(PIP, {**second, "href": "https://brand.example/new"}).json["links"]
    assert [(each["outcome"], each["version"]) for each in again] == [("unchanged", 1), ("updated", 2)]
    found = client.get(URL, headers=world.headers(BRAND, Level.READ)).json["links"]
    assert kept["id"] in {each["id"] for each in found}
    assert len(found) == 3


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"href": "http://brand.example/"}, (400, "link.href", "href")),
        ({"href": "//brand.example/"}, (400, "link.href", "href")),
        ({"href": "/verify"}, (400, "link.href", "href")),
        ({"href": "javascript:alert(1)"}, (400, "link.href", "href")),
        ({"href": "https://user:secret@brand.example/"}, (400, "link.href", "href")),
        ({"href": "https://brand.example@evil.example/"}, (400, "link.href", "href")),
        ({"href": "https://127.0.0.1/"}, (400, "link.href", "href")),
        ({"href": "https://localhost/"}, (400, "link.href", "href")),
        ({"href": "https://[::1]/"}, (400, "link.href", "href")),
        ({"href": "https://brand.example/\r\nSet-Cookie: x"}, (400, "link.href", "href")),
        ({"href": "https://brand.example/%zz"}, (400, "link.href", "href")),
        ({"href": "https://brand.example\\@evil.example"}, (400, "link.href", "href")),
        ({"href": "https://brand.example/" + "a" * 2000}, (400, "link.href", "href")),
        ({"title": " "}, (400, "link.title", "title")),
        ({"title": "a\nb"}, (400, "link.title", "title")),
        ({"linkType": "linkset"}, (400, "link.type", "linkType")),
        ({"linkType": "other:pip"}, (400, "link.type", "linkType")),
        ({"linkType": "https://x.example/voc#pip"}, (400, "link.type", "linkType")),
        ({"hreflang": ["english"]}, (400, "link.language", "hreflang")),
        ({"type": "html"}, (400, "link.media_type", "type")),
        ({"context": [""]}, (400, "link.context", "context")),
        ({"linkType": "gs1:defaultLink", "hreflang": ["en"]}, (400, "link.default", "linkType")),
        ({"anchor": f"https://a/01/{GTIN[:-1]}9"}, (400, "identifier.check_digit", "anchor")),
        ({"anchor": f"{PRODUCT}?17=301231"}, (400, "link.anchor", "anchor")),
        ({"anchor": f"{PRODUCT}/10/L/21/S"}, (400, "link.anchor", "anchor")),
        ({"anchor": f"{PRODUCT}/22/V/21/S"}, (400, "link.anchor", "anchor")),
        ({"fwqs": False}, (422, "request.invalid", "fwqs")),
        ({"anchor": "urn:epc:id:gid:1.2.3"}, (400, "identifier.form", "anchor")),
        ({"anchor": small_world.PALLET}, (403, "authority.prefix", "anchor")),
        ({"extra": 1}, (422, "request.invalid", "extra")),
        ({"title": 1}, (422, "request.invalid", "title")),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_nothing_is_put(client, world, put, change, expected):
    answer = put(PIP, {**PIP, **change})
    status, code, place = expected
    assert (answer.status_code, answer.json["code"], answer.json["pointer"]) == (status, code, f"/links/1/{place}")
    assert client.get(URL, headers=world.headers(BRAND, Level.READ)).json["links"] == []


def test_every_link_that_is_wrong_is_named(put):
    wrong = put({**PIP, "href": "x"}, PIP, {**PIP, "title": ""}).json["errors"]
    assert [each["pointer"] for each in wrong] == ["/links/0/href", "/links/2/title"]


def test_only_the_holder_of_the_prefix_puts_links(put):
    for other in (CARRIER, STRANGER):
        answer = put(PIP, by=other)
        assert (answer.status_code, answer.json["code"]) == (403, "authority.prefix")
    assert put({**PIP, "anchor": small_world.PALLET}, by=CARRIER).status_code == 200
    assert put(PIP, level=Level.RECORD).status_code == 403


def test_a_link_is_changed_in_part_under_its_version(client, world, kept):
    headers = world.headers(BRAND, Level.DECIDE)
    got = client.get(f"{URL}/{kept['id']}", headers=headers)
    assert (got.json["title"], got.headers["ETag"]) == (PIP["title"], '"1"')
    answer = client.patch(f"{URL}/{kept['id']}", json={"title": "New"}, headers={**headers, "If-Match": '"1"'})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    same = {name: value for name, value in got.json.items() if name not in ("title", "version", "changed")}
    assert {name: answer.json[name] for name in same} == same
    assert answer.json["title"] == "New"


@pytest.mark.parametrize(
    ("match", "refusal"),
    [(None, (428, "links.unconditional")), ('"7"', (412, "links.version")), ("1", (400, "request.if_match")),
     ("*", (400, "request.if_match")), ('W/"1"', (400, "request.if_match"))],
)  # fmt: skip
def test_a_change_without_the_right_version_is_refused(client, world, kept, match, refusal):
    headers = world.headers(BRAND, Level.DECIDE) | ({} if match is None else {"If-Match": match})
    answer = client.patch(f"{URL}/{kept['id']}", json={"title": "New"}, headers=headers)
    assert (answer.status_code, answer.json["code"]) == refusal
    assert client.get(f"{URL}/{kept['id']}", headers=headers).json["title"] == PIP["title"]


@pytest.mark.parametrize(
    "change", [{"href": "http://brand.example"}, {"title": ""}, {"hreflang": ["x"]}, {"anchor": "x"}]
)
def test_a_change_is_judged_as_a_link_is(client, world, kept, change):
    headers = {**world.headers(BRAND, Level.DECIDE), "If-Match": '"1"'}
    assert client.patch(f"{URL}/{kept['id']}", json=change, headers=headers).status_code in (400, 422)


def test_a_change_into_another_link_is_a_conflict(client, world, put, kept):
    put(PIP)
    headers = {**world.headers(BRAND, Level.DECIDE), "If-Match": '"1"'}
    change = {"href": PIP["href"], "hreflang": []}
    answer = client.patch(f"{URL}/{kept['id']}", json=change, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (409, "links.exists")


def test_a_deleted_link_is_not_followed(client, world, kept):
    headers = world.headers(BRAND, Level.DECIDE)
    assert client.delete(f"{URL}/{kept['id']}", headers={**headers, "If-Match": '"9"'}).status_code == 412
    assert client.delete(f"{URL}/{kept['id']}", headers=headers).status_code == 204
    assert client.delete(f"{URL}/{kept['id']}", headers=headers).status_code == 404
    assert client.get(f"/01/{GTIN}?linkType=gs1:pip").status_code == 404


def test_nobody_else_sees_or_changes_a_link(client, world, kept):
    headers = {**world.headers(CARRIER, Level.ADMIN), "If-Match": '"1"'}
    assert client.get(f"{URL}/{kept['id']}", headers=headers).status_code == 404
    assert client.patch(f"{URL}/{kept['id']}", json={"title": "x"}, headers=headers).status_code == 404
    assert client.delete(f"{URL}/{kept['id']}", headers=headers).status_code == 404
    assert client.get(URL, headers=headers).json["links"] == []


def test_links_are_listed_by_page_anchor_and_type(client, world, put):
    headers = world.headers(BRAND, Level.READ)
    put(PIP, {**PIP, "anchor": sgtin("1")}, {**PIP, "linkType": "gs1:defaultLink"})
    first = client.get(f"{URL}?perPage=2", headers=headers).json
    rest = client.get(f"{URL}?perPage=2&nextPageToken={first['nextPageToken']}", headers=headers).json
    assert len({each["id"] for each in (*first["links"], *rest["links"])}) == 3
    assert "nextPageToken" not in rest
    (item,) = client.get(f"{URL}?anchor=https://a{path(sgtin('1'))}", headers=headers).json["links"]
    assert item["anchor"] == sgtin("1")
    (default,) = client.get(f"{URL}?linkType=gs1:defaultLink", headers=headers).json["links"]
    assert default["linkType"] == "gs1:defaultLink"


@pytest.mark.parametrize(
    "query", ["perPage=0", "perPage=x", "other=1", "anchor=x", "linkType=x:y", "anchor=a&anchor=b"]
)
def test_parameters_that_are_wrong(client, world, query):
    assert client.get(f"{URL}?{query}", headers=world.headers(BRAND, Level.READ)).status_code == 400


def test_a_batch_has_bounds(put):
    assert put().status_code == 422
    assert put(*[PIP] * 1001).status_code == 422
