"""Our own terms are served where their addresses point, and all of them are."""

import pytest

from provenance.domain import vocabulary
from provenance.domain.vocabulary import NAMESPACE, TERMS, Mode

LD = {"Accept": "application/ld+json"}

pytestmark = pytest.mark.either_database


def test_every_term_of_the_domain_is_served():
    named = {
        value.removeprefix(NAMESPACE).rstrip("/")
        for name, value in vars(vocabulary).items()
        if name.isupper() and name != "NAMESPACE" and isinstance(value, str)
    }
    assert named | {mode.value for mode in Mode} == set(TERMS)


@pytest.mark.parametrize("name", TERMS)
def test_a_term_is_a_page_and_json_ld(client, name):
    page = client.get(f"/voc/{name}")
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert TERMS[name].meaning.split(":")[0] in page.text
    (node,) = client.get(f"/voc/{name}", headers=LD).json["@graph"]
    assert (node["@id"], node["comment"]) == (NAMESPACE + name, TERMS[name].meaning)


def test_the_whole_vocabulary(client):
    assert {each["label"] for each in client.get("/voc/", headers=LD).json["@graph"]} == set(TERMS)
    assert all(name in client.get("/voc/").text for name in TERMS)


def test_an_unknown_term(client):
    assert client.get("/voc/nothing").status_code == 404
