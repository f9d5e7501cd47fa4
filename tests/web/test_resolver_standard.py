"""The GS1-Conformant Resolver 1.2, sentence by sentence: each test is one thing that the standard asks of a server."""

import orjson
import pytest
import small_world
from jsonschema import Draft7Validator
from small_world import BASE_URL, BRAND, GTIN, PALLET, STRANGER, sgtin

from provenance.domain.gs1 import compression
from provenance.domain.gs1.link import parse, path
from provenance.domain.gs1.targets import DEFAULT_LINK, DEFAULT_LINK_MULTI, GS1_VOCABULARY, Target
from tests.databases import settings_on

PRODUCT, LOT, ITEM = f"/01/{GTIN}", f"/01/{GTIN}/10/L1", f"/01/{GTIN}/21/1000"
OF_LOT = f"/01/{GTIN}/10/L1/21/1000"
OTHER = "09521234000020"
HOME = "https://brand.example"
PIP, RECIPE, CERTIFICATE = (GS1_VOCABULARY + name for name in ("pip", "recipeInfo", "certificationInfo"))
ALIKE, VIDEO, CHOICE = (GS1_VOCABULARY + name for name in ("promotion", "relatedVideo", "instructions"))
LINKSET = {"Accept": "application/linkset+json"}
CONTEXT_RELATION = 'rel="http://www.w3.org/ns/json-ld#context"'


def target(kind, href, *languages, **more):
    return Target(link_type=kind, href=href, title=more.pop("title", "A title"), languages=languages, **more)


LINKS = [
    (PRODUCT, target(DEFAULT_LINK, f"{HOME}/shoe")),
    (PRODUCT, target(DEFAULT_LINK_MULTI, f"{HOME}/de/schuh", "de")),
    (PRODUCT, target(DEFAULT_LINK_MULTI, f"{HOME}/fr/chaussure", "fr")),
    (PRODUCT, target(DEFAULT_LINK_MULTI, f"{HOME}/shoe.json", media_type="application/json")),
    (PRODUCT, target(PIP, f"{HOME}/pip?brand=x#top", "en")),
    (PRODUCT, target(RECIPE, f"{HOME}/recipe")),
    (PRODUCT, target(CHOICE, f"{HOME}/en", "en", media_type="text/html")),
    (PRODUCT, target(CHOICE, f"{HOME}/en.pdf", "en", media_type="application/pdf")),
    (PRODUCT, target(CHOICE, f"{HOME}/en-gb", "en-GB", media_type="text/html")),
    (PRODUCT, target(CHOICE, f"{HOME}/pt", "pt", media_type="text/html")),
    (PRODUCT, target(CHOICE, f"{HOME}/eu", "en", media_type="text/html", contexts=("EU",))),
    (PRODUCT, target(ALIKE, f"{HOME}/a", "en")),
    (PRODUCT, target(ALIKE, f"{HOME}/b", "en")),
    (PRODUCT, target(VIDEO, f"{HOME}/video", title="</script><b>&")),
    (LOT, target(CERTIFICATE, f"{HOME}/certificate/L1")),
    (LOT, target(VIDEO, f"{HOME}/video/L1")),
    (ITEM, target(VIDEO, f"{HOME}/video/1000")),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory, database):
    home = tmp_path_factory.mktemp("home")
    world = small_world.found(home, settings_on(database, home, public_url=small_world.BASE_URL))
    world.gateway.operations.links.put(BRAND, LINKS)
    world.gateway.operations.links.put(STRANGER, [(f"/01/{OTHER}", target(DEFAULT_LINK, "https://stranger.example/"))])
    yield world
    world.gateway.close()


def leads(client, link, expected, **headers):
    answer = client.get(link, headers={name.replace("_", "-"): value for name, value in headers.items()})
    assert (answer.status_code, answer.headers.get("Location")) == (307, expected), link


@pytest.mark.parametrize("method", ["get", "head", "options"])
@pytest.mark.parametrize("link", [PRODUCT, f"{PRODUCT}?linkType=linkset", "/.well-known/gs1resolver", "/AQnYUc1gmg"])
def test_get_head_and_options_are_answered(client, method, link):
    answer = getattr(client, method)(link)
    assert answer.status_code in (200, 307)
    assert {"GET", "HEAD", "OPTIONS"} <= set(answer.headers["Access-Control-Allow-Methods"].split(", "))
    if method != "get":
        assert answer.data == b""


