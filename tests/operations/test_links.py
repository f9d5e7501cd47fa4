from dataclasses import replace

import pytest

from provenance.domain.gs1.targets import DEFAULT_LINK, GS1_VOCABULARY, Target
from provenance.operations import Operations, OperationsError, Outcome, copying
from provenance.operations.links import MOST_PER_ANCHOR

PRODUCT, ITEM = "/01/09521234000013", "/01/09521234000013/21/1"
PIP = Target(link_type=GS1_VOCABULARY + "pip", href="https://brand.example/shoe", title="The shoe", languages=("en",))
DEFAULT = Target(link_type=DEFAULT_LINK, href="https://brand.example/", title="Start")


@pytest.fixture
def links(store):
    return store.links


def one(links, *stated):
    return links.put("Brand", [(PRODUCT, each) for each in stated])


def test_a_link_comes_back_as_it_was_put(links, clock):
    full = replace(PIP, languages=("de", "en-GB"), media_type="text/html", contexts=("EU", "US"))
    ((stored, outcome),) = one(links, full)
    assert outcome is Outcome.CREATED
    assert (stored.anchor, stored.organisation, stored.target, stored.version) == (PRODUCT, "Brand", full, 1)
    assert (stored.created, stored.changed) == (clock(), clock())
    assert links.get(stored.id, "Brand") == stored
    assert links.at([ITEM, PRODUCT]) == {PRODUCT: [stored]}


def test_putting_it_again_changes_nothing_or_what_is_new(links, clock):
    ((first, _),) = one(links, PIP)
    clock.move(hours=1)
    assert one(links, PIP) == [(first, Outcome.UNCHANGED)]
    ((second, outcome),) = one(links, replace(PIP, title="The other shoe"))
    assert (outcome, second.id, second.version) == (Outcome.UPDATED, first.id, 2)
    assert (second.created, second.changed) == (first.created, clock())
    assert len(links.page("Brand", count=10)) == 1


def test_other_addresses_and_languages_are_other_links(links):
    one(links, PIP, replace(PIP, href="https://brand.example/b"), replace(PIP, languages=("de",)))
    assert len(links.page("Brand", count=10)) == 3


def test_a_thing_has_one_default_link(links):
    ((first, _),) = one(links, DEFAULT)
    ((second, outcome),) = one(links, replace(DEFAULT, href="https://brand.example/new"))
    assert (outcome, second.id) == (Outcome.UPDATED, first.id)
    assert [each.target.href for each in links.at([PRODUCT])[PRODUCT]] == ["https://brand.example/new"]


def test_a_batch_is_put_whole_or_not_at_all(links):
    many = [replace(PIP, href=f"https://brand.example/{number}") for number in range(MOST_PER_ANCHOR)]
    one(links, *many[:-1])
    with pytest.raises(OperationsError) as caught:
        one(links, DEFAULT, PIP)
    assert caught.value.code == "links.too_many"
    assert len(links.page("Brand", count=500)) == MOST_PER_ANCHOR - 1


def test_a_change_needs_the_version_that_it_was_read_at(links):
    ((stored, _),) = one(links, PIP)
    changed = links.change(stored.id, "Brand", replace(PIP, title="New"), version=1)
    assert (changed.version, changed.target.title) == (2, "New")
    with pytest.raises(OperationsError) as caught:
        links.change(stored.id, "Brand", replace(PIP, title="Newer"), version=1)
    assert caught.value.code == "links.version"
    assert links.get(stored.id, "Brand") == changed
    assert links.change(stored.id, "Other", PIP, version=2) is None


def test_a_change_makes_no_second_link_of_one(links):
    (_, _), (other, _) = one(links, PIP, replace(PIP, href="https://brand.example/b"))
    with pytest.raises(OperationsError) as caught:
        links.change(other.id, "Brand", PIP, version=1)
    assert caught.value.code == "links.exists"
    assert links.get(other.id, "Brand") == other


def test_a_deleted_link_is_gone(links):
    ((stored, _),) = one(links, PIP)
    with pytest.raises(OperationsError):
        links.delete(stored.id, "Brand", version=7)
    assert not links.delete(stored.id, "Other")
    assert links.delete(stored.id, "Brand", version=1)
    assert not links.delete(stored.id, "Brand")
    assert links.at([PRODUCT]) == {}


def test_links_are_listed_page_by_page(links):
    links.put("Brand", [(PRODUCT, PIP), (ITEM, PIP), (ITEM, DEFAULT)])
    links.put("Other", [(PRODUCT, PIP)])
    first = links.page("Brand", count=2)
    rest = links.page("Brand", count=2, after=first[-1].id)
    assert len({each.id for each in (*first, *rest)}) == 3
    assert {each.anchor for each in links.page("Brand", count=9, anchor=ITEM)} == {ITEM}
    assert [each.target for each in links.page("Brand", count=9, link_type=DEFAULT_LINK)] == [DEFAULT]
    assert [each.organisation for each in links.at([PRODUCT])[PRODUCT]] == ["Brand", "Other"]


def test_links_travel_with_the_store(tmp_path, url, clock):
    here = Operations(f"sqlite:///{tmp_path / 'here.db'}", clock=clock)
    ((stored, _),) = one(here.links, PIP)
    here.close()
    copying.copy_in(tmp_path / "here.db", url)
    there = Operations(url, spool=tmp_path / "spool", clock=clock)
    assert there.links.page("Brand", count=2) == [stored]
    there.close()