@pytest.mark.parametrize(
    "link", [PRODUCT, f"{PRODUCT}?linkType=linkset", f"{PRODUCT}?linkType=gs1:no", f"/01/{GTIN[:-1]}9", "/AQnYUc1gmg"]
)
def test_every_origin_may_ask(client, link):
    answer = client.get(link, headers={"Origin": "https://somewhere.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Link" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    "link", [f"/01/{GTIN[:-1]}9", f"{PRODUCT}/21", f"{PRODUCT}/8011/5", f"{PRODUCT}/foo", f"{PRODUCT}?21=1", "/01/x"]
)
def test_syntax_is_checked_and_an_error_is_a_400(client, link):
    assert client.get(link).status_code == 400
    assert client.get(link, headers=LINKSET).status_code == 400


def test_an_error_is_never_a_200(client):
    for link in (f"{PRODUCT}?linkType=gs1:no", f"/01/{GTIN[:-1]}9", "/nothing-here", f"{PRODUCT}/foo?linkType=linkset"):
        assert client.get(link).status_code in (400, 404)


def test_a_request_is_led_to_the_default_link(client):
    leads(client, PRODUCT, f"{HOME}/shoe")
    assert client.head(PRODUCT).headers["Location"] == f"{HOME}/shoe"


def test_the_default_link_of_a_coarser_level_holds_where_the_finer_has_none(client):
    leads(client, OF_LOT, f"{HOME}/shoe")
    leads(client, ITEM, f"{HOME}/shoe")


def test_without_any_link_it_leads_to_our_own_page(client):
    leads(client, path(PALLET), f"/verify{path(PALLET)}")
    assert client.get(f"/verify{path(PALLET)}").status_code == 200


def test_there_may_be_better_matches_than_the_default_link(client):
    leads(client, PRODUCT, f"{HOME}/de/schuh", Accept_Language="de-AT, en;q=0.5")
    leads(client, PRODUCT, f"{HOME}/fr/chaussure", Accept_Language="fr;q=0.9, de;q=0.1")
    leads(client, PRODUCT, f"{HOME}/shoe", Accept_Language="ja")
    leads(client, PRODUCT, f"{HOME}/shoe", Accept_Language="de;q=0")
    leads(client, PRODUCT, f"{HOME}/shoe.json", Accept="application/json")
    leads(client, PRODUCT, f"{HOME}/shoe", Accept="text/html,*/*;q=0.8", Accept_Language="*")


@pytest.mark.parametrize(
    "kind",
    ["gs1:pip", "https://gs1.org/voc/pip", "https%3A%2F%2Fref.gs1.org%2Fvoc%2Fpip", "http://www.gs1.org/voc/pip"],
)
def test_a_request_is_led_to_the_type_of_link_that_it_names(client, kind):
    link = f"{PRODUCT}?linkType={kind}"
    leads(client, link, f"{HOME}/pip?brand=x&linkType={kind}#top")


def test_the_most_granular_level_that_has_a_link_of_the_type_applies(client):
    leads(client, f"{OF_LOT}?linkType=gs1:relatedVideo", f"{HOME}/video/1000?linkType=gs1:relatedVideo")
    leads(client, f"{LOT}?linkType=gs1:relatedVideo", f"{HOME}/video/L1?linkType=gs1:relatedVideo")
    leads(client, f"{PRODUCT}?linkType=gs1:relatedVideo", f"{HOME}/video?linkType=gs1:relatedVideo")
    leads(client, f"{OF_LOT}?linkType=gs1:certificationInfo", f"{HOME}/certificate/L1?linkType=gs1:certificationInfo")
    assert client.get(f"{ITEM}?linkType=gs1:certificationInfo").status_code == 404


@pytest.mark.parametrize("kind", ["gs1:hasRetailers", "https://example.com/voc/x", "nonsense", "x:y", "", "%00"])
def test_a_link_type_that_there_is_not_is_a_404(client, kind):
    answer = client.get(f"{PRODUCT}?linkType={kind}", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json["code"]) == (404, "link.unknown")
    assert "Location" not in answer.headers


def test_the_whole_query_is_passed_on_as_it_came(client):
    leads(client, f"{PRODUCT}?utm_source=pack&17=301231&a=b%20c", f"{HOME}/shoe?utm_source=pack&17=301231&a=b%20c")
    leads(client, f"{PRODUCT}?linkType=gs1:recipeInfo&x=1", f"{HOME}/recipe?linkType=gs1:recipeInfo&x=1")
    leads(client, f"{PRODUCT}?b;a&&c=%2f+&17=301231", f"{HOME}/shoe?b;a&&c=%2f+&17=301231")
    leads(client, f"{path(PALLET)}?x=1", f"/verify{path(PALLET)}?x=1")


def test_languages_media_types_and_contexts_choose_among_links_of_a_type(client):
    def lead(expected, query="", **headers):
        link = f"{PRODUCT}?linkType=gs1:instructions{query}"
        leads(client, link, f"{HOME}/{expected}?linkType=gs1:instructions{query}", **headers)

    lead("pt", Accept_Language="pt-BR")
    lead("en-gb", Accept_Language="en-GB, en;q=0.1")
    lead("en.pdf", Accept_Language="en", Accept="application/pdf")
    lead("en", Accept_Language="en", Accept="text/html")
    lead("eu", "&context=EU", Accept_Language="en")
    lead("en", "&context=US", Accept_Language="en", Accept="text/*")


def test_links_that_nothing_tells_apart_are_a_choice(client):
    answer = client.get(f"{PRODUCT}?linkType=gs1:promotion")
    assert (answer.status_code, answer.mimetype) == (300, "application/linkset+json")
    assert [each["href"] for each in answer.json["linkset"][0][ALIKE]] == [f"{HOME}/a", f"{HOME}/b"]
    page = client.get(f"{PRODUCT}?linkType=gs1:promotion", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.mimetype) == (300, "text/html")
    assert f'href="{HOME}/a"' in page.text


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("?linkType=linkset", {}),
        ("?linkType=all", {}),
        ("", LINKSET),
        ("?x=1", LINKSET),
        ("?linkType=linkset", LINKSET),
    ],
)
def test_the_linkset_is_given_without_a_redirect(client, query, headers):
    answer = client.get(PRODUCT + query, headers=headers)
    assert (answer.status_code, answer.content_type) == (200, "application/linkset+json")
    assert "Location" not in answer.headers


def test_a_browser_that_takes_anything_is_redirected(client):
    leads(client, PRODUCT, f"{HOME}/shoe", Accept="text/html,application/xhtml+xml,*/*;q=0.8")
    leads(client, PRODUCT, f"{HOME}/shoe", Accept="text/html,application/linkset+json;q=0.5")


def test_the_linkset_comes_as_json_json_ld_and_a_page(client):
    def form(accept):
        return client.get(f"{OF_LOT}?linkType=linkset", headers={"Accept": accept})

    assert form("application/json").mimetype == "application/json"
    as_ld = form("application/ld+json")
    assert (as_ld.mimetype, list(as_ld.json)) == ("application/ld+json", ["@context", "linkset"])
    page = form("text/html")
    assert page.mimetype == "text/html"
    assert f'href="{HOME}/certificate/L1"' in page.text
    embedded = page.text.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
    assert orjson.loads(embedded) == as_ld.json
    assert form("*/*").mimetype == "application/linkset+json"


def test_the_linkset_has_the_links_of_every_level(client):
    found = client.get(f"{OF_LOT}?linkType=linkset").json["linkset"]
    assert [each["anchor"] for each in found] == [f"{BASE_URL}{each}" for each in (OF_LOT, ITEM, LOT, PRODUCT)]
    assert [each["href"] for each in found[2][VIDEO]] == [f"{HOME}/video/L1"]
    assert all(each["itemDescription"] for each in found)


def test_each_thing_has_exactly_one_default_link_with_a_title_alone(client):
    for link in (OF_LOT, PRODUCT, path(PALLET), path(sgtin("1", OTHER))):
        found = client.get(link, headers=LINKSET).json["linkset"]
        defaults = [each for level in found for each in level.get(DEFAULT_LINK, [])]
        assert len(defaults) == 1
        assert set(defaults[0]) == {"href", "title"}


def test_every_link_has_its_address_type_and_title(client):
    links = [
        (relation, each)
        for level in client.get(OF_LOT, headers=LINKSET).json["linkset"]
        for relation, found in level.items()
        if relation not in ("anchor", "itemDescription")
        for each in found
    ]
    assert len(links) > len(LINKS)
    assert all(relation.startswith("https://") and each["href"] and each["title"] for relation, each in links)


def test_every_link_of_a_linkset_is_led_to_when_it_is_asked_for(client):
    for relation, (each, *others) in client.get(PRODUCT, headers=LINKSET).json["linkset"][0].items():
        if relation in ("anchor", "itemDescription") or others or isinstance(each, str):
            continue
        location = client.get(f"{PRODUCT}?linkType={relation}").headers["Location"]
        assert location.split("?")[0] == each["href"].split("?")[0].removeprefix(BASE_URL)


@pytest.mark.parametrize("name", ["gs1-linkset-schema.json", "linkset-schema.json"])
@pytest.mark.parametrize("link", [OF_LOT, PRODUCT, path(PALLET), path(sgtin("A/B%?"))])
def test_the_linkset_satisfies_the_schema(client, vectors, name, link):
    schema = orjson.loads((vectors / "linkset" / name).read_bytes())
    found = client.get(link, headers=LINKSET).json
    if name == "linkset-schema.json":
        schema["properties"]["linkset"]["items"]["additionalProperties"] = True
        schema["properties"]["linkset"]["items"]["patternProperties"] = {}
    assert list(Draft7Validator(schema).iter_errors(found)) == []


@pytest.mark.parametrize(
    "link", [PRODUCT, f"{PRODUCT}?linkType=linkset", path(PALLET), f"{PRODUCT}?linkType=gs1:promotion"]
)
def test_the_link_header_leads_to_the_linkset_and_names_no_other_link(client, link):
    answer = client.get(link)
    header = ", ".join(answer.headers.getlist("Link"))
    address = BASE_URL + link.split("?")[0]
    assert f'<{address}?linkType=linkset>; rel="linkset"; type="application/linkset+json"' in header
    assert "gs1:" not in header
    assert (CONTEXT_RELATION in header) is (answer.status_code != 307)
    assert {"Accept", "Accept-Language"} <= set(answer.headers["Vary"].split(", "))


def test_a_final_slash_is_tolerated(client):
    leads(client, f"{PRODUCT}/", f"{HOME}/shoe")
    leads(client, f"{ITEM}/?x=1", f"{HOME}/shoe?x=1")


@pytest.mark.parametrize("form", ["whole", "partial"])
def test_a_compressed_link_is_answered_as_what_it_stands_for(client, form):
    elements = parse(f"https://a{OF_LOT}").elements
    packed = {
        "whole": "/" + compression.compress(elements),
        "partial": f"{PRODUCT}/{compression.compress(elements[1:])}",
    }[form]
    plain, answer = client.get(f"{OF_LOT}?x=1"), client.get(f"{packed}?x=1")
    assert (answer.status_code, answer.headers["Location"]) == (307, plain.headers["Location"])
    assert f'<{BASE_URL}{OF_LOT}>; rel="owl:sameAs"' in answer.headers.getlist("Link")
    assert client.get(packed, headers=LINKSET).json == client.get(OF_LOT, headers=LINKSET).json


def test_a_compressed_link_without_links_leads_to_our_page_of_it(client):
    packed = compression.compress(parse(f"https://a{path(PALLET)}").elements)
    leads(client, f"/{packed}", f"/verify{path(PALLET)}")


@pytest.mark.parametrize("name", ["AAAAAAAAAA", "no-such-page", "12345678"])
def test_a_segment_that_is_no_compressed_link_is_an_unknown_page(client, name):
    assert client.get(f"/{name}").status_code == 404


def test_the_resolver_describes_itself(client):
    answer = client.get("/.well-known/gs1resolver")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.json["resolverRoot"] == BASE_URL
    assert answer.json["supportedPrimaryKeys"] == ["all"]
    assert {"namespace": "https://gs1.org/voc/", "prefix": "gs1:"} in answer.json["supportedLinkType"]
    assert answer.json["linkTypeDefaultCanBeLinkset"] is False
    assert answer.json["jsonLdContextLocation"] in client.get(PRODUCT, headers=LINKSET).headers.getlist("Link")[0]


def test_only_links_of_the_holder_of_the_company_prefix_are_followed(client):
    link = f"/01/{OTHER}"
    leads(client, link, f"/verify{link}")
    assert "stranger.example" not in client.get(link, headers=LINKSET).text


@pytest.mark.parametrize("name", ["url", "href", "target", "redirect", "redirect_uri", "next", "r"])
def test_no_parameter_says_where_to_go(client, name):
    for link in (PRODUCT, path(PALLET)):
        location = client.get(f"{link}?{name}=https://evil.example/").headers["Location"]
        assert location.startswith((f"{HOME}/shoe?", f"/verify{link}?"))
